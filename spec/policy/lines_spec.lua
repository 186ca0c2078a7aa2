package.path = 'spec/policy/?.lua;' .. package.path
local tools = require 'tools'

describe('the line of a mistake', function()
  teardown(tools.clean)

  it('is that of the key in what audit.policy is given', function()
    assert.same({
      "wrong.lua:14: on.success: expected true, false, 'yes' or 'no', found 'maybe'",
    }, tools.mistakes [==[
-- name = 'comment', on = { success = 1 }
local audit = require 'audit'
local name = 'mine'
local other = { on = { success = true }, severity = 'high' }
local long = [[
on = { success = 5 } ]]
return audit.policy {
  name = name, -- severity = 'x'
  check = function(event)
    local severity, on, success = 'high', { success = 'x' }, 5
    if severity then return end
  end,
  on = {
    ['success'] = 'maybe',
    exe = "success = 1",
  },
}
]==])
    assert.same({
      "wrong.lua:9: severity: expected info, low, medium, high or critical, found 'hgih' " ..
        "(did you mean 'high'?)",
      "wrong.lua:5: unknown key 'fields'; a policy has name, severity, rules, on, check, critical",
      "wrong.lua:4: name: expected letters, digits, - _ . (at most 64), found 'a b'",
    }, (function(list)
      return { list[3], list[1], list[2] }
    end)(tools.mistakes [==[
local name, severity = 'mine', 'high'
local fields = { name = name, severity = severity }
return require 'audit'.policy {
  ["name"] = 'a b';
  fields = fields,
  check = function()
    for severity = 1, 2 do local x = { severity = severity } repeat until x end
  end,
  severity = 'hgih',
}
]==]))
  end)

  it('is that of the alternative which has it', function()
    assert.same({
      "wrong.lua:7: on.SYSCALL: unknown system call 'fchmodd' (did you mean 'fchmod'?)",
      'wrong.lua:9: on: expected fields, found an empty table as item 3',
    }, (function(list)
      table.sort(list)
      return list
    end)(tools.mistakes [==[
local audit = require 'audit'
return audit.policy {
  name = 'p',
  on = {
    { SYSCALL = 'fchmod', exe = '/x' },
    -- { SYSCALL = 'fchmodd' }
    { SYSCALL = 'fchmodd',
      exe = '/x' },
    {},
  },
  check = function() end,
}
]==]))
  end)

  it('is right behind texts of several lines', function()
    assert.same({
      "wrong.lua:9: on.SYSCALL: unknown system call 'opn' (did you mean 'open'?)",
    }, tools.mistakes [==[
return require 'audit'.policy {
  name = 'p',
  check = function(event)
    local text = 'it\'s \z
      } end \
      on = {'
    return #text, "\\", "--", [=[ ]] } ]=] --[[ } ]] --[=[ }
    ]=] end,
  on = { SYSCALL = 'opn' },
}
]==])
  end)

  it('is found by the name of a local table', function()
    assert.same({
      "wrong.lua:4: on.SYSCALL: unknown system call 'opn' (did you mean 'open'?)",
      "wrong.lua:7: on.SYSCALL: unknown system call 'opeen' (did you mean 'open'?)",
    }, tools.mistakes [==[
local audit = require 'audit'
local calls = 'opn'
local first = {
  SYSCALL = calls,
}
local definition = { name = 'p',
  on = { first, { SYSCALL = 'opeen' } },
  check = function() end }
return audit.policy(definition)
]==])
  end)

  it('is that of the policy where the text does not hold the key', function()
    tools.write('maker.lua', "return { SYSCALL = 'opeen' }")
    assert.same({
      "wrong.lua:4: on.SYSCALL: unknown system call 'opeen' (did you mean 'open'?)",
    }, tools.mistakes [==[
local audit = require 'audit'
return audit.policy {
  name = 'p',
  on = require 'maker',
  check = function() end,
}
]==])
    assert.same({
      "wrong.lua:3: on.SYSCALL: unknown system call 'opeen' (did you mean 'open'?)",
    }, tools.mistakes [==[
local audit = require 'audit'
local function define(definition) definition.check = print return definition end
return audit.policy(define {
  name = 'p',
  on = { SYSCALL = 'opeen' },
})
]==])
  end)

  it('is that of the call where a policy is made twice', function()
    local mistakes = tools.mistakes [==[
local audit = require 'audit'
local first = audit.policy { name = 'one', check = function() end }
audit.policy {
  name = 'two',
  severity = 'hihg',
  check = function() end }
return first
]==]
    assert.equal('wrong.lua:3: audit.policy: called again; a file has one policy', mistakes[1])
    assert.matches('^wrong.lua:5: severity: ', mistakes[2])
    assert.equal(2, #mistakes)
  end)

  it('is that of the require that failed', function()
    tools.write('middle.lua', "local audit = require 'audit'\n\nlocal x = require 'nosuch'\n")
    tools.write('tail.lua', "return require 'nosuch'\n")
    local function said(text)
      return (tools.mistakes(text)[1]:gsub('[^ ]*/', ''))
    end
    assert.equal("wrong.lua:3: module 'nosuch' not found: nosuch.lua: No such file or directory",
      said "local audit = require 'audit'\n\nlocal x = require 'nosuch'\n")
    assert.equal("wrong.lua:2: module name 'a b' is none: letters, digits, '_', '-' and single " ..
      'dots', said "\nlocal x = require 'a b'\n")
    assert.equal("wrong.lua: middle.lua:3: module 'nosuch' not found: nosuch.lua: " ..
      'No such file or directory', said "local x = require 'middle'\n")
    assert.equal("wrong.lua:2: module 'nosuch' not found: nosuch.lua: No such file or directory",
      said "\nlocal x = require 'tail'\n")
    assert.equal("wrong.lua: module 'nosuch' not found: nosuch.lua: No such file or directory",
      said "return require 'nosuch'\n")
  end)
end)

describe('the failure of a check', function()
  teardown(tools.clean)

  local function failure(body)
    local sentence, _, result = tools.failure(body)
    return sentence:gsub('^[^ ]*/', ''), result.log
  end

  it('has the line, or of a tail call the file', function()
    assert.equal("probe.lua:4: audit.alert: '%d': argument 1: number expected, got string",
      (failure "local x = audit.alert('%d', 'x')"))
    assert.equal("probe.lua: audit.alert: '%d': argument 1: number expected, got string",
      (failure "return audit.alert('%d', 'x')"))
    assert.equal("probe.lua: bad argument #2 to '?' (string expected, got no value)",
      (failure "return event:set()"))
    assert.equal('probe.lua:4: no level', (failure "error('no level', 0)"))
    assert.equal('probe.lua: error(table) without a sentence', (failure 'return error {}'))
  end)

  it('has it also where the sentence looks as if it had one', function()
    assert.equal('probe.lua:4: 12:30: too late', (failure "error('12:30: too late', 0)"))
    assert.equal('probe.lua:4: port x:22: shut', (failure "error('port x:22: shut', 0)"))
    assert.equal('probe.lua:4: .lua:30', (failure "error('.lua:30', 0)"))
    assert.equal('probe.lua: 12:30: too late', (failure "return error('12:30: too late', 0)"))
  end)

  it('is that in the module which raised it', function()
    tools.write('beside.lua', "return function() local x = nil + 1 end")
    local path = tools.write('user.lua', [[
local audit, fail = require 'audit', require 'beside'
return audit.policy { name = 'p', check = function(event)
  local _ = fail()
end }]])
    local result = require('audit.test').replay(tools.execs(1), { policy = path })
    assert.equal((path:gsub('user%.lua$', 'beside.lua:1: attempt to perform arithmetic on a nil ' ..
      'value')), result.stats.policies[1].last_error)
  end)

  it('shows no addresses', function()
    local _, log = failure 'local x = ("x"):gsub(".", function() return event.set() .. "" end)'
    assert.is_truthy(log:find('stack traceback:', 1, true))
    assert.is_nil(log:find '%f[%w]0x%x', log)
    _, log = failure 'return event:set()'
    assert.is_nil(log:find '%f[%w]0x%x', log)
  end)

  it('has the whole path of a policy whose path is long', function()
    local folder = tools.write('x', ''):match '^(.*)/x$'
    local long = folder .. '/' .. ('long'):rep(20)
    os.execute(("mkdir '%s'"):format(long))
    local path = tools.write(('long'):rep(20) .. '/p.lua', [[
local audit = require 'audit'
return audit.policy { name = 'p', check = function(event)
  local x = nil + 1
end }
]])
    local result = require('audit.test').replay(tools.execs(1), { policy = path })
    assert.equal(path .. ':3: attempt to perform arithmetic on a nil value',
      result.stats.policies[1].last_error)
    tools.write(('long'):rep(20) .. '/q.lua', '\nreturn = 5')
    local _, mistakes = require('audit.test').open { policy = long .. '/q.lua' }
    assert.same({ long .. "/q.lua:2: unexpected symbol near '='" }, mistakes)
  end)
end)
