-- Writes twenty batches on a loop, to be run under strace: luajit file_traced.lua PATH SYNC SECONDS
-- Says its process id, "ticked" after a tick behind the last batch, and "closed".
package.path = 'spec/output/?.lua;' .. package.path
local ffi = require 'ffi'
local file = require('laudit_engine').file
local files = require 'files'

ffi.cdef [[
  int getpid(void);
  int usleep(unsigned microseconds);
]]

local function say(text)
  io.stdout:write(text, '\n')
  io.stdout:flush()
end

local log = assert(file.open { path = arg[1], sync = files['sync_' .. arg[2]],
  sync_seconds = tonumber(arg[3]), loop = true })

say(tostring(ffi.C.getpid()))
for first = 1, 60, 3 do
  assert(log:send(files.numbered(first, first + 2)) == 3)
end
ffi.C.usleep(30000) -- more than a short interval
log:tick()
log:turn()
say 'ticked'
log:close()
say 'closed'
