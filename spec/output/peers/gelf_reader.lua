--- gelf_reader.lua PORT FILE - a reader of GELF over UDP: Debian has no server of it.
--
-- By the protocol's description: datagrams are chunks (0x1e 0x0f, eight bytes of id, number,
-- count), or whole messages; these are gzip (0x1f 0x8b), zlib (0x78) or plain. Each message is
-- written to FILE as it is, with a newline behind it; what cannot be read as "broken: ...".
local ffi = require 'ffi'
local zlib = ffi.load 'z'

ffi.cdef [[
  struct address { uint16_t family; uint16_t port; uint32_t host; char rest[8]; };
  int socket(int domain, int type, int protocol);
  int bind(int fd, const void *address, unsigned len);
  int setsockopt(int fd, int level, int name, const void *value, unsigned len);
  long recv(int fd, void *data, size_t len, int flags);
  typedef struct {
    const uint8_t *next_in; unsigned avail_in; unsigned long total_in;
    uint8_t *next_out; unsigned avail_out; unsigned long total_out;
    const char *msg; void *state; void *zalloc; void *zfree; void *opaque;
    int data_type; unsigned long adler; unsigned long reserved;
  } z_stream;
  int inflateInit2_(z_stream *stream, int window_bits, const char *version, int size);
  int inflate(z_stream *stream, int flush);
  int inflateEnd(z_stream *stream);
  const char *zlibVersion(void);
]]

local AF_INET, SOCK_DGRAM, SOL_SOCKET, SO_RCVBUFFORCE = 2, 2, 1, 33
local LONGEST = 64 * 1024 * 1024
local GZIP_OR_ZLIB = 15 + 32
local Z_FINISH, Z_STREAM_END = 4, 1

local room = ffi.new('uint8_t[?]', LONGEST)

local function inflate(text)
  local stream = ffi.new 'z_stream'
  zlib.inflateInit2_(stream, GZIP_OR_ZLIB, zlib.zlibVersion(), ffi.sizeof 'z_stream')
  stream.next_in, stream.avail_in = ffi.cast('const uint8_t *', text), #text
  stream.next_out, stream.avail_out = room, LONGEST
  local code = zlib.inflate(stream, Z_FINISH)
  local len = LONGEST - stream.avail_out
  local rest = stream.avail_in
  zlib.inflateEnd(stream)
  if code ~= Z_STREAM_END or rest ~= 0 then
    return 'broken: zlib says ' .. code
  end
  return ffi.string(room, len)
end

local function read_message(text)
  local first, second = text:byte(1, 2)
  if (first == 0x1f and second == 0x8b) or first == 0x78 then
    return inflate(text)
  end
  return text
end

local waiting = {} -- by id: chunks by number, how many have come

--- The message that the chunk completes, or nil.
local function take_chunk(text)
  local id, number, count = text:sub(3, 10), text:byte(11, 12)
  local message = waiting[id] or { come = 0 }
  waiting[id] = message
  if count < 1 or count > 128 or number >= count or message[number] then
    return ('broken: chunk %d of %d'):format(number, count)
  end
  message[number] = text:sub(13)
  message.come = message.come + 1
  if message.come < count then
    return nil
  end
  waiting[id] = nil
  return table.concat(message, '', 0, count - 1)
end

local function open(port)
  local fd = ffi.C.socket(AF_INET, SOCK_DGRAM, 0)
  local swapped = bit.bor(bit.lshift(bit.band(port, 255), 8), bit.rshift(port, 8))
  local address = ffi.new('struct address', { AF_INET, swapped, 0x0100007f })
  local bytes = ffi.new('int[1]', 32 * 1024 * 1024)
  ffi.C.setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, bytes, 4)
  assert(ffi.C.bind(fd, address, ffi.sizeof(address)) == 0, 'the port is taken')
  return fd
end

local fd = open(tonumber(arg[1]))
local file = assert(io.open(arg[2], 'ab'))
local datagram = ffi.new('uint8_t[?]', 65536)

while true do
  local len = tonumber(ffi.C.recv(fd, datagram, 65536, 0))
  local text = ffi.string(datagram, len)
  local message = text
  if text:sub(1, 2) == '\30\15' then
    message = take_chunk(text)
  end
  if message then
    file:write(read_message(message), '\n')
    file:flush()
  end
end
