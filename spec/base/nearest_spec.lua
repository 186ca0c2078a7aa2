local base = require('laudit_engine').base

describe('nearest', function()
  it('is a name within two edits, swapped letters being one', function()
    assert.equal('first', base.nearest('frist', { 'second', 'first' }))
    assert.equal('topic', base.nearest('tpoik', { 'key', 'topic' }))
    assert.is_nil(base.nearest('twpooik', { 'key', 'topic' }))
  end)

  it('changes less than half of the name', function()
    assert.is_nil(base.nearest('qos', { 'tls', 'topic' }))
    assert.equal('tls', base.nearest('tsl', { 'topic', 'tls' }))
    assert.is_nil(base.nearest('path', { 'mode', 'moth' }))
    assert.is_nil(base.nearest('x', { 'on' }))
  end)
end)
