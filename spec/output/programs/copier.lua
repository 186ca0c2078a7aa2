--- copier.lua FILE [DIE_AFTER] - a program for exec outputs: appends its input to FILE.
--- With DIE_AFTER it kills itself behind that many lines, once: FILE.died says that it has.
local ffi = require 'ffi'
ffi.cdef 'int getpid(void); int kill(int pid, int number);'

local path, die_after = arg[1], tonumber(arg[2])
local out = assert(io.open(path, 'ab'))
local count = 0
local died = io.open(path .. '.died')
for line in io.lines() do
  out:write(line, '\n')
  count = count + 1
  if not died and count == die_after then
    out:flush()
    assert(io.open(path .. '.died', 'w')):close()
    ffi.C.kill(ffi.C.getpid(), 9)
  end
end
out:close()
