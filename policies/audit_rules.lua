--- Somebody takes away what the kernel was told to watch.
---
--- `auditctl -D`, `auditctl -e 0` and their like are what an intruder types next to be left in
--- peace. Rules are removed one by one, so the alert comes with the first of a row. An update of
--- watched files (`updated_rules`, at each useradd) and rules that are added are no news.
local audit = require 'audit'
local once = require 'lib.once'
local people = require 'lib.people'

local daemons = audit.set { '/usr/sbin/auditd', '/usr/sbin/laudit', '/usr/bin/laudit' }
local is_news = once(60)

--- What happened, in words; nil for what is no tampering.
local function deed(event)
  if event.op == 'remove_rule' and is_news(event.auid, event.ses) then
    return 'is removing audit rules, first ' ..
      (event.keys[1] and ('the one with key "%s"'):format(event.keys[1]) or 'one without a key')
  elseif event.audit_enabled == 0 and event.old ~= 0 then
    return 'turned auditing off', 'critical'
  elseif event.audit_pid and event.audit_pid ~= 0 and event.exe and not daemons[event.exe] then
    return ('gave the audit stream to process %d'):format(event.audit_pid)
  elseif (event.audit_rate_limit or 0) > 0 then
    return ('limited auditing to %d records a second'):format(event.audit_rate_limit)
  elseif event.audit_backlog_limit and event.audit_backlog_limit < (tonumber(event.old) or 0) then
    return ('shrank the audit backlog from %d to %d'):format(event.old, event.audit_backlog_limit)
  end
end

return audit.policy {
  name = 'audit-rules',
  severity = 'high',
  on = { type = 'CONFIG_CHANGE', res = true },

  check = function(event)
    local what, severity = deed(event)

    if what then
      event:tag 'T1562.012'
      return audit.alert {
        '%s %s%s', people.acting(event), what,
        event.proctitle and (' (%s)'):format(event.proctitle) or '',
        severity = severity,
      }
    end
  end,
}
