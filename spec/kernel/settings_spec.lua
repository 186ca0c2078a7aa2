local messages = require 'spec.kernel.messages'
local engine = require 'laudit_engine'
local netlink, settings = engine.netlink, engine.settings

local AUDIT_GET, SIGNAL_INFO, GET_FEATURE = 1000, 1010, 1019
local EPERM, EINVAL = 1, 22
local LOST_RESET = 0x20

local words, message = messages.words, messages.of
local acknowledgement = messages.acknowledgement

--- The status, of which `members` says what is not 0: its bytes.
local function status(members)
  return words(0, members.enabled or 1, members.failure or 1, members.pid or 0,
    members.rate_limit or 0, members.backlog_limit or 64, members.lost or 0, 0,
    members.features or 0x7f, members.backlog_wait_time or 60000, members.waited or 0)
end

--- What the kernel answers to request `sequence`, a question for the status.
local function tells(sequence, payload)
  return { acknowledgement(sequence), message(AUDIT_GET, sequence, payload) }
end

describe('the values of a setting', function()
  it('have words', function()
    for text, value in pairs { off = 0, disable = 0, on = 1, enabled = 1, immutable = 2, ['2'] = 2,
      ['enabled+immutable'] = 2 } do
      assert.equal(value, (settings.value('enabled', text)))
    end
    for text, value in pairs { silent = 0, printk = 1, panic = 2, ['1'] = 1 } do
      assert.equal(value, (settings.value('failure', text)))
    end
    assert.equal('enabled+immutable', select(2, settings.value('enabled', '2')))
    assert.equal('disable', select(2, settings.value('enabled', 'off')))
    assert.equal('panic', select(2, settings.value('failure', '2')))
  end)

  it('are whole numbers of 32 bits', function()
    assert.equal(4294967295, (settings.value('rate_limit', '4294967295')))
    assert.equal(0, (settings.value('backlog_limit', '0')))
    for _, text in ipairs { '', '-1', '4294967296', '1e3', '0x10', ' 1', 'on', 'many' } do
      assert.same({ nil, 'a number of records (0: no limit)' },
        { settings.value('backlog_limit', text) })
    end
  end)

  it('are only those that the kernel knows', function()
    assert.same({ nil, 'off, on or immutable (0, 1, 2)' }, { settings.value('enabled', '3') })
    assert.same({ nil, 'silent, printk or panic (0, 1, 2)' }, {
      settings.value('failure', 'Panic') })
  end)

  it('are those of a status, by the length that the kernel gave', function()
    local whole = status { failure = 2, backlog_limit = 8192, backlog_wait_time = 15000 }
    assert.equal(2, settings.held('failure', whole))
    assert.equal(15000, settings.held('backlog_wait_time', whole .. 'of tomorrow'))
    assert.equal(8192, settings.held('backlog_limit', whole:sub(1, 32)))
    assert.is_nil(settings.held('backlog_wait_time', whole:sub(1, 36)))
    assert.is_nil(settings.held('backlog_wait_time', whole:sub(1, 39)))
    assert.is_nil(settings.held('enabled', whole:sub(1, 31)))
  end)
end)

describe('a setting', function()
  it('is set, and read back', function()
    assert.is_true(settings.set(netlink.socketpair(), 'backlog_limit', 8192, {
      { acknowledgement(1) }, tells(2, status { backlog_limit = 8192 }) }))
  end)

  it('is not set when the kernel only says so', function()
    assert.same({ nil, 'cannot set failure to 2 (panic): the kernel acknowledged it and holds 1' },
      { settings.set(netlink.socketpair(), 'failure', 2, {
        { acknowledgement(1) }, tells(2, status { failure = 1 }) }) })
  end)

  it('is not set when the kernel is too old to have it', function()
    assert.same({ nil,
      'cannot set backlog_wait_time to 5: this kernel does not have that setting' },
      { settings.set(netlink.socketpair(), 'backlog_wait_time', 5, {
        { acknowledgement(1) }, tells(2, status({}):sub(1, 32)) }) })
  end)

  it('names the most that the kernel takes', function()
    assert.same({ nil, 'cannot set backlog_wait_time to 999999: the kernel does not take that ' ..
      'value; ten times its default of 60 seconds, in ticks of its clock, is the most' },
      { settings.set(netlink.socketpair(), 'backlog_wait_time', 999999, {
        acknowledgement(1, -EINVAL) }) })
  end)

  it('says that it is locked only when it is', function()
    local function refuse(enabled)
      return (select(2, settings.set(netlink.socketpair(), 'enabled', 1, {
        { acknowledgement(1, -EPERM) }, tells(2, status { enabled = enabled }) })))
    end
    assert.equal("cannot set enabled to 1 (enabled): the kernel's audit settings are locked " ..
      'until the next boot (enabled is 2)', refuse(2))
    assert.is_nil(refuse(1):find 'locked')
  end)

  it('does not wait for ever', function()
    assert.same({ nil, 'cannot set rate_limit to 7: the kernel did not answer' },
      { settings.set(netlink.socketpair(), 'rate_limit', 7, {}) })
  end)
end)

describe('a counter', function()
  local function reset(counter, code, payload)
    return settings.reset(netlink.socketpair(), counter, {
      tells(1, payload or status { features = LOST_RESET }), { acknowledgement(2, code) } })
  end

  it('tells what it was, even beyond what an int holds', function()
    assert.equal(0, reset('lost', 0))
    assert.equal(4768, reset('lost', 4768))
    assert.equal(3000000000, reset('lost', 3000000000 - 2 ^ 32))
    assert.equal(12, reset('waited', 12))
  end)

  it('is not reset when the kernel refuses', function()
    assert.same({ nil, 'cannot reset lost: Invalid argument' }, { reset('lost', -EINVAL) })
  end)

  it('is not reset when the kernel is too old, which would say nothing', function()
    assert.same({ nil, 'cannot reset lost: this kernel cannot (it came with Linux 4.12)' },
      { reset('lost', 0, status { features = 0x1f }) })
    assert.same({ nil,
      'cannot reset backlog_wait_time_actual: this kernel cannot (it came with Linux 5.9)' },
      { reset('waited', 0, status({}):sub(1, 40)) })
  end)
end)

describe('the features', function()
  it('are as long as the kernel says, and never shorter than the first', function()
    assert.same({ on = 2, locked = 1 }, settings.features(words(1, 0xffffffff, 2, 1)))
    assert.same({ on = 3, locked = 0 }, settings.features(words(1, 0, 3, 0, 9, 9)))
    for len = 0, 15 do
      assert.is_nil(settings.features(words(1, 0, 3, 0):sub(1, len)))
    end
  end)

  local function set(on, lock, code, held)
    return settings.set_feature(netlink.socketpair(), 'loginuid_immutable', on, lock, {
      { acknowledgement(1, code) },
      { acknowledgement(2), message(GET_FEATURE, 2, held) } })
  end

  it('are set, and read back', function()
    assert.is_true(set(true, false, 0, words(1, 0, 2, 0)))
    assert.is_true(set(true, true, 0, words(1, 0, 2, 2)))
    assert.is_true(set(false, false, 0, words(1, 0, 1, 1)))
    assert.same({ nil, 'cannot turn loginuid_immutable on and lock it: the kernel acknowledged ' ..
      'it and did not do it' }, { set(true, true, 0, words(1, 0, 2, 1)) })
  end)

  it('say when one is locked', function()
    assert.same({ nil, 'cannot turn loginuid_immutable off: it is locked until the next boot' },
      { set(false, false, -EPERM, words(1, 0, 2, 2)) })
    assert.is_nil(select(2, set(false, false, -EPERM, words(1, 0, 2, 1))):find 'locked')
  end)

  it('of the bitmap have names', function()
    assert.equal('backlog_limit', settings.bit_name(0))
    assert.equal('filter_fs', settings.bit_name(6))
    assert.is_nil(settings.bit_name(7))
    assert.is_nil(settings.bit_name(31))
  end)
end)

describe('who sent a signal', function()
  it('is known by auid, pid and context', function()
    assert.same({ uid = 1000, pid = 812, context = 'system_u:system_r:init_t:s0' },
      settings.signal_info(words(1000, 812) .. 'system_u:system_r:init_t:s0\0'))
    assert.same({ uid = 4294967295, pid = 0, context = '' },
      settings.signal_info(words(4294967295, 0)))
  end)

  it('is cut where the place for it ends, and where it holds a NUL', function()
    assert.equal(4096, #settings.signal_info(words(1, 1) .. ('x'):rep(9000)).context)
    assert.equal('a', settings.signal_info(words(1, 1) .. 'a\0b').context)
  end)

  it('is not known from fewer bytes', function()
    for len = 0, 7 do
      assert.is_nil(settings.signal_info(words(1, 1):sub(1, len)))
    end
  end)

  it('comes as one message', function()
    local code, reply = netlink.socketpair():ask({ type = SIGNAL_INFO, reply_type = SIGNAL_INFO },
      { acknowledgement(1), message(SIGNAL_INFO, 1, words(5, 6) .. 'context') })
    assert.equal(0, code)
    assert.equal('context', settings.signal_info(reply).context)
  end)
end)

describe('a message of user space', function()
  it('is written as auditctl writes it', function()
    assert.equal('text=hello world exe="/usr/sbin/laudit" hostname=? addr=? terminal=pts/0 ' ..
      'res=success', settings.message('hello world', '/usr/sbin/laudit', 'pts/0'))
    assert.equal('text= exe=? hostname=? addr=? terminal=? res=success', settings.message '')
  end)

  it('writes a program\'s path as hex when it could be misread', function()
    assert.truthy(settings.message('x', '/a b"'):find(' exe=2F61206222 ', 1, true))
    assert.truthy(settings.message('x', '/\195\169'):find(' exe=2FC3A9 ', 1, true))
  end)

  it('is sent once', function()
    assert.is_true(settings.send_message(netlink.socketpair(), 'hello', { acknowledgement(1) }))
  end)

  it('holds no control character', function()
    for _, text in ipairs { 'a\nb', 'a\0b', '\27[2J', '\127' } do
      assert.same({ nil, 'cannot send the message: it holds a control character' },
        { settings.send_message(netlink.socketpair(), text, {}) })
    end
  end)

  it('is no longer than what the kernel keeps', function()
    local _, sentence = settings.send_message(netlink.socketpair(), ('x'):rep(8560), {})
    assert.truthy(sentence:find '^cannot send the message: with what stands around it, it has ' ..
      '%d+ bytes; the kernel keeps 8560$')
  end)

  it('says what an errno means', function()
    local _, sentence = settings.send_message(netlink.socketpair(), 'x', {
      acknowledgement(1, -EINVAL) })
    assert.equal('cannot send the message: Invalid argument', sentence)
  end)
end)
