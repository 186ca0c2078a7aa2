--- Servers that specs start: on loopback, in a folder of their own, ended by their process id.
local ffi = require 'ffi'

ffi.cdef [[
  struct peer_address { uint16_t family; uint16_t port; uint32_t host; char rest[8]; };
  int socket(int domain, int type, int protocol);
  int bind(int fd, const void *address, unsigned len);
  int close(int fd);
  int getpid(void);
  int kill(int pid, int signal);
  int usleep(unsigned microseconds);
  typedef void (*sighandler_t)(int);
  sighandler_t signal(int number, sighandler_t handler);
]]

local SIGKILL, SIGTERM, SIGPIPE = 9, 15, 13
local AF_INET, LOOPBACK = 2, 0x0100007f
local SOCKET_TYPES = { tcp = 1, udp = 2 }
local FIRST_PORT, OWN_PORTS = 20000, 199
local PATIENCE = 300 -- tenths of a second until something that does not come is missing
local LOOKS = 5 -- in each of them

local peer = { SIGKILL = SIGKILL, SIGTERM = SIGTERM, SIGSTOP = 19, SIGCONT = 18 }

--- What laudit does for itself: a reader that goes away is an error of write(2).
ffi.C.signal(SIGPIPE, ffi.cast('sighandler_t', 1))

function peer.shell(command)
  local pipe = assert(io.popen('{ ' .. command .. '; } 2>&1; echo "status $?"'))
  local said = pipe:read '*a'
  pipe:close()
  return said:match '^(.*)status (%d+)\n$'
end

function peer.read(path)
  local file = io.open(path, 'rb')
  local text = file and file:read '*a' or ''
  if file then
    file:close()
  end
  return text
end

function peer.write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

--- An empty folder.
function peer.folder()
  local path = os.tmpname()
  os.remove(path)
  assert(select(2, peer.shell('mkdir -m 755 ' .. path)) == '0')
  return path
end

--- Another port each time. Specs run side by side: each process has ports of its own, by its pid,
--- below those that the kernel gives out by itself.
local first = FIRST_PORT + ffi.C.getpid() % 64 * OWN_PORTS
local turn = os.time()

local function next_port()
  turn = turn + 1
  return first + turn % OWN_PORTS
end

local function is_free(port, protocol)
  local fd = ffi.C.socket(AF_INET, SOCKET_TYPES[protocol or 'tcp'], 0)
  local address = ffi.new('struct peer_address', { AF_INET,
    bit.bor(bit.lshift(bit.band(port, 255), 8), bit.rshift(port, 8)), LOOPBACK })
  local is_bound = ffi.C.bind(fd, address, ffi.sizeof(address)) == 0
  ffi.C.close(fd)
  return is_bound
end

--- A port of loopback that is free now, and that nothing else on this machine is likely to take.
function peer.port(protocol)
  for _ = 1, OWN_PORTS do
    local port = next_port()
    if is_free(port, protocol) then
      return tostring(port)
    end
  end
  error 'no port is free'
end

--- Starts a program that goes on; what it says goes to the file `said`. Returns its process id,
--- which is also its group's.
function peer.start(command, said)
  local pipe = assert(io.popen(('exec setsid %s >%s 2>&1 </dev/null & echo $!'):format(command,
    said or '/dev/null')))
  local pid = tonumber(pipe:read '*l')
  pipe:close()
  return pid
end

function peer.signal(pid, number)
  return ffi.C.kill(pid, number) == 0
end

--- Turns until `condition` returns something true, which it returns; nil when it never came.
function peer.wait(condition, patience)
  for _ = 1, (patience or PATIENCE) * LOOKS do
    local value = condition()
    if value then
      return value
    end
    ffi.C.usleep(100000 / LOOKS)
  end
end

function peer.is_alive(pid)
  local state = peer.read(('/proc/%d/stat'):format(pid)):match '^%d+ %b() (%a)'
  return state ~= nil and state ~= 'Z'
end

--- Ends a program that was started here, with what it has started, and waits until it is gone.
function peer.stop(pid, signal)
  peer.signal(-pid, signal or SIGTERM)
  if not peer.wait(function() return not peer.is_alive(pid) end, 50) then
    peer.signal(-pid, SIGKILL)
    peer.wait(function() return not peer.is_alive(pid) end)
  end
end

--- Waits until somebody listens on the port.
function peer.listens(port, protocol)
  local option = protocol == 'udp' and '-Hlun' or '-Hltn'
  return peer.wait(function()
    return peer.shell(('ss %s'):format(option)):find(':' .. port .. ' ', 1, true)
  end)
end

return peer
