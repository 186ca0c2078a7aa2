--- Frames that are gathered when they are read, and what comes back of them.
local spooling = require 'spec.output.spooling'

local segments, read_all, open, filled = spooling.segments, spooling.read_all, spooling.open,
  spooling.filled
local numbers = spooling.numbers

after_each(spooling.clean)

local function singles(first, last)
  local batches = {}
  for number = first, last do
    table.insert(batches, numbers(number, number))
  end
  return batches
end

describe('frames of a spool', function()
  it('are read together, and never more than are wanted', function()
    local queue = open(filled { numbers(1, 1), numbers(2, 3), numbers(4, 6), numbers(7, 15) }, nil,
      5)
    assert.same(numbers(1, 3), queue:read())
    assert.same(numbers(4, 6), queue:read())
    assert.same(numbers(7, 15), queue:read()) -- is larger itself
    assert.is_false(queue:read())
    assert(queue:acknowledge())
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().bytes)
    assert.equal(0, queue:stats().file_bytes)
  end)

  it('are read together by their bytes', function()
    local path = filled { { ('a'):rep(49) }, { ('b'):rep(49) }, { ('c'):rep(49) } }
    assert.equal(2, #open(path, nil, 100, 100):read())
  end)

  it('are found again after a restart, all that were handed out', function()
    local path = filled(singles(1, 9))
    local queue = open(path, nil, 4)
    queue:read()
    assert(queue:acknowledge())
    assert.same(numbers(5, 8), queue:read())
    queue:close()
    queue = open(path, nil, 4)
    assert.equal(5, queue:stats().found)
    assert.equal(4, queue:stats().again)
    assert.same(numbers(5, 9), read_all(queue, true))
  end)

  it('come back whole', function()
    local queue = open(filled(singles(1, 6)), nil, 4)
    local bytes = queue:stats().bytes
    queue:read()
    assert(queue:give_back())
    assert(queue:acknowledge())
    assert.equal(6, queue:stats().messages)
    assert.equal(bytes, queue:stats().bytes)
    assert.same(numbers(1, 4), queue:read())
    assert.same(numbers(5, 6), queue:read())
  end)

  it('come back in part, and stay so over a restart', function()
    local path = filled(singles(1, 6))
    local queue = open(path, nil, 4)
    queue:read()
    queue:settle(2, 4)
    assert(queue:give_back())
    assert.equal(4, queue:stats().messages)
    queue:close()
    queue = open(path, nil, 4)
    assert.equal(4, queue:stats().found)
    assert.equal(2, queue:stats().again)
    local expected = { numbers(1, 1)[1], numbers(3, 3)[1], unpack(numbers(5, 6)) }
    assert.same(expected, read_all(queue, true))
    assert.same({}, segments(path))
    assert.is_nil(io.open(path .. '/rest'))
  end)

  it('do not count when they were never sent', function()
    local path = filled(singles(1, 6))
    local queue = open(path, nil, 4)
    queue:read()
    queue:settle(1)
    assert(queue:give_back(true))
    queue:close()
    queue = open(path, nil, 4)
    assert.equal(5, queue:stats().found)
    assert.equal(0, queue:stats().again)
    assert.same(numbers(2, 6), read_all(queue, true))
  end)

  it('lose the damaged one among them alone', function()
    local path = filled(singles(1, 5))
    local segment = segments(path)[1]
    local text = spooling.read_file(segment)
    local at = text:find('message 3', 1, true)
    spooling.write_file(segment, text:sub(1, at - 1) .. 'M' .. text:sub(at + 1))
    local queue = open(path, nil, 4)
    assert.equal(1, queue:stats().damaged_frames)
    local expected = numbers(1, 5)
    table.remove(expected, 3)
    assert.same(expected, read_all(queue, true))
    assert.equal(0, queue:stats().messages)
  end)

  it('arrive all and in order, whatever becomes of each batch', function()
    local seed = os.time()
    math.randomseed(seed)
    local path, sent, waiting, arrived, restarts = spooling.folder(), 0, 0, {}, 0
    local queue = open(path, nil, 7, 700)
    while #arrived < 2000 do
      for _ = 1, math.random(0, 3) do
        local last = sent + math.random(4)
        assert(queue:append(numbers(sent + 1, last)))
        waiting, sent = waiting + last - sent, last
      end
      local batch = queue:read() or {}
      local done = math.random(3) == 1 and math.random(0, #batch) or #batch
      for at = 1, done do
        table.insert(arrived, tonumber(batch[at]:match '%d+'))
        queue:settle(at)
      end
      waiting = waiting - done
      if done < #batch then
        assert(queue:give_back(math.random(2) == 1))
      else
        assert(queue:acknowledge())
      end
      assert.equal(waiting, queue:stats().messages, 'seed ' .. seed)
      if math.random(10) == 1 then
        queue:close()
        queue = open(path, nil, 7, 700)
        assert.equal(waiting, queue:stats().found, 'seed ' .. seed)
        restarts = restarts + 1
      end
    end
    for at, number in ipairs(arrived) do
      assert.equal(at, number, 'seed ' .. seed)
    end
    assert.truthy(restarts > 10)
  end)
end)
