--- A reload that gives an output at the same place a spool, while messages wait in memory.
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local river = require('laudit_engine').river

local EVENTS = 600
local NO_ROOM = "free = { floor = '1000000GiB' }," -- no disk has that

local function config(folder, options, drain)
  peer.write(folder .. '/laudit.lua', ([[
output 'file' { type = 'file', path = 'events.json', default = true, %s drain = %d,
  retry = { first = 0.01, most = 0.05 }, breaker = { cooldown = 0.05 } }
]]):format(options, drain or 10))
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
    for number, serial in ipairs(serials) do
      assert.equal(number, serial)
    end
  end)
end)

describe('a reload from a spool', function()
  local folder, out

  before_each(function()
    folder = peer.folder()
  end)

  after_each(function()
    if out then
      out:close()
    end
    out = nil
    peer.shell('rm -rf ' .. folder)
  end)

  local function spool(name)
    return ("spool = { path = '%s/%s' },"):format(folder, name)
  end

  local function open(options)
    out = assert(river.open(config(folder, options), folder .. '/said'))
    replay(out, folder, 1, EVENTS)
    assert(peer.wait(function()
      out:turn(5)
      out:tick()
      return counts(out).spool.messages >= EVENTS - 1
    end), out:ledger())
  end

  local function files(ledger)
    ledger = cjson.decode(ledger)
    assert.is_true(ledger.closes)
    for _, output in ipairs(ledger.outputs) do
      if output.name == 'file' then
        return output
      end
    end
  end

  for how, drain in pairs { ['while it still sends'] = 10, ['when it is gone'] = 0 } do
    it('to nothing, and back ' .. how .. ', counts once what is in the spool', function()
      local options = (NO_ROOM .. spool 'spool' .. ' batch = { events = 50 },')
      open(options)
      for _ = 1, 3 do
        config(folder, options, drain)
        assert.is_nil(out:reload(folder .. '/laudit.lua'))
        peer.write(folder .. '/without.lua', "output 'other' { type = 'file', path = 'other' }")
        assert.is_nil(out:reload(folder .. '/without.lua'))
        out:turn(50)
        assert.equal(EVENTS - 1, files(out:ledger()).queued)
        assert.is_nil(out:reload(folder .. '/laudit.lua'))
        assert(peer.wait(function()
          out:turn(5)
          out:tick()
          return files(out:ledger()).spool.messages >= EVENTS - 1
        end), out:ledger())
        assert.equal(EVENTS - 1, files(out:ledger()).queued)
      end
      assert.is_nil(out:reload(config(folder, spool 'spool')))
      out:drain()
      local last = files(out:close())
      out = nil
      assert.same({ EVENTS, EVENTS, 0 }, { last.accepted, last.delivered, last.queued })
    end)
  end

  for there, options in pairs { ['a queue in memory'] = '', ['another spool'] = 'other' } do
    it('to ' .. there .. ' says what it leaves there, and waits for none of it', function()
      open(NO_ROOM .. spool 'spool')
      assert.is_nil(out:reload(config(folder, options ~= '' and spool(options) or '')))
      assert(peer.wait(function()
        out:turn(5)
        out:tick()
        return counts(out).queued == 0
      end), out:ledger())
      local file = counts(out)
      assert.equal(EVENTS - 1, file.delivered + file.dropped.reload) -- the last is not over
      assert.matches(('%d messages stay in the spool'):format(file.dropped.reload),
        peer.read(folder .. '/said'))
      assert.equal(file.delivered, #process.serials(peer.read(folder .. '/events.json')))

      assert.is_nil(out:reload(config(folder, spool 'spool')))
      out:drain()
      file = counts(out)
      assert.same({ 0, EVENTS }, { file.queued, file.delivered })
      assert.equal(EVENTS, #process.serials(peer.read(folder .. '/events.json')))
    end)
  end
end)
