package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local FIVE = 'medium: 5 failed passwords %s within 5 minutes, the last for %s'

local function auth(second, fields)
  return ('type=USER_AUTH msg=audit(%d.000:%d): pid=9 uid=0 auid=4294967295 ses=4294967295 ' ..
    "subj=unconfined msg='op=%s grantors=? acct=\"%s\" exe=\"%s\" hostname=%s addr=%s " ..
    "terminal=%s res=%s'"):format(1700000000 + second, second, fields.op or 'PAM:authentication',
    fields.acct or 'root', fields.exe or '/usr/sbin/sshd', fields.addr or '203.0.113.7',
    fields.addr or '203.0.113.7', fields.terminal or 'ssh', fields.res or 'failed')
end

--- `count` failures, `step` seconds apart, beginning at second `first`.
local function failures(count, step, fields, first)
  local lines = {}
  for i = 1, count do
    lines[i] = auth((first or 0) + i * step, fields or {})
  end
  return lines
end

local function said(...)
  return (scenes.said('password-guessing', scenes.joined(...)))
end

describe('policy password-guessing', function()
  it('speaks up once, at the fifth failure from one address', function()
    assert.same({}, said(failures(4, 1)))
    assert.same({ FIVE:format('from 203.0.113.7', 'root') }, said(failures(200, 1)))
  end)

  it('speaks up when the guess was right', function()
    assert.same({
      FIVE:format('from 203.0.113.7', 'root'),
      'critical: alice is in from 203.0.113.7 after 6 failed passwords within 5 minutes',
    }, said(failures(6, 1), { auth(9, { acct = 'alice', res = 'success' }),
      auth(10, { acct = 'alice', res = 'success' }) }))
  end)

  it('counts each address by itself, IPv6 too', function()
    local lines = {}
    for second = 1, 8 do
      lines[second] = auth(second, { addr = second % 2 == 0 and '203.0.113.7' or '2001:db8::7' })
    end
    assert.same({}, said(lines))
    assert.same({ FIVE:format('from 2001:db8::7', 'root') },
      said(failures(5, 1, { addr = '2001:db8::7' })))
  end)

  it('speaks up about one account that is guessed from many places', function()
    local lines = {}
    for second = 1, 30 do
      lines[second] = auth(second * 60, { addr = '198.51.100.' .. second })
    end
    assert.same({ 'medium: 20 failed passwords for root within 60 minutes, slowly or ' ..
      'from many places' }, said(lines))
  end)

  it('speaks up about su and sudo on this machine', function()
    assert.same({ FIVE:format('at /usr/bin/su on pts/1', 'root') },
      said(failures(5, 3, { addr = '?', exe = '/usr/bin/su', terminal = 'pts/1' })))
  end)

  it('names nobody where PAM knew no such user', function()
    assert.same({ FIVE:format('from 203.0.113.7', 'an unknown user') },
      said(failures(5, 1, { acct = '?' })))
  end)

  it('is silent about somebody who mistypes', function()
    assert.same({}, said(failures(3, 5), { auth(30, { res = 'success' }) }))
    assert.same({}, said(failures(10, 90)))
  end)

  it('is silent about keys that a client offers, and about logins by key', function()
    assert.same({}, said(failures(9, 1, { op = 'pubkey' })))
    local lines = failures(9, 1)
    for i, line in ipairs(lines) do
      lines[i] = line:gsub('USER_AUTH', 'USER_LOGIN'):gsub('op=PAM:authentication', 'op=login')
    end
    assert.same({}, said(lines))
  end)
end)
