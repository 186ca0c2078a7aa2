package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local REMOVES = 'high: User %d as root is removing audit rules, first %s (/usr/sbin/auditctl -d ' ..
  'always,exit -F arch=b64 -S %s)'

local function play(name)
  return (scenes.play('audit-rules', name))
end

describe('policy audit-rules', function()
  it('speaks up when rules are removed, once for a row of them', function()
    assert.same({ REMOVES:format(1001, 'one without a key', 'swapoff') }, play 'no key')
    local lines = scenes.lines('audit-rules', 'no key')
    assert.equal(1, #scenes.said('audit-rules', scenes.joined(lines, lines)))
    assert.same(REMOVES:format(1000, 'the one with key "spare"', 'swapon -k spare'),
      play 'remove' [1])
  end)

  it('speaks up when auditing is turned off or choked', function()
    assert.same({ 'critical: User 1000 as root turned auditing off (/usr/sbin/auditctl -e 0)' },
      play 'off')
    assert.same({ 'high: User 1000 as root limited auditing to 1000 records a second ' ..
      '(/usr/sbin/auditctl -r 1000)' }, play 'rate')
    assert.same({ 'high: User 1000 as root shrank the audit backlog from 8192 to 4096 ' ..
      '(/usr/sbin/auditctl -b 4096)' }, play 'backlog')
  end)

  it('speaks up when another program takes the stream', function()
    local function taken_by(exe)
      return (scenes.said('audit-rules', {
        'type=CONFIG_CHANGE msg=audit(1700000000.000:7): op=set audit_pid=4242 old=0 auid=1000 ' ..
          'ses=3 subj=unconfined res=1',
        'type=SYSCALL msg=audit(1700000000.000:7): arch=c000003e syscall=44 success=yes exit=60 ' ..
          'a0=3 a1=7ffe707d6a60 a2=3c a3=0 items=0 ppid=122 pid=4242 auid=1000 uid=0 gid=0 ' ..
          'euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 tty=pts0 ses=3 comm="x" ' ..
          ('exe="%s" subj=unconfined key=(null)'):format(exe),
        'type=PROCTITLE msg=audit(1700000000.000:7): proctitle="x"',
      }))
    end
    assert.same({ 'high: User 1000 as root gave the audit stream to process 4242 (x)' },
      taken_by '/tmp/x')
    assert.same({}, taken_by '/usr/sbin/auditd')
  end)

  it("speaks up when the kernel's rules are not those that laudit keeps", function()
    local function drift(what)
      return (scenes.said('audit-rules', {
        ('type=DAEMON_ERR msg=audit(1700000000.000:7): op=drift %s auid=4294967295 pid=1 uid=0 ' ..
          'ses=4294967295 res=failed'):format(what),
      }))
    end
    assert.same({ "high: The kernel's rules are not those wanted: 2 are gone, 1 are new" },
      drift 'removed=2 added=1 moved=0 state=changed')
    assert.same({ "medium: The kernel's rules are not those wanted: 2 are gone, 0 are " ..
      'new; laudit put them right' }, drift 'removed=2 added=0 moved=0 state=restored')
  end)

  it('is silent about new rules and about watched files that are replaced', function()
    assert.same({}, play 'not removed')
  end)

  it('is silent when the rules are loaded at boot', function()
    local lines = {}
    for line in io.lines 'examples/intrusion.log' do
      if line:find('op=add_rule', 1, true) or line:find('op=set audit_', 1, true) then
        lines[#lines + 1] = line
      end
    end
    assert.same({}, (scenes.said('audit-rules', lines)))
  end)
end)
