-- Reads a spool until somebody kills it: luajit spool_reader.lua FOLDER
-- Says its process id; "read N" for each message that it has, "done N" once all up to it are
-- acknowledged; "end" when there are no more.
local ffi = require 'ffi'
local spool = require('laudit_engine').spool

ffi.cdef 'int getpid(void);'

local function say(text)
  io.stdout:write(text, '\n')
  io.stdout:flush()
end

local input = assert(spool.open(arg[1], 1e9))
local taken = 0

say(tostring(ffi.C.getpid()))
for messages in function() return input:read() or nil end do
  local number = messages[1]:match '^%d+'
  say('read ' .. number)
  taken = taken + 1
  if taken % 3 == 0 then
    assert(input:acknowledge())
    say('done ' .. number)
  end
end
say 'end'
