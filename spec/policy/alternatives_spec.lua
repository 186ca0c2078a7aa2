package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local ON = [[ on = {
  { SYSCALL = 'execve', exe = '/usr/bin/sh' },
  { SYSCALL = 'execve', exe = '/usr/bin/zsh', euid = 0 },
  { type = 'USER_LOGIN' },
}, ]]

local LOGIN = 'type=USER_LOGIN msg=audit(1700000000.000:9): pid=9 uid=0 auid=0 ses=1 ' ..
  "msg='op=login res=success'\n"

--- Whether the policy's check was called.
local function is_called(lines)
  local path = tools.write('probe.lua', tools.policy("return audit.alert 'called'", ON))
  return #test.replay(lines, { policy = path }).alerts > 0
end

describe('a list of selectors', function()
  teardown(tools.clean)

  it('wants what any of them wants', function()
    assert.is_true(is_called(tools.exec(1, { exe = '/usr/bin/sh' })))
    assert.is_true(is_called(tools.exec(1, { exe = '/usr/bin/zsh' })))
    assert.is_true(is_called(LOGIN))
  end)

  it('does not mix their terms', function()
    assert.is_false(is_called(tools.exec(1, { exe = '/usr/bin/zsh', euid = 1000 })))
    assert.is_false(is_called(tools.exec(1, { exe = '/usr/bin/true' })))
  end)

  it('reports the mistakes of each', function()
    local _, mistakes = test.open { policy = tools.write('probe.lua', [[
local audit = require 'audit'
return audit.policy {
  name = 'probe',
  check = function() end,
  on = {
    { SYSCALL = 'exceve' },
    { euidd = 0 },
    exe = '/usr/bin/sh',
  },
}
]]) }
    local text = table.concat(mistakes, '\n')
    assert.is_truthy(text:find('expected one table of fields or a list of them', 1, true), text)
    _, mistakes = test.open { policy = tools.write('probe.lua', [[
local audit = require 'audit'
return audit.policy {
  name = 'probe',
  check = function() end,
  on = {
    { SYSCALL = 'exceve' },
    { euidd = 0 },
  },
}
]]) }
    assert.equal(2, #mistakes)
    assert.is_truthy(mistakes[1]:find("system call 'exceve' (did you mean 'execve'?)", 1, true))
    assert.is_truthy(mistakes[2]:find("unknown field (did you mean 'euid'?)", 1, true))
  end)
end)
