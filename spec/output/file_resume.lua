-- laudit and a file on a file system of 4 MiB that becomes full, and has room again.
-- Run by file_program_spec.lua inside a mount namespace of its own:
-- luajit file_resume.lua SMALL FOLDER OPTIONS WHY, where SMALL is that file system.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local EVENTS, MORE = 3000, 100
local small, folder, options = arg[1], arg[2], arg[3]
local ballast = small .. '/ballast'

peer.write(folder .. '/laudit.lua', ([[
output 'small' { type = 'file', path = '%s/events.json', default = true, %s
  retry = { first = 0.01, most = 0.05 }, breaker = { cooldown = 0.05 } }
output 'other' { type = 'file', path = '%s/events.json', default = true }
]]):format(small, options, folder))
peer.write(ballast, ('b'):rep(3700000))
peer.shell(('mkfifo %s/log'):format(folder))

local pid = process.start('exec $laudit replay --summary=json --no-progress -c laudit.lua log ' ..
  '2>err', folder)
local log = assert(io.open(folder .. '/log', 'wb'))
log:setvbuf 'no'

local function serials(path)
  return #process.serials(peer.read(path .. '/events.json'))
end

log:write(process.log(1, EVENTS))
assert(peer.wait(function() return serials(folder) >= EVENTS - 1 end), 'the other file waits')
local before = serials(small)
assert(before < EVENTS - 1, 'it was never full')
assert(peer.read(small .. '/events.json'):sub(-1) == '\n' or before == 0, 'a line is torn')
os.remove(ballast)
for serial = EVENTS + 1, EVENTS + MORE do -- it looks around whenever something comes
  log:write(process.event(serial))
  peer.wait(function() return serials(small) >= EVENTS end, 1)
  if serials(small) >= EVENTS then
    break
  end
end
assert(serials(small) >= EVENTS, 'it does not go on by itself')
log:close()
assert(peer.wait(function() return not peer.is_alive(pid) end), 'it does not end')
local err = peer.read(folder .. '/err')
assert(peer.read(small .. '/events.json') == peer.read(folder .. '/events.json'), err)
assert(err:find(arg[4], 1, true), err)
assert(err:find("output 'small': works again; 0 messages were dropped", 1, true), err)
assert(err:find('"closes":true', 1, true), err)
print 'as expected'
