local tables = require('laudit_engine').tables
local deviations = require 'spec.tables.deviations'
local peers = require 'spec.tables.peers'

local SIGNAL_DEVIATIONS = {
  ['0 - SIG0'] = 'signal 0 is none',
  ['30 SIGPWR IGPWR'] = 'a letter that libauparse lost',
}
local FAMILY_DEVIATIONS = {
  ['27 ib -  28 mpls -  45 mctp -'] = 'missing in libauparse',
}
local LIST_DEVIATIONS = {
  ['2 entry -  3 watch -'] = 'lists of old kernels, still in linux/audit.h',
  ['7 io_uring -'] = 'newer than this libauparse',
}

describe('small sets of names', function()
  it('find their numbers by name', function()
    for _, set in ipairs { 'signal', 'capability', 'family', 'filter_list' } do
      local name_of, find = tables[set .. '_name'], tables[set .. '_find']
      local count = 0
      for number = 0, 100 do
        local name = name_of(number)
        if name then
          count = count + 1
          assert.equal(number, find(name), set)
        end
      end
      assert.is_true(count >= 8, set)
      assert.is_nil(name_of(0xffffffff))
      assert.is_nil(find '')
      assert.is_nil(find 'nothing')
    end
    assert.equal(6, tables.filter_list_find 'fs')
  end)

  it('name permissions and read their letters', function()
    assert.equal('write,attr', tables.perm_names(tables.perm_find 'wa'))
    assert.equal('read,write,exec,attr', tables.perm_names(tables.perm_find 'axwr'))
    assert.is_nil(tables.perm_names(16))
    for _, letters in ipairs { '', 'rr', 'rwz', 'R', 'r w' } do
      assert.is_nil(tables.perm_find(letters))
    end
  end)

  --- Compares our names of the numbers up to `last` with libauparse's.
  local function compare(named, last, ours, theirs)
    assert.same({}, deviations.beyond(named, deviations.range(0, last), ours, theirs))
  end

  local function interpreted(type, field)
    return function(number)
      return peers.interpret(type, field, number)
    end
  end

  peers.it('name signals as libauparse does', function()
    compare(SIGNAL_DEVIATIONS, 70, tables.signal_name, interpreted('ANOM_ABEND', 'sig'))
  end)

  peers.it('name capabilities as libauparse does', function()
    compare({}, 63, tables.capability_name, interpreted('AVC', 'capability'))
  end)

  peers.it('name address families as libauparse does', function()
    compare(FAMILY_DEVIATIONS, 255, tables.family_name, function(family)
      local saddr = ('%02X%s'):format(family, ('0'):rep(60))
      local address = peers.interpret('SOCKADDR', 'saddr', saddr)
      return address and address:match 'saddr_fam=(%S+)'
    end)
  end)

  peers.it('name filter lists as libauparse does', function()
    compare(LIST_DEVIATIONS, 20, tables.filter_list_name, interpreted('CONFIG_CHANGE', 'list'))
  end)

  peers.it('name permissions as libauparse does', function()
    compare({}, 15, tables.perm_names, interpreted('CONFIG_CHANGE', 'perm'))
  end)

  peers.it('name seccomp\'s answers as libauparse does', function()
    local codes = { '0x0', '0x80000000', '0x30000', '0x50000', '0x50001', '0x7fc00000',
      '0x7ff00000', '0x7ffc0000', '0x7fff0000', '0x12340000' }
    assert.same({}, deviations.beyond({}, codes, function(code)
      return tables.seccomp_name(tonumber(code))
    end, interpreted('SECCOMP', 'code')))
  end)
end)
