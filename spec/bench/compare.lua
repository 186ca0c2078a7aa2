--- compare.lua FOLDER EVENTS - measures and prints; called by run.
local measure = require 'measure'

local folder, events = arg[1], tonumber(arg[2])
local RUNS = 5

local function size_of(path)
  local file = assert(io.open(path))
  local size = file:seek 'end'
  file:close()
  return size
end

local bytes = size_of(folder .. '/log')

local LAUREL_MINIMAL = [[
directory = "%s/laurel"
[auditlog]
file = "-"
[enrich]
execve-env = []
container = false
pid = false
script = false
[translate]
universal = true
]]

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
  return path
end

local rows = {}

local function row(name, command)
  local new = { name = name, command = command .. ' >/dev/null 2>&1', seconds = math.huge }
  rows[#rows + 1] = new
  return new
end

local function laudit(arguments)
  return ('build/laudit replay --quiet %s %s/log'):format(arguments, folder)
end

local function policies(set)
  return ('-p %s/%s'):format(folder, set)
end

local json = row('laudit: JSON, no policy', laudit '--format json')
local shipped = row('laudit: JSON, shipped policies', laudit '--format json -p policies')
row('laudit: JSON, 1 policy, all events', laudit('--format json ' .. policies 'one'))
row('laudit: JSON, 20 policies, all events', laudit('--format json ' .. policies 'twenty'))
row('laudit: JSON, 100 policies, no event', laudit('--format json ' .. policies 'hundred'))

local function nothing(arguments)
  return laudit('--format none ' .. arguments)
end

local none = row('laudit: nothing, no policy', nothing '')
local one = row('laudit: nothing, 1 policy, all events', nothing(policies 'one'))
local twenty = row('laudit: nothing, 20 policies, all events', nothing(policies 'twenty'))
local hundred = row('laudit: nothing, 100 policies, no event', nothing(policies 'hundred'))

--- Runs an unpacked peer.
local function peer(name, arguments)
  return row(name, 'build/peers/env ' .. arguments)
end

local config = write(folder .. '/laurel.toml', LAUREL_MINIMAL:format(folder))
local peers = {
  peer('laurel 0.5.1, least enrichment', ('laurel -c %s <%s/log.eoe'):format(config, folder)),
  peer('ausearch -i', ('ausearch -i -if %s/log'):format(folder)),
  peer('ausearch --raw', ('ausearch --raw -if %s/log'):format(folder)),
}

--- Each row once a round, a peer's as often as ours: what slows the machine for a while, slows all.
for round = 1, RUNS do
  io.stderr:write(('round %d of %d\n'):format(round, RUNS))
  for _, each in ipairs(rows) do
    each.seconds = math.min(each.seconds, measure.seconds(each.command, 1))
  end
end

print(('\n%d events, %.1f MB; processor seconds on one core, output to /dev/null\n')
  :format(events, bytes / 1e6))
print '| work | s | MB/s | ns an event |'
print '|---|---|---|---|'
for _, each in ipairs(rows) do
  print(('| %s | %.2f | %.0f | %.0f |'):format(each.name, each.seconds, bytes / 1e6 / each.seconds,
    each.seconds / events * 1e9))
end

print '\n| figure | reached |'
print '|---|---|'

local function rate(name, each)
  print(('| %s | %.0f MB/s |'):format(name, bytes / 1e6 / each.seconds))
end

local function start(arguments)
  return measure.seconds(('build/laudit replay -q %s /dev/null'):format(arguments), RUNS)
end

local bare_start = start ''

--- What a row takes more than the row `base`, for each event. Loading the policies of `set`, which
--- happens once however long the log is, stands apart.
local function cost(name, each, base, set)
  local loading = math.max(start('-p ' .. set) - bare_start, 0)
  print(('| %s | %s |'):format(name, measure.cost(each.seconds, base.seconds, loading, events)))
end

for _, each in ipairs(peers) do
  print(('| log to JSON with the shipped policies, against %s | %.1f times as fast |')
    :format(each.name, each.seconds / shipped.seconds))
end
rate('log to JSON, shipped policies', shipped)
cost('shipped policies, on top of JSON', shipped, json, 'policies')
rate('read, cut, assemble', none)
cost('1 policy that reads 3 fields', one, none, folder .. '/one')
cost('20 policies that read 3 fields each', twenty, none, folder .. '/twenty')
cost('100 policies that want no event', hundred, none, folder .. '/hundred')
