--- audit.rule as plain Lua, and rule as the configuration knows it.
local control = require('laudit_engine').control
local rule = require 'audit.rule'

local function config_rules(source)
  local path = os.tmpname()
  local file = assert(io.open(path, 'wb'))
  file:write("output 'o' { type = 'stdout' }\n" .. source)
  file:close()
  local config, mistakes = control.config(path)
  os.remove(path)
  for i, sentence in ipairs(mistakes) do
    mistakes[i] = sentence:sub(#path + 2)
  end
  return config.rules, mistakes
end

local function refusal(make, ...)
  local is_good, sentence = pcall(make, ...)
  assert.is_false(is_good)
  return (tostring(sentence):gsub('^[^ ]+:%d+: ', ''))
end

describe('rule.watch', function()
  it('makes a line', function()
    assert.equal('-w /etc/passwd', rule.watch '/etc/passwd')
    assert.equal('-w /etc/passwd -p wa -k passwd -k identity',
      rule.watch('/etc/passwd', { perm = 'wa', key = { 'passwd', 'identity' } }))
  end)

  it('quotes what a shell would cut or take for something else', function()
    assert.equal([[-w '/srv/a b' -k 'it'\''s $HOME;']],
      rule.watch('/srv/a b', { key = "it's $HOME;" }))
    assert.equal("-w '' -k ''", rule.watch('', { key = '' }))
  end)

  it('refuses what it does not know', function()
    assert.equal("rule.watch: unknown option 'perms'; it has key, perm",
      refusal(rule.watch, '/x', { perms = 'r' }))
    assert.equal('rule.watch: expected a path, found a nil', refusal(rule.watch))
    assert.equal('rule.watch: expected a table of options, found a string',
      refusal(rule.watch, '/x', 'wa'))
    assert.equal('rule.watch: key: expected a text or a list of texts, found a boolean',
      refusal(rule.watch, '/x', { key = true }))
    assert.equal('rule.watch: a rule holds neither NUL nor newline', refusal(rule.watch, '/x\n-D'))
  end)
end)

describe('rule.syscall', function()
  it('makes a line, always,exit unless it is told otherwise', function()
    assert.equal('-a always,exit -F arch=b64 -S execve -S execveat -F auid>=1000 -F auid!=unset ' ..
      "-F euid=0 -F 'exe=/opt/a b' -C uid!=euid -k root", rule.syscall {
        arch = 'b64', calls = { 'execve', 'execveat' }, key = 'root', compare = 'uid!=euid',
        fields = { 'auid>=1000', 'auid!=unset', exe = '/opt/a b', euid = 0 },
      })
    assert.equal('-A never,exclude -F msgtype=CWD',
      rule.syscall { list = 'exclude', action = 'never', prepend = true, fields = 'msgtype=CWD' })
  end)

  it('makes one line for each architecture', function()
    assert.equal('-a always,exit -F arch=b64 -S open -k k\n-a always,exit -F arch=b32 -S open -k k',
      rule.syscall { arch = { 'b64', 'b32' }, calls = 'open', key = 'k' })
  end)

  it('refuses what it does not know', function()
    assert.equal("rule.syscall: unknown option 'syscalls'; it has action, arch, calls, compare, " ..
      'fields, key, list, prepend', refusal(rule.syscall, { syscalls = 'open' }))
    assert.equal('rule.syscall: fields.euid: expected a text or a number, found a table',
      refusal(rule.syscall, { fields = { euid = {} } }))
  end)

  it('refuses what would leave a part of the rule out', function()
    for _, name in ipairs { 'calls', 'arch', 'fields', 'compare', 'key' } do
      for value, found in pairs {
        [{}] = 'an empty table', [{ 'a', nil, 'c' }] = 'a list with holes',
        [{ [true] = 'a' }] = 'a list with holes', [false] = 'a boolean', [{ {} }] = 'a table',
        [{ false, 'a' }] = 'a boolean',
      } do
        assert.equal(('rule.syscall: %s: expected a text or a list of texts, found %s'):format(name,
          found), refusal(rule.syscall, { [name] = value }))
      end
      if name ~= 'fields' then
        assert.equal(('rule.syscall: %s: expected a text or a list of texts, found a table with '
          .. 'names'):format(name), refusal(rule.syscall, { [name] = { open = true } }))
      end
    end
    assert.equal('rule.watch: perm: expected a text or a list of texts, found an empty table',
      refusal(rule.watch, '/x', { perm = {} }))
  end)

  it('refuses what is of another type', function()
    for name, expected in pairs { prepend = 'boolean', action = 'string', list = 'string' } do
      for _, value in ipairs { {}, 7 } do
        assert.equal(('rule.syscall: %s: expected a %s, found a %s'):format(name, expected,
          type(value)), refusal(rule.syscall, { [name] = value }))
      end
    end
    assert.equal('rule.syscall: prepend: expected a boolean, found a string',
      refusal(rule.syscall, { prepend = 'no' }))
    assert.equal('-a always,exit', rule.syscall { prepend = false })
  end)
end)

describe('rule in the configuration', function()
  it('makes rules, several in a list', function()
    local rules, mistakes = config_rules [[
      rules { rule.watch('/etc/x y', { perm = 'wa' }), 'rules.d',
        rule.syscall { arch = 'b64', calls = 'open' } }
      rules(rule.watch '/etc/z')
    ]]
    assert.same({}, mistakes)
    assert.same({ "-w '/etc/x y' -p wa", 'rules.d', '-a always,exit -F arch=b64 -S open',
      '-w /etc/z' }, rules)
  end)

  it('names the line of a mistake', function()
    local _, mistakes = config_rules "rules {\n  rule.watch(7) }"
    assert.same({ '3: rule.watch: expected a path, found a number' }, mistakes)
    _, mistakes = config_rules "rules { '-w /etc/passwd', 7 }"
    assert.same({ '2: rules: expected a path, a pattern, [[rules]] or a list of these, ' ..
      'found number 7' }, mistakes)
  end)

  it('opens no library to the file', function()
    local _, mistakes = config_rules "local x = ('x'):rep(9)"
    assert.matches('attempt to index', mistakes[1])
  end)
end)
