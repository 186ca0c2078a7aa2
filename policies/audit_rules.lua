--- Somebody takes away what the kernel was told to watch.
---
--- `auditctl -D`, `auditctl -e 0` and their like are what an intruder types next to be left in
--- peace. Rules are removed one by one, so the alert comes with the first of a row. An update of
--- watched files (`updated_rules`, at each useradd) and rules that are added are no news. laudit
--- itself says when the kernel's rules are not those that it was told to keep (`op=drift`): that
--- is an alert too, with what it did about it.
local audit = require 'audit'
local once = require 'lib.once'
local people = require 'lib.people'

local daemons = audit.set { '/usr/sbin/auditd', '/usr/sbin/laudit', '/usr/bin/laudit' }
local is_news = once(60)

--- laudit's own loads, and those at boot: nobody logged in, and no call of a recorded process.
local function is_nobody(event)
  return event.exe == nil and not people.is_login(event)
end

--- What a broken record says in place of a number counts as 0.
local function number(value)
  return tonumber(value) or 0
end

--- What happened, in words; nil for what is no tampering.
local function deed(event)
  if is_nobody(event) then
    return nil
  end
  if event.op == 'remove_rule' and is_news(event.auid, event.ses) then
    return 'is removing audit rules, first ' ..
      (event.keys[1] and ('the one with key "%s"'):format(event.keys[1]) or 'one without a key')
  elseif event.audit_enabled == 0 and event.old ~= 0 then
    return 'turned auditing off', 'critical'
  elseif event.audit_pid and event.audit_pid ~= 0 and event.exe and not daemons[event.exe] then
    return ('gave the audit stream to process %s'):format(event.audit_pid)
  elseif number(event.audit_rate_limit) > 0 then
    return ('limited auditing to %s records a second'):format(event.audit_rate_limit)
  elseif event.audit_backlog_limit and number(event.audit_backlog_limit) < number(event.old) then
    return ('shrank the audit backlog from %s to %s'):format(event.old, event.audit_backlog_limit)
  end
end

local outcome = {
  restored = '; laudit put them right', failed = '; laudit could not put all right',
}

local function by_laudit(event)
  local is_restored = event.state == 'restored'

  event:tag 'T1562.012'
  return audit.alert {
    "The kernel's rules are not those wanted: %s are gone, %s are new%s", event.removed,
    event.added, outcome[event.state] or '',
    severity = (number(event.removed) > 0 and not is_restored) and 'high' or 'medium',
  }
end

return audit.policy {
  name = 'audit-rules',
  severity = 'high',
  on = {
    { type = 'CONFIG_CHANGE', res = true },
    { type = 'DAEMON_ERR', op = 'drift' },
  },

  check = function(event)
    if event.type == 'DAEMON_ERR' then
      return by_laudit(event)
    end
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
