--- Rules as lines: what auditctl -l of audit 3.0.9 prints, and what it should have printed.
local engine = require 'laudit_engine'
local wire, tables = engine.wire, engine.tables
local rule = dofile 'spec/rules/generate.lua'.rule

local X86_64, I386 = tables.arch_find 'x86_64', tables.arch_find 'i386'
local AARCH64 = tables.arch_find 'aarch64'

local function line(given, arch, names)
  return wire.write(wire.encode(given), arch or X86_64, names)
end

local function field(...)
  return line(rule('always,exit', 'all', { ... })):match '^%-a always,exit %-S all (.*)$'
end

local ARCH = { 'arch', '=', X86_64 }

describe('a rule as a line', function()
  it('is a watch when -w makes it', function()
    local path, perm, key = { 'path', '=', '/etc/shadow' }, { 'perm', '=', 10 }, { 'key', '=', 'k' }
    assert.equal('-w /etc/shadow -p wa -k k', line(rule('always,exit', 'all', path, perm, key)))
    assert.equal('-w /etc/shadow -p wa', line(rule('always,exit', 'all', path, perm)))
    assert.equal('-w /etc -p rwxa -k a -k b', line(rule('always,exit', 'all',
      { 'dir', '=', '/etc' }, { 'perm', '=', 15 }, { 'key', '=', 'a\1b' })))
  end)

  it('marks a watched directory for readers that do not see it', function()
    local function marked(name, path)
      return wire.write(wire.encode(rule('always,exit', 'all', { name, '=', path },
        { 'perm', '=', 4 })), X86_64, false, true)
    end
    assert.equal('-w /etc/ -p r', marked('dir', '/etc'))
    assert.equal('-w / -p r', marked('dir', '/'))
    assert.equal('-w /etc -p r', marked('path', '/etc'))
    assert.equal('-a always,exit -S all -F path=/ -F perm=r', marked('path', '/'))
  end)

  it('is no watch when -w would make another rule of it', function()
    local path, perm, key = { 'path', '=', '/x' }, { 'perm', '=', 4 }, { 'key', '=', 'k' }
    assert.equal('-a never,exit -S all -F path=/x -F perm=r',
      line(rule('never,exit', 'all', path, perm)))
    assert.equal('-a always,exit -S all -F perm=r -F path=/x -F key=k',
      line(rule('always,exit', 'all', perm, path, key)))
    assert.equal('-a always,exit -S open -F path=/x -F perm=r',
      line(rule('always,exit', { 2 }, path, perm)))
    assert.equal('-a always,exit -S all -F dir=/x/ -F perm=r',
      line(rule('always,exit', 'all', { 'dir', '=', '/x/' }, perm)))
    assert.equal('-a always,exit -S all -F path!=/x -F perm=r',
      line(rule('always,exit', 'all', { 'path', '!=', '/x' }, perm)))
  end)

  it('has the architecture and calls by name first, and keys last', function()
    assert.equal('-a always,exit -F arch=b64 -S execve,execveat -F auid>=1000 -F auid!=-1 ' ..
      '-F key=run',
      line(rule('always,exit', { 59, 322 }, ARCH, { 'auid', '>=', 1000 }, { 'auid', '!=', -1 },
        { 'key', '=', 'run' })))
    assert.equal('-a always,exit -F arch=b32 -S all',
      line(rule('always,exit', 'all', { 'arch', '=', I386 })))
  end)

  it('has fields before an architecture that does not stand first', function()
    assert.equal('-a always,exit -F uid=0 -F arch=b64 -S execve -F gid=0',
      line(rule('always,exit', { 59 }, { 'uid', '=', 0 }, ARCH, { 'gid', '=', 0 })))
  end)

  it('has b64 and b32 for the two of its host, and names for others', function()
    assert.equal('-a always,exit -F arch=x86_64 -S execve',
      line(rule('always,exit', { 59 }, ARCH), AARCH64))
    assert.equal('-a always,exit -F arch=b64 -S execve',
      line(rule('always,exit', { 221 }, { 'arch', '=', AARCH64 }), AARCH64))
    assert.equal('-a always,exit -F arch=0x1234 -S 59',
      line(rule('always,exit', { 59 }, { 'arch', '=', 0x1234 })))
  end)

  it('has numbers of calls that have no name, and a name for all but a few', function()
    assert.equal('-a always,exit -F arch=b64 -S read,2000',
      line(rule('always,exit', { 0, 2000 }, ARCH)))
    local all = rule('always,exit', 'all', ARCH)
    table.insert(all.calls, 2047)
    assert.equal('-a always,exit -F arch=b64 -S all,2047', line(all))
  end)

  it('names operations of io_uring', function()
    assert.equal('-a always,io_uring -S openat,uring_cmd -F key=u',
      line(rule('always,io_uring', { 18, 46 }, { 'key', '=', 'u' })))
  end)

  it('has no calls on lists that look at none', function()
    assert.equal('-a never,task -F uid=0', line(rule('never,task', nil, { 'uid', '=', 0 })))
    assert.equal('-a always,exclude -F msgtype=CWD',
      line(rule('always,exclude', nil, { 'msgtype', '=', 1307 })))
    assert.equal('-a never,filesystem -F fstype=tracefs',
      line(rule('never,filesystem', nil, { 'fstype', '=', 0x74726163 })))
  end)

  it('is read by people with names', function()
    assert.equal('-a always,exit -F arch=x86_64 -S open -F auid!=unset -F a1=0x2a',
      line(rule('always,exit',
      { 2 }, ARCH, { 'auid', '!=', -1 }, { 'a1', '=', 42 }), X86_64, true))
    assert.equal('-a always,exit -F arch=i386 -S fork,open -F a1=0x2A', line(rule('always,exit',
      { 2, 5 }, { 'arch', '=', I386 }, { 'a1', '=', 42 }), X86_64, true))
  end)
end)

describe('a value of a field', function()
  it('is signed where a sign can be read', function()
    assert.equal('-F uid=-1', field('uid', '=', -1))
    assert.equal('-F pid=4294967295', field('pid', '=', -1))
    assert.equal('-F gid=4294967294', field('gid', '=', -2))
    assert.equal('-F inode=4294967295', field('inode', '=', -1))
  end)

  it('is hex for arguments', function()
    assert.equal('-F a0=0x0', field('a0', '=', 0))
    assert.equal('-F a2&=0xDEAD', field('a2', '&=', 0xDEAD))
  end)

  it('is the name of an errno', function()
    assert.equal('-F exit=-EACCES', field('exit', '=', -13))
    assert.equal('-F exit!=0', field('exit', '!=', 0))
    assert.equal('-F exit>13', field('exit', '>', 13))
    assert.equal('-F exit=-99999', field('exit', '=', -99999))
    assert.equal('-F exit=-2147483648', field('exit', '=', -2 ^ 31))
  end)

  it('is a name where there are names', function()
    assert.equal('-F filetype=fifo', field('filetype', '=', 0x1000))
    assert.equal('-F filetype=99', field('filetype', '=', 99))
    assert.equal('-F saddr_fam=2', field('saddr_fam', '=', 2))
    assert.equal('-F msgtype=70000', field('msgtype', '=', 70000))
    assert.equal('-F perm=rx', field('perm', '=', 5))
  end)

  it('is two fields for -C', function()
    assert.equal('-C uid!=euid', field('field_compare', '!=', 11))
    assert.equal('-C auid=obj_uid', field('field_compare', '=', 5))
    assert.equal('-F field_compare=99', field('field_compare', '=', 99))
    assert.equal('-a always,task -F field_compare=11',
      line(rule('always,task', nil, { 'field_compare', '=', 11 })))
  end)

  it('keeps its operator', function()
    assert.equal('-F exe!=/bin/sh', field('exe', '!=', '/bin/sh'))
    assert.equal('-F subj_type!=x_t', field('subj_type', '!=', 'x_t'))
  end)

  it('is numbers when nobody knows the field', function()
    assert.equal('-F f250<3', field('250', '<', 3))
  end)
end)

describe('a text', function()
  local function text(value)
    return field('exe', '=', value):sub(#'-F exe=' + 1)
  end

  it('has blanks, backslashes and quotes behind a backslash', function()
    assert.equal([[/a\ b]], text '/a b')
    assert.equal([[/a\\b]], text [[/a\b]])
    assert.equal([[/it\'s\"]], text [[/it's"]])
    assert.equal([[\#1]], text '#1')
    assert.equal('/a#1$x`y`', text '/a#1$x`y`')
  end)

  it('shows nothing that a terminal would obey', function()
    assert.equal([[$'/a\x1B[31m\x0A\\\'b']], text "/a\27[31m\n\\'b")
    assert.equal([[$'\xFF\x80é']], text '\255\128é')
    assert.equal([[$'\xE2\x80\xAEx']], text '\226\128\174x')
    assert.equal('/é/日本', text '/é/日本')
  end)

  it('is many keys, or one odd one when a key of them is empty', function()
    assert.equal('-F key=a -F key=b\\ c', field('key', '=', 'a\1b c'))
    assert.equal([[-F key=$'a\x01\x01b']], field('key', '=', 'a\1\1b'))
    assert.equal([[-F key=$'\x01']], field('key', '=', '\1'))
    assert.equal('-F key!=a', field('key', '!=', 'a'))
  end)
end)
