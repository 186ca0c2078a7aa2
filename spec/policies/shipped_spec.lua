package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'
local test = require 'audit.test'

--- The record lines of every event of the fixtures, in groups.
local function recorded_events()
  local groups, by_id = {}, {}
  local pipe = assert(io.popen 'cat spec/fixtures/policies/*.log')

  for line in pipe:lines() do
    local id = line:match 'audit%(([%d.:]+)%)'
    if not by_id[id] then
      by_id[id] = {}
      groups[#groups + 1] = by_id[id]
    end
    table.insert(by_id[id], line)
  end
  pipe:close()
  return groups
end

local function assert_no_errors(result)
  for _, policy in ipairs(result.stats.policies) do
    assert.equal(0, policy.errors, ('%s: %s'):format(policy.name, policy.last_error))
  end
end

describe('the shipped policies', function()
  it('are loaded together', function()
    assert.equal(12, #test.replay('', { policies = scenes.policies() }).stats.policies)
  end)

  it('begin with what they are for', function()
    for _, path in ipairs(scenes.policies()) do
      assert.equal('--- ', assert(io.open(path)):read(4), path)
    end
  end)

  it('fail on no event, whatever record of it is missing', function()
    local lines = {}
    for serial, group in ipairs(recorded_events()) do
      for missing = 0, #group do
        for i, line in ipairs(group) do
          if i ~= missing then
            lines[#lines + 1] = line:gsub('audit%([%d.:]+%)',
              ('audit(1700000000.000:%d)'):format(serial * 100 + missing), 1)
          end
        end
      end
    end
    assert_no_errors(test.replay(lines, { policies = scenes.policies() }))
  end)

  it('fail on no event, whatever field of it is missing', function()
    local lines, serial = {}, 0
    for _, group in ipairs(recorded_events()) do
      for _, field in ipairs { 'exit', 'exe', 'auid', 'euid', 'uid', 'tty', 'a0', 'a1', 'a2', 'a3',
        'name', 'inode', 'mode', 'ouid', 'ogid', 'cwd', 'pid', 'opid', 'old', 'acct', 'addr',
        'proctitle', 'nametype', 'dev', 'saddr', 'oflag', 'key', 'op', 'res' } do
        serial = serial + 1
        for _, line in ipairs(group) do
          lines[#lines + 1] = line:gsub('audit%([%d.:]+%)',
            ('audit(1700000000.000:%d)'):format(serial), 1):gsub(' ' .. field .. '=[^ ]*', '')
        end
      end
    end
    assert_no_errors(test.replay(lines, { policies = scenes.policies() }))
  end)

  local corpus = os.getenv 'LAUDIT_CORPUS'

  for _, name in ipairs { 'raw.log', 'enriched.log' } do
    it('fail on no event of ' .. name, function()
      if not corpus then
        pending 'LAUDIT_CORPUS is not set'
        return
      end
      local file = assert(io.open(corpus .. '/' .. name, 'rb'))
      local text = file:read '*a'
      file:close()
      local result = test.replay(text, { policies = scenes.policies() })
      assert.is_true(#result.events > 1000)
      assert_no_errors(result)
    end)
  end
end)
