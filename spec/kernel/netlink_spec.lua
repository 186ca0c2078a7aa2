local messages = require 'spec.kernel.messages'
local netlink = require('laudit_engine').netlink

local AUDIT_GET, AUDIT_SET, SYSCALL = 1000, 1001, 1300
local FIRST = 1 -- the sequence number of a socket's first request
local EEXIST, ENODEV, ETIMEDOUT = 17, 19, 110

local words, message = messages.words, messages.of
local acknowledgement = messages.acknowledgement

local function record(serial)
  return message(SYSCALL, 0, ('audit(1.000:%d): arch=c000003e'):format(serial))
end

local function bytes(datagrams)
  local list = {}
  for i, datagram in ipairs(datagrams) do
    list[i] = datagram.bytes
  end
  return list
end

describe('the netlink socket', function()
  it('receives many datagrams at once, each with its time', function()
    local socket = netlink.socketpair()
    for i = 1, 5 do
      socket:peer_send(record(i))
    end
    local count, datagrams = socket:receive()
    assert.equal(5, count)
    assert.equal(record(4), datagrams[4].bytes)
    assert.is_true(datagrams[4].has_arrival)
    assert.equal(0, (socket:receive()))
  end)

  it('counts a datagram that was cut', function()
    local socket = netlink.socketpair()
    socket:peer_send(('x'):rep(40000))
    socket:peer_send(('y'):rep(30000))
    local _, datagrams = socket:receive()
    assert.is_true(datagrams[1].truncated)
    assert.equal(32768 + 320, #datagrams[1].bytes)
    assert.is_false(datagrams[2].truncated)
    assert.equal(30000, #datagrams[2].bytes)
    assert.equal(1, socket:stats().truncated)
  end)

  it('believes nobody but the kernel', function()
    local socket = netlink.usersock()
    socket:peer_send(record(1))
    local count, datagrams = socket:receive()
    assert.equal(1, count)
    assert.same({}, datagrams)
    assert.same({ datagrams = 0, foreign = 1, truncated = 0 }, socket:stats())
  end)

  it('believes the kernel', function()
    local socket = netlink.routesock()
    local RTM_GETLINK, no_such_link = 18, 2 ^ 31 - 1
    local code = socket:ask({ type = RTM_GETLINK, payload = words(0, no_such_link, 0, 0) }, {})
    assert.equal(-ENODEV, code)
    assert.equal(0, socket:stats().foreign)
  end)
end)

describe('a request', function()
  it('is done when it is acknowledged', function()
    local code, reply, others = netlink.socketpair():ask(
      { type = AUDIT_SET, payload = words(4, 0) }, { acknowledgement(FIRST, 0) })
    assert.equal(0, code)
    assert.equal('', reply)
    assert.same({}, others)
  end)

  it('gives the errno with which the kernel refused', function()
    assert.equal(-EEXIST, (netlink.socketpair():ask({ type = AUDIT_SET }, {
      acknowledgement(FIRST, -EEXIST) })))
  end)

  it('gives a positive answer too (the old value of lost)', function()
    assert.equal(4768, (netlink.socketpair():ask({ type = AUDIT_SET }, {
      acknowledgement(FIRST, 4768) })))
  end)

  it('waits for its reply, which may come before or after the acknowledgement', function()
    local request = { type = AUDIT_GET, reply_type = AUDIT_GET }
    local reply = message(AUDIT_GET, FIRST, ('s'):rep(44))
    for _, answers in ipairs { { acknowledgement(FIRST, 0), reply },
      { reply, acknowledgement(FIRST, 0) } } do
      local code, got = netlink.socketpair():ask(request, answers)
      assert.equal(0, code)
      assert.equal(('s'):rep(44), got)
    end
  end)

  it('waits for no reply when it is refused', function()
    assert.equal(-1, (netlink.socketpair():ask({ type = AUDIT_GET, reply_type = AUDIT_GET }, {
      acknowledgement(FIRST, -1) })))
  end)

  it('leaves to others what arrives before and between, in order', function()
    local socket = netlink.socketpair()
    socket:peer_send(record(1))
    socket:peer_send(record(2))
    local code, reply, others = socket:ask({ type = AUDIT_GET, reply_type = AUDIT_GET }, {
      record(3), acknowledgement(FIRST + 6, -1), message(AUDIT_GET, FIRST, ('s'):rep(32)),
      record(4), acknowledgement(FIRST, 0),
    })
    assert.equal(0, code)
    assert.equal(('s'):rep(32), reply)
    assert.same({ record(1), record(2), record(3), acknowledgement(FIRST + 6, -1), record(4) },
      bytes(others))
  end)

  it('does not wait for ever', function()
    local code, _, others = netlink.socketpair():ask({ type = AUDIT_SET }, { record(1) })
    assert.equal(-ETIMEDOUT, code)
    assert.same({ record(1) }, bytes(others))
  end)
end)

describe('the audit status', function()
  local fields = { 0, 1, 1, 4711, 0, 8192, 3, 12, 0x7f, 60000, 5 }

  it('is as long as the kernel knows', function()
    local status = netlink.status(words(unpack(fields)))
    assert.equal(44, status.known)
    assert.equal(4711, status.pid)
    assert.equal(60000, status.backlog_wait_time)
    status = netlink.status(words(unpack(fields, 1, 8)))
    assert.equal(32, status.known)
    assert.equal(12, status.backlog)
    assert.equal(0, status.backlog_wait_time)
    assert.equal(44, netlink.status(words(unpack(fields)) .. 'of tomorrow').known)
  end)

  it('is none if it is shorter than the first kernel\'s', function()
    assert.is_nil(netlink.status(words(unpack(fields, 1, 7))))
    assert.is_nil(netlink.status '')
  end)

  it('tells what was lost between two looks', function()
    assert.equal(0, netlink.newly_lost(5, 5))
    assert.equal(4768, netlink.newly_lost(5, 4773))
    assert.equal(7, netlink.newly_lost(4294967293, 4)) -- it wraps
    assert.equal(3, netlink.newly_lost(1000, 3)) -- somebody set it to 0
  end)
end)

describe('a refusal', function()
  it('names who holds the audit socket', function()
    local sentence = netlink.refusal(EEXIST, 'cannot register', netlink.getpid())
    assert.truthy(sentence:find(('cannot register: pid %d ('):format(netlink.getpid()), 1, true))
    assert.truthy(sentence:find 'luajit.*busted.*%) holds the audit socket$')
  end)

  it('names its pid alone when it is gone meanwhile', function()
    assert.equal('cannot register: pid 99999999 holds the audit socket',
      netlink.refusal(EEXIST, 'cannot register', 99999999))
    assert.equal('cannot register: another process holds the audit socket',
      netlink.refusal(EEXIST, 'cannot register'))
  end)

  it('says what a kernel without audit means', function()
    assert.equal('cannot open: this kernel has no audit, or was started with audit=0',
      netlink.refusal(93, 'cannot open'))
  end)
end)
