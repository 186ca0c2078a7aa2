-- Fills a small file system through an output, makes room, compares what arrived with the count.
-- Run by output_spec.lua inside a mount namespace of its own: luajit full_disk.lua FOLDER
local output = require('laudit_engine').output

local folder = arg[1]
local ballast = folder .. '/ballast'

local function fill(bytes)
  local file = assert(io.open(ballast, 'wb'))
  file:write(('b'):rep(bytes))
  file:close()
end

local out = assert(output.open { name = 'o', path = folder .. '/events.json', queue = 16384 })
local sequence, sums = 0, {}

local function take(count)
  for _ = 1, count do
    sequence = sequence + 1
    out:take(('{"n":%d,"pad":"%s"}\n'):format(sequence, ('p'):rep(sequence % 700)))
    out:flush()
    local s = out:stats()
    assert(s.accepted == s.delivered + s.queued + s.full, 'the ledger is open')
  end
end

fill(49152)
take(280)
sums.full = out:stats()
os.remove(ballast)
out:retry()
sums.freed = out:stats()
take(10)
local last = out:close()

assert(sums.full.no_space > 0 and sums.full.full > 0, 'the disk was never full')
assert(sums.full.queued > 0 and sums.freed.queued == 0, 'writing did not resume by itself')

local lines, before = 0, 0
for line in io.lines(folder .. '/events.json') do
  local n = tonumber(line:match '^{"n":(%d+),"pad":"p*"}$')
  assert(n and n > before, 'torn or twice: ' .. line:sub(1, 80))
  assert(#line == #tostring(n) + 15 + n % 700, 'not whole: ' .. line:sub(1, 80))
  lines, before = lines + 1, n
end
assert(lines == last.delivered, ('%d lines, %d counted'):format(lines, last.delivered))
assert(before == sequence, 'the last line is missing')
print 'whole'
