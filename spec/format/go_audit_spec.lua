local format = require('laudit_engine').format
local cjson = require 'cjson'
local hostile = require 'spec.format.hostile'
local logs = require 'spec.logs'

--- One event of a few records, each "TYPE text"; `id` is time and serial.
local function log_of(id, records)
  local lines = {}
  for index, record in ipairs(records) do
    lines[index] = record:gsub('^(%S+) ', 'type=%1 msg=audit(' .. id .. '): ', 1) .. '\n'
  end
  return table.concat(lines)
end

local function render(name, records, options)
  return format.render(log_of('1.002:3', records), name, options)
end

local function uids(record)
  return render('go-audit', { record }):match '"uid_map":(.*)}\n$'
end

local function data(text)
  return render('go-audit', { 'CWD ' .. text }):match '"data":(.*)}%],"uid_map"'
end

--- What go-audit writes, of the report of one of its users: its name for uid 1000 stands in the
--- tail here.
local user_commands = {
  log = log_of('1498697171.657:2487', {
    'SYSCALL arch=c000003e syscall=59 success=yes exit=0 a0=e4fee0 a1=e510a0 a2=e22540 a3=5a1 ' ..
    'items=2 ppid=18824 pid=18848 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 ' ..
    'fsgid=0 tty=pts0 ses=1 comm="cat" exe="/usr/bin/cat" key="user_commands"' ..
    '\29AUID="henrique.goncalves" UID="root" EUID="root"',
    'EXECVE argc=2 a0="cat" a1="/etc/passwd"',
    'PATH item=0 name="/usr/bin/cat" inode=409296 dev=ca:01 mode=0100755 ouid=0 ogid=0 ' ..
    'rdev=00:00 nametype=NORMAL\29OUID="root"',
    'PATH item=1 name="/lib64/ld-linux-x86-64.so.2" inode=395436 dev=ca:01 mode=0100755 ouid=0 ' ..
    'ogid=0 rdev=00:00 nametype=NORMAL',
    'PROCTITLE proctitle=636174002F6574632F706173737764',
  }),
  line = [[{"sequence":2487,"timestamp":"1498697171.657","messages":[{"type":1300,"data":]] ..
    [["arch=c000003e syscall=59 success=yes exit=0 a0=e4fee0 a1=e510a0 a2=e22540 a3=5a1 ]] ..
    [[items=2 ppid=18824 pid=18848 auid=1000 uid=0 gid=0 euid=0 suid=0 fsuid=0 egid=0 sgid=0 ]] ..
    [[fsgid=0 tty=pts0 ses=1 comm=\"cat\" exe=\"/usr/bin/cat\" key=\"user_commands\""},]] ..
    [[{"type":1309,"data":"argc=2 a0=\"cat\" a1=\"/etc/passwd\""},]] ..
    [[{"type":1302,"data":"item=0 name=\"/usr/bin/cat\" inode=409296 dev=ca:01 mode=0100755 ]] ..
    [[ouid=0 ogid=0 rdev=00:00 nametype=NORMAL"},]] ..
    [[{"type":1302,"data":"item=1 name=\"/lib64/ld-linux-x86-64.so.2\" inode=395436 dev=ca:01 ]] ..
    [[mode=0100755 ouid=0 ogid=0 rdev=00:00 nametype=NORMAL"},]] ..
    [[{"type":1327,"data":"proctitle=636174002F6574632F706173737764"}],]] ..
    [["uid_map":{"0":"root","1000":"henrique.goncalves"}}]] .. '\n',
}

--- What pauditd writes, of its own tests.
local binding = '/srv/bindings/228d4775d2df4fc18f25a7f49b956dc8/code'
local file_ops = {
  log = log_of('1524242704.387:880575', {
    'SYSCALL arch=c000003e syscall=2 success=yes exit=3 a0=2201ca0 a1=c2 a2=1b6 ' ..
    'a3=fffffffffffffcd7 items=2 ppid=9976 pid=9977 auid=4294967295 uid=10005 gid=10005 ' ..
    'euid=10005 suid=10005 fsuid=10005 egid=10005 sgid=10005 fsgid=10005 tty=(none) ' ..
    'ses=4294967295 comm="git" exe="/usr/bin/git" key="binding-file-ops"' ..
    '\29AUID="unset" UID="228d4775d2df4fc18f25a7f49b956dc8"',
    'CWD cwd="' .. binding .. '"',
    'PATH item=0 name="' .. binding .. '/.git/" inode=3411559 dev=ca:41 mode=040755 ouid=10005 ' ..
    'ogid=10005 rdev=00:00 nametype=PARENT cap_fp=0000000000000000 cap_fi=0000000000000000 ' ..
    'cap_fe=0 cap_fver=0',
    'PATH item=1 name="' .. binding .. '/.git/index.lock" inode=3411349 dev=ca:41 mode=0100644 ' ..
    'ouid=10005 ogid=10005 rdev=00:00 nametype=CREATE cap_fp=0000000000000000 ' ..
    'cap_fi=0000000000000000 cap_fe=0 cap_fver=0',
    'PROCTITLE proctitle=67697400616464002D41002E',
  }),
  line = [[{"sequence":880575,"timestamp":"1524242704.387","messages":[{"type":1300,"data":]] ..
    [["arch=c000003e syscall=2 success=yes exit=3 a0=2201ca0 a1=c2 a2=1b6 ]] ..
    [[a3=fffffffffffffcd7 items=2 ppid=9976 pid=9977 auid=4294967295 uid=10005 gid=10005 ]] ..
    [[euid=10005 suid=10005 fsuid=10005 egid=10005 sgid=10005 fsgid=10005 tty=(none) ]] ..
    [[ses=4294967295 comm=\"git\" exe=\"/usr/bin/git\" key=\"binding-file-ops\""},]] ..
    [[{"type":1307,"data":"cwd=\"/srv/bindings/228d4775d2df4fc18f25a7f49b956dc8/code\""},]] ..
    [[{"type":1302,"data":"item=0 name=\"/srv/bindings/228d4775d2df4fc18f25a7f49b956dc8/code/]] ..
    [[.git/\" inode=3411559 dev=ca:41 mode=040755 ouid=10005 ogid=10005 rdev=00:00 ]] ..
    [[nametype=PARENT cap_fp=0000000000000000 cap_fi=0000000000000000 cap_fe=0 cap_fver=0"},]] ..
    [[{"type":1302,"data":"item=1 name=\"/srv/bindings/228d4775d2df4fc18f25a7f49b956dc8/code/]] ..
    [[.git/index.lock\" inode=3411349 dev=ca:41 mode=0100644 ouid=10005 ogid=10005 rdev=00:00 ]] ..
    [[nametype=CREATE cap_fp=0000000000000000 cap_fi=0000000000000000 cap_fe=0 cap_fver=0"},]] ..
    [[{"type":1327,"data":"proctitle=67697400616464002D41002E"}],"uid_map":{"10005":]] ..
    [["228d4775d2df4fc18f25a7f49b956dc8","4294967295":"UNKNOWN_USER"},]] ..
    [["rule_key":"binding-file-ops"}]] .. '\n',
}

describe('format go-audit', function()
  it("is go-audit's line", function()
    assert.equal(user_commands.line, format.render(user_commands.log, 'go-audit'))
  end)

  it('takes names of users from this host', function()
    assert.matches('"uid_map":{"0":"root","3999999999":"UNKNOWN_USER"}}\n$',
      render('go-audit', { 'SYSCALL auid=3999999999 uid=0 gid=0' }, { resolve = true }))
  end)

  it('maps what stands behind any uid=, sorted as text', function()
    assert.equal([[{"0":"UNKNOWN_USER","10":"UNKNOWN_USER","9":"UNKNOWN_USER"}]],
      uids 'USER pid=1 uid=9 auid=10 ouid=0 euid=10 gid=7')
    assert.equal([[{"5\"":"UNKNOWN_USER"}]], uids 'PATH name="uid=5" x=1')
    assert.equal([[{"":"UNKNOWN_USER"}]], uids 'USER uid= pid=1')
  end)

  it('takes none of more than five bytes at the end of a record', function()
    assert.equal([[{"12345":"UNKNOWN_USER"}]], uids 'USER pid=1 uid=12345')
    assert.equal('{}', uids 'USER pid=1 uid=123456')
    assert.equal([[{"123456":"UNKNOWN_USER"}]], uids 'USER uid=123456 pid=1')
  end)

  it('maps none of EXECVE, CWD and SOCKADDR', function()
    for _, kind in ipairs { 'EXECVE', 'CWD', 'SOCKADDR' } do
      assert.equal('{}', uids(kind .. ' uid=1 x=2'))
    end
  end)

  it('maps each of many once', function()
    local list = {}
    for uid = 1, 300 do
      list[uid] = ('uid=%d auid=%d'):format(uid % 100, uid % 100)
    end
    local map = cjson.decode(uids('USER ' .. table.concat(list, ' ') .. ' end=1'))
    local count = 0
    for _, name in pairs(map) do
      count = count + 1
      assert.equal('UNKNOWN_USER', name)
    end
    assert.equal(100, count)
  end)

  it("escapes as Go's encoder does", function()
    assert.equal([["a\"b\\c\u003cd\u003ee\u0026f\tg\rh\u0008i\u000cj\u001fk]] .. '\127"',
      data 'a"b\\c<d>e&f\tg\rh\bi\fj\31k\127')
    local plain = '\226\128\167 \194\133 \195\169 \239\191\189 \240\159\152\128'
    assert.equal([["\u2028 \u2029 ]] .. plain .. '"',
      data('\226\128\168 \226\128\169 ' .. plain))
    -- each byte of what is no UTF-8: cut off, overlong, half a surrogate, beyond Unicode
    assert.equal([["\ufffd\ufffdx\ufffd\ufffd \ufffd\ufffd\ufffd \ufffd\ufffd\ufffd\ufffd \ufffd"]],
      data '\226\130x\192\128 \237\160\128 \244\144\128\128 \255')
  end)

  it('leaves out what auditd added, and EOE', function()
    local line = render('go-audit', { 'CWD cwd="/"\29X="y"', 'EOE ' })
    assert.equal([[{"sequence":3,"timestamp":"1.002","messages":[{"type":1307,]] ..
      [["data":"cwd=\"/\""}],"uid_map":{}}]] .. '\n', line)
  end)
end)

describe('format pauditd', function()
  it("is pauditd's line", function()
    assert.equal(file_ops.line, format.render(file_ops.log, 'pauditd'))
  end)

  it('ends with the key of the rule as the record has it', function()
    for key, said in pairs { ['"a-b"'] = 'a-b', ['(null)'] = '(null)', ['61016263'] = '61016263',
      ['""'] = '' } do
      assert.equal(said, cjson.decode(render('pauditd', { 'SYSCALL pid=1 key=' .. key })).rule_key)
    end
    for _, records in ipairs { { 'SYSCALL pid=1' }, { 'CWD key="x"' } } do
      assert.matches(',"rule_key":""}\n$', render('pauditd', records))
    end
    assert.matches(',"rule_key":"\\u003c\\u0026"}\n$',
      render('pauditd', { 'SYSCALL key="<&"' }))
  end)

  it('says tty where there is a TTY record', function()
    assert.matches(',"rule_key":"tty"}\n$',
      render('pauditd', { 'SYSCALL key="x"', 'TTY tty pid=1 data=6C73' }))
  end)

  it('lets no program choose the key', function()
    assert.matches(',"rule_key":"real"}\n$',
      render('pauditd', { 'SYSCALL comm="key=forged" key="real"' }))
  end)
end)

describe('the formats go-audit and pauditd', function()
  it('have no place for alerts', function()
    for _, name in ipairs { 'go-audit', 'pauditd' } do
      assert.equal('', format.alert(user_commands.log, name, { severity = 'high' }))
    end
  end)

  it('differ in the key alone', function()
    for _, log in ipairs(logs.each()) do
      local short = format.render(log.text, 'go-audit')
      local long = format.render(log.text, 'pauditd')
      assert.is_true(short == (long:gsub(',"rule_key":"[^\n]*"}\n', '}\n')), log.name)
    end
  end)

  it('make the goldens', function()
    local log = logs.read 'spec/interpret/peculiar.log'
    for _, name in ipairs { 'go-audit', 'pauditd' } do
      local path = ('spec/format/golden/peculiar.%s'):format(name)
      local text = format.render(log, name)
      if os.getenv 'GOLDEN' == 'write' then
        local file = assert(io.open(path, 'wb'))
        file:write(text)
        file:close()
      end
      assert.equal(logs.read(path), text)
    end
  end)

  for _, name in ipairs { 'go-audit', 'pauditd' } do
    local function is_sound(log, options)
      local text = format.render(log, name, options)
      local lines, wrong = format.strict(text)
      assert.is_nil(wrong)
      assert.equal(format.strict(format.render(log, 'json', options)), lines)
    end

    for what, log in pairs(hostile) do
      it(('is one strict line an event of %s: %s'):format(what, name), function()
        is_sound(log, {})
        is_sound(log, { resolve = true, live = true })
      end)
    end

    for _, log in ipairs(logs.each()) do
      it(('is one strict line an event of %s: %s'):format(log.name, name), function()
        is_sound(log.text, {})
      end)
    end
  end
end)
