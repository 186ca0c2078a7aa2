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

--- What may stand where a number, a name or nothing is expected.
local VALUES = { '', '?', '(null)', '0', '-1', '7', '0x1', '1f', '"x"', '""', 'none',
  'nan', '1e400', '18446744073709551615' }

local NEXT_S = 4000 -- longer than any policy waits before it says a thing again

--- Where the values of a line are, but for its id: { field =, first =, last = } each.
local function values_of(line)
  local values = {}
  for field, first in line:gmatch "[ '\29]([%w_-]+)=()" do
    local last = (line:find('^"[^"]*"', first) and line:find('"', first + 1, true)) or
      line:find("[ '\29]", first) and line:find("[ '\29]", first) - 1 or #line
    if field ~= 'msg' then
      values[#values + 1] = { field = field, first = first, last = last }
    end
  end
  return values
end

--- What is the same for events of one kind, so that each kind is changed a few times only.
local function kind_of(group)
  local words = {}
  for i, line in ipairs(group) do
    words[i] = table.concat({ line:match 'type=(%S+)', line:match ' syscall=%d+' or '',
      line:match ' success=%a+' or '', line:match '[ \']op=[%w_:]+' or '',
      line:match ' nametype=%a+' or '' }, ' ')
  end
  return table.concat(words, ',')
end

--- What the fixtures lack: words of daemons, and logins.
local function more_events()
  local unset = 'auid=4294967295 uid=0 ses=4294967295'
  local guesses = {}
  for i = 1, 25 do
    guesses[i] = ('type=USER_AUTH msg=audit(%d.000:%d): pid=9 %s msg=\'op=PAM:authentication ' ..
      'grantors=? acct="root" exe="/usr/sbin/sshd" hostname=? addr=203.0.113.%d terminal=ssh ' ..
      'res=%s\''):format(1000 + i, i, unset, i < 6 and 1 or i, i == 6 and 'success' or 'failed')
  end
  guesses[6] = guesses[6]:gsub('addr=203.0.113.6', 'addr=203.0.113.1')
  guesses.only = { [5] = true, [6] = true, [25] = true } -- where something is said
  return {
    { 'type=DAEMON_ERR msg=audit(1.000:1): op=drift removed=2 added=1 moved=0 state=changed ' ..
      'pid=1 res=failed ' .. unset },
    { 'type=DAEMON_ERR msg=audit(1.000:1): op=rival opid=4711 pid=1 res=failed ' .. unset },
    { 'type=DAEMON_END msg=audit(1.000:1): op=terminate pid=1 res=success ' .. unset },
    guesses,
  }
end

--- Every place of every event, { group =, line =, first =, last = } each.
local function changes()
  local list, seen, groups = {}, {}, recorded_events()
  for _, group in ipairs(more_events()) do
    groups[#groups + 1] = group
  end
  for _, group in ipairs(groups) do
    local kind = kind_of(group)
    for i, line in ipairs(group) do
      for _, value in ipairs((not group.only or group.only[i]) and values_of(line) or {}) do
        local place = table.concat({ kind, i, value.field }, ' ')
        seen[place] = (seen[place] or 0) + 1
        if seen[place] <= 2 then
          list[#list + 1] = { group = group, line = i, first = value.first, last = value.last }
        end
      end
    end
  end
  return list
end

--- The lines of a change with `value` in its place, as events of their own.
local function add_changed(lines, change, value, count)
  local first_s, first_serial = change.group[1]:match 'audit%((%d+)%.%d+:(%d+)%)'
  for i, line in ipairs(change.group) do
    if i == change.line then
      line = line:sub(1, change.first - 1) .. value .. line:sub(change.last + 1)
    end
    lines[#lines + 1] = line:gsub('audit%((%d+)(%.%d+):(%d+)%)', function(seconds, rest, serial)
      return ('audit(%d%s:%d)'):format(1e9 + count * NEXT_S + seconds - first_s, rest,
        count * 100 + serial - first_serial)
    end, 1)
  end
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

  it('fail on no event, whatever a value of it is', function()
    local lines, count = {}, 0
    for _, change in ipairs(changes()) do
      for _, value in ipairs(VALUES) do
        count = count + 1
        add_changed(lines, change, value, count)
      end
    end
    assert.is_true(count > 10000, count)
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
