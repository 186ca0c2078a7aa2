-- Writes nine lines, three at a time and synced; what fails is tried again.
-- luajit file_sync.lua PATH
package.path = 'spec/output/?.lua;' .. package.path
local file = require('laudit_engine').file
local files = require 'files'

local log = assert(file.open { path = arg[1], sync = files.sync_batch })
local said = {}

for _, lines in ipairs { files.numbered(1, 3), files.numbered(4, 6), {}, files.numbered(7, 9) } do
  local delivered, code = log:send(lines)
  table.insert(said, ('%d %d'):format(delivered, code))
end
log:close()
print(table.concat(said, ', '))
