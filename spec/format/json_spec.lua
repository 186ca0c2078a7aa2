local format = require('laudit_engine').format
local cjson = require 'cjson'
local hostile = require 'spec.format.hostile'
local logs = require 'spec.logs'


local function json_of(record, options)
  local log = record:gsub('^(%S+) ', 'type=%1 msg=audit(1615114232.375:15558): ') .. '\n'
  return cjson.decode(format.render(log, 'json', options))
end

local function assert_strict(text)
  local _, wrong = format.strict(text)
  assert.is_nil(wrong)
end

describe('strict JSON', function()
  it('is told from what only looks like it', function()
    for _, text in ipairs { '{"a":01}', '{"a":1,}', '{"a":"\255"}', '{"a":"\1"}', '{"a":1}{',
      '{"a":1,"a":2}', '["\\ud800"]',
      '[1.]', '[+1]', '{a:1}', "['a']", '["a\\x"]', '[', '"\237\160\128"', 'nul' } do
      assert.truthy(select(2, format.strict(text)), text)
    end
    for _, text in ipairs { '{}', '[]', '{"a":[1,-0.5e3,true,null,"\\ud83d\\ude00 \195\169"]}' } do
      assert.is_nil((select(2, format.strict(text))), text)
    end
  end)

  for name, log in pairs(hostile) do
    it('is what comes of ' .. name, function()
      for _, options in ipairs { {}, { resolve = true, hostname = 'h"\255' }, { live = true } } do
        local text = format.render(log, 'json', options)
        assert.is_true(format.strict(text) > 0)
        assert_strict(text)
        assert_strict(format.render(log, 'records', options))
      end
    end)
  end

  for _, log in ipairs(logs.each()) do
    it('is what comes of ' .. log.name, function()
      for _, name in ipairs { 'json', 'records' } do
        local text = format.render(log.text, name)
        assert.is_true(format.strict(text) > 2)
        assert_strict(text)
      end
    end)
  end
end)

describe('format json', function()
  it('makes the goldens', function()
    local sources = { peculiar = logs.read 'spec/interpret/peculiar.log' }
    for name, log in pairs(hostile) do sources[name] = log end
    for name, log in pairs(sources) do
      local path = ('spec/format/golden/%s.json'):format(name)
      local text = format.render(log, 'json')
      if os.getenv 'GOLDEN' == 'write' then
        local file = assert(io.open(path, 'wb'))
        file:write(text)
        file:close()
      end
      assert.equal(logs.read(path), text, name)
    end
  end)

  it('makes objects of four types and of user space, lists of all others', function()
    for _, kind in ipairs { 'SYSCALL', 'CWD', 'USER', 'USER_LOGIN', 'UNKNOWN[2999]' } do
      assert.equal(1, json_of(kind .. ' pid=1')[kind].pid)
    end
    for _, kind in ipairs { 'PATH', 'LOGIN', 'UNKNOWN[1999]' } do
      assert.equal(1, json_of(kind .. ' pid=1')[kind][1].pid)
    end
  end)

  it('writes values by kind', function()
    local call = json_of('SYSCALL arch=c000003e syscall=59 success=no exit=-13 a0=7ffc a1=0 ' ..
      'a2=00ff a3=x ' ..
      'per=400000 auid=4294967295 comm=(null) key=(null) tty=? mode=0100644 ' ..
        'inode=18446744073709551615 new=17').SYSCALL
    assert.equal('0xc000003e', call.arch)
    assert.equal('x86_64', call.ARCH)
    assert.equal('execve', call.SYSCALL)
    assert.equal(-13, call.exit)
    assert.same({ '0x7ffc', '0x0', '0xff', 'x' }, call.ARGV)
    assert.equal('0x400000', call.per)
    assert.equal(4294967295, call.auid)
    assert.equal('unset', call.AUID)
    assert.equal(cjson.null, call.comm)
    assert.equal(cjson.null, call.key)
    assert.equal('?', call.tty)
    assert.equal('0o100644', call.mode)
    assert.equal('18446744073709551615', call.inode)
    assert.equal(17, call.new)
  end)

  it('writes numbers that a double holds as numbers, all others as strings', function()
    local function number(digits)
      return format.render('type=CWD msg=audit(1.000:1): inode=' .. digits .. '\n',
        'json'):match '"inode":([^}]+)'
    end
    for digits, written in pairs { ['0'] = '0', ['-1'] = '-1',
      ['999999999999999'] = '999999999999999',
      ['9007199254740992'] = '9007199254740992', ['9007199254740993'] = '"9007199254740993"',
        ['007'] = '"007"', ['-0'] = '"-0"',
      ['18446744073709551615'] = '"18446744073709551615"', ['1e5'] = '"1e5"', ['+1'] = '"+1"',
        ['99999999999999999999'] = '"99999999999999999999"' } do
      assert.equal(written, number(digits))
    end
  end)

  it('repairs text that is not UTF-8 and keeps its bytes beside it', function()
    local event = json_of 'CWD cwd=2F746D702FFF41'
    assert.equal('/tmp/\239\191\189A', event.CWD.cwd)
    assert.equal('2F746D702FFF41', event.CWD.CWD_HEX)
    event = json_of 'EXECVE argc=2 a0="ok" a1=FF00'
    assert.same({ 'ok', '\239\191\189\0' }, event.EXECVE.ARGV)
    assert.same({ cjson.null, 'FF00' }, event.EXECVE.ARGV_HEX)
  end)

  it('escapes control characters and nothing else', function()
    assert.truthy(format.render('type=CWD msg=audit(1.000:1): cwd="/\1\9\127\194\155\195\169\\/"\n',
      'json')
      :find([["/\u0001\t\u007f\u009b]] .. '\195\169' .. [[\\/"]], 1, true))
  end)

  it('splits several keys', function()
    local call = json_of('SYSCALL key=61016263').SYSCALL
    assert.equal('a\1bc', call.key)
    assert.same({ 'a', 'bc' }, call.KEYS)
    assert.is_nil(json_of('SYSCALL key="a"').SYSCALL.KEYS)
  end)

  it('parses what a program said, apart from what the kernel said', function()
    local login = json_of([[USER_LOGIN pid=9 uid=0 msg='op=login acct="root" uid=7 ]] ..
      [[res=failed']]).USER_LOGIN
    assert.equal([[op=login acct="root" uid=7 res=failed]], login.msg)
    assert.same({ op = 'login', acct = 'root', uid = 7, res = 'failed' }, login.MSG)
    assert.equal(0, login.uid)
  end)

  it('gives names of the ENRICHED tail, and of this host where it is asked', function()
    local call = json_of('SYSCALL auid=0 uid=0\29AUID="alice"', { resolve = true }).SYSCALL
    assert.equal('alice', call.AUID)
    assert.equal('root', call.UID)
    assert.is_nil(json_of('SYSCALL uid=0').SYSCALL.UID)
    assert.equal('unknown(3999999999)', json_of('SYSCALL uid=3999999999',
      { resolve = true }).SYSCALL.UID)
  end)

  it('adds what policies added at the end of the line', function()
    local text = format.render('type=CWD msg=audit(1.000:1): cwd="/"\n', 'json',
      { hostname = 'web1',
      attributes = { { 'topic', '"x"' }, { 'n', '{"a":1}' } }, tags = { 'one', 'two' },
        alerts = { '1.000:1/p/1' } })
    assert.equal('{"ID":"1.000:1","NODE":"web1","CWD":{"cwd":"/"},' ..
      '"ATTRIBUTES":{"topic":"x","n":{"a":1}},' ..
      '"TAGS":["one","two"],"ALERTS":["1.000:1/p/1"]}\n', text)
  end)

  it('writes an alert with what a person asks first', function()
    local log = 'type=SYSCALL msg=audit(1615114232.375:15558): arch=c000003e syscall=59 ' ..
      'success=no exit=-13 ppid=1 pid=2 auid=1000 ' ..
      'uid=0 euid=0 ses=3 comm="sh" exe="/usr/bin/sh" key="k"\29AUID="alice" UID="root" ' ..
        'EUID="root"\n' ..
      'type=EXECVE msg=audit(1615114232.375:15558): argc=1 a0="sh"\n'
    local text = format.alert(log, 'json', { id = '1/p/1', policy = 'p', severity = 'high',
      message = 'say "no"', fields = '{"x":1}',
      tags = { 't' }, hostname = 'web1' })
    assert_strict(text)
    local alert = cjson.decode(text).ALERT
    assert.equal('2021-03-07T10:50:32.375Z', alert.time)
    assert.same({ '1/p/1', 'p', 'high', 'say "no"', 'web1', 'SYSCALL' },
      { alert.id, alert.policy, alert.severity, alert.message, alert.node, alert.type })
    assert.same({ 59, 'execve', -13, 'EACCES', 1000, 'alice', 'root' },
      { alert.syscall, alert.SYSCALL, alert.exit, alert.EXIT, alert.auid, alert.AUID, alert.UID })
    assert.same({ { 'sh' }, { 't' }, { x = 1 } }, { alert.ARGV, alert.TAGS, alert.fields })
  end)
end)

describe('time', function()
  it('is right over leap years and centuries', function()
    for ms, text in pairs { [0] = '1970-01-01T00:00:00.000Z',
      [951782400000] = '2000-02-29T00:00:00.000Z', [4107542400000] = '2100-03-01T00:00:00.000Z',
      [1735689599999] = '2024-12-31T23:59:59.999Z' } do
      assert.equal(text, format.time(ms))
    end
  end)
end)
