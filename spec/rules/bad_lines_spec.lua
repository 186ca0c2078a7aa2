--- Bad lines: the sentences of docs/rules.md, and what a table cannot show.
local rules = require 'laudit_engine'.rules
local tables = require 'spec.rules.tables'

local X86_64 = 0xc000003e
local WORLD = { arch = X86_64, knows = true }

--- The sentence for a bad line, without its place.
local function sentence(line, world)
  local commands, mistakes = rules.read_text(line, 'a.rules', world or WORLD)
  assert.equal(0, #commands, line)
  assert.equal(1, #mistakes, line)
  return (mistakes[1]:gsub('^a%.rules:1: ', ''))
end

describe('a bad line', function()
  it('has the sentence that the documentation shows', function()
    local count = 0
    for _, cells in ipairs(tables.rows('Bad lines', '`')) do
      local line, said = cells[1]:match '^`(.*)`$', cells[2]:match '^`(.*)`$'
      if line and said then
        assert.equal(said, sentence(line))
        count = count + 1
      end
    end
    assert.is_true(count > 70, count)
  end)

  it('is told with its file and line, and all of them at once', function()
    local _, mistakes = rules.read_text('-b x\n-w /etc/passwd\n\n# fine\n-e 7\n', 'b.rules', WORLD)
    assert.same({ "b.rules:1: -b x: 'x' is no number", 'b.rules:5: -e 7: must be 0, 1 or 2' },
      mistakes)
  end)

  it('leaves the good ones as they are', function()
    local commands = rules.read_text('-b 1\n-b x\n-b 3\n', 'b.rules', WORLD)
    assert.same({ 1, 3 }, { commands[1].line, commands[2].line })
    assert.equal(2, #commands)
  end)

  it('adds nothing of what it said before its mistake', function()
    assert.equal('-e 3: must be 0, 1 or 2', sentence '-b 8192 -f 1 -e 3')
    assert.equal('-x: unknown option', sentence '-b 8192 -a exit,always -x')
  end)

  it('is short about a long word', function()
    local said = sentence('-a exit,always -F uid=' .. ('x'):rep(30000))
    assert.is_true(#said < 600, #said)
  end)
end)

describe('limits', function()
  local function long(count)
    return ('x'):rep(count)
  end

  local function matches(pattern, line, world)
    assert.matches(pattern, sentence(line, world))
  end

  it('hold for keys', function()
    local line = '-w /etc/passwd -k %s -k %s'
    matches('all keys of a rule have at most 256 bytes together$', line:format(long(200), long(56)))
    local commands = rules.read_text(line:format(long(200), long(55)), 'a.rules', WORLD)
    assert.equal(256, commands[1].rule.fields[3].value)
    matches('byte 0x01 parts keys', '-w /etc/passwd -k a\1b')
    for _, name in ipairs { 'key', 'KEY', 'Key' } do
      local field = '-a exit,always -S open -F ' .. name
      matches('all keys of a rule have at most 256 bytes together$', field .. '=' .. long(257))
      matches('this key has 257 bytes: 256 are the most$', field .. '!=' .. long(257))
      matches('byte 0x01 parts keys: give each its own %-k$', field .. '=a\1b')
      matches('byte 0x01 parts keys, and != takes one$', field .. '!=a\1b')
      matches('a value is missing', field .. '!=')
      matches('a rule holds one key field', field .. '!=a -F key!=b')
      matches('a rule holds one key field', field .. '!=a -k b')
    end
  end)

  it('hold for paths and texts', function()
    local path = ('/' .. long(255)):rep(16)
    matches('this path has 4096 bytes: 4095 are the most', '-w ' .. path)
    assert.equal(1, #rules.read_text('-w ' .. path:sub(1, 4095), 'a.rules', WORLD))
    matches('the last name in this path has more than 255 bytes', '-w /' .. long(256))
    matches('this path has 4096 bytes', '-a exit,always -F exe=' .. path)
    matches('this text has 4097 bytes: 4096 are the most', '-a exit,always -F subj_user=' ..
      long(4097))
    matches('the texts of this rule have 7915 bytes: 7914 are the most',
      ('-a exit,always -F subj_user=%s -F subj_role=%s'):format(long(4000), long(3915)))
    assert.equal(1, #rules.read_text(('-a exit,always -F subj_user=%s -F subj_role=%s'):format(
      long(4000), long(3914)), 'a.rules', WORLD))
  end)

  it('hold for the number of fields, the key among them', function()
    local line = '-a exit,always -S open' .. (' -F pid!=1'):rep(64)
    assert.equal(64, #rules.read_text(line, 'a.rules', WORLD)[1].rule.fields)
    matches('^%-F uid=0: a rule holds at most 64 fields$', line .. ' -F uid=0')
    matches('^%-C uid=euid: a rule holds at most 64 fields$', line .. ' -C uid=euid')
    matches('^%-k x: a rule holds at most 64 fields$', line .. ' -k x')
  end)

  it('hold for numbers', function()
    matches('32 bits', '-a exit,always -F a0=4294967296')
    matches('32 bits', '-a exit,always -F exit=-2147483649')
    matches('is no number', '-a exit,always -F a0=99999999999999999999')
    matches('is no number', '-b 12x')
    matches('is no number', '-b 08')
    matches('is negative', '-b -1')
  end)

  it('hold for lines', function()
    matches('^this line has 32769 bytes: 32768 are the most$', '-w /' .. long(32765))
    matches('^this line has 1048576 bytes', ('a'):rep(2 ^ 20))
  end)

  it('are those of the kernel that is asked', function()
    local old = { arch = X86_64, features = 0 }
    matches('this kernel does not know the field exe', '-a exit,always -F exe=/bin/su', old)
    matches('this kernel does not know the field sessionid', '-a exit,always -F sessionid=1', old)
    matches('this kernel has no filesystem list', '-a filesystem,never -F fstype=tracefs', old)
    matches("on this kernel's exclude list only msgtype", '-a exclude,never -F uid=0', old)
    assert.equal(1, #rules.read_text('-a exclude,never -F msgtype=CWD', 'a.rules', old))
  end)
end)

describe('hostile text', function()
  it('may hold any byte', function()
    assert.equal('column 9: a NUL byte', sentence '-w /etc/\0x')
    assert.equal("column 4: this quote is never closed", sentence "-w '/etc")
    assert.equal("column 4: this quote is never closed", sentence "-w $'/etc\\'")
    assert.equal('column 5: nothing stands behind this backslash: a line cannot go on in the next',
      sentence '-w /\\')
    assert.matches('unknown field', sentence '-a exit,always -F \255\254=\128')
    assert.matches('\\x1B', sentence '-a exit,always -F \27[2J=0')
    assert.matches('knows \\xHH', sentence "-w $'/\\q'")
    assert.matches('NUL', sentence "-w $'/\\x00'")
  end)

  it('may be of other systems', function()
    local commands, mistakes = rules.read_text('-b 1\r\n\r\n\t-f\t1 \r\n-e 1', 'a.rules', WORLD)
    assert.same({}, mistakes)
    assert.equal(3, #commands)
  end)

  it('may be words that no line holds', function()
    local commands, said = rules.read_words({ '-w', '/a\0b' }, WORLD)
    assert.is_nil(commands)
    assert.equal('a NUL byte in a word', said)
    assert.equal('/a\nb', rules.read_words({ '-w', '/a\nb' }, WORLD)[1].rule.fields[1].text)
    assert.equal('an empty command', select(2, rules.read_words({}, WORLD)))
    assert.matches('without an option', select(2, rules.read_words({ '' }, WORLD)))
  end)
end)
