--- Lines of auditctl's language and the commands they become.
local rules = require 'laudit_engine'.rules

local X86_64, I386, AARCH64, ARM = 0xc000003e, 0x40000003, 0xc00000b7, 0x40000028
local FIELDS = { uid = 1, arch = 11, path = 105, perm = 106, dir = 107, key = 210 }
local EQUAL, NOT_EQUAL = 0x40000000, 0x30000000

--- The one command of a line; fails with the sentence when the line is bad.
local function command(line, options)
  options = options or { arch = X86_64, knows = true }
  local commands, mistakes = rules.read_text(line, 'test.rules', options)
  assert.same({}, mistakes)
  assert.equal(1, #commands)
  return commands[1]
end

local function rule(line, options)
  return command(line, options).rule
end

--- "path=/etc perm=10" of a rule's fields, by number where there is no text.
local function fields(line, options)
  local said = {}
  for _, field in ipairs(rule(line, options).fields) do
    local name = tostring(field.field)
    for known, number in pairs(FIELDS) do
      name = number == field.field and known or name
    end
    local op = field.op == EQUAL and '=' or field.op == NOT_EQUAL and '!=' or '?'
    table.insert(said, name .. op .. (field.text or field.value))
  end
  return table.concat(said, ' ')
end

describe('a rule of calls', function()
  it('names its list and action in either order', function()
    for _, line in ipairs { '-a exit,always', '-a always,exit' } do
      local said = command(line)
      assert.same({ 'add', 4, 2 }, { said.verb, said.rule.list, said.rule.action })
    end
    assert.equal('prepend', command('-A exit,never').verb)
    assert.equal('delete', command('-d never,task').verb)
  end)

  it('holds the calls of its arch, by name, number or all', function()
    assert.same({ 2, 59 }, rule('-a exit,always -F arch=b64 -S open -S execve').calls)
    assert.same({ 5, 11 }, rule('-a exit,always -F arch=b32 -S open,execve').calls)
    assert.same({ 221 }, rule('-a exit,always -F arch=aarch64 -S execve').calls)
    assert.same({ 16, 2015 }, rule('-a exit,always -S 0x10,2015').calls)
    assert.equal('all', rule('-a exit,always -S all').calls)
  end)

  it('asks for all calls when it names none, but on the task list', function()
    assert.equal('all', rule('-a exit,always -F uid=0').calls)
    assert.equal('all', rule('-a user,always -F uid=0').calls)
    assert.same({}, rule('-a task,never').calls)
  end)

  it('means by b64 and b32 the arch of its host', function()
    assert.equal('arch=' .. X86_64, fields '-a exit,always -F arch=b64')
    assert.equal('arch=' .. I386, fields '-a exit,always -F arch=b32')
    assert.equal('arch=' .. AARCH64, fields('-a exit,always -F arch=b64', { arch = AARCH64 }))
    assert.equal('arch=' .. ARM, fields('-a exit,always -F arch=b32', { arch = AARCH64 }))
  end)

  it('has its keys last, parted by byte 1', function()
    assert.equal('path=/etc/x uid=0 key=a\1b',
      fields '-a exit,always -F path=/etc/x -k a -F uid=0 -F key=b')
    assert.equal('path=/etc/x uid=0 key=a\1b',
      fields '-a exit,always -F path=/etc/x -F KEY=a -F uid=0 -F Key=b')
  end)

  it('has key!= where it stands, as auditctl makes it', function()
    local line = '-a exit,always -F path=/etc/x -F key!=%s -F uid=0'
    assert.equal('path=/etc/x key!=a uid=0', fields(line:format 'a'))
    local long = ('k'):rep(256)
    assert.equal('path=/etc/x key!=' .. long .. ' uid=0', fields(line:format(long)))
  end)

  it('takes operations on the io_uring list', function()
    local said = rule '-a always,io_uring -S openat,uring_cmd -F uid=0'
    assert.same({ 7, { 18, 46 } }, { said.list, said.calls })
  end)
end)

describe('a watch', function()
  it('asks for all permissions unless -p names some', function()
    assert.equal('path=/etc/passwd perm=15', fields '-w /etc/passwd')
    assert.equal('path=/etc/passwd perm=10 key=id', fields '-w /etc/passwd -p wa -k id')
    assert.equal('delete', command('-W /etc/passwd -p wa').verb)
  end)

  it('is of a directory where there is one, or where its path says so', function()
    assert.equal('dir=/etc perm=15', fields '-w /etc/')
    assert.equal('path=/etc perm=15', fields '-w /etc')
    assert.equal('dir=/etc perm=15', fields('-w /etc', { checks_paths = true }))
    assert.equal('path=/no/such perm=15', fields('-w /no/such/', { checks_paths = true }))
  end)

  it('takes quoted paths and keys', function()
    assert.equal('path=/a b/c"d perm=15 key=x y', fields [[-w "/a b"/c\"d -k 'x y']])
  end)
end)

describe('settings', function()
  it('are commands with a number', function()
    for line, said in pairs {
      ['-e 2'] = { 'enabled', 2 }, ['-f 1'] = { 'failure', 1 }, ['-r 0x10'] = { 'rate_limit', 16 },
      ['-b 8192'] = { 'backlog_limit', 8192 },
      ['--backlog_wait_time 60000'] = { 'backlog_wait_time', 60000 },
      ['--backlog_wait_time=0'] = { 'backlog_wait_time', 0 },
      ['--loginuid-immutable'] = { 'loginuid_immutable', 0 }, ['-i'] = { 'ignore', 0 },
      ['-c'] = { 'continue', 0 }, ['-D'] = { 'delete_all', 0 }, ['-t'] = { 'trim', 0 },
      ['--reset-lost'] = { 'reset_lost', 0 }, ['--signal HUP'] = { 'signal', 1 },
      ['-s -i'] = { 'status', 1 },
    } do
      local found = command(line)
      assert.same(said, { found.verb, found.number }, line)
    end
    assert.equal('old', command('-D -k old').text)
    assert.equal('/mnt,/srv', command('-q /mnt,/srv').text)
  end)
end)
