package.path = 'spec/bench/?.lua;' .. package.path
local measure = require 'measure'

describe('the cost of policies', function()
  it('is what a run takes longer, without loading them', function()
    assert.equal('150 ns an event; 40 ms to load', measure.cost(0.205, 0.15, 0.04, 100000))
  end)

  it('is never below nothing', function()
    assert.equal('0 ns an event (less than two runs of the same differ by); 40 ms to load',
      measure.cost(0.18, 0.15, 0.04, 100000))
  end)
end)

describe('measuring', function()
  it('fails with its command', function()
    assert.error_matches(function() measure.seconds('exit 3', 1) end, 'failed: exit 3')
  end)
end)
