local record = require('laudit_engine').record

describe('scanning', function()
  it('finds the same with and without vector instructions', function()
    math.randomseed(7)
    for _ = 1, 5000 do
      local text = {}
      for index = 1, math.random(0, 70) do
        text[index] = ('abc =" \29x'):sub(math.random(1, 9)):sub(1, 1)
      end
      local gap, quote, fast_gap, fast_quote, gaps, fast_gaps =
        record.scan(table.concat(text), '"')
      assert.equal(gaps, fast_gaps)
      assert.equal(gap, math.min(fast_gap, #text))
      assert.equal(quote, math.min(fast_quote, #text))
    end
  end)

  it('compares names alike', function()
    for len = 1, 16 do
      local name = ('abcdefghijklmno='):sub(-len)
      assert.same({ true, true }, { record.same(name .. 'value', name) })
      assert.same({ false, false }, { record.same(name:sub(1, -2) .. 'Xvalue', name) })
      assert.same({ false, false }, { record.same(name:sub(1, -2), name) })
    end
  end)
end)
