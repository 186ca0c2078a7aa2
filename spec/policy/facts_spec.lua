package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local CHECK = [[
local audit = require 'audit'
return audit.policy { name = '%s', %s check = function(event)
  %s
end }]]

local function policy(name, on, body)
  return tools.write(name .. '.lua', CHECK:format(name, on and ('on = %s,'):format(on) or '', body))
end

local LOGIN = 'type=USER_LOGIN msg=audit(1700000009.000:9): pid=9 uid=0 auid=1000 ses=1 '
  .. "msg='op=login acct=\"alice\" exe=\"/usr/sbin/sshd\" addr=203.0.113.7 uid=7 res=success'"

local function messages(result)
  local all = {}
  for i, alert in ipairs(result.alerts) do
    all[i] = alert.message
  end
  return all
end

describe('what policies ask for', function()
  teardown(tools.clean)

  it('is found when an event is half way through the policies', function()
    local paths = {
      policy('first', "{ exe = '/usr/bin/sh' }", "return audit.alert('%s', event.euid)"),
      -- The second PATH record has it.
      policy('second', "{ inode = 43 }", "return audit.alert('%s %s', event.inode, event.ogid)"),
      policy('third', nil, [[
        if event.type == 'SYSCALL' then
          return audit.alert('%s %s %s', event.ppid, event.tty, event.a0)
        end]]),
    }
    local session = assert(test.open { policies = paths })
    local expected = { '0', '42 0', '90 pts0 0x55' }
    assert.same(expected, messages(session:feed(tools.execs(1))))
    assert.same(expected, messages(session:feed(tools.execs(1))))
  end)

  it("is the kernel's, then a program's, whoever asks first", function()
    local paths = {
      policy('first', "{ type = 'USER_LOGIN' }", "return audit.alert('%s', event.pid)"),
      policy('second', "{ acct = 'alice' }", "return audit.alert('%s', event.addr)"),
      policy('third', "{ uid = 7 }", "return audit.alert 'forged'"),
      policy('fourth', nil, "return audit.alert('%d %s', event.uid, event.res)"),
    }
    for _ = 1, 2 do
      assert.same({ '9', '203.0.113.7', '0 success' }, messages(test.replay(LOGIN .. '\n',
        { policies = paths })))
    end
  end)

  it('is what nobody asked for in the events before', function()
    local path = policy('late', nil, [[
      if event.serial == 1003 then
        return audit.alert('%s %s', event.ogid, event.fsuid)
      end]])
    local other = policy('early', "{ exe = '/usr/bin/sh' }", '')
    assert.same({ '0 0' }, messages(test.replay(tools.execs(4), { policies = { other, path } })))
  end)
end)
