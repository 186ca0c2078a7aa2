package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local function load(name)
  return dofile(('policies/lib/%s.lua'):format(name))
end

describe('what policies share', function()
  it('makes names whole', function()
    local path = load 'path'
    assert.equal('/etc/shadow', path.whole('/etc/shadow', '/tmp'))
    assert.equal('/etc/shadow', path.whole('shadow', '/etc'))
    assert.equal('/etc/shadow', path.whole('../etc//./shadow', '/tmp'))
    assert.equal('/etc/shadow', path.whole('/proc/self/root/etc/shadow', '/'))
    assert.equal('/etc/shadow', path.whole('/proc/1/root/proc/2/root/etc/shadow', '/'))
    assert.equal('/shadow', path.whole('../../../shadow', '/tmp'))
    assert.equal('/x', path.whole('x', nil))
    assert.equal('/', path.whole('..', '/tmp'))
  end)

  it('says who did it', function()
    local people = load 'people'
    local unset = 4294967295
    assert.equal('alice as root', people.acting { auid = 1000, AUID = 'alice', euid = 0 })
    assert.equal('alice', people.acting { auid = 1000, AUID = 'alice', euid = 1000 })
    assert.equal('User 1000 as user 33', people.acting { auid = 1000, euid = 33 })
    assert.equal('A service running as www-data',
      people.acting { auid = unset, uid = 33, UID = 'www-data', euid = 33, EUID = 'www-data' })
    assert.equal('A service running as root', people.acting { auid = unset, uid = 33, euid = 0 })
    assert.equal('Somebody', people.acting { auid = -1, uid = -1 })
    assert.equal('Somebody', people.login {})
  end)

  it('writes rules for both ways into the kernel', function()
    assert.equal('-a always,exit -F arch=b64 -S chmod -k x\n' ..
      '-a always,exit -F arch=b32 -S chmod -k x\n' ..
      '-a always,exit -F arch=b32 -S socketcall -k x', load 'rules' [[
        -S chmod -k x
        -a always,exit -F arch=b32 -S socketcall -k x
      ]])
  end)

  it('knows the accounts of web servers by name, else by number', function()
    local is_web = load 'web_account'
    assert.is_truthy(is_web { uid = 33 })
    assert.is_truthy(is_web { uid = 998, UID = 'nginx' })
    assert.is_falsy(is_web { uid = 33, UID = 'somebody' })
    assert.is_falsy(is_web { uid = 34 })
  end)

  describe('once', function()
    teardown(tools.clean)

    --- The numbers of those events, of { second, program } each, that are news for a minute.
    local function news(heard)
      local source = assert(io.open 'policies/lib/once.lua')
      tools.write('once.lua', source:read '*a')
      source:close()
      local path = tools.write('p.lua', [[
        local audit = require 'audit'
        local is_news = require 'once' (60)
        return audit.policy { name = 'p', check = function(event)
          if is_news(event.exe, true, nil, event.pid) then
            return audit.alert('%d', event.serial)
          end
        end }]])
      local lines, numbers = {}, {}
      for i, each in ipairs(heard) do
        lines[i] = tools.login(each[1], i, each[2])
      end
      for i, alert in ipairs(test.replay(lines, { policy = path }).alerts) do
        numbers[i] = tonumber(alert.message)
      end
      return numbers
    end

    it('is silent until the words were not heard for the time', function()
      assert.same({ 1, 3, 6, 7 }, news { { 1, 'a' }, { 50, 'a' }, { 51, 'b' }, { 109, 'a' },
        { 168, 'a' }, { 228, 'a' }, { 229, 'b' }, { 229, 'a' } })
    end)

    it('remembers the latest 5000 at least, and 10000 at most', function()
      local heard = {}
      for i = 1, 5000 do
        heard[i] = { 1, 'first' .. i }
      end
      heard[#heard + 1] = { 2, 'first1' }
      for i = 1, 5001 do
        heard[#heard + 1] = { 3, 'second' .. i }
      end
      heard[#heard + 1] = { 4, 'first1' }
      heard[#heard + 1] = { 4, 'second1' }
      local numbers = news(heard)
      assert.equal(10002, #numbers)
      assert.equal(10003, numbers[#numbers])
    end)
  end)
end)
