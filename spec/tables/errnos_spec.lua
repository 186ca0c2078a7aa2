local tables = require('laudit_engine').tables
local deviations = require 'spec.tables.deviations'
local peers = require 'spec.tables.peers'

describe('errnos', function()
  it('are found by the names they have', function()
    for number = 0, 4095 do
      local name = tables.errno_name(number)
      if name then assert.equal(number, tables.errno_find(name)) end
    end
    assert.equal('EACCES', tables.errno_name(13))
    assert.equal('EHWPOISON', tables.errno_name(133))
  end)

  it('are found by their second names, and keep their first', function()
    assert.equal(11, tables.errno_find 'EWOULDBLOCK')
    assert.equal('EAGAIN', tables.errno_name(11))
    assert.equal(35, tables.errno_find 'EDEADLOCK')
    assert.equal('EDEADLK', tables.errno_name(35))
  end)

  it('that do not exist have no name', function()
    for _, number in ipairs { 0, 41, 58, 134, 512, 4096, 0xffffffff } do
      assert.is_nil(tables.errno_name(number))
    end
    for _, name in ipairs { '', 'E', 'eacces', 'EACCES ', 'EACCE' } do
      assert.is_nil(tables.errno_find(name))
    end
  end)

  peers.it('have the names that libaudit gives them', function()
    assert.same({}, deviations.beyond({}, deviations.range(0, 4095), tables.errno_name,
      peers.errno_name))
  end)
end)
