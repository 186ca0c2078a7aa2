local base = require('laudit_engine').base

describe('escape_text', function()
  it('leaves UTF-8 alone', function()
    assert.equal('naïve 日本語', base.escape('naïve 日本語'))
  end)

  it('shows controls, DEL, C1 and bytes that are not UTF-8 as \\xHH', function()
    assert.equal([[a\x1B[31mb\x7F\xC2\x9B\xFF\x09]], base.escape('a\27[31mb\127\194\155\255\t'))
  end)

  it('shows marks that turn the order of characters, and separators of lines', function()
    assert.equal([[a\xE2\x80\xAEgpj.exe]], base.escape('a\226\128\174gpj.exe'))
    for _, mark in ipairs { '\216\156', '\226\128\142', '\226\128\143', '\226\128\168',
      '\226\128\169', '\226\128\170', '\226\128\171', '\226\128\172', '\226\128\173',
      '\226\128\174', '\226\129\166', '\226\129\167', '\226\129\168', '\226\129\169',
      '\239\187\191' } do
      local shown = mark:gsub('.', function(byte) return ('\\x%02X'):format(byte:byte()) end)
      assert.equal('x' .. shown .. 'y', base.escape('x' .. mark .. 'y'))
    end
  end)

  it('leaves their neighbours alone', function()
    local harmless = '\216\155\216\157\226\128\141\226\128\144\226\128\167\226\128\175' ..
      '\226\129\165\226\129\170\239\187\190\239\188\128\194\160\240\159\152\128'
    assert.equal(harmless, base.escape(harmless))
  end)

  it('makes one line of several', function()
    assert.equal([[a\x0Alaudit: forged\x0D\x0A]], base.escape('a\nlaudit: forged\r\n'))
  end)
end)

describe('nearest_distance', function()
  it('counts a swap of neighbours as one edit', function()
    assert.equal(1, base.distance('exee', 'exe'))
    assert.equal(1, base.distance('auid', 'aiud'))
  end)
end)
