--- auparse.lua FILE - an audisp plugin: feeds libauparse with its input, as plugins do, and writes
--- the id and the number of records of each event to FILE.
local ffi = require 'ffi'
ffi.cdef [[
  typedef struct { long sec; unsigned int milli; unsigned long serial; const char *host; } event_id;
  void *auparse_init(int source, const void *from);
  typedef void (*auparse_callback)(void *state, int event, void *data);
  void auparse_add_callback(void *state, auparse_callback, void *data, void *destroy);
  int auparse_feed(void *state, const char *data, size_t len);
  int auparse_flush_feed(void *state);
  const event_id *auparse_get_timestamp(void *state);
  unsigned int auparse_get_num_records(void *state);
]]
local auparse = ffi.load 'libauparse.so.0'
local FEED, READY = 7, 0

jit.off() -- the library calls back
local out = assert(io.open(arg[1], 'ab'))
local state = auparse.auparse_init(FEED, nil)
auparse.auparse_add_callback(state, function(_, event)
  if event == READY then
    local id = auparse.auparse_get_timestamp(state)
    out:write(('%d.%03d:%d %d\n'):format(tonumber(id.sec), id.milli, tonumber(id.serial),
      auparse.auparse_get_num_records(state)))
  end
end, nil, nil)
for line in io.lines() do
  auparse.auparse_feed(state, line .. '\n', #line + 1)
end
auparse.auparse_flush_feed(state)
out:close()
