--- A file becomes setuid or setgid, or is given capabilities: whoever runs it next is more than
--- himself.
---
--- The classic back door is a copy of a shell with mode 4755. New setuid bits come from package
--- managers and container engines, which are expected, and from hardly anybody else. The mode is
--- read from the call, not from the PATH record, which still shows the old one; a file that had
--- the bit before is no news.
---
--- Capabilities: the name of an extended attribute is not in the record. It is known by its size
--- (20 or 24 bytes for security.capability), which no other attribute of a system file has.
local audit = require 'audit'
local path = require 'lib.path'
local people = require 'lib.people'
local rules = require 'lib.rules'

-- Add what installs software on your hosts.
local expected = {
  '/usr/bin/dpkg', '/usr/bin/rpm', '/usr/bin/dnf5', '/usr/libexec/platform-python3.6',
  '/usr/lib/snapd/snapd', '/usr/libexec/snapd/snapd', '/usr/bin/pacman', '/usr/bin/flatpak',
  '/usr/bin/dockerd', '/usr/bin/containerd', '/usr/bin/podman', '/usr/bin/buildah',
  '/usr/libexec/flatpak-system-helper',
}
-- Packages do this with setcap, when they are configured.
local expected_capable = audit.set {
  '/usr/bin/ping', '/usr/bin/mtr-packet', '/usr/bin/dumpcap', '/usr/bin/newuidmap',
  '/usr/bin/newgidmap', '/usr/bin/arping', '/usr/bin/clockdiff',
}

local FCHMODAT2 = 452 -- the same number everywhere; older kernel headers lack the name
local SETS_ID = audit.match.regex '[4-9a-f][0-9a-f][0-9a-f]$' -- 04000 or 02000, in hex
local none = audit.match.not_(expected)
local plain_file = audit.match.prefix('0o100', '0o101')
local set_id_file = audit.match.prefix { '0o102', '0o103', '0o104', '0o105', '0o106', '0o107' }

local MODE_IN = { chmod = 'a1', fchmod = 'a1', fchmodat = 'a2' }

--- The new mode: a word of the call; of a new file, the PATH record has it.
local function mode_of(event, record)
  local word = event.syscall == FCHMODAT2 and 'a2' or MODE_IN[event.SYSCALL]

  return (word and tonumber(event[word]) or tonumber((record.mode or ''):sub(3), 8) or 0) % 4096
end

local function of_mode(event, record, file)
  local mode = mode_of(event, record)
  local is_setuid = mode >= 2048
  local owner = is_setuid and record.ouid or not is_setuid and record.ogid
  local name = is_setuid and record.OUID or not is_setuid and record.OGID

  return audit.alert {
    '%s made %s %s (mode %o, %s %s) with %s (pid %s)', people.acting(event), file,
    is_setuid and 'setuid' or 'setgid', mode, is_setuid and 'owner' or 'group',
    owner == 0 and 'root' or name or owner, event.exe, event.pid,
    severity = owner ~= 0 and 'medium' or nil,
  }
end

return audit.policy {
  name = 'setuid-made',
  severity = 'high',
  rules = rules [[
    -S chmod,fchmod -F a1&06000 -F success=1 -k setuid-made
    -S fchmodat,452 -F a2&06000 -F success=1 -k setuid-made
    -S open -F a1&0100 -F a2&06000 -F success=1 -k setuid-made
    -S openat -F a2&0100 -F a3&06000 -F success=1 -k setuid-made
    -S creat,mknod -F a1&06000 -F success=1 -k setuid-made
    -S mknodat -F a2&06000 -F success=1 -k setuid-made
    -S setxattr,lsetxattr,fsetxattr -F a3=20 -F euid=0 -F success=1 -k setuid-made
    -S setxattr,lsetxattr,fsetxattr -F a3=24 -F euid=0 -F success=1 -k setuid-made
  ]],
  on = {
    { SYSCALL = { 'chmod', 'fchmod' }, a1 = SETS_ID, mode = plain_file, success = true,
      exe = none },
    { SYSCALL = 'fchmodat', a2 = SETS_ID, mode = plain_file, success = true, exe = none },
    { syscall = FCHMODAT2, a2 = SETS_ID, mode = plain_file, success = true, exe = none },
    { SYSCALL = { 'open', 'openat', 'openat2', 'creat', 'mknod', 'mknodat' }, nametype = 'CREATE',
      mode = set_id_file, success = true, exe = none },
    { SYSCALL = { 'setxattr', 'lsetxattr', 'fsetxattr' }, a3 = { 20, 24 }, euid = 0, success = true,
      exe = none },
  },

  check = function(event)
    local record = path.record(event)
    local file = record and path.of(record, event)

    if file and not expected_capable[file] then
      event:tag 'T1548.001'
      if not (event.SYSCALL or ''):find 'xattr' then
        return of_mode(event, record, file)
      end
      return audit.alert('%s gave %s capabilities with %s (pid %s)', people.acting(event), file,
        event.exe, event.pid)
    end
  end,
}
