-- Writes to a spool until somebody kills it: luajit spool_writer.lua FOLDER FIRST
-- Says its process id, then each number once the append of its message has returned.
local ffi = require 'ffi'
local spool = require('laudit_engine').spool

ffi.cdef 'int getpid(void);'

local out = assert(spool.open(arg[1], 1e9))
local number = tonumber(arg[2])

io.stdout:write(ffi.C.getpid(), '\n')
io.stdout:flush()
while true do
  assert(out:append { ('%d %s'):format(number, ('x'):rep(number * 7919 % 300000)), 'small' })
  io.stdout:write(number, '\n')
  io.stdout:flush()
  number = number + 1
end
