--- A reload that gives an output at the same place a spool, while messages wait in memory.
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local river = require('laudit_engine').river

local EVENTS = 600
local NO_ROOM = "free = { floor = '1000000GiB' }," -- no disk has that

local function config(folder, options)
  peer.write(folder .. '/laudit.lua', ([[
output 'file' { type = 'file', path = 'events.json', default = true, %s drain = 10,
  retry = { first = 0.01, most = 0.05 }, breaker = { cooldown = 0.05 } }
]]):format(options))
  return folder .. '/laudit.lua'
end

local function counts(out)
  local ledger = cjson.decode(out:ledger())
  assert.is_true(ledger.closes)
  return ledger.outputs[1]
end

local function replay(out, folder, first, last)
  peer.write(folder .. '/log', process.log(first, last))
  out:read(folder .. '/log')
  while out:turn(5) do
    out:tick()
  end
end

describe('a reload from a queue in memory to a spool', function()
  it('takes along what waits, in order, each message once', function()
    local folder = peer.folder()
    finally(function()
      peer.shell('rm -rf ' .. folder)
    end)
    local spool = ("spool = { path = '%s/spool' },"):format(folder)
    local out = assert(river.open(config(folder, NO_ROOM .. ' batch = { events = 50 },'),
      folder .. '/said'))
    replay(out, folder, 1, EVENTS)
    assert.truthy(counts(out).queued >= EVENTS - 1)

    assert.is_nil(out:reload(config(folder, NO_ROOM .. spool)))
    replay(out, folder, EVENTS + 1, EVENTS + 50)
    assert(peer.wait(function()
      out:turn(5)
      out:tick()
      return counts(out).spool.messages >= EVENTS + 49
    end), out:ledger())
    assert.equal('', peer.read(folder .. '/events.json'))

    assert.is_nil(out:reload(config(folder, spool)))
    out:drain()
    local last = cjson.decode(out:close()).outputs[1]
    assert.same({ EVENTS + 50, EVENTS + 50, 0 }, { last.accepted, last.delivered, last.queued })
    local serials = process.serials(peer.read(folder .. '/events.json'))
    assert.equal(EVENTS + 50, #serials)
    table.sort(serials)
    for number, serial in ipairs(serials) do
      assert.equal(number, serial)
    end
  end)
end)
