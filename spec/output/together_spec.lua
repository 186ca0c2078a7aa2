--- Every kind of output at once, each to its real server or program.
local ends = require 'spec.output.ends'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local EVENTS = 100000
local PATIENCE = 1200 -- tenths of a second

if ends.missing() then
  pending('all outputs at once: ' .. ends.missing())
  return
end

local folder
local all = {}

setup(function()
  folder = peer.folder()
  for _, kind in ipairs(ends.KINDS) do
    all[kind] = ends.start(kind)
  end
end)

teardown(function()
  for _, far in pairs(all) do
    far.finish()
  end
  peer.shell('rm -rf ' .. folder)
end)

local function configure()
  local lines = {}
  for _, format in ipairs { 'json', 'gelf' } do
    table.insert(lines, ("output 'file-%s' { type = 'file', path = '%s/%s', format = '%s', " ..
      "default = true, queue = { full = 'hold' } }"):format(format, folder, format, format))
  end
  for kind, far in pairs(all) do
    table.insert(lines, ("output '%s' { %s, default = true, drain = 60, " ..
      "queue = { full = 'hold' } }"):format(kind, far.options))
  end
  peer.write(folder .. '/laudit.lua', table.concat(lines, '\n'))
end

--- Where two texts differ; nil where they do not.
local function difference(expected, got)
  if expected == got then
    return nil
  end
  local place = 1
  while expected:byte(place) and expected:byte(place) == got:byte(place) do
    place = place + 1
  end
  return ('%d bytes instead of %d; at %d: %q instead of %q'):format(#got, #expected, place,
    got:sub(place, place + 50), expected:sub(place, place + 50))
end

describe('all outputs at once', function()
  local summary

  setup(function()
    configure()
    local log = assert(io.open(folder .. '/log', 'wb'))
    for serial = 1, EVENTS do
      log:write(process.event(serial))
    end
    log:close()
    local said, status = peer.shell(('env -u LD_PRELOAD %s replay -c %s/laudit.lua %s/log >%s')
      :format(process.binary, folder, folder, all.stdout.folder .. '/stdout'))
    assert(status == '0', said)
    summary = said
  end)

  for _, kind in ipairs(ends.KINDS) do
    it(('deliver all: %s has the bytes of the file'):format(kind), function()
      local far = all[kind]
      local expected = peer.read(folder .. '/' .. far.format)
      assert.equal(EVENTS, select(2, expected:gsub('\n', '')))
      local got
      peer.wait(function()
        got = far.got()
        return #got >= #expected
      end, PATIENCE)
      assert.is_nil(difference(expected, got))
      assert.truthy(summary:find(('output %s: accepted %d = delivered %d + '):format(kind, EVENTS,
        EVENTS), 1, true), summary)
    end)
  end
end)
