--- Values of fields: names and numbers, and what the kernel is given.
local engine = require 'laudit_engine'
local rules, tables = engine.rules, engine.tables

local WORLD = { arch = 0xc000003e, knows = true }
local UNSET = 4294967295

--- The value and the text of the only field of a rule.
local function value(pair, list, world)
  local line = ('-a %s,always -F %s'):format(list or 'exit', pair)
  local commands, mistakes = rules.read_text(line, 'a.rules', world or WORLD)
  assert.same({}, mistakes)
  local field = commands[1].rule.fields[1]
  return field.value, field.text
end

local function refused(pattern, pair, list)
  local line = ('-a %s,always -F %s'):format(list or 'exit', pair)
  local _, mistakes = rules.read_text(line, 'a.rules', WORLD)
  assert.matches(pattern, mistakes[1] or 'accepted')
end

describe('a value', function()
  it('is a number in C\'s bases', function()
    for text, number in pairs { ['8'] = 8, ['0x1F'] = 31, ['010'] = 8, ['0'] = 0,
      ['4294967295'] = UNSET } do
      assert.equal(number, (value('a0=' .. text)))
    end
    assert.equal(UNSET, (value 'a1&-1'))
    assert.equal(UNSET - 1, (value 'a2&=-0x2'))
    refused('negative', 'pid=-1')
    for _, text in ipairs { '1a', '0x', '08', '+1', '1.5', '-', '=1', ' 1' } do
      refused('is no number', '"pid=' .. text .. '"')
    end
  end)

  it('is a user or a group by name', function()
    for _, field in ipairs { 'uid', 'euid', 'suid', 'fsuid', 'auid', 'loginuid', 'obj_uid' } do
      assert.equal(1000, (value(field .. '=alice')))
      refused("unknown user 'bob'", field .. '=bob')
    end
    for _, field in ipairs { 'gid', 'egid', 'sgid', 'fsgid', 'obj_gid' } do
      assert.equal(50, (value(field .. '=staff')))
      refused("unknown group 'alice'", field .. '=alice')
    end
    assert.equal(0, (value('uid=root', 'exit', { arch = 0xc000003e })))
    assert.equal(0, (value('gid=root', 'exit', { arch = 0xc000003e })))
  end)

  it('is unset for login ids and sessions only', function()
    for _, text in ipairs { 'unset', '-1', '4294967295', '0xffffffff' } do
      assert.equal(UNSET, (value('auid!=' .. text)))
      assert.equal(UNSET, (value('sessionid=' .. text)))
    end
    refused('never unset', 'uid=unset')
    refused('never unset', 'obj_gid=4294967295')
    refused('use = or !=', 'auid>=unset')
  end)

  it('is an exit code or the name of an errno', function()
    for text, number in pairs { ['-13'] = UNSET - 12, ['-EACCES'] = UNSET - 12, EACCES = 13,
      ['-eacces'] = UNSET - 12, ['-EWOULDBLOCK'] = UNSET - 10, ['0'] = 0 } do
      assert.equal(number, (value('exit=' .. text)))
    end
    refused("did you mean 'EACCES'", 'exit=-EACCESS')
  end)

  it('is a record type', function()
    for _, list in ipairs { 'exclude', 'user' } do
      assert.equal(1307, (value('msgtype=CWD', list)))
      assert.equal(1307, (value('msgtype=cwd', list)))
      assert.equal(1999, (value('msgtype=1999', list)))
    end
  end)

  it('is a name of a file type, a file system or an address family', function()
    assert.equal(0x4000, (value 'filetype=dir'))
    assert.equal(0x8000, (value 'filetype=FILE'))
    assert.equal(0x74726163, (value('fstype=tracefs', 'filesystem')))
    assert.equal(0x63677270, (value('fstype=cgroup2', 'filesystem')))
    assert.equal(5, (value('fstype=0x5', 'filesystem')))
    assert.equal(2, (value 'saddr_fam=inet'))
    assert.equal(10, (value 'saddr_fam=10'))
    refused("did you mean 'netlink'", 'saddr_fam=netlnk')
    refused('the last is 45', 'saddr_fam=46')
  end)

  it('is letters of permissions', function()
    for text, bits in pairs { r = 4, wa = 10, rwxa = 15, AXWR = 15, rr = 4 } do
      assert.equal(bits, (value('perm=' .. text)))
    end
  end)

  it('is a text as it stands', function()
    assert.same({ 5, '/a!=b' }, { value 'path=/a!=b' })
    assert.equal('s0-s15:c0.c1023', (select(2, value 'subj_clr>=s0-s15:c0.c1023')))
  end)
end)

describe('an architecture', function()
  it('is a name, a machine, a number or the bits of the host', function()
    for text, arch in pairs { x86_64 = 0xc000003e, i686 = 0x40000003, b64 = 0xc000003e,
      B32 = 0x40000003, ['0xc00000b7'] = 0xc00000b7, ['c00000b7'] = 0xc00000b7,
      ['3221225534'] = 0xc000003e, riscv64 = 0xc00000f3, armv7l = 0x40000028 } do
      assert.equal(arch, (value('arch=' .. text)))
    end
    refused('unknown architecture', 'arch=amd65')
    refused('no architecture has the number', 'arch=5')
    local _, mistakes = rules.read_text('-a exit,always -F arch=b32', 'a', { arch = 0xc0000015 })
    assert.equal('a:1: -F arch=b32: ppc64le has no calls of 32 bits', mistakes[1])
  end)

  it('decides what the names of calls mean, on every host', function()
    local calls = { x86_64 = 257, i386 = 295, aarch64 = 56, arm = 322, ppc64le = 286, s390x = 288,
      riscv64 = 56 }
    for arch, number in pairs(calls) do
      for _, host in ipairs { 0xc000003e, 0xc00000b7, 0x80000016 } do
        local line = ('-a exit,always -F arch=%s -S openat'):format(arch)
        local commands = rules.read_text(line, 'a', { arch = host })
        assert.same({ number }, commands[1].rule.calls, arch)
      end
    end
  end)

  it('may lack a call, or have calls that nobody knows here', function()
    local function said(line)
      local _, mistakes = rules.read_text(line, 'a', WORLD)
      return mistakes[1]
    end
    assert.equal("a:1: -S open: aarch64 has no call 'open'",
      said '-a exit,always -F arch=aarch64 -S open')
    assert.equal('a:1: -S open: the calls of sparc are not known here: give numbers',
      said '-a exit,always -F arch=sparc -S open')
    assert.is_nil(said '-a exit,always -F arch=sparc -S 5')
  end)
end)

describe('io_uring', function()
  it('has operations of its own', function()
    local commands = rules.read_text('-a io_uring,always -S openat,46,URING_CMD -k io', 'a', WORLD)
    assert.same({ 18, 46 }, commands[1].rule.calls)
    local _, mistakes = rules.read_text('-a io_uring,always -S execve\n' ..
      '-S openat -a io_uring,always\n-a io_uring,always -F perm=w', 'a', WORLD)
    assert.matches("unknown io_uring operation 'execve'", mistakes[1])
    assert.matches('give the list before %-S', mistakes[2])
    assert.matches('perm cannot be used on the io_uring list', mistakes[3])
  end)
end)

describe('names', function()
  local function is_read(line)
    return #rules.read_text(line, 'a', WORLD) == 1
  end

  it('are found in any case, but for those the documentation lists', function()
    for _, words in ipairs { '-S OPEN', '-F arch=B64 -S open', '-F arch=X86_64', '-F exit=-eperm',
      '-F saddr_fam=INET', '-F filetype=FILE', '-F perm=WA', '-F AUID=7', '-C UID!=EUID' } do
      assert.is_true(is_read('-a exit,always ' .. words), words)
    end
    assert.is_true(is_read '-a exclude,never -F msgtype=cwd')
    assert.is_true(is_read '-a filesystem,never -F fstype=TRACEFS')
    assert.is_true(is_read '-a io_uring,always -S OPENAT')
    for _, line in ipairs { '-a EXIT,always', '-a exit,ALWAYS', '-a exit,always -S ALL',
      '-a exit,always -F auid=UNSET', '-a exit,always -F uid=ALICE' } do
      assert.is_false(is_read(line), line)
    end
    assert.is_true(is_read '-a exit,always -F uid=alice -F auid=unset')
  end)

  it('are there for the calls of the documented architectures', function()
    local file = assert(io.open('docs/rules.md'))
    local names = file:read '*a':match 'Calls have names for `([^`]+)`'
    file:close()
    local documented = {}
    for name in names:gmatch '%S+' do
      documented[name] = true
    end
    for name, arch in pairs(tables.archs()) do
      local has_names = tables.syscall_name(arch, 0) or tables.syscall_name(arch, 1)
      assert.equal(documented[name], has_names and true or nil, name)
    end
  end)
end)

describe('a note', function()
  local function notes(line, world)
    local _, mistakes, said = rules.read_text(line, 'a', world or WORLD)
    assert.same({}, mistakes)
    return said
  end

  it('says what is odd about a good line', function()
    assert.matches('number 2 is asked for in 64 and in 32 bits',
      notes('-a exit,always -S open')[1])
    assert.same({}, notes '-a exit,always -F arch=b64 -S open')
    for arch, line in pairs { [0xc00000b7] = 'number 56 is asked for in 64 and in 32 bits',
      [0x80000016] = false, [0xc00000f3] = false } do -- aarch64; s390x, riscv64: same or unknown
      local said = notes('-a exit,always -S openat', { arch = arch })
      assert.equal(line and 1 or 0, #said)
      if line then
        assert.matches(line, said[1])
      end
    end
    assert.matches('not wildcards', notes('-w /etc/*')[1])
    assert.matches("'%.%.' is not followed", notes('-w /etc/../x')[1])
    assert.matches('nothing is there', notes('-w /no/such', { checks_paths = true })[1])
    assert.same({}, notes('-w /etc', { checks_paths = true }))
    assert.matches('^a:1: %-w /etc/passwd/x: taken for a file: it cannot be looked up: Not a dir',
      notes('-w /etc/passwd/x', { checks_paths = true })[1])
    assert.matches('File name too long',
      notes('-w /' .. ('x'):rep(256) .. '/z', { checks_paths = true })[1])
    assert.matches('means nothing', notes('-S close -a user,always')[2])
  end)
end)
