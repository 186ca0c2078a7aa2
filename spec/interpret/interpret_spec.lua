local interpret = require('laudit_engine').interpret

--- The records of one event, each with its fields by name.
local function event_of(lines, resolve)
  local event = interpret.events(table.concat(lines, '\n') .. '\n', resolve)[1]
  for _, record in ipairs(event) do
    for _, field in ipairs(record) do record[field.name or ''] = field end
  end
  return event
end

local function record_of(kind, text)
  return event_of({ ('type=%s msg=audit(1.000:1): %s'):format(kind, text) })[1]
end

local function said(kind, name, value)
  return record_of(kind, name .. '=' .. value)[name].said
end

local function argv_of(...)
  local lines = {}
  for _, text in ipairs { ... } do lines[#lines + 1] = 'type=EXECVE msg=audit(1.000:1): ' ..
    text end
  return event_of(lines).argv
end

describe('a sockaddr', function()
  local function read(hex) return interpret.sockaddr(hex) end

  it('of inet gives address and port', function()
    local address = read '02000035C0A80001'
    assert.equal('inet', address.family)
    assert.equal('192.168.0.1', address.ip)
    assert.equal(53, address.port)
  end)

  it('of inet6 gives flow and scope, too', function()
    local address = read '0A0001BB00000007FE80000000000000000000000000000105000000'
    assert.same({ 'fe80::1', 443, 7, 5 }, { address.ip, address.port, address.flow, address.scope })
  end)

  it('of inet6 without a scope is whole', function()
    local address = read '0A0001BB0000000000000000000000000000000000000001'
    assert.same({ '::1', 0 }, { address.ip, address.scope })
  end)

  it('of unix ends at NUL, an abstract one begins with @', function()
    assert.equal('/run/x', read('0100' .. '2F72756E2F7800AABB').path)
    assert.equal('@abc', read('0100' .. '006162630000').path)
    assert.equal('@a\0b', read('0100' .. '0061006200').path)
    assert.is_nil(read('0100').path)
    assert.is_nil(read('01000000').path)
  end)

  it('of netlink, vsock and packet gives what they have', function()
    local netlink = read '100000002A00000001000000'
    assert.same({ 42, 1 }, { netlink.pid, netlink.groups })
    local vsock = read '280000000004000003000000'
    assert.same({ 'vsock', 3, 1024 }, { vsock.family, vsock.cid, vsock.port })
    local packet = read '1100080002000000010000060011223344550000'
    assert.same({ 2, 0x0800, '00:11:22:33:44:55' }, { packet.interface, packet.protocol,
      packet.hardware })
  end)

  it('that is too short, no hex or absurdly long is refused', function()
    for _, hex in ipairs { '', '02', '0200', '02000035', '0A0001BB', '10000000', '2800', '1100',
      'ZZZZ', '020',
      ('00'):rep(257) } do
      assert.is_nil(read(hex), hex)
    end
  end)

  it('of a packet that promises more than it has is cut', function()
    assert.equal('aa:bb', read '11000800020000000100FFFFAABB'.hardware)
  end)
end)

describe('a mode', function()
  it('is its type and permissions', function()
    for octal, text in pairs { ['0100644'] = 'file,644', ['041777'] = 'dir,sticky,777',
      ['0104755'] = 'file,suid,755',
      ['0102755'] = 'file,sgid,755', ['0140777'] = 'socket,777', ['0'] = '000,000',
        ['0177777'] = '017,suid,sgid,sticky,777' } do
      assert.equal(text, interpret.mode(octal))
    end
  end)
end)

describe('a label', function()
  it('is split at its first three colons', function()
    assert.same({ 'u', 'r', 't', 's0-s0:c0.c1' }, { interpret.label 'u:r:t:s0-s0:c0.c1' })
    assert.same({ 'unconfined' }, { interpret.label 'unconfined' })
  end)
end)

describe('arguments', function()
  it('come in order, decoded', function()
    assert.same({ 'a b', 'ls', '', cut = false }, argv_of 'argc=3 a0=612062 a1="ls" a2=""')
  end)

  it('are put together from chunks and over records', function()
    assert.same({ 'x', 'abcdef', 'y', cut = false },
      argv_of('argc=3 a0="x" a1_len=6 a1[0]="abc"', 'a1[1]=646566', 'a2="y"'))
  end)

  it('are the same in whatever order their records come', function()
    assert.same({ 'x', 'abcdef', cut = false }, argv_of('a1[1]="def"',
      'argc=2 a0="x" a1_len=6 a1[0]="abc"'))
  end)

  it('mark a gap of any width once', function()
    assert.same({ 'x', false, 'y', cut = true }, argv_of 'argc=1000000000 a0="x" a999999999="y"')
    assert.is_true(argv_of('argc=2 a0="x" a1[1]="late"').cut)
  end)

  it('are cut when argc says more', function()
    assert.same({ 'x', cut = true }, argv_of 'argc=4294967295 a0="x"')
    assert.same({ cut = false }, argv_of 'argc=0')
  end)

  it('ignore what only looks like one', function()
    assert.same({ cut = false }, argv_of 'a="1" a1x="2" ab=3 a1[="4" a1[]="5" a_len=6')
  end)
end)

describe('keys', function()
  it('are split at 0x01', function()
    assert.same({ 'a', 'bc', cut = false }, record_of('SYSCALL', 'key=61016263').key.list)
    assert.same({ 'one', cut = false }, record_of('SYSCALL', 'key="one"').key.list)
    assert.same({ cut = false }, record_of('SYSCALL', 'key=(null)').key.list)
  end)
end)

describe('proctitle', function()
  it('is split at NUL', function()
    assert.same({ 'ls', '', '-l', cut = false }, record_of('PROCTITLE',
      'proctitle=6C7300002D6C00').proctitle.list)
    assert.same({ 'bash', cut = false }, record_of('PROCTITLE', 'proctitle="bash"').proctitle.list)
    assert.is_nil(record_of('PROCTITLE', 'proctitle=(null)').proctitle.list)
  end)
end)

describe('a name', function()
  it('exists only where there is one', function()
    assert.equal('EACCES', said('SYSCALL', 'exit', '-13'))
    assert.is_nil(said('SYSCALL', 'exit', '13'))
    assert.is_nil(said('SYSCALL', 'exit', '-99999'))
    assert.equal('SIGKILL', said('ANOM_ABEND', 'sig', '9'))
    assert.equal('chown,kill', said('CAPSET', 'cap_pp', '0000000000000021'))
    assert.equal('none', said('CAPSET', 'cap_pp', '0'))
    assert.equal('log', said('SECCOMP', 'code', '0x7ffc0000'))
    assert.equal('write,attr', said('CONFIG_CHANGE', 'perm', 'wa'))
    assert.equal('success', said('LOGIN', 'res', '1'))
    assert.is_nil(said('LOGIN', 'pid', '1'))
  end)

  it('of a system call depends on the architecture', function()
    local function call(arch, number)
      return record_of('SYSCALL', ('arch=%s syscall=%s'):format(arch, number)).syscall.said
    end
    assert.equal('execve', call('c000003e', 59))
    assert.equal('execve', call('40000003', 11))
    assert.equal('execve', call('c00000b7', 221))
    assert.equal('execve', call('c000003e', 0x40000000 + 520))
    assert.is_nil(call('c000003e', 9999))
    assert.is_nil(call('zzz', 59))
    assert.is_nil(record_of('SYSCALL', 'syscall=59').syscall.said)
  end)

  it('of an unset id is unset, with and without a sign', function()
    for _, value in ipairs { '4294967295', '-1' } do
      assert.equal('unset', said('SYSCALL', 'auid', value))
      assert.equal('unset', said('SYSCALL', 'ses', value))
    end
    assert.is_nil(said('SYSCALL', 'auid', '4294967296'))
    assert.is_nil(said('SYSCALL', 'auid', '12345'))
  end)

  it("of what a program said is the tail's of the same place", function()
    local text = [[uid=0 auid=4294967295 msg='avc:  denied  { start } for auid=1000 uid=1001']]
    --- The names of uid and auid, the kernel's first, where the tail is `tail`.
    local function names(tail)
      local found = {}
      for _, field in ipairs(record_of('USER_AVC', text .. tail)) do
        if field.name == 'uid' or field.name == 'auid' then
          found[#found + 1] = field.said or '-'
        end
      end
      return table.concat(found, ' ')
    end
    assert.equal('root unset alice bob',
      names '\29UID="root" AUID="unset" AUID="alice" UID="bob"')
    assert.equal('root unset alice -', names '\29UID="root" AUID="unset" AUID="alice"')
    assert.equal('root unset - bob',
      names '\29UID="root" AUID="unset" AUID="alice" UID="bob" AUID="carol"')
    assert.equal('- unset - -', names '')
  end)

  it('of the ENRICHED tail comes first', function()
    assert.equal('alice', record_of('SYSCALL', 'auid=0 uid=0\29AUID="alice"').auid.said)
  end)

  it('of an id nobody has says so when this host is asked', function()
    local event = event_of({ 'type=SYSCALL msg=audit(1.000:1): auid=3999999999 uid=0' }, true)
    assert.equal('unknown(3999999999)', event[1].auid.said)
    assert.equal('root', event[1].uid.said)
  end)
end)
