local cjson = require 'cjson'
local ffi = require 'ffi'

local process = require 'spec.cli.process'
local river = require('laudit_engine').river

ffi.cdef [[
  int open(const char *path, int flags, ...);
  int close(int fd);
  long read(int fd, void *data, size_t len);
]]

local O_RDWR_NONBLOCK, EVENTS = 2050, 1200

local folder, reader, room

-- What the pipe holds now.
local function empty_pipe()
  local got = {}
  while true do
    local len = tonumber(ffi.C.read(reader, room, 65536))
    if len <= 0 then
      return table.concat(got)
    end
    got[#got + 1] = ffi.string(room, len)
  end
end

local function open(config)
  process.write(folder .. '/laudit.lua', config)
  return assert(river.open(folder .. '/laudit.lua', folder .. '/log'))
end

-- A pipe that is only read when empty_pipe is called, beside a file.
local function with_pipe(options)
  return ([[
    output 'file' { type = 'file', path = 'events.json' }
    output 'pipe' { type = 'file', path = 'pipe', drain = 0.2, %s }
  ]]):format(options)
end

local function output_of(ledger, name)
  for _, output in ipairs(cjson.decode(ledger).outputs) do
    if output.name == name then
      return output
    end
  end
end

local function closes(ledger)
  return cjson.decode(ledger).closes
end

local function turn_to_the_end(out)
  while out:turn(20) do
    assert(closes(out:ledger()), 'the ledger is open')
  end
  out:drain()
end

-- Reads the pipe until nothing waits for it; an error when that takes too long.
local function read_pipe(out)
  local got = {}
  for _ = 1, 2000 do
    out:turn(5)
    got[#got + 1] = empty_pipe()
    if output_of(out:ledger(), 'pipe').queued == 0 then
      got[#got + 1] = empty_pipe()
      return table.concat(got)
    end
  end
  error 'the pipe is never done'
end

local function lines_of(text)
  local lines = {}
  for line in text:gmatch '[^\n]*\n' do
    lines[#lines + 1] = line
  end
  return lines
end

describe('the queue of an output', function()
  before_each(function()
    folder = process.folder()
    process.write(folder .. '/audit.log', process.log(1, EVENTS))
    process.shell('mkfifo ' .. folder .. '/pipe')
    reader = ffi.C.open(folder .. '/pipe', O_RDWR_NONBLOCK)
    room = ffi.new('char[?]', 65536)
  end)

  after_each(function()
    ffi.C.close(reader)
    process.remove(folder)
  end)

  it('drops what comes last when it is full, and holds up nobody else', function()
    local out = open(with_pipe [[
      queue = { bytes = '100kB', full = 'drop_newest' }, batch = { events = 10 } ]])
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    local got = read_pipe(out)
    local last = out:close()
    assert.is_true(closes(last))
    assert.equal(EVENTS, output_of(last, 'file').delivered)
    local pipe = output_of(last, 'pipe')
    assert.equal(EVENTS, pipe.accepted)
    assert.is_true(pipe.dropped.full > EVENTS / 2)
    local serials = process.serials(got)
    assert.equal(pipe.delivered, #serials)
    for i = 1, 100 do
      assert.equal(i, serials[i])
    end
    for i = 2, #serials do
      assert.is_true(serials[i] > serials[i - 1])
    end
  end)

  it('drops what came first when that is asked for', function()
    local out = open(with_pipe [[
      queue = { bytes = '100kB', full = 'drop_oldest' }, batch = { events = 10 } ]])
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    local got = read_pipe(out)
    local last = out:close()
    local all = lines_of(process.read(folder .. '/events.json'))
    local lines = lines_of(got)
    local pipe = output_of(last, 'pipe')
    assert.is_true(closes(last))
    assert.is_true(pipe.dropped.full > EVENTS / 2)
    assert.equal(pipe.delivered, #lines)
    assert.is_true(all[1] == lines[1])
    assert.is_true(all[#all] == lines[#lines])
  end)

  it('is bounded in events, too', function()
    local out = open(with_pipe 'queue = { events = 50 }, batch = { events = 5 }')
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    assert.is_true(output_of(out:ledger(), 'pipe').queued <= 50)
    out:close()
  end)

  it('holds the source when that is asked for: nothing is lost', function()
    local out = open(with_pipe [[
      queue = { bytes = '100kB', full = 'hold' }, batch = { events = 10 } ]])
    out:read(folder .. '/audit.log')
    process.wait('the source is held', function()
      out:turn(5)
      return out:held() > 0
    end)
    out:turn(300)
    assert.is_true(out:held() < 1000, 'a full pipe is asked all the time')
    assert.equal(0, output_of(out:ledger(), 'pipe').retried)
    assert.is_true(output_of(out:ledger(), 'file').accepted < EVENTS)
    local got = {}
    repeat
      local more = out:turn(5)
      got[#got + 1] = empty_pipe()
    until not more
    out:drain()
    got[#got + 1] = read_pipe(out)
    local last = out:close()
    assert.is_true(process.read(folder .. '/events.json') == table.concat(got))
    assert.equal(EVENTS, output_of(last, 'pipe').delivered)
    assert.is_true(closes(last))
  end)

  it('spools when that is asked for, over a restart', function()
    local config = with_pipe [[
      queue = { full = 'spool' }, spool = { path = 'spool' }, batch = { events = 100 } ]]
    local out = open(config)
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    local got = empty_pipe()
    local first = out:close()
    assert.is_true(closes(first))
    local waiting = output_of(first, 'pipe').queued
    assert.is_true(waiting > EVENTS / 2)
    got = got .. empty_pipe()

    out = open(config)
    repeat
      out:turn(5)
    until output_of(out:ledger(), 'pipe').found > 0
    got = got .. read_pipe(out)
    local second = out:close()
    assert.is_true(closes(second))
    local pipe = output_of(second, 'pipe')
    assert.equal(waiting, pipe.found)
    assert.equal(waiting, pipe.delivered)

    -- The line begun when laudit ended comes whole, behind its part: a pipe gives nothing back.
    local known, doubled, cut = {}, 0, 0
    for _, line in ipairs(lines_of(got)) do
      doubled = doubled + (known[line] and 1 or 0)
      known[line] = true
    end
    for _, line in ipairs(lines_of(process.read(folder .. '/events.json'))) do
      assert.truthy(got:find(line, 1, true))
      cut = cut + (known[line] and 0 or 1)
    end
    assert.is_true(cut <= 1)
    assert.is_true(doubled <= pipe.again + output_of(first, 'pipe').again)
  end)

  for _, options in ipairs { '', "queue = { full = 'spool' }, spool = { path = 'spool' }" } do
    it('does not turn the loop for nothing while a pipe is full, with ' .. options, function()
      local out = open(with_pipe('batch = { events = 10 },' .. options))
      out:read(folder .. '/audit.log')
      turn_to_the_end(out)
      local _, turns = out:turn(300)
      assert.is_true(turns < 1000, ('%d turns'):format(turns))
      out:close()
    end)
  end

  it('goes over with the counts of what carried it', function()
    local config = [[ output 'pipe' { type = 'file', path = 'log', batch = { events = 10 },
      rotate = { size = '20KiB', keep = %d } } ]]
    local out = open(config:format(2))
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    local before = output_of(out:ledger(), 'pipe')
    assert.is_true(before.rotations > 3)
    process.write(folder .. '/other.lua', config:format(3))
    for _ = 1, 2 do
      assert.is_nil(out:reload(folder .. '/other.lua'))
      for _, name in ipairs { 'accepted', 'delivered', 'rotations' } do
        assert.equal(before[name], output_of(out:ledger(), 'pipe')[name], name)
      end
      out:turn(50)
      assert.equal(before.rotations, output_of(out:ledger(), 'pipe').rotations)
      process.write(folder .. '/other.lua', config:format(4))
    end
    out:close()
  end)

  it('goes over with the line that was begun in the pipe', function()
    local out = open(with_pipe 'batch = { events = 500 }')
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    for events = 400, 100, -100 do
      process.write(folder .. '/other.lua', with_pipe(('batch = { events = %d }'):format(events)))
      assert.is_nil(out:reload(folder .. '/other.lua'))
      out:turn(20)
    end
    local got = read_pipe(out)
    local last = out:close()
    assert.is_true(process.read(folder .. '/events.json') == got .. empty_pipe())
    assert.equal(EVENTS, output_of(last, 'pipe').delivered)
  end)

  it('goes over to the output that a reload puts in its place', function()
    local out = open(with_pipe 'batch = { events = 10 }')
    out:read(folder .. '/audit.log')
    turn_to_the_end(out)
    process.write(folder .. '/other.lua', with_pipe 'batch = { events = 20 }')
    assert.is_nil(out:reload(folder .. '/other.lua'))
    local got = read_pipe(out)
    local last = out:close()
    assert.is_true(closes(last))
    assert.is_true(process.read(folder .. '/events.json') == got .. empty_pipe())
    assert.equal(EVENTS, output_of(last, 'pipe').delivered)
  end)
end)
