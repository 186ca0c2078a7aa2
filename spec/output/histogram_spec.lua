local histogram = require 'laudit_engine'.histogram

local MS = 1000000

describe('a histogram', function()
  it('has bounds that double from a millisecond to about a minute, and one without', function()
    assert.equal(0.001, histogram.bound(1))
    for bucket = 2, 17 do
      assert.equal(2 * histogram.bound(bucket - 1), histogram.bound(bucket))
    end
    assert.equal(65.536, histogram.bound(17))
    assert.equal(math.huge, histogram.bound(18))
    assert.equal(math.huge, histogram.bound(1000))
  end)

  it('counts what took exactly as long as a bound within that bound', function()
    local h = histogram.new()
    for bucket = 1, 17 do
      h:add(histogram.bound(bucket) * 1000 * MS, bucket)
      h:add(histogram.bound(bucket) * 1000 * MS + 1, 100)
    end
    local counts = h:read()
    assert.equal(1, counts[1])
    for bucket = 2, 17 do
      assert.equal(bucket + 100, counts[bucket])
    end
    assert.equal(100, counts[18])
  end)

  it('sums seconds, each message for itself', function()
    local h = histogram.new()
    h:add(250 * MS, 4)
    h:add(0, 3)
    local counts, sum = h:read()
    assert.equal(1, sum)
    assert.equal(3, counts[1])
    assert.equal(4, counts[9])
  end)

  it('takes the longest time there is', function()
    local h = histogram.new()
    h:add(2 ^ 63, 1)
    assert.equal(1, h:read()[18])
  end)

  it('adds another one to itself', function()
    local a, b = histogram.new(), histogram.new()
    a:add(MS, 1)
    b:add(MS, 2)
    b:add(3 * MS, 5)
    a:merge(b)
    local counts, sum = a:read()
    assert.same({ 3, 0, 5 }, { counts[1], counts[2], counts[3] })
    assert.is_true(math.abs(sum - 0.018) < 1e-12)
    assert.equal(2, b:read()[1])
  end)

  it('says within which bound a part of them was delivered', function()
    local h = histogram.new()
    assert.equal(0, h:quantile(0.5))
    h:add(MS, 50)
    h:add(100 * MS, 49)
    h:add(100000 * MS, 1)
    assert.equal(0.001, h:quantile(0.5))
    assert.equal(0.128, h:quantile(0.51))
    assert.equal(0.128, h:quantile(0.99))
    assert.equal(math.huge, h:quantile(1))
    local slow = histogram.new()
    slow:add(10 * MS, 1)
    assert.equal(0.016, slow:quantile(0))
  end)
end)
