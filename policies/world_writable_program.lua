--- A program runs from a folder where everybody may write, or from memory alone.
---
--- What is dropped by an exploit lands in /tmp, /var/tmp or /dev/shm, because there it is allowed
--- to; the careful ones write it to a memfd, so that no file is left. Packages install nothing
--- there. Scripts count, too: the program is then the interpreter, and the script is the first
--- path of the event.
local audit = require 'audit'
local once = require 'lib.once'
local path = require 'lib.path'
local people = require 'lib.people'
local rules = require 'lib.rules'

local FOLDERS = { '/tmp/', '/var/tmp/', '/dev/shm/', '/dev/mqueue/', '/run/user/', '/run/lock/' }

-- Whole paths that your hosts do run from there.
local expected = audit.set { '/var/tmp/example-agent/updater' }

local EXEC = { 'execve', 'execveat' }
local is_inside = audit.match.prefix(FOLDERS)
local is_in_memory = audit.match.prefix '/memfd:'
local is_news = once(600)

--- The file that was asked for: the script, where there is one, else the program.
local function file_of(event)
  local record = path.record(event)
  local asked = record and record.name and path.whole(record.name, event.cwd)

  return asked and is_inside(asked) and asked or event.exe
end

return audit.policy {
  name = 'world-writable-program',
  severity = 'medium',
  -- 00:01 is the kernel's own tmpfs, on which memfds lie.
  rules = rules [[
    -S execve,execveat -F dir=/tmp -k world-writable
    -S execve,execveat -F dir=/var/tmp -k world-writable
    -S execve,execveat -F dir=/dev/shm -k world-writable
    -S execve,execveat -F devmajor=0 -F devminor=1 -k world-writable
  ]],
  on = {
    { SYSCALL = EXEC, success = true, exe = is_inside },
    { SYSCALL = EXEC, success = true, exe = is_in_memory },
    { SYSCALL = EXEC, success = true, name = is_inside },
    { SYSCALL = EXEC, success = true, name = audit.match.regex '^[^/]',
      cwd = audit.match.prefix('/tmp', '/var/tmp', '/dev/shm', '/run/user', '/run/lock') },
  },

  check = function(event)
    local is_memory = is_in_memory(event.exe)
    local file = is_memory and event.exe or file_of(event)

    if not file or expected[file] or not is_memory and not is_inside(file) then
      return
    end
    event:tag(is_memory and 'T1620' or 'T1036.005')
    if is_news(event.auid, event.euid, file) then
      return audit.alert {
        '%s ran %s (pid %s): %s', people.acting(event), file, event.pid,
        is_memory and 'a program that is in memory alone' or 'everybody may write there',
        severity = is_memory and 'high' or nil,
      }
    end
  end,
}
