--- The audit daemon is stopped, killed or frozen: from there on nobody sees anything.
---
--- auditd says itself who sent the signal that ends it; a signal that leaves it no time for that
--- (KILL, STOP) is seen at the call. Signals that make it reload, rotate or report are its daily
--- bread, and signal 0 only asks whether it is alive. The service manager stops it at every
--- shutdown and upgrade; that is told with low severity. laudit says when another process tries to
--- take its place.
local audit = require 'audit'
local once = require 'lib.once'
local people = require 'lib.people'
local rules = require 'lib.rules'

-- Nothing, HUP, USR1, USR2, CHLD, CONT, URG, WINCH.
local harmless = audit.set { 0, 1, 10, 12, 17, 18, 23, 28 }
local is_news = once(10)

local function by_signal(event)
  local signal = tonumber(event.SYSCALL == 'tgkill' and event.a2 or event.a1)

  if not harmless[signal] and is_news('end') then
    event:tag 'T1562.012'
    return audit.alert('%s sent signal %d to %s (pid %s) with %s: the recording may end here',
      people.acting(event), signal, event.ocomm, event.opid, event.exe)
  end
end

local function by_itself(event)
  local is_manager = not people.is_login(event) and event.pid == 1

  if is_news('end') then
    event:tag 'T1562.012'
    return audit.alert {
      '%s %s the audit daemon: the recording ends here',
      is_manager and 'The service manager' or people.login(event),
      event.type == 'DAEMON_END' and 'stopped' or 'made an end of',
      severity = is_manager and 'low' or nil,
    }
  end
end

local function by_rival(event)
  event:tag 'T1562.012'
  return audit.alert {
    'Process %s tried to become the audit daemon in place of laudit', event.opid,
    severity = 'high',
  }
end

return audit.policy {
  name = 'audit-daemon',
  severity = 'critical',
  rules = rules [[
    -S kill,tkill -F a1=9 -F euid=0 -k audit-daemon
    -S kill,tkill -F a1=15 -F euid=0 -k audit-daemon
    -S kill,tkill -F a1=19 -F euid=0 -k audit-daemon
    -S tgkill,pidfd_send_signal -F euid=0 -k audit-daemon
  ]],
  on = {
    { type = { 'DAEMON_END', 'DAEMON_ABORT' } },
    { type = 'DAEMON_ERR', op = 'rival' },
    { SYSCALL = { 'kill', 'tkill', 'tgkill', 'pidfd_send_signal' }, success = true,
      ocomm = { 'auditd', 'laudit' } },
  },

  check = function(event)
    if event.type == 'DAEMON_ERR' then
      return by_rival(event)
    end
    return (event.type == 'SYSCALL' and by_signal or by_itself)(event)
  end,
}
