local messages = require 'spec.kernel.messages'
local netlink = require('laudit_engine').netlink

local LIST_RULES, ACKNOWLEDGEMENT, DONE, SYSCALL = 1013, 2, 3, 1300
local FIRST = 1 -- the sequence number of a socket's first request
local EPERM, ENOENT, EEXIST, EMSGSIZE, ETIMEDOUT = 1, 2, 17, 90, 110

local message = messages.of

local function acknowledgement(code)
  return messages.acknowledgement(FIRST, code)
end

local function rule(payload)
  return message(LIST_RULES, FIRST, payload)
end

local done = message(DONE, FIRST, '')

describe('the list of rules', function()
  it('is all rules, of any length, in their order', function()
    local rules = { ('a'):rep(1056), '', ('b'):rep(32768), 'c' }
    local list = netlink.socketpair():list_rules { acknowledgement(0), rule(rules[1]),
      rule(rules[2]), rule(rules[3]), rule(rules[4]), done }
    assert.same(rules, list)
  end)

  it('is whole when the acknowledgement comes last', function()
    assert.same({ 'a' }, (netlink.socketpair():list_rules { rule 'a', done, acknowledgement(0) }))
  end)

  it('is empty when the kernel has none', function()
    assert.same({}, (netlink.socketpair():list_rules { acknowledgement(0), done }))
  end)

  it('leaves out records, and answers to others', function()
    local list = netlink.socketpair():list_rules { message(SYSCALL, 0, 'audit(1.000:1): a=b'),
      message(LIST_RULES, FIRST + 7, 'of another'), acknowledgement(0), rule 'a',
      message(DONE, FIRST + 7, ''), rule 'b', done }
    assert.same({ 'a', 'b' }, list)
  end)

  it('ends where the kernel says that it ends', function()
    assert.same({ 'a' }, (netlink.socketpair():list_rules { rule 'a', done, rule 'b',
      acknowledgement(0) }))
  end)

  it('is none when a rule is longer than the socket takes', function()
    local list, sentence, handed_on = netlink.socketpair():list_rules { acknowledgement(0),
      rule 'a', rule(('b'):rep(33100)), done }
    assert.is_nil(list)
    assert.truthy(sentence:find 'longer ones than 33088 bytes')
    assert.same({}, handed_on)
  end)

  it('is none when its end never comes', function()
    local list, sentence, handed_on = netlink.socketpair():list_rules { acknowledgement(0),
      rule 'a' }
    assert.is_nil(list)
    assert.equal("cannot read the kernel's audit rules: the kernel did not answer", sentence)
    assert.same({}, handed_on)
  end)

  it('is none when the kernel refuses', function()
    local list, sentence = netlink.socketpair():list_rules { acknowledgement(-EPERM) }
    assert.is_nil(list)
    assert.truthy(sentence:find "^cannot read the kernel's audit rules: ")
  end)

  it('endures any bytes for an answer', function()
    local random = math.random
    math.randomseed(7)
    for _ = 1, 200 do
      local replies = { acknowledgement(0) }
      for i = 2, 6 do
        local bytes = {}
        for j = 1, random(0, 60) do
          bytes[j] = string.char(random(0, 255))
        end
        replies[i] = message(({ LIST_RULES, DONE, ACKNOWLEDGEMENT, 0, SYSCALL })[random(5)],
          random(0, 1), table.concat(bytes)):sub(1, random(1, 80))
      end
      table.insert(replies, acknowledgement(0))
      table.insert(replies, done)
      netlink.socketpair():list_rules(replies)
    end
  end)
end)

describe('a change of the rules', function()
  it('is done when it is acknowledged', function()
    assert.equal(0, netlink.socketpair():change_rule('add', 'a rule', { acknowledgement(0) }))
    assert.equal(0, netlink.socketpair():change_rule('delete', 'a rule', { acknowledgement(0) }))
  end)

  it('gives the errno with which the kernel refused', function()
    assert.equal(-EEXIST, netlink.socketpair():change_rule('add', 'a', {
      acknowledgement(-EEXIST) }))
    assert.equal(-ENOENT, netlink.socketpair():change_rule('delete', 'a', {
      acknowledgement(-ENOENT) }))
  end)

  it('is as long as a rule may be', function()
    assert.equal(0, netlink.socketpair():change_rule('add', ('r'):rep(32768), {
      acknowledgement(0) }))
    assert.equal(-EMSGSIZE, netlink.socketpair():change_rule('add', ('r'):rep(32769), {}))
  end)

  it('does not wait for ever', function()
    assert.equal(-ETIMEDOUT, netlink.socketpair():change_rule('add', 'a', {}))
  end)
end)
