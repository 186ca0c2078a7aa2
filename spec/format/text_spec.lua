local format = require('laudit_engine').format
local hostile = require 'spec.format.hostile'

local call = 'type=SYSCALL msg=audit(1615114232.375:15558): arch=c000003e syscall=59 ' ..
  'success=no exit=-13 ppid=1 pid=2 ' ..
  'auid=1000 uid=0 comm="sh" exe="/usr/bin/sh" key=(null)\29AUID="alice" UID="root"\n' ..
  'type=EXECVE msg=audit(1615114232.375:15558): argc=2 a0="sh" a1=1B5B33316D\n'

describe('format text', function()
  it('is a line a person can read', function()
    assert.equal([=[2021-03-07 10:50:32.375Z execve alice as root failed(EACCES) pid=2 ]=] ..
      [=[exe=/usr/bin/sh argv=[sh \x1B[31m]]=] .. '\n',
      format.render(call, 'text'))
  end)

  it('has colours only where they are wanted', function()
    assert.is_nil(format.render(call, 'text'):find '\27')
    assert.truthy(format.render(call, 'text', { color = true }):find '\27%[')
  end)

  it('says an alert by its severity', function()
    local function alert(severity)
      return format.alert(call, 'text', { severity = severity, policy = 'root-shell',
        message = 'no\27[2J', color = true })
    end
    assert.truthy(alert('critical'):find '\27%[1;37;41mALERT critical')
    assert.are_not.equal(alert 'high', (alert 'critical':gsub('critical', 'high')))
    assert.truthy(alert('low'):find([[no\x1B[2J]], 1, true))
  end)

  for name, log in pairs(hostile) do
    it('is one harmless line of ' .. name, function()
      local text = format.render(log, 'text')
      local _, lines = text:gsub('\n', '')
      assert.equal(format.strict(format.render(log, 'json')), lines)
      assert.is_nil(text:find '[%z\1-\9\11-\31\127]')
    end)
  end
end)
