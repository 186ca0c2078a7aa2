--- What the README shows runs as printed.
local binary = os.getenv 'LAUDIT_BINARY' or 'build/laudit'

local function read(path)
  local file = assert(io.open(path))
  local text = file:read '*a'
  file:close()
  return text
end

local readme = read 'README.md'
local first_policy = assert(readme:match '```lua\n(.-)```')

local function output_of(command)
  local pipe = assert(io.popen(command .. ' 2>&1'))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

--- Runs a command of the README with the policy `text` as its first.lua.
local function run_with_policy(command, text)
  assert(readme:find(command, 1, true), 'the README does not show: ' .. command)
  local path = os.tmpname()
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  local said = output_of((command:gsub('build/laudit', binary):gsub('first%.lua', path)))
  os.remove(path)
  return (said:gsub(path:gsub('%p', '%%%0'), 'first.lua'))
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ''))
end

describe('README', function()
  local replay =
    'build/laudit replay -p first.lua --alerts-only --format text examples/intrusion.log'

  it('has a first policy that is good', function()
    local said = run_with_policy('build/laudit check -p first.lua', first_policy)
    assert.equal('first.lua: good\n', said)
  end)

  it('counts the alerts of the first policy right', function()
    local promised = tonumber(readme:match '(%d+) alerts, and some of them')
    assert.equal(promised, count(run_with_policy(replay, first_policy), 'ALERT medium first'))
  end)

  it('gets rid of the message of the day with the line it adds', function()
    local line = assert(readme:match 'add `(tty = [^`]+)`')
    local said = run_with_policy(replay, (first_policy:gsub('euid = 0,', '%0 ' .. line)))
    assert.truthy(said:find('alice runs /usr/bin/bash as root', 1, true))
    assert.falsy(said:find 'update%-motd')
  end)

  it('shows events as JSON', function()
    local command = 'build/laudit replay examples/intrusion.log | head -n 3'
    assert(readme:find(command, 1, true))
    local said = output_of((command:gsub('build/laudit', binary)))
    assert.equal(3, count(said, '{"ID":"'))
  end)

  it('links to documents that are there', function()
    local links = 0
    for path in readme:gmatch '%]%((docs/[^)]+)%)' do
      assert(io.open(path), path .. ' is missing'):close()
      links = links + 1
    end
    assert.is_true(links > 0)
  end)
end)
