-- Fills a small file system through an output until no more fits; then the output is
-- opened with another option, as a reload does. Run by output_spec.lua inside a mount namespace of
-- its own: luajit full_reload.lua FOLDER before|after, which is when there is room again.
local output = require('laudit_engine').output

local folder, room_comes = arg[1], arg[2]
local path, ballast = folder .. '/events.json', folder .. '/ballast'

local function read(name)
  local file = assert(io.open(name, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

local file = assert(io.open(ballast, 'wb'))
file:write(('b'):rep(49152))
file:close()

local old = assert(output.open { name = 'o', path = path, queue = 100000 })
local written = {}
for n = 1, 280 do
  written[n] = ('{"n":%d,"pad":"%s"}\n'):format(n, ('p'):rep(n % 300))
  old:take(written[n])
end
old:flush()
assert(old:stats().no_space > 0, 'the disk was never full')
assert(read(path):sub(-1) == '\n', 'a line is there in part')

if room_comes == 'before' then
  os.remove(ballast)
end
local fresh = assert(output.open { name = 'o', path = path, queue = 200000 })
fresh:inherit(old)
if room_comes == 'after' then
  os.remove(ballast)
end
fresh:retry()
local last = fresh:close()

assert(last.delivered == 280, ('%d delivered'):format(last.delivered))
assert(read(path) == table.concat(written), 'not what was written')
print 'whole'
