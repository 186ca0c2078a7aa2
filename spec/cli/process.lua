--- Runs laudit as a user would, for the specs of the command line.
local ffi = require 'ffi'

ffi.cdef [[
  int poll(void *fds, unsigned long count, int timeout);
]]

local process = {}

process.binary = os.getenv 'LAUDIT_BINARY' or 'build/laudit'

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

process.quote = quote

function process.read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

function process.write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

--- What a shell command prints. Sanitizers of the specs' own process are not for it.
function process.shell(command)
  local pipe = assert(io.popen('unset LD_PRELOAD; ' .. command))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

--- A folder of its own for one spec; process.remove takes it away.
function process.folder()
  return process.shell('mktemp -d'):match '%S+'
end

function process.remove(folder)
  process.shell('rm -r ' .. quote(folder))
end

--- Runs a shell command in which `laudit` is the binary; returns { status, out, err }.
function process.run(command)
  local folder = process.folder()
  local out, err = folder .. '/out', folder .. '/err'
  local text = process.shell(('laudit() { %s "$@"; }; { %s ; } >%s 2>%s; echo $?'):format(
    quote(process.binary), command, out, err))
  local result = { status = tonumber(text), out = process.read(out), err = process.read(err) }
  process.remove(folder)
  return result
end

--- Waits until `condition` returns something true, and returns it; an error after `seconds`.
function process.wait(what, condition, seconds)
  local deadline = os.time() + (seconds or 20)
  while os.time() <= deadline do
    local value = condition()
    if value then
      return value
    end
    ffi.C.poll(nil, 0, 5)
  end
  error('waited in vain until ' .. what, 2)
end

--- Starts a shell command in the background; returns its pid. `exec` it to have the program's own.
function process.start(command, folder)
  return tonumber(process.shell(('laudit=%s; cd %s; { %s ; } >/dev/null 2>&1 & echo $!'):format(
    quote(process.shell('realpath ' .. quote(process.binary)):match '[^\n]+'), quote(folder),
    command)))
end

function process.is_running(pid)
  local file = io.open(('/proc/%d/stat'):format(pid))
  if not file then
    return false
  end
  local state = file:read('*a'):match '%) (%a)'
  file:close()
  return state ~= nil and state ~= 'Z'
end

function process.signal(pid, name)
  process.shell(('kill -%s %d'):format(name, pid))
end

--- An event of two records (three lines with an EOE) as auditd writes it.
function process.event(serial, exe)
  local id = ('audit(%d.%03d:%d)'):format(1700000000 + math.floor(serial / 1000), serial % 1000,
    serial)
  return ('type=SYSCALL msg=%s: arch=c000003e syscall=59 success=yes exit=0 a0=1 a1=2 a2=3 a3=0 '
    .. 'items=2 ppid=1 pid=%d auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 '
    .. 'tty=pts0 ses=1 comm="x" exe="%s" key=(null)\n'):format(id, serial, exe or '/usr/bin/x')
    .. ('type=PROCTITLE msg=%s: proctitle="x"\n'):format(id)
end

--- A log of the events `first` to `last`.
function process.log(first, last)
  local events = {}
  for serial = first, last do
    events[#events + 1] = process.event(serial)
  end
  return table.concat(events)
end

--- The serials of JSON lines, in order.
function process.serials(text)
  local serials = {}
  for serial in text:gmatch '"ID":"%d+%.%d+:(%d+)"' do
    serials[#serials + 1] = tonumber(serial)
  end
  return serials
end

return process
