-- Writes 60 lines into files that rotate: luajit file_rotate.lua PATH
package.path = 'spec/output/?.lua;' .. package.path
local file = require('laudit_engine').file
local files = require 'files'

local log = assert(file.open { path = arg[1], size = 800, keep = 999 })
local written = 0

for number = 1, 60, 5 do
  written = written + log:send(files.numbered(number, number + 4))
end
log:close()
print(written .. ' written')
