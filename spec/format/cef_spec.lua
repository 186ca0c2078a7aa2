local format = require('laudit_engine').format
local hostile = require 'spec.format.hostile'
local logs = require 'spec.logs'

local call = 'type=SYSCALL msg=audit(1615114232.075:15558): arch=c000003e syscall=59 ' ..
  'success=no exit=-13 ppid=1 pid=2 auid=1000 uid=0 ses=3 comm="sh" exe="/usr/bin/sh" key="k=1"' ..
  '\29AUID="alice" UID="root"\n' ..
  'type=EXECVE msg=audit(1615114232.075:15558): argc=3 a0="sh" a1="-c" a2=615C0A7C3D62\n' ..
  'type=CWD msg=audit(1615114232.075:15558): cwd="/root"\n' ..
  'type=PATH msg=audit(1615114232.075:15558): item=0 name="/usr/bin/" nametype=PARENT\n' ..
  'type=PATH msg=audit(1615114232.075:15558): item=1 name="/usr/bin/sh" nametype=NORMAL\n'

local facts = [[dvchost=web1 act=execve outcome=failure reason=EACCES suid=1000 suser=alice ]] ..
  [[duid=0 duser=root spid=2 sproc=/usr/bin/sh fname=sh filePath=/usr/bin/sh ]] ..
  [[cs4=/usr/bin/ /usr/bin/sh ]] ..
  [[cs4Label=paths cs1=k\=1 cs1Label=key cs2=sh -c a\\\n|\=b cs2Label=arguments cs3=/root ]] ..
  [[cs3Label=cwd cn1=3 cn1Label=session cn2=1 cn2Label=parent process]] .. '\n'

--- The parts of a line: seven of the header, then the extension's values by key. Reads as a
--- receiver does: fails on what is not escaped.
local function read(line)
  local header, rest = {}, line
  for index = 1, 7 do
    local part, at = '', 1
    while rest:sub(at, at) ~= '|' do
      if rest:sub(at, at) == '\\' then
        at = at + 1
        assert.matches('[\\|]', rest:sub(at, at))
      end
      assert.is_true(at <= #rest, line)
      part, at = part .. rest:sub(at, at), at + 1
    end
    header[index], rest = part, rest:sub(at + 1)
  end
  local values = {}
  local whole = ' ' .. rest:gsub('\\(.)', function(byte)
    assert.matches('[\\=nr]', byte)
    return ('\1%d\2'):format(byte:byte())
  end)
  local keys = {}
  for at, key in whole:gmatch '() (%w+)=' do
    keys[#keys + 1] = { at = at, key = key, value = at + #key + 2 }
  end
  local _, equals = whole:gsub('=', '')
  assert.equal(equals, #keys, line)
  for index, key in ipairs(keys) do
    local stop = keys[index + 1] and keys[index + 1].at or #whole + 1
    assert.is_nil(values[key.key], line)
    values[key.key] = whole:sub(key.value, stop - 1):gsub('\1(%d+)\2', function(byte)
      local plain = string.char(byte)
      return plain == 'n' and '\n' or plain == 'r' and '\r' or plain
    end)
  end
  return header, values
end

local function values_of(record)
  local log = record:gsub('^(%S+) ', 'type=%1 msg=audit(1.000:1): ') .. '\n'
  return select(2, read(format.render(log, 'cef'):match '^[^\n]*'))
end

describe('format cef', function()
  it('is a line an event', function()
    assert.equal('CEF:0|laudit|laudit|0.1.0|execve|execve|1|rt=1615114232075 ' ..
      'externalId=1615114232.075:15558 ' .. facts,
      format.render(call, 'cef', { hostname = 'web1' }))
  end)

  it('is a line an alert, with its severity and its message', function()
    for severity, number in pairs { info = 2, low = 4, medium = 6, high = 8, critical = 10 } do
      assert.equal([[CEF:0|laudit|laudit|0.1.0|p\|q|say \\ \| = no|]] .. number ..
        [[|rt=1615114232075 externalId=1/p/1 msg=say \\ | \=\nno ]] .. facts,
        format.alert(call, 'cef', { id = '1/p/1', policy = 'p|q', severity = severity,
          message = 'say \\ | =\nno', hostname = 'web1' }))
    end
  end)

  it('names who was meant where a program says so', function()
    local values = values_of([[USER_LOGIN pid=9 uid=0 auid=4294967295 ]] ..
      [[msg='op=login acct="bob" exe="/usr/sbin/sshd" addr=203.0.113.7 res=failed']])
    assert.same({ 'bob', '203.0.113.7', 'failure', 'USER_LOGIN', 'unset' },
      { values.duser, values.src, values.outcome, values.act, values.suser })
    assert.equal('::1', values_of([[USER_LOGIN msg='addr=::1']]).c6a2)
  end)

  it('names where a connection goes', function()
    local values = values_of 'SOCKADDR saddr=0200115CCB0071420000000000000000'
    assert.same({ '203.0.113.66', '4444' }, { values.dst, values.dpt })
    values = values_of 'SOCKADDR saddr=0A0001BB00000000FE80000000000000000000000000000102000000'
    assert.same({ 'fe80::1', '443', 'Destination IPv6 Address' },
      { values.c6a3, values.dpt, values.c6a3Label })
    assert.equal('/tmp/x', values_of('SOCKADDR saddr=01002F746D702F7800').cs5)
  end)

  it('cuts what is too long at a whole character', function()
    local text = format.alert(call, 'cef', { id = '1', policy = 'p', severity = 'low',
      message = ('\195\169'):rep(2000) })
    local header, values = read(text:match '^[^\n]*')
    assert.equal(('\195\169'):rep(256), header[6])
    assert.equal(('\195\169'):rep(511), values.msg)
  end)

  it('makes the golden', function()
    local path = 'spec/format/golden/peculiar.cef'
    local text = format.render(logs.read 'spec/interpret/peculiar.log', 'cef', { hostname = 'h' })
    if os.getenv 'GOLDEN' == 'write' then
      local file = assert(io.open(path, 'wb'))
      file:write(text)
      file:close()
    end
    assert.equal(logs.read(path), text)
  end)

  local function is_sound(log, options)
    local text, lines = format.render(log, 'cef', options), 0
    for line in text:gmatch '([^\n]*)\n' do
      lines = lines + 1
      local header, values = read(line)
      assert.equal('CEF:0', header[1])
      assert.is_truthy(values.rt and values.externalId and values.act)
      assert.is_nil(line:find '[%z\1-\31\127]')
    end
    assert.equal(format.strict(format.render(log, 'json', options)), lines)
  end

  for what, log in pairs(hostile) do
    it('is one sound line an event of ' .. what, function()
      is_sound(log, {})
      is_sound(log, { resolve = true, live = true })
    end)
  end

  for _, log in ipairs(logs.each()) do
    it('is one sound line an event of ' .. log.name, function()
      is_sound(log.text, {})
    end)
  end
end)
