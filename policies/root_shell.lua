--- Somebody who logged in as an ordinary user sits in a shell as root.
---
--- Administrators do this with sudo and su, and so does everybody who got hold of their password.
--- The alert is the line of the diary that an investigator looks for first: who became root,
--- when, on which terminal. Shells that run a script or a command (`sudo sh install.sh`, every
--- package that configures itself) are no news, because sudo's own record holds their command; a
--- shell that waits for commands is, whether they come from a terminal or from a pipe (`curl ...
--- | sudo sh`).
local audit = require 'audit'
local people = require 'lib.people'
local rules = require 'lib.rules'
local shells = require 'lib.shells'

local TAKES_A_VALUE = audit.set { '--rcfile', '--init-file', '-o', '+o', '-O', '+O' }

--- Nothing to run was given, options aside.
local function waits_for_commands(words, first)
  local i = first

  while i <= #words do
    if words[i] == '-s' then
      return true
    elseif TAKES_A_VALUE[words[i]] then
      i = i + 1
    elseif not words[i]:find '^[-+]' then
      return false
    end
    i = i + 1
  end
  return true
end

return audit.policy {
  name = 'root-shell',
  severity = 'medium',
  rules = rules [[
    -S execve,execveat -F euid=0 -F auid>=1000 -F auid!=unset -k root-shell
  ]],
  on = {
    SYSCALL = { 'execve', 'execveat' },
    success = true,
    uid = 0, -- setuid_program speaks about the others
    euid = 0,
    auid = audit.match.range(1000, 4294967294),
    exe = audit.match.regex(shells),
  },

  check = function(event)
    local words = event.argv or {}
    local is_applet = (words[1] or ''):find 'busybox$'

    if is_applet and not (words[2] or ''):find '^%a*sh$' then
      return
    end
    if waits_for_commands(words, is_applet and 3 or 2) then
      local has_terminal = event.tty and event.tty ~= '(none)'

      event:tag 'T1548.003'
      return audit.alert('%s has a root shell: %s %s (pid %s)', people.login(event), event.exe,
        has_terminal and 'on ' .. event.tty or 'without a terminal', event.pid)
    end
  end,
}
