--- Somebody changes the audit log, or what the audit daemon reads when it starts.
---
--- Only the daemon writes its log, and the kernel does not audit its own daemon; so whatever else
--- writes, truncates, renames or deletes there wants to be forgotten. Reading is no tampering:
--- ausearch, less and the backup pass.
local audit = require 'audit'
local bit = require 'bit'
local once = require 'lib.once'
local path = require 'lib.path'
local people = require 'lib.people'
local rules = require 'lib.rules'

-- Add what manages the configuration on your hosts.
local expected = {
  '/usr/sbin/auditd', '/usr/sbin/laudit', '/usr/bin/laudit', '/usr/bin/dpkg', '/usr/bin/rpm',
}

local WRITES = tonumber('01003', 8) -- O_WRONLY, O_RDWR, O_TRUNC
local verbs = {
  open = 'opened', openat = 'opened', openat2 = 'opened', creat = 'opened', truncate = 'truncated',
  unlink = 'deleted', unlinkat = 'deleted', rmdir = 'deleted', rename = 'renamed',
  renameat = 'renamed', renameat2 = 'renamed', link = 'linked', linkat = 'linked',
  symlink = 'linked', symlinkat = 'linked', chmod = 'changed the mode of',
  fchmodat = 'changed the mode of', chown = 'changed the owner of',
  lchown = 'changed the owner of', fchownat = 'changed the owner of',
}
local calls = {}
for call in pairs(verbs) do
  calls[#calls + 1] = call
end

local FOLDERS = audit.match.prefix {
  '/var/log/audit', '/etc/audit', '/var/log/laudit', '/etc/laudit',
}
local is_inside = audit.match.regex '^/(var/log|etc)/l?audit(/|$)'
local is_news = once(60)

--- An open for reading changes nothing.
local function only_reads(event)
  local flags = ({ open = event.a1, openat = event.a2, openat2 = event.oflag })[event.SYSCALL]

  if event.SYSCALL == 'openat2' and flags then
    flags = tonumber(flags:match '%d+$' or '', 8)
  end
  flags = tonumber(flags)
  return flags and bit.band(flags, WRITES) == 0
end

local function file_of(event)
  for _, record in ipairs(event.paths) do
    local file = path.of(record, event)

    if record.nametype ~= 'PARENT' and is_inside(file) then
      return file
    end
  end
end

return audit.policy {
  name = 'audit-files',
  severity = 'high',
  rules = rules [[
    -i
    -F dir=/var/log/audit -F perm=wa -k audit-files
    -F dir=/etc/audit -F perm=wa -k audit-files
  ]],
  on = {
    { SYSCALL = calls, name = FOLDERS, exe = audit.match.not_(expected) },
    { SYSCALL = calls, cwd = FOLDERS, name = audit.match.regex '^[^/]',
      exe = audit.match.not_(expected) },
  },

  check = function(event)
    local file = not only_reads(event) and file_of(event)

    local refused = event.exit == -13 or event.exit == -1

    if not file or (event.success ~= 'yes' and not refused) then
      return
    end
    event:tag(file:find '^/etc' and 'T1562.012' or 'T1070.002')
    if is_news(event.auid, event.exe) then
      local verb = verbs[event.SYSCALL]

      return audit.alert {
        '%s %s%s %s%s with %s (pid %s)', people.acting(event),
        refused and 'was refused, but would have ' or '', verb, file,
        verb == 'opened' and ' for writing' or '', event.exe, event.pid,
        severity = refused and 'medium' or nil,
      }
    end
  end,
}
