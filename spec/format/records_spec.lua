local format = require('laudit_engine').format
local cjson = require 'cjson'

local function record_of(record)
  local log = record:gsub('^(%S+) ', 'type=%1 msg=audit(1481077334.304:547): ') .. '\n'
  return cjson.decode((format.render(log, 'records')))
end

describe('format records', function()
  it('gives what auparse gives', function()
    assert.same({ ['@timestamp'] = '2016-12-07 02:22:14.304 +0000 UTC', a0 = 'su', argc = '1',
      record_type = 'EXECVE',
      sequence = '547', raw_msg = 'audit(1481077334.304:547): argc=1 a0="su"' },
        record_of 'EXECVE argc=1 a0="su"')
  end)

  it('interprets as auparse does', function()
    local call = record_of('SYSCALL arch=c000003e syscall=59 success=no exit=-13 ' ..
      'auid=4294967295 uid=0 tty=? comm=6100 ' ..
      'key=61016263 subj=u:r:t:s0-s0:c1')
    assert.same({ 'x86_64', 'execve', 'fail', 'EACCES', 'unset', '0' },
      { call.arch, call.syscall, call.result, call.exit, call.auid, call.uid })
    assert.is_nil(call.tty)
    assert.same({ 'a', 'bc' }, call.tags)
    assert.same({ 'u', 'r', 't', 's0-s0:c1' }, { call.subj_user, call.subj_role, call.subj_domain,
      call.subj_level })
  end)

  it('takes addresses apart', function()
    local address = record_of 'SOCKADDR saddr=02000035C0A80001'
    assert.same({ 'ipv4', '192.168.0.1', '53' }, { address.family, address.addr, address.port })
    assert.equal('@abc', record_of('SOCKADDR saddr=010000616263').path)
  end)

  it('leaves the names of its head to itself', function()
    local record = record_of 'USER sequence=1 raw_msg=x record_type=FORGED tags=no'
    assert.same({ '547', 'USER' }, { record.sequence, record.record_type })
    assert.is_nil(record.tags)
  end)
end)
