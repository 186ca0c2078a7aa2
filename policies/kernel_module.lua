--- Somebody puts code into the kernel, or takes code out of it, or tries to.
---
--- A module can hide files, processes and connections and silence the audit itself. Modules come
--- by kmod and udev when the machine boots or hardware appears; those have no login behind them
--- and are left alone. A person who loads one is worth a look, and another program that does it
--- is worth getting up for.
local audit = require 'audit'
local once = require 'lib.once'
local people = require 'lib.people'
local rules = require 'lib.rules'

local loaders = audit.set {
  '/usr/bin/kmod', '/usr/lib/systemd/systemd-modules-load', '/usr/bin/udevadm',
  '/usr/lib/systemd/systemd-udevd', '/lib/systemd/systemd-modules-load', '/bin/kmod', '/sbin/kmod',
  '/lib/systemd/systemd-udevd', '/bin/udevadm', '/usr/sbin/kmod',
}
local EEXIST = -17
local is_news = once(600)

return audit.policy {
  name = 'kernel-module',
  severity = 'high',
  rules = rules [[
    -S init_module,finit_module,delete_module -k kernel-module
  ]],
  on = { SYSCALL = { 'init_module', 'finit_module', 'delete_module' } },

  check = function(event)
    local is_known = loaders[event.exe]

    if is_known and (event.exit == EEXIST or not people.is_login(event)) then
      return
    end
    local record = event:records 'KERN_MODULE' [1]
    local verb = event.SYSCALL == 'delete_module' and 'unload' or 'load'
    local name = record and record.name and 'the kernel module ' .. record.name or 'a kernel module'
    local failed = event.success ~= 'yes'

    event:tag(verb == 'load' and 'T1547.006' or 'T1562.001')
    if is_news(event.auid, event.exe, verb, name, failed) then
      return audit.alert {
        '%s %s %s with %s: %s (pid %s)', people.acting(event),
        failed and 'tried to ' .. verb or verb .. 'ed', name, event.exe,
        event.proctitle or event.comm, event.pid,
        severity = failed and 'medium' or not is_known and 'critical' or nil,
      }
    end
  end,
}
