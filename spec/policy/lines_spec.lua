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
end)
