--- Batches out of a spool: written with each turn of the loop, sent as `batch` says.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local web = require 'spec.output.web'

-- each event comes in a turn of its own, and a request out of a spool takes replay a few turns
local EVENTS, PAUSE_S = 30, 0.05

if web.missing() then
  pending('batches out of a spool: ' .. web.missing())
  return
end

describe('an output with a spool', function()
  local server, folder

  before_each(function()
    server, folder = web.start {}, peer.folder()
  end)

  after_each(function()
    server:remove()
    peer.shell('rm -rf ' .. folder)
  end)

  --- Feeds the events one by one; returns the lines of each request, and the ledger.
  local function requests_of(batch)
    peer.write(folder .. '/laudit.lua', ([[
      output 'file' { type = 'file', path = '%s/file', default = true }
      output 'web' { type = 'http', url = '%s', default = true, spool = { path = '%s/spool' },
        batch = { %s }, drain = 20 } ]]):format(folder, server:url '/in', folder, batch))
    for serial = 1, EVENTS do
      peer.write(('%s/%02d'):format(folder, serial), process.event(serial))
    end
    -- two alone until laudit runs: the second completes the first
    local said, status = peer.shell(([[cd %s; for event in [0-9]*; do cat $event; sleep %g
        for i in $(seq 600); do [ $event = 01 -o -s file ] && break; sleep 0.05; done; done |
      env -u LD_PRELOAD %s replay -c laudit.lua -]]):format(folder, PAUSE_S,
      peer.shell('realpath ' .. process.binary):match '[^\n]+'))
    assert.equal('0', status, said)
    assert.equal(peer.read(folder .. '/file'), server:bodies())
    local counts = {}
    for number, request in ipairs(server:requests()) do
      counts[number] = select(2, request.body:gsub('\n', ''))
    end
    return counts, said
  end

  it('gathers for the time that its batches may', function()
    assert.is_true(#requests_of 'seconds = 20' <= 2)
  end)

  it('sends a batch that is full at once', function()
    local counts, ledger = requests_of 'events = 7, seconds = 20'
    local queued = tonumber(ledger:match 'output web:.-at most (%d+) queued')
    assert.is_true(queued < EVENTS)
    assert.is_true(math.max(unpack(counts)) <= 7)
  end)

  it('sends each at once when they need not wait', function()
    assert.is_true(#requests_of 'seconds = 0' > 3)
  end)
end)
