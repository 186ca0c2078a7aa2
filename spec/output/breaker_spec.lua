local breaker = require 'laudit_engine'.breaker

local NEVER = { ratio = 1 }

local function with(settings, more)
  local all = {}
  for name, value in pairs(settings) do
    all[name] = value
  end
  for name, value in pairs(more) do
    all[name] = value
  end
  return breaker.new(all)
end

--- The waits in milliseconds after `count` failures in a row, each tried as soon as allowed.
local function waits(b, count)
  local now, list = 1000, {}
  for i = 1, count do
    assert.is_true(b:allows(now))
    b:failed(now)
    list[i] = b:next() - now
    now = b:next()
  end
  return list
end

describe('the backoff', function()
  it('lets the first batch go at once', function()
    local b = breaker.new {}
    assert.is_true(b:allows(0))
    assert.equal(0, b:next())
  end)

  it('doubles up to the longest, with jitter between half of it and all', function()
    for seed = 1, 200 do
      local list = waits(with(NEVER, { first = 1, most = 10, seed = seed }), 8)
      for i, whole in ipairs { 1000, 2000, 4000, 8000, 10000, 10000, 10000, 10000 } do
        assert.is_true(list[i] >= whole / 2 - 1 and list[i] <= whole, list[i] .. ' of ' .. whole)
      end
    end
  end)

  it('is the same for the same seed and another for another', function()
    local function by(seed)
      return waits(with(NEVER, { first = 100, most = 3000, seed = seed }), 6)
    end
    assert.same(by(7), by(7))
    assert.are_not.same(by(7), by(8))
  end)

  it('spreads what failed together', function()
    local least, most = math.huge, 0
    for seed = 1, 200 do
      local wait = waits(with(NEVER, { first = 10, seed = seed }), 1)[1]
      least, most = math.min(least, wait), math.max(most, wait)
    end
    assert.is_true(least < 5500 and most > 9500)
  end)

  it('does not allow before its time, and begins anew after a success', function()
    local b = with(NEVER, { first = 1, most = 100 })
    waits(b, 5)
    assert.is_false(b:allows(b:next() - 1))
    assert.is_true(b:allows(b:next()))
    b:succeeded(b:next())
    assert.equal(0, b:next())
    assert.is_true(waits(b, 1)[1] <= 1000)
  end)

  it('stands still at nothing when there is none', function()
    local list = waits(with(NEVER, { first = 0, most = 10 }), 100)
    assert.equal(0, list[100])
  end)

  it('gives a batch as many attempts as it is told, and the next one as many again', function()
    local b = with(NEVER, { first = 1, most = 100, attempts = 3 })
    local now = 0
    for _ = 1, 2 do
      for attempt = 1, 3 do
        assert.equal(attempt < 3, b:failed(now))
        now = b:next()
      end
    end
    b:failed(now)
    assert.is_true(b:next() - now <= 1000)
  end)

  it('never gives up without such a number', function()
    local b = with(NEVER, { first = 0.001, most = 0.001 })
    for _ = 1, 1000 do
      assert.is_true(b:failed(0))
    end
  end)

  it('gives an only attempt no second', function()
    assert.is_false(with(NEVER, { attempts = 1 }):failed(0))
  end)

  it('waits as long as the other side asks, but not for ever', function()
    local b = with(NEVER, { first = 1, most = 10 })
    b:failed(1000, 120)
    assert.equal(121000, b:next())
    b:failed(1000, 1e300)
    assert.equal(1000 + 3600000, b:next())
    b:failed(1000, math.huge)
    assert.equal(1000 + 3600000, b:next())
  end)

  it('waits longer than the other side asks when its own time is longer', function()
    local b = with(NEVER, { first = 8, most = 8 })
    for _, wait in ipairs { 1, 0, -5, 0 / 0 } do
      b:failed(1000, wait)
      assert.is_true(b:next() >= 5000 and b:next() <= 9000)
    end
  end)
end)

describe('the breaker', function()
  local QUICK = { first = 0, most = 0, ratio = 0.5, window = 16, observations = 4, cooldown = 3 }

  it('judges only after more tries than the settings say', function()
    local b = breaker.new(QUICK)
    for _ = 1, 4 do
      b:failed(1000)
      assert.equal('closed', b:state())
    end
    b:failed(1000)
    assert.same({ 'open', 1 }, { b:state() })
    assert.equal(4000, b:next())
    assert.is_false(b:allows(3999))
  end)

  it('opens only when more than the ratio failed', function()
    local b = breaker.new(QUICK)
    for _ = 1, 10 do
      b:succeeded(1000)
      b:failed(1000)
    end
    assert.equal('closed', b:state())
    b:failed(1000)
    assert.equal('open', b:state())
  end)

  it('forgets what happened before the window', function()
    local b = breaker.new(QUICK)
    for second = 1, 4 do
      b:failed(second * 1000)
    end
    b:failed(20000)
    assert.equal('closed', b:state())
    for _ = 1, 3 do
      b:failed(20000)
      assert.equal('closed', b:state())
    end
    b:failed(20000)
    assert.equal('open', b:state())
  end)

  it('forgets part of the window as time goes on', function()
    local b = breaker.new(QUICK)
    for _ = 1, 4 do
      b:failed(1000)
    end
    for _ = 1, 3 do
      b:failed(10000) -- the eighth in the window: opened by the fifth
    end
    assert.equal('open', b:state())
    b = breaker.new(QUICK)
    for _ = 1, 4 do
      b:failed(1000)
    end
    for _ = 1, 4 do
      b:failed(17000)
    end
    assert.equal('closed', b:state())
  end)

  it('tries one batch when it has cooled down, and closes when that arrives', function()
    local b = breaker.new(QUICK)
    for _ = 1, 5 do
      b:failed(1000)
    end
    assert.is_true(b:allows(4000))
    assert.equal('half-open', b:state())
    b:succeeded(4100)
    assert.equal('closed', b:state())
    for _ = 1, 3 do -- what failed before does not count any more
      b:failed(4200)
    end
    assert.same({ 'closed', 1 }, { b:state() })
  end)

  it('opens again at the first failure when half open', function()
    local b = breaker.new(QUICK)
    for _ = 1, 5 do
      b:failed(1000)
    end
    assert.is_true(b:allows(60000))
    b:failed(60000)
    assert.same({ 'open', 2 }, { b:state() })
    assert.equal(63000, b:next())
  end)

  it('leaves the other side alone for as long as it asks', function()
    local b = breaker.new(QUICK)
    for _ = 1, 5 do
      b:failed(1000, 30)
    end
    assert.equal('open', b:state())
    assert.equal(31000, b:next())
  end)

  it('never opens at a ratio of 1', function()
    local b = breaker.new { first = 0, most = 0, ratio = 1, observations = 1 }
    for now = 1, 1000 do
      b:failed(now)
    end
    assert.same({ 'closed', 0 }, { b:state() })
  end)

  it('bears a clock that goes back, and a window of nothing', function()
    local b = breaker.new { first = 0, most = 0, ratio = 0.5, window = 0, observations = 2 }
    for now = 100, 1, -1 do
      b:failed(now)
    end
    assert.equal('open', b:state())
  end)
end)
