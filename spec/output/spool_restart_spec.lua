--- laudit itself, killed while it spools and while it reads the spool.
local ffi = require 'ffi'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local web = require 'spec.output.web'

local ROUNDS = 4

--- Seeds come with the title, so that a failure can be had again: SPOOL_SEED=N.
local seed = tonumber(os.getenv 'SPOOL_SEED') or os.time() % 100000

local CONFIG = [[
output 'peer' {
  type = 'http', url = '%s', default = true,
  queue = { full = 'spool' }, spool = { path = 'spool', bytes = '64MiB' },
  retry = { first = 0.01, most = 0.05 }, breaker = { cooldown = 0.05 }, drain = 20,
}
]]

--- The spool's bytes: a message stands there as it is.
local function spooled(folder)
  return peer.shell(('cat %s/spool/*.segment 2>/dev/null'):format(folder)) or ''
end

--- Starts laudit with a pipe for its log: { pid, log, err }.
local function start(folder, name)
  local fifo, err = ('%s/%s'):format(folder, name), ('%s/%s.err'):format(folder, name)
  peer.shell('mkfifo ' .. fifo)
  local pid = process.start(('exec env -u LD_PRELOAD $laudit replay -c laudit.lua %s 2>%s'):format(
    name, err), folder)
  local log = assert(io.open(fifo, 'wb'))
  log:setvbuf 'no'
  return { pid = pid, log = log, err = err }
end

local function kill(run)
  process.signal(run.pid, 'KILL')
  assert(peer.wait(function() return not peer.is_alive(run.pid) end))
  run.log:close()
end

--- Feeds `count` events behind `last`, ten at a time; returns the last one.
local function feed(run, last, count)
  for first = last + 1, last + count, 10 do
    assert(run.log:write(process.log(first, math.min(first + 9, last + count))))
  end
  return last + count
end

--- A range of serials of one run: those up to `safe` were seen in the spool before the kill.
local function spool_and_die(folder, round, last)
  local run = start(folder, 'write' .. round)
  local range = { first = last + 1 }
  last = feed(run, last, math.random(20, 300))
  range.safe = last - 1 -- the last one may wait for its end
  assert(peer.wait(function()
    return spooled(folder):find((':%d"'):format(range.safe), 1, true)
  end), 'it does not reach the spool')
  range.last = feed(run, last, math.random(1, 400))
  kill(run)
  return range, peer.read(run.err)
end

--- Reads the spool until the peer has had some requests; the last one goes without an answer.
local function read_and_die(folder, round, server, last)
  local before, most = server:count(), math.random(1, 6)
  server:answer(([[return function(request)
    if request.number > %d then ngx.sleep(60) end
    return 200
  end]]):format(before + most))
  local run = start(folder, 'read' .. round)
  local range = { first = last + 1, safe = last, last = last }
  assert(peer.wait(function() -- new events come all the while
    for _ = 1, 10 do
      range.last = feed(run, range.last, 1)
      ffi.C.usleep(2000)
    end
    return server:count() > before + most
  end), peer.read(run.err))
  kill(run)
  server:stop(peer.SIGKILL) -- it would go on waiting
  server:begin()
  return range, peer.read(run.err)
end

--- Sends what is left; returns what laudit said.
local function read_rest(folder, server)
  server:answer 'return function() return 200 end'
  local said, status = peer.shell(('cd %s && env -u LD_PRELOAD %s replay -c laudit.lua /dev/null')
    :format(folder, process.shell('realpath ' .. process.binary):match '[^\n]+'))
  assert.equal('0', status, said)
  assert.equal('', spooled(folder))
  return said
end

--- How many messages laudit said at its start may arrive twice.
local function may_come_twice(said)
  return tonumber(said:match 'messages wait from before, (%d+) of which may arrive twice') or 0
end

--- The serials in the order in which they came first, how often each came, those that came twice.
local function arrivals(server)
  local order, times, doubled = {}, {}, {}
  for _, serial in ipairs(process.serials(server:bodies())) do
    times[serial] = (times[serial] or 0) + 1
    if times[serial] == 1 then
      table.insert(order, serial)
    else
      table.insert(doubled, serial)
    end
  end
  return order, times, doubled
end

--- Nothing that was safe is missing, and nothing between two that came.
local function check_range(range, times)
  local serial = range.first
  while serial <= range.last and times[serial] do
    serial = serial + 1
  end
  assert(serial > range.safe, ('%d was in the spool and is lost (%d to %d were)'):format(serial,
    range.first, range.safe))
  for behind = serial, range.last do
    assert(not times[behind], ('%d is missing before %d'):format(serial, behind))
  end
end

describe('kill -9 of laudit', function()
  local missing = web.missing()

  it(('while it spools, and again while it reads the spool, loses nothing (seed %d)'):format(seed),
    function()
      if missing then
        return pending(missing)
      end
      math.randomseed(seed)
      local folder, ranges, said, last = peer.folder(), {}, {}, 0
      local server = web.start { folder = peer.folder() }
      finally(function()
        server:remove()
        peer.shell('rm -rf ' .. folder)
      end)
      server:stop()
      peer.write(folder .. '/laudit.lua', CONFIG:format(server:url()))
      for round = 1, 2 * ROUNDS do
        local act = round <= ROUNDS and spool_and_die or read_and_die
        if round == ROUNDS + 1 then
          server:begin()
        end
        local range, text
        if act == spool_and_die then
          range, text = act(folder, round, last)
        else
          range, text = act(folder, round, server, last)
        end
        table.insert(ranges, range)
        table.insert(said, text)
        last = range.last
      end
      table.insert(said, read_rest(folder, server))

      local order, times, doubled = arrivals(server)
      for _, range in ipairs(ranges) do
        check_range(range, times)
      end
      for i = 2, #order do
        assert(order[i] > order[i - 1], ('%d came before %d'):format(order[i - 1], order[i]))
      end
      local counted = 0
      for _, text in ipairs(said) do
        counted = counted + may_come_twice(text)
      end
      assert.truthy(#doubled > 0, 'nobody was killed between a request and its answer')
      assert.truthy(#doubled <= counted, ('%d came twice, %d were counted: %s'):format(#doubled,
        counted, table.concat(doubled, ' ')))
    end)
end)
