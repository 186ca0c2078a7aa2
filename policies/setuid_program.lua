--- A program that no package installs as setuid lends somebody root's power.
---
--- This is the moment a planted setuid file (a copy of a shell, mostly) is used, or a hole in a
--- setuid program: what it starts runs with root's power while the person behind it is still
--- somebody else. The programs that are meant to do this are few and known; anything else is root
--- by a back door.
local audit = require 'audit'
local people = require 'lib.people'
local rules = require 'lib.rules'

-- Setuid root on an ordinary host, or started by one of those before it gives its power away.
local expected = {
  '/usr/bin/sudo', '/usr/bin/su', '/usr/bin/passwd', '/usr/bin/chsh', '/usr/bin/chfn',
  '/usr/bin/chage', '/usr/bin/expiry', '/usr/bin/gpasswd', '/usr/bin/newgrp', '/usr/bin/pkexec',
  '/usr/bin/mount', '/usr/bin/umount', '/usr/bin/fusermount', '/usr/bin/fusermount3',
  '/usr/bin/ntfs-3g', '/usr/sbin/mount.nfs', '/usr/sbin/mount.cifs', '/usr/sbin/mount.fuse',
  '/usr/bin/at', '/usr/bin/crontab', '/usr/bin/ping', '/usr/bin/newuidmap', '/usr/bin/newgidmap',
  '/usr/bin/doas', '/usr/bin/bwrap', '/usr/bin/staprun', '/usr/sbin/exim4', '/usr/sbin/pppd',
  '/usr/sbin/unix_chkpwd', '/usr/sbin/pam_timestamp_check', '/usr/sbin/usernetctl',
  '/usr/sbin/userhelper', '/usr/sbin/grub2-set-bootflag', '/usr/libexec/sssd/p11_child',
  '/usr/libexec/sssd/krb5_child', '/usr/libexec/sssd/ldap_child', '/usr/lib/xorg/Xorg',
  '/usr/libexec/Xorg', '/usr/lib/xorg/Xorg.wrap', '/usr/libexec/Xorg.wrap',
  '/usr/lib/openssh/ssh-keysign', '/usr/libexec/openssh/ssh-keysign',
  '/usr/lib/polkit-1/polkit-agent-helper-1', '/usr/libexec/polkit-agent-helper-1',
  '/usr/lib/dbus-1.0/dbus-daemon-launch-helper', '/usr/libexec/dbus-1/dbus-daemon-launch-helper',
  '/usr/lib/snapd/snap-confine', '/usr/libexec/snapd/snap-confine',
  '/usr/lib/chromium/chrome-sandbox', '/opt/google/chrome/chrome-sandbox',
}

return audit.policy {
  name = 'setuid-program',
  severity = 'critical',
  rules = rules [[
    -S execve,execveat -F euid=0 -C uid!=euid -k setuid-program
  ]],
  on = {
    SYSCALL = { 'execve', 'execveat' },
    success = true,
    euid = 0,
    uid = audit.match.not_(0),
    exe = audit.match.not_(expected),
  },

  check = function(event)
    event:tag 'T1548.001'
    return audit.alert("%s ran %s with root's rights: it is setuid, and not a known one (pid %s)",
      people.login(event), event.exe, event.pid)
  end,
}
