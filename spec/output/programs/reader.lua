--- reader.lua SOCKET FILE [BYTES | half] - reads from a unix socket and appends to FILE: all there
--- is, or the first BYTES and then nothing any more, until the other side ends the connection.
--- With `half` it closes its own direction first.
local ffi = require 'ffi'
ffi.cdef [[
  struct sockaddr_un { unsigned short family; char path[108]; };
  int socket(int domain, int type, int protocol);
  int connect(int fd, const struct sockaddr_un *address, unsigned int len);
  long read(int fd, void *data, size_t len);
  int shutdown(int fd, int how);
  int poll(void *fds, unsigned long count, int timeout);
  struct pollfd { int fd; short events, revents; };
]]
local C = ffi.C
local path, most = arg[1], tonumber(arg[3]) or math.huge
local address = ffi.new('struct sockaddr_un', 1)
ffi.copy(address.path, path)

local fd
for _ = 1, 1000 do
  fd = C.socket(1, 1, 0)
  if C.connect(fd, address, ffi.sizeof(address)) == 0 then break end
  C.poll(nil, 0, 10)
  fd = nil
end
assert(fd, 'nobody listens')
if arg[3] == 'half' then C.shutdown(fd, 1) end
local out = assert(io.open(arg[2], 'ab'))
out:setvbuf 'no'
assert(io.open(arg[2] .. '.connected', 'w')):close()
local piece, count = ffi.new 'char[65536]', 0
while count < most do
  local got = tonumber(C.read(fd, piece, math.min(65536, most - count)))
  if got <= 0 then return end
  out:write(ffi.string(piece, got))
  count = count + got
end
local waited = ffi.new('struct pollfd', fd, 0x2000)
while C.poll(waited, 1, 100) == 0 or waited.revents == 0 do end
