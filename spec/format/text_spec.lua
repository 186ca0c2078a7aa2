local format = require('laudit_engine').format
local hostile = require 'spec.format.hostile'

local call = 'type=SYSCALL msg=audit(1615114232.375:15558): arch=c000003e syscall=59 ' ..
  'success=no exit=-13 ppid=1 pid=2 ' ..
  'auid=1000 uid=0 comm="sh" exe="/usr/bin/sh" key=(null)\29AUID="alice" UID="root"\n' ..
  'type=EXECVE msg=audit(1615114232.375:15558): argc=2 a0="sh" a1=1B5B33316D\n'

describe('format text', function()
  it('is a line a person can read', function()
    assert.equal([=[2021-03-07 10:50:32.375Z execve alice as root failed(EACCES) pid=2 ]=] ..
      [=[exe=/usr/bin/sh argv=[sh "\x1B[31m"]]=] .. '\n',
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

  local function sockaddr(hex)
    return format.render('type=SOCKADDR msg=audit(1.000:1): saddr=' .. hex .. '\n', 'text')
  end

  it('says an address as one would type it', function()
    assert.matches(' addr=203%.0%.113%.66:4444\n$', sockaddr '0200115CCB0071420000000000000000')
    assert.matches(' addr=%[fe80::1%%2%]:443\n$',
      sockaddr '0A0001BB00000000FE80000000000000000000000000000102000000')
    assert.matches(' addr=/tmp/x\n$', sockaddr '01002F746D702F7800')
    assert.matches(' addr="/tmp/a paths="\n$', sockaddr '01002F746D702F612070617468733D00')
    assert.matches(' addr="saddr_fam=netlink [^"]*"\n$', sockaddr '100000000000000000000000')
  end)

  it('says each path once', function()
    local path = 'type=PATH msg=audit(1.000:1): item=%d name="%s"\n'
    assert.matches(' paths=%[/bin/sh /lib/ld%.so%]\n$', format.render(path:format(0, '/bin/sh') ..
      path:format(1, '/lib/ld.so') .. path:format(2, '/bin/sh') .. path:format(3, '/lib/ld.so'),
      'text'))
  end)

  it('lets no argument look like another fact', function()
    local function argv(hex)
      return format.render('type=EXECVE msg=audit(1.000:1): argc=1 a0=' .. hex .. '\n', 'text')
        :match ' argv=(.*)\n$'
    end
    local function hex(text)
      return (text:gsub('.', function(byte) return ('%02X'):format(byte:byte()) end))
    end
    assert.equal('["a b] paths=[/etc/passwd"]', argv(hex 'a b] paths=[/etc/passwd'))
    assert.equal([=[["x\x22 uid=0 \x22"]]=], argv(hex 'x" uid=0 "'))
    assert.equal([=[["a]"]]=], argv(hex 'a]'))
    assert.equal([=[["it's"]]=], argv(hex "it's"))
    assert.equal([=[[a\x0Ab]]=], argv(hex 'a\nb'))
    assert.equal('[""]', argv '""')
    assert.equal('[-la]', argv '"-la"')
  end)

  it('says whole what laudit says itself, and marks its end', function()
    local long = ('x'):rep(8000)
    local function alert(message)
      return format.alert(call, 'text', { severity = 'high', policy = 'p', message = message })
    end
    assert.truthy(alert(long):find('ALERT high p: ' .. long .. ' | execve alice as root pid=2 ', 1,
      true))
    assert.truthy(alert('a | execve bob'):find([[p: a \x7C execve bob | execve alice]], 1, true))
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
