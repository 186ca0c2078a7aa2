local tables = require('laudit_engine').tables
local deviations = require 'spec.tables.deviations'
local peers = require 'spec.tables.peers'

local DEVIATIONS = {
  [ [[
    1000 GET -
    1001 SET -
    1002 LIST -
    1003 ADD -
    1004 DEL -
    1007 WATCH_INS -
    1008 WATCH_REM -
    1009 WATCH_LIST -
    1010 SIGNAL_INFO -
    1011 ADD_RULE -
    1012 DEL_RULE -
    1013 LIST_RULES -
    1014 TRIM -
    1015 MAKE_EQUIV -
    1016 TTY_GET -
    1017 TTY_SET -
    1018 SET_FEATURE -
    1019 GET_FEATURE -
    1329 REPLACE -]] ] = 'requests and answers, which libaudit never prints',
  [ [[
    1204 DAEMON_RECONFIG -]] ] = 'defined in libaudit.h, missing in its table',
  [ [[
    1338 DM_CTRL -
    1339 DM_EVENT -
    1420 IPE_ACCESS -
    1421 IPE_CONFIG_CHANGE -
    1422 IPE_POLICY_LOAD -
    1423 LANDLOCK_ACCESS -
    1424 LANDLOCK_DOMAIN -
    1425 MAC_TASK_CONTEXTS -
    1426 MAC_OBJ_CONTEXTS -
    1808 INTEGRITY_USERSPACE -]] ] = 'in kernels after this libaudit',
}

describe('record types', function()
  it('are found by the names they have', function()
    local count = 0
    for type = 0, 65535 do
      local name = tables.record_type_name(type)
      if name then
        count = count + 1
        assert.equal(type, tables.record_type_find(name))
        local half = math.floor(#name / 2)
        assert.is_nil(tables.record_type_find(name:sub(1, half) .. '~' .. name:sub(half + 2)))
      end
    end
    assert.is_true(count > 200)
  end)

  it('have the numbers that records of a kernel carry', function()
    for name, type in pairs { SYSCALL = 1300, PATH = 1302, CWD = 1307, EXECVE = 1309, EOE = 1320,
      PROCTITLE = 1327, AVC = 1400, USER_CHAUTHTOK = 1108, KERNEL = 2000, LOGIN = 1006,
      ANOM_ABEND = 1701, OPENAT2 = 1337 } do
      assert.equal(type, tables.record_type_find(name), name)
      assert.equal(name, tables.record_type_name(type))
    end
  end)

  it('that have no name are read as UNKNOWN[n]', function()
    assert.equal(1999, tables.record_type_find 'UNKNOWN[1999]')
    assert.equal(1300, tables.record_type_find 'UNKNOWN[1300]')
    for _, token in ipairs { 'UNKNOWN[', 'UNKNOWN[]', 'UNKNOWN[1999', 'UNKNOWN[-1]',
      'UNKNOWN[70000]', 'UNKNOWN[1 ]', 'UNKNOWN', 'syscall', 'SYSCALL ', '', '1300',
      'FIRST_USER_MSG' } do
      assert.is_nil(tables.record_type_find(token), token)
    end
  end)

  it('are suggested for a slip', function()
    assert.equal('SYSCALL', tables.record_type_nearest 'SYSCAL')
    assert.equal('SYSCALL', tables.record_type_nearest 'syscal')
    assert.equal('PROCTITLE', tables.record_type_nearest 'PROTCITLE')
    assert.is_nil(tables.record_type_nearest 'NOTHING_LIKE_THIS')
  end)

  peers.it('have the names that libaudit gives them', function()
    assert.same({}, deviations.beyond(DEVIATIONS, deviations.range(1000, 2999),
      tables.record_type_name, peers.record_type_name))
  end)
end)
