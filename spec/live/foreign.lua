--- foreign PID - sends one datagram to the audit socket of a process, which only root can.
local ffi = require 'ffi'

ffi.cdef [[
  struct sockaddr_nl { unsigned short family, pad; uint32_t pid, groups; };
  int socket(int domain, int type, int protocol);
  ssize_t sendto(int fd, const void *bytes, size_t len, int flags, const void *to, unsigned room);
]]

local NETLINK, RAW, AUDIT, SYSCALL = 16, 3, 9, 1300

local text = 'audit(1.000:1): a lie'
local header = ffi.new('uint32_t[4]', 16 + #text, SYSCALL)
local bytes = ffi.string(header, 16) .. text
local to = ffi.new('struct sockaddr_nl', NETLINK, 0, tonumber(arg[1]), 0)
local fd = ffi.C.socket(NETLINK, RAW, AUDIT)
assert(ffi.C.sendto(fd, bytes, #bytes, 0, to, ffi.sizeof(to)) == #bytes)
