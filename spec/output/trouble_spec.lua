--- What an output does when its far end is in trouble: the others go on, and when that is over
--- everything arrives.
local cjson = require 'cjson'

local ends = require 'spec.output.ends'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local river = require('laudit_engine').river
local sending = require 'spec.output.sending'

local EVENTS, BATCH = 1500, 50
local LOG = process.log(1, EVENTS)
local OPTIONS = "queue = { bytes = '64KiB', full = 'spool' }, spool = { path = 'spool' }, " ..
  ('batch = { events = %d }, '):format(BATCH) ..
  'retry = { first = 0.1, most = 0.2 }, breaker = { failure_ratio = 1 }, ' ..
  'connect_timeout = 1, send_timeout = 2, drain = 60, '

if ends.missing() then
  pending('trouble: ' .. ends.missing())
  return
end

local far, middle, run

--- Puts trouble.lua before the port, and returns where it listens.
local function put_between(port)
  local listens = peer.port()
  middle = { mode = os.tmpname(), port = listens }
  function middle.make(mode)
    peer.write(middle.mode .. '.new', mode .. '\n')
    os.rename(middle.mode .. '.new', middle.mode)
  end
  middle.make 'pass'
  middle.pid = peer.start(('env -u LD_PRELOAD luajit spec/output/peers/trouble.lua %s %s %s')
    :format(listens, port, middle.mode), middle.mode .. '.said')
  assert(peer.listens(listens), peer.read(middle.mode .. '.said'))
  return listens
end

after_each(function()
  if far then
    far.finish()
  end
  if middle then
    peer.stop(middle.pid, peer.SIGKILL)
    os.remove(middle.mode)
    os.remove(middle.mode .. '.said')
  end
  far, middle = nil, nil
end)

--- Replays beside a file, and returns when the file has everything.
local function start_replay()
  run = sending.start(OPTIONS .. far.options, LOG)
  local expected = EVENTS
  assert(peer.wait(function()
    return select(2, peer.read(run.folder .. '/file'):gsub('\n', '')) == expected
  end), 'the file waits for the output in trouble: ' .. peer.read(run.folder .. '/err'))
end

--- The lines that came once, again, and not at all.
local function compare(file, got)
  local seen, again = {}, 0
  for _, line in ipairs(sending.lines(got)) do
    again = again + (seen[line] and 1 or 0)
    seen[line] = true
  end
  local missing = 0
  for _, line in ipairs(sending.lines(file)) do
    missing = missing + (seen[line] and 0 or 1)
    seen[line] = nil
  end
  assert.is_nil((next(seen)), 'a line that nobody sent')
  return missing, again
end

--- Ends the replay; everything was accepted and delivered.
local function finish_replay()
  local result = sending.finish(run)
  assert.equal(0, result.status, result.err)
  assert.equal(EVENTS, result.counts.delivered, result.err)
  assert.equal(0, result.counts.dropped or 0, result.err)
  peer.wait(function() return compare(result.file, far.got()) == 0 end, 50)
  return compare(result.file, far.got())
end

--- Messages that may be lost with a connection: what the far end's kernel had taken and its program
--- not read, where the protocol has no answers.
local LOST_MOST = { syslog = BATCH, gelf = BATCH, http = 0, mqtt = 0 }

local TCP = "network = 'tcp', address = '127.0.0.1:%s'"
local PLACE = { syslog = TCP, gelf = TCP, http = "url = 'http://127.0.0.1:%s/'",
  mqtt = "address = '127.0.0.1:%s'" }

describe('an output in trouble', function()
  for _, kind in ipairs { 'syslog', 'gelf', 'http', 'mqtt' } do
    for _, trouble in ipairs { 'stop', 'slow', 'half', 'kill' } do
      it(('(%s, %s) holds up no other, and brings all of it afterwards'):format(kind, trouble),
        function()
          far = ends.start(kind, { through = put_between })
          middle.make(trouble)
          start_replay()
          assert.is_true(#sending.lines(far.got()) < EVENTS, 'there was no trouble')
          middle.make 'pass'
          local missing, again = finish_replay()
          local is_whole = trouble == 'stop' or trouble == 'slow'
          assert.is_true(missing <= (is_whole and 0 or LOST_MOST[kind]), missing .. ' are missing')
          assert.is_true(again <= (is_whole and 0 or BATCH), again .. ' came again')
        end)
    end
  end

  for _, kind in ipairs { 'syslog', 'gelf', 'http', 'mqtt' } do
    it(('(%s, away at first) holds up no other, and brings all of it once'):format(kind), function()
      far = ends.start(kind)
      peer.stop(far.pid)
      start_replay()
      assert.equal('', far.got())
      far.pid = far.begin()
      assert.same({ 0, 0 }, { finish_replay() })
    end)
  end

  it('makes no daemon wait: each is full, and the file has everything', function()
    local folder = peer.folder()
    local lines = { ("output 'file' { type = 'file', path = '%s/file', default = true }")
      :format(folder) }
    put_between(peer.port())
    middle.make 'stop'
    for kind in pairs(PLACE) do
      lines[#lines + 1] = ("output '%s' { type = '%s', %s, queue = { bytes = '64KiB' }, " ..
        'drain = 0, default = true }'):format(kind, kind, PLACE[kind]:format(middle.port))
    end
    peer.write(folder .. '/laudit.lua', table.concat(lines, '\n'))
    peer.write(folder .. '/audit.log', LOG)
    local daemon = assert(river.open(folder .. '/laudit.lua', folder .. '/log'))
    daemon:read(folder .. '/audit.log')
    repeat until not daemon:turn(20)
    daemon:drain()
    assert.equal(EVENTS, #sending.lines(peer.read(folder .. '/file')))
    assert.equal(0, daemon:held())
    local ledger = cjson.decode(daemon:ledger())
    assert.is_true(ledger.closes)
    for _, output in ipairs(ledger.outputs) do
      assert.equal(EVENTS, output.accepted)
      assert.equal(output.name ~= 'file', output.dropped.full > 0, output.name)
    end
    daemon:close()
    peer.shell('rm -rf ' .. folder)
  end)

  it('says what its spool could not take when the disk is full, and the others have it', function()
    local folder = peer.folder()
    peer.write(folder .. '/audit.log', LOG)
    peer.write(folder .. '/laudit.lua', ([[
      output 'file' { type = 'file', path = '%s/file', default = true }
      output 'away' { type = 'syslog', network = 'tcp', address = '127.0.0.1:%s', default = true,
        spool = { path = '/mnt/spool' }, drain = 0.5 } ]]):format(folder, peer.port()))
    local said = peer.shell(("env -u LD_PRELOAD unshare -m sh -c 'mount -t tmpfs -o size=256k " ..
      "none /mnt && %s replay --summary=json -c %s/laudit.lua %s/audit.log'"):format(process.binary,
      folder, folder))
    local ledger = cjson.decode(said:match '({.*})%s*$')
    assert.is_true(ledger.closes)
    assert.equal(EVENTS, #sending.lines(peer.read(folder .. '/file')))
    for _, output in ipairs(ledger.outputs) do
      if output.name == 'away' then
        assert.equal(EVENTS, output.accepted)
        assert.is_true(output.dropped.spool > 0)
        assert.is_true(output.queued > 0)
        assert.equal(EVENTS, output.dropped.spool + output.queued)
      end
    end
    assert.truthy(said:find('No space left on device', 1, true), said)
    peer.shell('rm -rf ' .. folder)
  end)
end)
