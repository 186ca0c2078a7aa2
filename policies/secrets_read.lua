--- A program that has no business there opens the password hashes or a private ssh key.
---
--- Hashes are cracked elsewhere and keys open the next machine, so this is the usual step from
--- one host to many. The programs that read them for a living are listed; cat, tar, python and cp
--- are not among them. An attempt that was refused is told, too: nobody tries by accident.
---
--- What it does not see: a key under another name, reading through io_uring or the raw disk.
--- People's own keys are caught only where the kernel has a rule for them, which has to name each
--- folder: see below.
local audit = require 'audit'
local once = require 'lib.once'
local path = require 'lib.path'
local people = require 'lib.people'
local rules = require 'lib.rules'

-- Add what your host lets read them: the backup, a password sync.
local expected = {
  '/usr/sbin/sshd', '/usr/lib/openssh/sshd-session', '/usr/lib/openssh/sshd-auth',
  '/usr/libexec/openssh/sshd-session', '/usr/libexec/openssh/sshd-auth',
  '/usr/bin/ssh', '/usr/bin/ssh-add', '/usr/bin/ssh-agent', '/usr/bin/ssh-keygen',
  '/usr/lib/openssh/ssh-keysign', '/usr/libexec/openssh/ssh-keysign',
  '/usr/bin/login', '/usr/bin/su', '/usr/bin/sudo', '/usr/bin/newgrp', '/usr/bin/passwd',
  '/usr/bin/chage', '/usr/bin/chfn', '/usr/bin/chsh', '/usr/bin/expiry', '/usr/bin/gpasswd',
  '/usr/sbin/unix_chkpwd', '/usr/sbin/unix_update', '/usr/sbin/chpasswd', '/usr/sbin/chgpasswd',
  '/usr/sbin/useradd', '/usr/sbin/usermod', '/usr/sbin/userdel', '/usr/sbin/newusers',
  '/usr/sbin/groupadd', '/usr/sbin/groupmod', '/usr/sbin/groupdel', '/usr/sbin/groupmems',
  '/usr/sbin/pwck', '/usr/sbin/grpck', '/usr/sbin/pwconv', '/usr/sbin/grpconv', '/usr/sbin/vipw',
  '/usr/sbin/cron', '/usr/sbin/crond', '/usr/sbin/atd', '/usr/sbin/nscd',
  '/usr/bin/systemd-sysusers', '/usr/lib/systemd/systemd', '/usr/lib/systemd/systemd-executor',
  '/usr/lib/systemd/systemd-userwork', '/usr/lib/polkit-1/polkit-agent-helper-1',
  '/usr/libexec/accounts-daemon', '/usr/libexec/gdm-session-worker', '/usr/sbin/lightdm',
}

local OPENS = { 'open', 'openat', 'openat2' }
local NAMES = audit.match.suffix {
  'shadow', 'shadow-', 'id_rsa', 'id_dsa', 'id_ecdsa', 'id_ed25519', 'id_xmss', '_sk', '_key',
  'identity',
}

local SHADOW_GROUPS = audit.set { 42, 15 } -- Debian, SUSE

local is_hashes = audit.match.regex '^/etc/g?shadow-?$'
local is_key = audit.match.regex(
  '/(id_(rsa|dsa|ecdsa|ed25519|xmss)(_sk)?|identity|ssh_host_[a-z0-9]+_key)$')
local is_news = once(3600)

local KEYS, HASHES = 'T1552.004', 'T1003.008'

--- What a file of that name holds: keys, hashes or false.
local function secrets_in(file)
  return is_hashes(file) and HASHES or is_key(file) and KEYS
end

return audit.policy {
  name = 'secrets-read',
  severity = 'high',
  -- Opening somebody else's file below /home is rare; for the thief who runs as the owner, add
  -- -a always,exit -F arch=b64 -S open,openat,openat2 -F dir=/home/NAME/.ssh -k secrets for each.
  rules = rules [[
    -S open,openat,openat2 -F path=/etc/shadow -k secrets
    -S open,openat,openat2 -F path=/etc/gshadow -k secrets
    -S open,openat,openat2 -F dir=/etc/ssh -F exe!=/usr/sbin/sshd -k secrets
    -S open,openat,openat2 -F dir=/root -F auid>=1000 -F auid!=unset -k secrets
    -S open,openat,openat2 -F dir=/home -C euid!=obj_uid -k secrets
  ]],
  on = {
    {
      SYSCALL = OPENS,
      exe = audit.match.not_(expected),
      name = NAMES,
    },
    { -- By a symlink of another name: Debian's and SUSE's group shadow is known by its number.
      SYSCALL = OPENS,
      exe = audit.match.not_(expected),
      ogid = { 42, 15 },
      mode = '0o100640',
    },
    { -- Red Hat lets nobody but root's capabilities read it.
      SYSCALL = OPENS,
      exe = audit.match.not_(expected),
      mode = '0o100000',
    },
  },

  check = function(event)
    local refused = event.exit == -13 or event.exit == -1
    local record = (refused or event.success == 'yes') and path.record(event)
    local file = record and path.of(record, event)
    local secrets = file and secrets_in(file)

    -- A file called shadow elsewhere is somebody's own business, unless it looks like the hashes.
    if not file or not secrets and record.mode ~= '0o100000' and not SHADOW_GROUPS[record.ogid] then
      return
    end
    event:tag(secrets or HASHES)
    if is_news(event.auid, event.euid, event.exe, file, refused) then
      return audit.alert {
        '%s %s %s with %s (pid %s)', people.acting(event), refused and 'was refused' or 'opened',
        file, event.exe, event.pid,
        severity = refused and 'medium' or nil,
      }
    end
  end,
}
