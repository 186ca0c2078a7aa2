local record = require('laudit_engine').record

describe('the header of a record', function()
  it('gives milliseconds, serial and where the fields begin', function()
    local time, serial, at = record.header 'audit(1490998105.960:595907): arch=c000003e'
    assert.same({ 1490998105960, 595907, 31 }, { time, serial, at })
  end)

  it('may have seconds of any length', function()
    assert.equal(1001, (record.header 'audit(1.001:10): a=b'))
    assert.equal(12345678901002, (record.header 'audit(12345678901.002:10): a=b'))
    assert.equal(1001, (record.header 'audit(000000000000001.001:10): a=b'))
  end)

  it('may be of the year 9999, but of none behind it', function()
    assert.equal(253402300799999, (record.header 'audit(253402300799.999:1): a=b'))
    assert.is_nil(record.header 'audit(253402300800.000:1): a=b')
  end)

  it('may be all there is', function()
    local _, serial, at = record.header 'audit(1490998105.960:1):'
    assert.same({ 1, 25 }, { serial, at })
  end)

  it('takes serials up to 32 bits', function()
    assert.equal(4294967295, (select(2, record.header 'audit(1490998105.960:4294967295): ')))
    assert.is_nil(record.header 'audit(1490998105.960:4294967296): ')
    assert.is_nil(record.header 'audit(1490998105.960:18446744073709551617): ')
  end)

  local malformed = {
    '', 'audit', 'audit(', 'audit()', 'audit(1490998105.960)', 'audit(1490998105.960:):',
    'audit(1490998105.960:1', 'audit(1490998105.960:1)', 'audit(1490998105:1): a=b',
    'audit(1490998105.96:1): a=b', 'audit(1490998105.9600:1): a=b', 'audit(.960:1): a=b',
    'audit(14909981x5.960:1): a=b', 'audit(149099810\176.960:1): a=b', 'audit(-1.960:1): a=b',
    'audit(9999999999999999.960:1): a=b', 'audit(999999999999999.999:1): a=b',
    'audit(253402300800.000:1): a=b', 'Audit(1490998105.960:1): a=b', 'type=SYSCALL',
    'audit(1490998105.960:1:2): a=b', 'audit(1490998105.96/:1): a=b', 'audit(1490998105,960:1): ',
  }

  it('is refused when malformed', function()
    for _, text in ipairs(malformed) do
      assert.is_nil(record.header(text), text)
    end
  end)
end)
