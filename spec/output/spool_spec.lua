local ffi = require 'ffi'
local spool = require('laudit_engine').spool

ffi.cdef 'int kill(int pid, int number);'

local SIGKILL = 9
local EWOULDBLOCK, EPERM, ENOSPC, EMSGSIZE, EPROTONOSUPPORT = 11, 1, 28, 90, 93
local HEADER, HEAD = 32, 32 -- bytes of a segment's header, of a frame's head

local function run(command, ...)
  local pipe = assert(io.popen((command .. ' 2>&1; echo "status $?"'):format(...)))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

local function folder()
  local path = os.tmpname()
  os.remove(path)
  finally(function()
    run('rm -rf %s', path)
  end)
  return path
end

local function read_file(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

local function write_file(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

local function segments(path)
  local found = {}
  for name in run('ls %s', path):gmatch '%x+%.segment' do
    table.insert(found, path .. '/' .. name)
  end
  return found
end

--- All that can be read, as one list; acknowledges when `is_over`.
local function read_all(queue, is_over)
  local all = {}
  for messages in function() return queue:read() or nil end do
    for _, message in ipairs(messages) do
      table.insert(all, message)
    end
  end
  if is_over then
    assert(queue:acknowledge())
  end
  return all
end

local function open(path, bytes)
  local queue = assert(spool.open(path, bytes or 1e8))
  finally(function()
    pcall(queue.close, queue)
  end)
  return queue
end

--- A spool of these batches, closed again.
local function filled(batches)
  local path = folder()
  local queue = open(path)
  for _, batch in ipairs(batches) do
    assert(queue:append(batch))
  end
  queue:close()
  return path
end

local function numbers(first, last)
  local list = {}
  for number = first, last do
    table.insert(list, ('message %d %s'):format(number, ('.'):rep(number * 31 % 100)))
  end
  return list
end

describe('a batch', function()
  it('keeps what waits, in order, with its facts', function()
    local messages = { 'a', { body = 'b', key = 'k' }, 'c', { body = 'd', topic = '' }, 'e' }
    local left = spool.batch(messages, { false, false, true, false, true }, 1)
    assert.equal(2, #left)
    assert.equal('b', left[1].body)
    assert.equal('k', left[1].key)
    assert.is_nil(left[1].topic)
    assert.equal('d', left[2].body)
    assert.equal('', left[2].topic)
    assert.is_nil(left[2].key)
  end)

  it('can be dropped whole', function()
    assert.same({}, spool.batch({ 'a', 'b' }, {}, 2))
    assert.same({}, spool.batch({ 'a', 'b' }, { true, true }, 0))
  end)
end)

describe('a spool', function()
  it('gives back what it was given, in order', function()
    local queue = open(folder())
    assert(queue:append(numbers(1, 3)))
    assert(queue:append(numbers(4, 4)))
    assert.same(numbers(1, 3), queue:read())
    assert(queue:append(numbers(5, 9)))
    assert.same(numbers(4, 4), queue:read())
    assert.same(numbers(5, 9), queue:read())
    assert.is_false(queue:read())
    assert.equal(9, queue:stats().messages)
    assert(queue:acknowledge())
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().bytes)
  end)

  it('keeps facts and any byte of a body', function()
    local queue = open(folder())
    local full = { body = 'x\0\n\255y', node = 'n', key = 'k', topic = 't', headers = 'H: v\r\n',
      time = 1700000000123, serial = 4294967295, severity = 4, alert = true }
    local bare = { body = 'z', time = 0, serial = 0, severity = 0, alert = false, key = '' }
    assert(queue:append { full, 'plain', bare })
    assert.same({ full, 'plain', bare }, queue:read())
  end)

  it('goes on after a restart, and counts what it found', function()
    local path = filled { numbers(1, 2), numbers(3, 5) }
    local queue = open(path)
    assert.equal(5, queue:stats().found)
    assert.equal(0, queue:stats().again)
    assert(queue:append(numbers(6, 6)))
    assert.same(numbers(1, 6), read_all(queue, true))
    queue:close()
    assert.equal(0, open(path):stats().found)
  end)

  it('makes its folder, for itself alone', function()
    local path = folder() .. '/above/spool'
    open(path)
    assert.truthy(run('stat -c %%a %s', path):find('^700\n'))
  end)

  it('is locked for everybody else', function()
    local path = folder()
    local queue = open(path)
    local other, why, code = spool.open(path, 1e6)
    assert.is_nil(other)
    assert.equal(EWOULDBLOCK, code)
    assert.truthy(why:find('another output or another laudit uses the folder', 1, true))
    queue:close()
    open(path)
  end)

  it('does not trust a folder that others may write to', function()
    local path = folder()
    run('mkdir -m 770 %s', path)
    local queue, why, code = spool.open(path, 1e6)
    assert.is_nil(queue)
    assert.equal(EPERM, code)
    assert.truthy(why:find('others may write to the folder (mode 0770)', 1, true))
  end)

  it('does not follow links', function()
    local path = folder()
    run('mkdir -m 700 %s', path)
    write_file(path .. '.file', 'precious\n')
    run('ln -s %s.file %s/position', path, path)
    local queue = spool.open(path, 1e6)
    assert.is_nil(queue)
    assert.equal('precious\n', read_file(path .. '.file'))
    os.remove(path .. '.file')
  end)

  it('takes no more than its bound, and goes on when there is room', function()
    local queue = open(folder(), 300000)
    local batch, count = { ('y'):rep(9000) }, 0
    local done, why, code = true
    while done do
      done, why, code = queue:append(batch)
      count = count + (done and 1 or 0)
    end
    assert.equal(ENOSPC, code)
    assert.truthy(why:find('it is full', 1, true))
    assert.truthy(count * 9000 > 250000 and queue:stats().file_bytes <= 300000)
    for _ = 1, count / 2 do
      assert(queue:read())
    end
    assert(queue:acknowledge())
    for _ = 1, count / 4 do
      assert(queue:append(batch))
    end
    assert.truthy(queue:stats().file_bytes <= 300000)
  end)

  it('refuses a batch that it would not believe itself', function()
    local queue = open(folder(), 1e9)
    local done, _, code = queue:append { ('z'):rep(64 * 1048576) }
    assert.is_nil(done)
    assert.equal(EMSGSIZE, code)
    assert(queue:append { ('z'):rep(32 * 1048576) })
    assert.equal(32 * 1048576, #queue:read()[1])
  end)

  it('deletes the segments that are acknowledged', function()
    local path = folder()
    local queue = open(path, 1e6) -- segments of 64 KiB
    for number = 1, 60 do
      assert(queue:append { number .. (' '):rep(9000) })
    end
    assert.equal(8, #segments(path))
    for _ = 1, 20 do
      queue:read()
    end
    assert.equal(8, #segments(path))
    assert(queue:acknowledge())
    assert.equal(6, #segments(path))
    assert.equal(40, #read_all(queue, true))
    assert.equal(0, #segments(path))
    assert.equal(0, queue:stats().file_bytes)
    assert(queue:append { 'more' })
    assert.same({ 'more' }, queue:read())
  end)

  it('survives a file system that is full', function()
    if not run 'unshare -m true':find('status 0', 1, true) then
      return pending 'needs the right to make a mount namespace'
    end
    local path = folder()
    run('mkdir %s', path)
    assert.equal('whole\nstatus 0\n', run([[unshare -m sh -c 'mount -t tmpfs -o size=400k none %s &&
      luajit spec/output/full_spool.lua %s']], path, path))
  end)
end)

describe('what was read from a spool and not acknowledged', function()
  it('is handed out again after a restart, and counted', function()
    local path = filled { numbers(1, 2), numbers(3, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    assert(queue:acknowledge())
    queue:read()
    queue:close()
    queue = open(path)
    assert.equal(5, queue:stats().found)
    assert.equal(3, queue:stats().again)
    assert.same(numbers(3, 7), read_all(queue))
    queue:close()
    assert.equal(5, open(path):stats().again)
  end)

  it('can be returned whole', function()
    local queue = open(filled { numbers(1, 2), numbers(3, 5) })
    queue:read()
    assert.same(numbers(3, 5), queue:read())
    assert(queue:give_back())
    assert(queue:acknowledge())
    assert.equal(3, queue:stats().messages)
    assert.same(numbers(3, 5), queue:read())
    assert.is_false(queue:read())
  end)

  it('can be returned in part, again and again', function()
    local path = filled { numbers(1, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    queue:settle(1, 2, 4)
    assert(queue:give_back())
    assert.equal(4, queue:stats().messages)
    assert.same({ numbers(3, 3)[1], numbers(5, 5)[1] }, queue:read())
    queue:settle(1)
    assert(queue:give_back())
    assert(queue:acknowledge())
    assert.same(numbers(5, 7), read_all(queue, true))
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().file_bytes)
    assert.is_nil(io.open(path .. '/rest'))
  end)

  it('stays returned in part over a restart', function()
    local path = filled { numbers(1, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    queue:settle(1, 2, 4)
    assert(queue:give_back())
    queue:close()
    queue = open(path)
    assert.equal(4, queue:stats().found)
    assert.equal(2, queue:stats().again)
    local expected = { numbers(3, 3)[1], unpack(numbers(5, 7)) }
    assert.same(expected, read_all(queue, true))
    queue:close()
    assert.equal(0, open(path):stats().found)
  end)

  it('does not count when it was never sent', function()
    local path = filled { numbers(1, 5) }
    local queue = open(path)
    queue:read()
    queue:settle(1)
    assert(queue:give_back(true))
    queue:close()
    queue = open(path)
    assert.equal(4, queue:stats().found)
    assert.equal(0, queue:stats().again)
    assert.same(numbers(2, 5), queue:read())
  end)
end)

describe('a spool that was damaged', function()
  it('loses the torn end of its last frame at most, wherever it is cut', function()
    local path = filled { numbers(1, 2), numbers(3, 4) }
    local segment = segments(path)[1]
    local whole = read_file(segment)
    local position = read_file(path .. '/position')
    local first = HEADER + HEAD + 2 * 8 + #table.concat(numbers(1, 2), '\n') + 1
    for cut = HEADER, #whole - 1 do
      write_file(segment, whole:sub(1, cut))
      write_file(path .. '/position', position)
      local queue = open(path)
      local stats = queue:stats()
      assert.equal(cut < first and 0 or 2, stats.found)
      assert.equal(cut - (cut < first and HEADER or first), stats.torn_bytes)
      assert.equal(0, stats.damaged_frames)
      assert(queue:append { 'next' })
      local expected = cut < first and {} or numbers(1, 2)
      table.insert(expected, 'next')
      assert.same(expected, read_all(queue, true))
      queue:close()
    end
  end)

  it('loses no frame but the one in which a bit is wrong', function()
    local path = filled { numbers(1, 2), numbers(3, 4), numbers(5, 6) }
    local segment = segments(path)[1]
    local whole = read_file(segment)
    local position = read_file(path .. '/position')
    local lost = { [0] = 0, 0, 0, 0 }
    for place = 1, #whole do
      local bit = 2 ^ (place % 8)
      local byte = whole:byte(place)
      local flipped = byte % (2 * bit) >= bit and byte - bit or byte + bit
      write_file(segment, whole:sub(1, place - 1) .. string.char(flipped) .. whole:sub(place + 1))
      write_file(path .. '/position', position)
      local queue = open(path)
      local stats = queue:stats()
      local all = read_all(queue, true)
      assert.truthy(#all == 6 or #all == 4, ('%d left, byte %d'):format(#all, place))
      assert.equal(#all, stats.found)
      assert.equal(#all == 4, stats.damaged_frames == 1 or stats.torn_bytes > 0)
      local missing = #all == 6 and 0 or all[1] ~= numbers(1, 1)[1] and 1 or
        all[3] ~= numbers(3, 3)[1] and 2 or 3
      lost[missing] = lost[missing] + 1
      queue:close()
    end
    assert.equal(HEADER, lost[0])
    assert.equal(#whole - HEADER, lost[1] + lost[2] + lost[3])
  end)

  it('counts what was damaged after it was opened', function()
    local path = filled { numbers(1, 2), numbers(3, 5), numbers(6, 7) }
    local queue = open(path)
    local segment = segments(path)[1]
    local whole = read_file(segment)
    write_file(segment, (whole:gsub('message 4', 'message 9')))
    assert.same({ numbers(1, 1)[1], numbers(2, 2)[1], unpack(numbers(6, 7)) }, read_all(queue))
    local stats = queue:stats()
    assert.equal(3, stats.lost)
    assert.equal(1, stats.damaged_frames)
    assert.equal(4, stats.messages)
    assert(queue:acknowledge())
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().bytes)
  end)

  it('never takes a message for a frame', function()
    local path = filled { { 'first' }, { 'second' } }
    local whole = read_file(segments(path)[1])
    local forged = whole:sub(HEADER + 1)
    path = filled { { 'before' }, { forged }, { 'after' } }
    local segment = segments(path)[1]
    local text = read_file(segment)
    local place = text:find(forged, 1, true) - 9 -- in the head of the frame that holds it
    write_file(segment, text:sub(1, place - 12) .. '????' .. text:sub(place - 7))
    local queue = open(path)
    assert.same({ 'before', 'after' }, read_all(queue))
    assert.equal(1, queue:stats().damaged_frames)
  end)

  it('counts all as possibly doubled when its position is lost', function()
    local path = filled { numbers(1, 3) }
    os.remove(path .. '/position')
    local queue = open(path)
    assert.equal(3, queue:stats().found)
    assert.equal(3, queue:stats().again)
  end)

  it('believes the older place when the newer one is damaged', function()
    local path = filled { numbers(1, 2), numbers(3, 4) }
    local queue = open(path)
    queue:read()
    assert(queue:acknowledge())
    queue:close()
    local position = read_file(path .. '/position')
    for slot = 0, 1 do
      local place = slot * 512 + 20
      local byte = string.char((position:byte(place) + 1) % 256)
      write_file(path .. '/position', position:sub(1, place - 1) .. byte .. position:sub(place + 1))
      queue = open(path)
      local stats = queue:stats()
      assert.truthy(stats.found == 2 or stats.found == 4)
      assert.equal(stats.found, stats.again)
      queue:close()
    end
  end)

  it('is left alone when another version wrote it', function()
    local path = filled { { 'precious' } }
    local segment = segments(path)[1]
    local text = read_file(segment)
    local other = text:sub(1, 24) .. '\2\0\0\0'
    local sum = spool.checksum(other)
    write_file(segment, other .. sum .. text:sub(33))
    local queue, why, code = spool.open(path, 1e6)
    assert.is_nil(queue)
    assert.equal(EPROTONOSUPPORT, code)
    assert.truthy(why:find('another version of laudit wrote it', 1, true))
    assert.equal(1, #segments(path))
  end)
end)

--- Starts the script, reads `count` lines of what it says and kills it there; returns all it said.
local function kill_within(script, arguments, count)
  local pipe = assert(io.popen(('exec luajit spec/output/%s %s 2>&1'):format(script, arguments)))
  local pid, said = tonumber(pipe:read '*l'), {}
  assert(pid, 'it did not start')
  for line in pipe:lines() do
    table.insert(said, line)
    if #said == count then
      ffi.C.kill(pid, SIGKILL)
    end
  end
  pipe:close()
  return said
end

describe('kill -9', function()
  it('of one who writes loses nothing whose append returned', function()
    local path = folder()
    local first = 1
    for round = 1, 25 do
      local said = kill_within('spool_writer.lua', path .. ' ' .. first, round * 7 % 23 + 1)
      local last = assert(tonumber(said[#said]), said[#said])
      local queue = open(path)
      local stats = queue:stats()
      local all = read_all(queue, true)
      assert.equal(#all, stats.found)
      assert.equal(0, stats.damaged_frames)
      assert.truthy(#all / 2 >= last - first + 1, 'accepted and lost')
      assert.truthy(#all / 2 <= last - first + 2)
      for i = 1, #all, 2 do
        local number = first + (i - 1) / 2
        assert.equal(('%d %s'):format(number, ('x'):rep(number * 7919 % 300000)), all[i])
        assert.equal('small', all[i + 1])
      end
      first = first + #all / 2
      queue:close()
    end
    assert.truthy(first > 100)
  end)

  it('of one who reads loses nothing and counts what may come twice', function()
    local path = folder()
    local queue = open(path)
    local total = 400
    for number = 1, total do
      assert(queue:append { ('%d %s'):format(number, ('x'):rep(number % 3000)) })
    end
    queue:close()
    local expected, before = 1, 0 -- `before`: handed out by those who were killed
    for round = 1, 30 do
      local said = kill_within('spool_reader.lua', path, round * 11 % 17 + 1)
      local done, read = expected - 1, expected - 1
      for _, line in ipairs(said) do
        local word, number = line:match '^(%a+) (%d+)$'
        if word == 'done' then
          done = tonumber(number)
        elseif word == 'read' then
          read = tonumber(number)
        end
      end
      queue = open(path)
      local stats = queue:stats()
      local next_one = total - stats.found + 1
      assert.truthy(next_one > done and next_one <= read + 1, 'lost')
      local handed = next_one + stats.again - 1
      assert.truthy(handed >= math.max(before, read), 'not counted')
      assert.truthy(handed <= math.max(before, read + 1), 'counted and not handed out')
      expected, before = next_one, handed
      queue:close()
      if said[#said] == 'end' then
        break
      end
    end
    queue = open(path)
    for number = expected, total do
      assert.equal(tostring(number), queue:read()[1]:match '^%d+')
    end
    assert.is_false(queue:read())
  end)
end)
