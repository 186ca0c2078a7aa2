-- Writes lines until somebody kills it: luajit file_kill.lua PATH FIRST
-- Says its process id, then the number of the last line of each batch that was delivered.
package.path = 'spec/output/?.lua;' .. package.path
local ffi = require 'ffi'
local file = require('laudit_engine').file

ffi.cdef 'int getpid(void);'

local function say(text)
  io.stdout:write(text, '\n')
  io.stdout:flush()
end

local log = assert(file.open { path = arg[1], size = 20000, keep = 999, compress = 'zstd',
  loop = true })
local number = tonumber(arg[2])

say(tostring(ffi.C.getpid()))
while true do
  local lines = {}
  for _ = 1, number % 7 + 1 do
    table.insert(lines, ('{"n":%d,"pad":"%s"}'):format(number, ('p'):rep(number * 37 % 3000)))
    number = number + 1
  end
  assert(log:send(lines) == #lines)
  say(tostring(number - 1))
end
