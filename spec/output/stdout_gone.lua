-- The pipeline as `laudit run` has it; its standard output is a pipe: luajit stdout_gone.lua FOLDER
-- Once FOLDER/gone is there it goes on; it leaves its ledger in FOLDER/ledger.
local ffi = require 'ffi'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local river = require('laudit_engine').river

local folder = arg[1]

peer.write(folder .. '/laudit.lua', ([[
output 'here' { type = 'stdout', default = true }
output 'file' { type = 'file', path = '%s/events.json', default = true }
]]):format(folder))
local out = assert(river.open(folder .. '/laudit.lua', folder .. '/said'))

local function replay(first, last)
  peer.write(folder .. '/log', process.log(first, last))
  out:read(folder .. '/log')
  while out:turn(5) do
    out:tick()
  end
end

replay(1, 100)
assert(peer.wait(function()
  return io.open(folder .. '/gone') ~= nil
end))
replay(101, 300)
ffi.C.usleep(1000)
out:tick()
replay(301, 500)
out:drain()
peer.write(folder .. '/ledger', out:close())
