local spooling = require 'spec.output.spooling'
local spool = require('laudit_engine').spool

local read_file, write_file, segments = spooling.read_file, spooling.write_file, spooling.segments
local read_all, open, filled = spooling.read_all, spooling.open, spooling.filled
local numbers = spooling.numbers
local EPROTONOSUPPORT = 93
local HEADER, HEAD = 32, 32 -- bytes of a segment's header, of a frame's head

after_each(spooling.clean)

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
