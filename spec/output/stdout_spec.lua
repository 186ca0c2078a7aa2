--- Standard output as laudit's outputs have it: a terminal, a pipe, a reader that goes away.
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

local function path(name)
  return folder .. '/' .. name
end

local function serials_in(name)
  return process.serials(peer.read(path(name)))
end

--- laudit replays a pipe; what it writes goes through `wrap`, a shell command in which CMD is it.
local function start(wrap)
  process.shell('mkfifo ' .. path 'log')
  process.write(path 'cmd', 'exec ' .. process.shell('realpath ' .. process.binary)
    :match '[^\n]+' .. ' replay -q ' .. path 'log' .. ' 2>' .. path 'err')
  local pid = process.start('exec ' .. wrap, folder)
  local log = assert(io.open(path 'log', 'wb'))
  log:setvbuf 'no'
  return pid, log
end

describe('standard output', function()
  for name, wrap in pairs {
    terminal = "script -qefc 'sh cmd' seen </dev/null",
    pipe = 'sh -c "sh cmd | cat >seen"',
  } do
    it('shows each line of an event on a ' .. name .. ' before the next event is over', function()
      local pid, log = start(wrap)
      log:write(process.event(1))
      for serial = 1, 5 do
        log:write((process.event(serial + 1):match '^[^\n]+\n')) -- the next one begins
        assert(peer.wait(function() return #serials_in 'seen' == serial end),
          ('line %d does not come'):format(serial))
        assert.matches('\n$', peer.read(path 'seen'))
        log:write((process.event(serial + 1):match '\n(.+)$'))
      end
      log:close()
      assert(peer.wait(function() return not peer.is_alive(pid) end))
      assert.same({ 1, 2, 3, 4, 5, 6 }, serials_in 'seen')
      assert.equal('', peer.read(path 'err'))
    end)
  end

  it('whose reader goes away ends a replay without an error, and is counted', function()
    process.write(path 'audit.log', process.log(1, 5000))
    local done = process.run(('cd %s && { laudit replay --summary=json --no-progress audit.log; ' ..
      'echo "status $?" >&2; } | head -n 1'):format(folder))
    assert.same({ 1 }, process.serials(done.out))
    assert.matches('\nstatus 0\n$', done.err)
    assert.not_matches('warning', done.err)
    assert.not_matches('error:', done.err)
    local ledger = cjson.decode(done.err:match '{"records".*}')
    local out = ledger.outputs[1]
    assert.is_true(ledger.closes)
    assert.truthy(out.dropped.closed > 0)
    assert.equal(out.accepted, out.delivered + out.dropped.closed)
  end)

  it('whose reader goes away is closed in run, and counted; other outputs go on', function()
    local said = peer.shell(([[mkfifo FOLDER/pipe
      { head -n 1 >FOLDER/seen; exec <&-; touch FOLDER/gone; } <FOLDER/pipe &
      luajit spec/output/stdout_gone.lua FOLDER 2>&1 >FOLDER/pipe]]):gsub('FOLDER', folder))
    assert.equal('', said)
    local ledger = cjson.decode(peer.read(path 'ledger'))
    local here, file = ledger.outputs[1], ledger.outputs[2]
    assert.is_true(ledger.closes)
    assert.equal(500, here.accepted)
    assert.truthy(here.dropped.closed >= 400)
    assert.equal(500, here.delivered + here.dropped.closed)
    assert.equal(500, file.delivered)
    assert.equal(500, #serials_in 'events.json')
    assert.same({ 1 }, serials_in 'seen')
  end)
end)
