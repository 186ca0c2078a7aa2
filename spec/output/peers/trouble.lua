--- trouble.lua PORT TARGET MODE-FILE - stands between laudit and a server of TCP on loopback and
--- makes the trouble that MODE-FILE names, looked up again every 20 ms:
---
---   pass    carries everything, both ways
---   stop    reads nothing and answers nothing; connections stay open
---   slow    carries a byte a second to the server
---   half    ends its own side of each connection and goes on holding the other
---   kill    breaks each connection off, after the first bytes of it were carried
local ffi = require 'ffi'

ffi.cdef [[
  struct address { uint16_t family; uint16_t port; uint32_t host; char rest[8]; };
  struct pollfd { int fd; short events, revents; };
  struct linger { int on, seconds; };
  int socket(int domain, int type, int protocol);
  int bind(int fd, const void *address, unsigned len);
  int listen(int fd, int backlog);
  int accept(int fd, void *address, void *len);
  int connect(int fd, const void *address, unsigned len);
  int setsockopt(int fd, int level, int name, const void *value, unsigned len);
  int shutdown(int fd, int how);
  int close(int fd);
  int poll(struct pollfd *fds, unsigned long count, int timeout);
  long recv(int fd, void *data, size_t len, int flags);
  long send(int fd, const void *data, size_t len, int flags);
]]

local C = ffi.C
local AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR, SO_RCVBUF, SO_LINGER = 2, 1, 1, 2, 8, 13
local SHUT_WR, MSG_NOSIGNAL, POLLIN, POLLHUP = 1, 0x4000, 1, 0x10
local ROOM, TICK_MS, SLOW_TICKS, KILL_AFTER = 65536, 20, 50, 2000

local room = ffi.new('char[?]', ROOM)
local one = ffi.new('int[1]', 1)
local small = ffi.new('int[1]', 4096)
local links = {}

local function address(port)
  local swapped = bit.bor(bit.lshift(bit.band(port, 255), 8), bit.rshift(port, 8))
  return ffi.new('struct address', { AF_INET, swapped, 0x0100007f })
end

local function mode()
  local file = io.open(arg[3])
  local name = file and file:read '*l' or 'pass'
  if file then
    file:close()
  end
  return name
end

local function listen_at(port)
  local fd = C.socket(AF_INET, SOCK_STREAM, 0)
  C.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, one, 4)
  C.setsockopt(fd, SOL_SOCKET, SO_RCVBUF, small, 4)
  assert(C.bind(fd, address(port), 16) == 0 and C.listen(fd, 64) == 0, 'the port is taken')
  return fd
end

local function accept(listener)
  local client = C.accept(listener, nil, nil)
  local server = C.socket(AF_INET, SOCK_STREAM, 0)
  if C.connect(server, address(tonumber(arg[2])), 16) ~= 0 then
    C.close(client)
    C.close(server)
    return
  end
  links[#links + 1] = { client = client, server = server, carried = 0, ticks = 0 }
end

--- Carries what is there, at most `most` bytes; false when that side has ended.
local function carry(from, to, most)
  local len = tonumber(C.recv(from, room, most or ROOM, 0))
  if len <= 0 then
    return false
  end
  local sent = 0
  while sent < len do
    local more = tonumber(C.send(to, room + sent, len - sent, MSG_NOSIGNAL))
    if more <= 0 then
      return false
    end
    sent = sent + more
  end
  return len
end

local function break_off(link)
  local linger = ffi.new('struct linger', { 1, 0 }) -- a reset
  C.setsockopt(link.client, SOL_SOCKET, SO_LINGER, linger, 8)
  C.close(link.client)
  C.close(link.server)
  link.is_over = true
end

local function finish(link)
  C.close(link.client)
  C.close(link.server)
  link.is_over = true
end

local on = {}

function on.pass(link, is_ready)
  if link.is_half then
    return finish(link)
  end
  if is_ready.client and not carry(link.client, link.server)
    or is_ready.server and not carry(link.server, link.client) then
    finish(link)
  end
end

function on.stop() end

function on.slow(link, is_ready)
  link.ticks = link.ticks + 1
  if is_ready.server and not carry(link.server, link.client) then
    return finish(link)
  end
  if link.ticks >= SLOW_TICKS and is_ready.client then
    link.ticks = 0
    if not carry(link.client, link.server, 1) then
      finish(link)
    end
  end
end

function on.half(link)
  if not link.is_half then
    link.is_half = true
    C.shutdown(link.client, SHUT_WR)
  end
end

function on.kill(link, is_ready)
  if is_ready.server and not carry(link.server, link.client) then
    return finish(link)
  end
  if is_ready.client then
    local len = carry(link.client, link.server, KILL_AFTER)
    link.carried = link.carried + (len or 0)
    if not len or link.carried >= KILL_AFTER then
      break_off(link)
    end
  end
end

local listener = listen_at(tonumber(arg[1]))

while true do
  local now = mode()
  local count = 1 + 2 * #links
  local fds = ffi.new('struct pollfd[?]', count)
  fds[0].fd, fds[0].events = listener, now == 'stop' and 0 or POLLIN
  for i, link in ipairs(links) do
    local reads = (now == 'stop' or now == 'half') and 0 or POLLIN
    fds[2 * i - 1].fd, fds[2 * i - 1].events = link.client, reads
    fds[2 * i].fd, fds[2 * i].events = link.server, reads
  end
  if now == 'slow' then
    C.poll(nil, 0, TICK_MS)
  end
  C.poll(fds, count, now == 'slow' and 0 or TICK_MS)
  for i, link in ipairs(links) do
    local is_ready = { client = bit.band(fds[2 * i - 1].revents, POLLIN + POLLHUP) ~= 0,
      server = bit.band(fds[2 * i].revents, POLLIN + POLLHUP) ~= 0 }
    on[now](link, is_ready)
  end
  if bit.band(fds[0].revents, POLLIN) ~= 0 then
    accept(listener)
  end
  for i = #links, 1, -1 do
    if links[i].is_over then
      table.remove(links, i)
    end
  end
end
