package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SIGNAL = 'critical: User %d as root sent signal %d to auditd (pid N) with %s: ' ..
  'the recording may end here'

local function play(name)
  return (scenes.play('audit-daemon', name))
end

--- What it says when auditd reports its end.
local function ends(fields)
  return scenes.said('audit-daemon', { 'type=DAEMON_END msg=audit(1700000000.000:1): ' ..
    'op=terminate ' .. fields .. ' subj=unconfined res=success' })[1]
end

describe('policy audit-daemon', function()
  it('speaks up when auditd is stopped or frozen', function()
    assert.same({ SIGNAL:format(1000, 19, '/usr/bin/bash') }, play 'stop')
    assert.same({ SIGNAL:format(1001, 19, '/usr/local/bin/odd') }, play 'pidfd')
  end)

  it('sees other calls, and 32-bit ones', function()
    local lines = scenes.lines('audit-daemon', 'stop')
    assert.same({ SIGNAL:format(1000, 9, '/usr/bin/bash') },
      (scenes.said('audit-daemon', scenes.changed(lines, {
        ['arch=c000003e syscall=62'] = 'arch=40000003 syscall=37', [' a1=13 '] = ' a1=9 ',
      }))))
  end)

  it('tells who ended it', function()
    assert.equal('critical: User 1000 stopped the audit daemon: the recording ends here',
      ends 'auid=1000 uid=0 ses=4 pid=961')
    assert.equal('critical: Somebody stopped the audit daemon: the recording ends here',
      ends 'auid=-1 uid=-1 ses=-1 pid=-1')
  end)

  it('speaks up when another process wants to be the audit daemon', function()
    local lines = { 'type=DAEMON_ERR msg=audit(1700000000.000:2): op=rival opid=4711 ' ..
      'auid=4294967295 pid=9 uid=0 ses=4294967295 res=failed' }
    assert.same(
      { 'high: Process 4711 tried to become the audit daemon in place of laudit' },
      (scenes.said('audit-daemon', lines)))
    lines[1] = lines[1]:gsub('op=rival opid=4711', 'op=lost-records lost=3 enobufs=0')
    assert.same({}, (scenes.said('audit-daemon', lines)))
  end)

  it('takes a shutdown calmly', function()
    assert.equal('low: The service manager stopped the audit daemon: the recording ends here',
      ends 'auid=4294967295 uid=0 ses=4294967295 pid=1')
  end)

  it('says it once when signal and report tell of the same end', function()
    assert.equal(1, #play 'end')
  end)

  it('is silent about reload, rotation, a look whether it lives, and other processes', function()
    assert.same({}, play 'not the end')
    assert.same({}, play 'other')
  end)
end)
