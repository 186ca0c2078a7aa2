package.path = 'spec/policy/?.lua;' .. package.path
local tools = require 'tools'

local wants, mistake = tools.wants, tools.mistake_in_on
local LOGIN, CONNECT = tools.LOGIN, tools.CONNECT

describe('a selector that could never match', function()
  teardown(tools.clean)

  local function is_refused(sentences)
    for on, sentence in pairs(sentences) do
      local key = on:match '^%["([^"]+)"%]' or on:match '^%S+'
      assert.equal(('wrong.lua:6: on.%s: %s'):format(key, sentence), mistake(on))
    end
  end

  it('names a number that laudit writes otherwise', function()
    is_refused {
      ['mode = "0100640"'] = "expected '0o100640', found '0100640'",
      ['mode = "0o0100644"'] = "expected '0o100644', found '0o0100644'",
      ['mode = "0x1ff"'] = "expected '0o777', found '0x1ff'",
      ['mode = "0rwx"'] = "expected a number or a string like '0o755', found '0rwx'",
      ['a1 = "0x7FFF"'] = "expected '0x7fff', found '0x7FFF'",
      ['a1 = { "0x1", "0x02" }'] = "expected '0x2', found '0x02'",
      ['a1 = match.not_ "0X1"'] = "expected '0x1', found '0X1'",
      ['a1 = "0xzz"'] = "expected a number or a string like '0x1f', found '0xzz'",
      ['arch = "0xC000003E"'] = "expected '0xc000003e', found '0xC000003E'",
    }
    assert.is_true(wants 'mode = { "0o100755", "0o1" }')
    assert.is_true(wants('cap_fp = "0x2000"', { (tools.exec(1):gsub('cap_fp=0',
      'cap_fp=0000000000002000')) }))
  end)

  it('has a value of another kind', function()
    is_refused {
      ['key = 1000'] = 'expected a string, found the number 1000',
      ['key = { "a", 4294967295 }'] = 'expected a string, found the number 4294967295',
      ['node = 1'] = 'expected a string, found the number 1',
      ['argv = 1'] = 'expected a string, found the number 1',
      ['["address.family"] = 2'] = 'expected a string, found the number 2',
      ['["address.port"] = "443"'] = "expected a number, found '443'",
      ['auid = -1'] = 'expected an id, found the number -1; unset is 4294967295',
      ['auid = match.not_(-1)'] = 'expected an id, found the number -1; unset is 4294967295',
      ['success = "true"'] = "expected true, false, 'yes' or 'no', found 'true'",
      ['success = 1'] = "expected true, false, 'yes' or 'no', found the number 1",
      ['res = "ok"'] = "expected true, false, 'success', 'failed', 1 or 0, found 'ok'",
      ['res = 2'] = "expected true, false, 'success', 'failed', 1 or 0, found the number 2",
    }
    assert.is_true(wants('res = "failed"', LOGIN))
    assert.is_true(wants 'exit = match.not_(-1)')
  end)

  it('has a number that no record has', function()
    is_refused {
      ['pid = 0/0'] = 'expected a whole number, found nan',
      ['pid = 1.5'] = 'expected a whole number, found the number 1.5',
      ['pid = 1/0'] = 'expected a whole number, found the number inf',
      ['["field.load"] = 1.5'] = 'expected a whole number, found the number 1.5',
      ['uid = 4294967296'] = 'expected an id, found the number 4294967296; unset is 4294967295',
      ['gid = 0.5'] = 'expected an id, found the number 0.5; unset is 4294967295',
      ['ses = -1'] = 'expected an id, found the number -1; unset is 4294967295',
      ['auid = match.range(-5, -1)'] = 'expected a range that holds an id, found -5 to -1',
      ['uid = match.range(4294967296)'] =
        'expected a range that holds an id, found 4294967296 to inf',
      ['pid = { 1, match.range(1.2, 1.8) }'] =
        'expected a range that holds a whole number, found 1.2 to 1.8',
      ['a0 = -1'] = 'expected a whole number that is not negative, found the number -1',
      ['mode = match.range(-8, -1)'] =
        'expected a range that holds a whole number that is not negative, found -8 to -1',
      ['type = match.range(65536)'] =
        'expected a range that holds the number of a type, found 65536 to inf',
      ['["address.port"] = -1'] =
        'expected a whole number from 0 to 4294967295, found the number -1',
      ['["address.port"] = match.not_(80.5)'] =
        'expected a whole number from 0 to 4294967295, found the number 80.5',
      ['["field."] = "x"'] = "expected the name of a field behind 'field.'",
    }
    local vsock = { (CONNECT[2]:gsub('saddr=.*', 'saddr=280000009F86010003000000')) }
    assert.is_true(wants('["address.port"] = 99999', vsock))
    assert.is_true(wants('exit = match.range(-200, -100)', CONNECT))
    assert.is_true(wants('auid = match.range(-1, 1000)', CONNECT))
    assert.is_true(wants('auid = 4294967295', LOGIN))
  end)

  it('has a name that nothing has', function()
    is_refused {
      ['["address.family"] = "INET"'] = "unknown address family 'INET' (did you mean 'inet'?)",
      ['["address.family"] = "local"'] = "unknown address family 'local' (did you mean 'unix'?)",
      ['["address.ip"] = "10.0.0.0/8"'] =
        "expected an address, found '10.0.0.0/8'; networks are audit.match.cidr '10.0.0.0/8'",
      ['["address.ip"] = "2001:DB8::1"'] = "expected '2001:db8::1', found '2001:DB8::1'",
      ['EXIT = "EACESS"'] = "unknown error 'EACESS' (did you mean 'EACCES'?)",
      ['EXIT = "EWOULDBLOCK"'] = "expected 'EAGAIN', found 'EWOULDBLOCK', another name for it",
      ['SIG = "SIGKIL"'] = "unknown signal 'SIGKIL' (did you mean 'SIGKILL'?)",
      ['ARCH = "i686"'] = "unknown architecture 'i686' (did you mean 'i386'?)",
      ['EXE = "/usr/bin/sh"'] = "its values have no names; the kernel's value is 'exe'",
      ['SUCCESS = match.not_ "no"'] = "its values have no names; the kernel's value is 'success'",
      ['ARCH = "vax"'] = "unknown architecture 'vax'",
      ['PID = "x"'] = "its values have no names; the kernel's value is 'pid'",
      ['pid = "x"'] = "expected a number, found 'x'",
      ['RES = "succes"'] = "unknown result 'succes' (did you mean 'success'?)",
      ['SES = "alice"'] = "expected 'unset', the only name of a session, found 'alice'",
      ['LIST = "exitt"'] = "unknown list of rules 'exitt' (did you mean 'exit'?)",
      ['CODE = "Kill"'] = "unknown action of seccomp 'Kill' (did you mean 'kill'?)",
      ['CAPABILITY = "SYS_ADMIN"'] = "unknown capability 'SYS_ADMIN' (did you mean 'sys_admin'?)",
      ['CAP_FP = "CAP_SYS_ADMIN"'] =
        "unknown capability 'CAP_SYS_ADMIN' (did you mean 'sys_admin'?)",
      ['CAP_FP = "net_raw,net_admn"'] =
        "unknown capability 'net_admn' (did you mean 'net_admin'?)",
      ['CAP_FP = "sys_admin,net_raw"'] = "expected 'net_raw,sys_admin', found 'sys_admin,net_raw'",
      ['CAP_FP = "cap_13"'] = "unknown capability 'cap_13'",
      ['MODE = "file,0644"'] = "expected 'file,644', found 'file,0644'",
      ['MODE = "file,sticky,suid,755"'] =
        "expected 'file,suid,sticky,755', found 'file,sticky,suid,755'",
      ['MODE = "rw-r--r--"'] = "expected a type and permissions such as 'file,644' or " ..
        "'dir,sticky,777', found 'rw-r--r--'",
      ['MODE = "file"'] = "expected a type and permissions such as 'file,644' or " ..
        "'dir,sticky,777', found 'file'",
      ['PERM = "wa"'] = "expected 'write,attr', found 'wa'",
      ['PERM = "attr,write"'] = "unknown permission 'attr,write'",
      ['type = "syscall"'] = "unknown record type 'syscall' (did you mean 'SYSCALL'?)",
      ['type = "sycall"'] = "unknown record type 'sycall' (did you mean 'SYSCALL'?)",
    }
  end)

  it('has a matcher of another kind', function()
    is_refused {
      ['SYSCALL = match.range(1, 2)'] = 'audit.match.range tests numbers, and this is a string',
      ['exe = match.range(1, 2)'] = 'audit.match.range tests numbers, and this is a string',
      ['key = match.not_(match.range(1, 2))'] =
        'audit.match.range tests numbers, and this is a string',
      ['type = { "PATH", match.range(1300, 1399) }'] =
        'types by range and by name do not go together in one term',
      ['pid = match.prefix "1"'] = 'audit.match.prefix tests strings, and this is a number',
      ['pid = { 1, match.regex "1" }'] = 'audit.match.regex tests strings, and this is a number',
      ['["address.port"] = match.glob "4*"'] =
        'audit.match.glob tests strings, and this is a number',
      ['a0 = match.cidr "10.0.0.0/8"'] = 'audit.match.cidr tests addresses, and this is a number',
    }
    assert.is_true(wants 'a0 = match.suffix "55", mode = match.range(1)')
  end)
end)

describe('a name of a closed set', function()
  teardown(tools.clean)

  it('is taken in each way laudit writes it', function()
    local syscall = CONNECT[1]:match '^[^)]+%): '
    local function record(type, fields)
      return { (syscall:gsub('SYSCALL', type)) .. fields }
    end
    assert.is_true(wants('RES = "success"', record('CONFIG_CHANGE', 'op=add list=4 res=1')))
    assert.is_true(wants('LIST = "exit"', record('CONFIG_CHANGE', 'op=add list=4 res=1')))
    assert.is_true(wants('SES = "unset"', LOGIN))
    assert.is_true(wants('CODE = "kill"', record('SECCOMP', 'sig=31 code=0x0')))
    assert.is_true(wants('CODE = "user-notify"', record('SECCOMP', 'sig=0 code=0x7fc00000')))
    assert.is_true(wants('PERM = "write,attr"', record('CONFIG_CHANGE', 'perm=10')))
    for name, bits in pairs { none = '0', net_raw = '2000', ['net_raw,sys_admin'] = '202000',
      ['cap_63'] = '8000000000000000' } do
      assert.is_true(wants(('CAP_FP = %q'):format(name), record('PATH', 'cap_fp=' .. bits)), name)
    end
    for name, mode in pairs { ['file,644'] = '0100644', ['file,suid,755'] = '0104755',
      ['dir,sticky,777'] = '041777', ['file,suid,sgid,sticky,000'] = '0107000',
      ['003,644'] = '030644' } do
      assert.is_true(wants(('MODE = %q'):format(name), record('PATH', 'mode=' .. mode)), name)
    end
  end)
end)
