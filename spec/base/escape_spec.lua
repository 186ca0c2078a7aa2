local base = require('laudit_engine').base

describe('escape_text', function()
  it('leaves UTF-8 alone', function()
    assert.equal('naïve 日本語', base.escape('naïve 日本語'))
  end)

  it('shows controls, DEL, C1 and bytes that are not UTF-8 as \\xHH', function()
    assert.equal([[a\x1B[31mb\x7F\xC2\x9B\xFF\x09]], base.escape('a\27[31mb\127\194\155\255\t'))
  end)

  it('makes one line of several', function()
    assert.equal([[a\x0Alaudit: forged\x0D\x0A]], base.escape('a\nlaudit: forged\r\n'))
  end)
end)

describe('names_distance', function()
  it('counts a swap of neighbours as one edit', function()
    assert.equal(1, base.distance('exee', 'exe'))
    assert.equal(1, base.distance('auid', 'aiud'))
  end)
end)
