--- Files, folders and patterns of rules, lines and JSON side by side, as the commands read them.
local process = require 'spec.cli.process'

local folder

local function write(files)
  for name, text in pairs(files) do
    process.write(folder .. '/' .. name, text)
  end
end

--- Runs `laudit rules compile WORDS` in the folder: what is written, what is said, status.
local function compile(words)
  local done = process.run(('cd %s && laudit rules compile %s'):format(folder, words))
  return done.out, done.err, done.status
end

--- What the rules of a configuration are.
local function compile_config(rules)
  write { ['laudit.lua'] = ("output 'x' { type = 'stdout' }\n%s\n"):format(rules) }
  return compile '-c laudit.lua'
end

--- A rule as it is written, and as JSON.
local function rule(uid)
  return ('-a never,user -F uid=%d\n'):format(uid)
end

local function json(uid)
  return ('{ "list": "user", "action": "never", "fields": ' ..
    '[ { "name": "uid", "op": "=", "value": %d } ] }'):format(uid)
end

describe('files of rules', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
    process.shell('mkdir ' .. folder .. '/r')
  end)

  after_each(function()
    process.remove(folder)
  end)

  it('may begin with more blanks than fit into one piece of memory', function()
    local lines = {}
    for uid = 1, 3000 do
      lines[uid] = rule(uid)
    end
    local text = table.concat(lines)
    write { ['r/1.rules'] = (' '):rep(20000) .. '\n' .. text }
    assert.same({ text, '', 0 }, { compile 'r' })
    assert.same({ text, '', 0 }, { compile_config "rules 'r/*.rules'" })
    assert.same({ text, '', 0 }, { compile 'r/1.rules' })
  end)

  it('are lines or JSON each by itself, in a folder and in a pattern', function()
    write { ['r/10.rules'] = rule(3) .. '{ no rule\n' }
    local _, err, status = compile 'r'
    assert.equal(1, status)
    assert.matches('^r/10.rules:2: ', err)
    write { ['r/9.rules'] = '\n [ ' .. json(1) .. ',\n' .. json(2) .. ' ]',
      ['r/10.rules'] = rule(3), ['r/11.rules'] = '{ "rules": [ ' .. json(4) .. ' ] }' }
    local all = rule(1) .. rule(2) .. rule(3) .. rule(4)
    assert.same({ all, '', 0 }, { compile 'r' })
    assert.same({ all, '', 0 }, { compile_config "rules 'r/*.rules'" })
    assert.same({ all, '', 0 }, { compile_config "rules 'r'" })
    assert.same({ rule(4) .. rule(1) .. rule(2), '', 0 }, { compile 'r/11.rules r/9.rules' })
  end)

  it('say mistakes in JSON with the file of the folder', function()
    write { ['r/1.rules'] = rule(1), ['r/2.rules'] = '{ "rules": [ ' .. json(2) .. ', 7 ] }',
      ['r/3.rules'] = '{' }
    local out, err, status = compile 'r'
    assert.same({ '', 1 }, { out, status })
    assert.matches('^r/2.rules: rules%[1%]: .*\nr/3.rules:1:1: .*\n2 mistakes\n$', err)
  end)

  it('delete no rules of other files of their folder, as JSON', function()
    local document = '{ "delete": true, "rules": [ ' .. json(2) .. ' ] }'
    write { ['r/1.rules'] = rule(1), ['r/2.rules'] = document }
    assert.same({ rule(1) .. rule(2),
      'note: r/2.rules: delete: would delete the rules of the files before; left out\n', 0 },
      { compile 'r' })
    assert.same({ rule(2), 'note: r/2.rules: delete: -D forgets 1 rule given before, from ' ..
      'r/1.rules\n', 0 }, { compile 'r/1.rules r/2.rules' })
  end)

  it('may begin with a mark of order', function()
    local mark = '\239\187\191'
    write { ['r/1.rules'] = mark .. rule(1), ['r/2.rules'] = mark .. '[' .. json(2) .. ']' }
    assert.same({ rule(1) .. rule(2), '', 0 }, { compile 'r' })
    assert.same({ rule(1), '', 0 }, { compile '- <r/1.rules' })
  end)

  it('are no pipes in a folder, a pattern or a configuration', function()
    process.shell(('cd %s && mkfifo r/2.rules pipe && ln -s /dev/null r/3.rules'):format(folder))
    write { ['r/1.rules'] = rule(1) }
    local function refusal(words)
      local done = process.run(('cd %s && timeout 5 %s %s'):format(folder, process.binary, words))
      assert.same({ '', 1 }, { done.out, done.status })
      return done.err
    end
    local function configured(rules)
      write { ['laudit.lua'] = ("output 'x' { type = 'stdout' }\nrules '%s'\n"):format(rules) }
      local said = refusal 'rules compile -c laudit.lua'
      assert.equal(said .. '1 mistake\n', refusal 'check -c laudit.lua')
      return said
    end
    assert.equal('r/2.rules: is no regular file\n', refusal 'rules compile r')
    local place = 'laudit.lua:2: rules: '
    for _, rules in ipairs { 'r', 'r/*.rules', 'r/2.rules' } do
      assert.equal(place .. 'r/2.rules: is no regular file\n', configured(rules))
    end
    assert.equal(place .. 'pipe: is no regular file\n', configured 'pipe')
    process.shell(('rm %s/r/2.rules'):format(folder))
    assert.equal(place .. 'r/3.rules: is no regular file\n', configured 'r')
  end)

  it('may be a pipe where the command line names it', function()
    process.shell(('cd %s && mkfifo pipe'):format(folder))
    write { ['a.rules'] = rule(1) }
    local command = 'cd %s; (timeout 5 cat a.rules >pipe) & timeout 5 %s rules compile pipe'
    local done = process.run(command:format(folder, process.binary))
    assert.same({ rule(1), '', 0 }, { done.out, done.err, done.status })
    assert.same({ rule(1), '', 0 }, { compile '- <a.rules' })
  end)

  it('are guarded where they are for the kernel: compile reads any', function()
    local open = 'laudit.lua:2: rules: r/1.rules: everybody may write to it: rules for the ' ..
      'kernel come from files that others cannot change\n'
    local function check(rules)
      write { ['laudit.lua'] = ("output 'x' { type = 'stdout' }\nrules '%s'\n"):format(rules) }
      return process.run(('cd %s && laudit check -c laudit.lua'):format(folder))
    end
    write { ['r/1.rules'] = rule(1) }
    process.shell(('chmod 660 %s/r/1.rules'):format(folder))
    assert.equal(0, check('r').status)
    process.shell(('chmod 662 %s/r/1.rules'):format(folder))
    for _, rules in ipairs { 'r', 'r/*.rules', 'r/1.rules' } do
      local done = check(rules)
      assert.same({ open .. '1 mistake\n', 1 }, { done.err, done.status })
      assert.same({ rule(1), '', 0 }, { compile '-c laudit.lua' })
    end
    assert.same({ rule(1), '', 0 }, { compile 'r' })
  end)

  it('cannot have a line that goes on in the next', function()
    for _, ending in ipairs { '\n', '\r\n' } do
      write { ['x.rules'] = '-a never,user \\' .. ending .. '-F uid=1' .. ending }
      local _, err = compile 'x.rules'
      assert.matches('^x.rules:1: column 15: nothing stands behind this backslash: a line ' ..
        'cannot go on in the next\n', err)
    end
  end)

  it('are no JSON where they begin with a NUL', function()
    write { ['r/1.rules'] = '\0{ "rules": [] }' }
    local _, err = compile 'r/1.rules'
    assert.matches('^r/1.rules:1: column 1: a NUL byte', err)
  end)

  it('forgive behind -i or -c to their own end, that of the folder', function()
    local bad = '-w /etc -p q\n'
    write { ['i.rules'] = '-i\n' .. bad .. rule(1), ['c.rules'] = '-c\n' .. bad .. rule(2),
      ['bad.rules'] = rule(3) .. bad, ['r/1.rules'] = rule(4) .. '-i\n',
      ['r/2.rules'] = bad .. rule(5), ['r/3.rules'] = '[ ' .. json(6) .. ', 7 ]' }
    local out, err, status = compile 'i.rules bad.rules'
    assert.same({ '', 1 }, { out, status })
    assert.matches('note: i.rules:2: .*; left out\nbad.rules:2: [^\n]*\n$', err)
    out, err, status = compile 'r'
    assert.same({ rule(4) .. rule(5) .. rule(6), 0 }, { out, status })
    assert.matches('note: r/2.rules:1: .*; left out\nnote: r/3.rules: rules%[1%]: .*; left out\n$',
      err)
    assert.equal(1, select(3, compile 'r bad.rules'))
    out, err, status = compile 'i.rules c.rules'
    assert.same({ rule(1) .. rule(2), 1 }, { out, status })
    assert.matches('note: c.rules:2: ', err)
    assert.equal(1, select(3, compile 'c.rules i.rules'))
  end)

  it('are said by their end where their path is long', function()
    local deep = ('r' .. ('/' .. ('d'):rep(250)):rep(5))
    process.shell(('cd %s && mkdir -p %s'):format(folder, deep))
    write { [deep .. '/x.rules'] = rule(1) .. rule(1) .. '-w /etc -p q\n',
      [deep .. '/x.json'] = '[ ' .. json(2) .. ', 7 ]' }
    local _, err = compile(deep .. '/x.rules')
    assert.matches('^note: %.%.%.[d/]+x.rules:2: the same rule as at %.%.%.[d/]+x.rules:1; ' ..
      'it counts once\n%.%.%.[d/]+x.rules:3: %-p q: ', err)
    err = select(2, compile(deep .. '/x.json'))
    assert.matches('^%.%.%.[d/]+x.json: rules%[1%]: ', err)
  end)
end)

describe('what a file of rules may ask for', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  --- The one mistake of `laudit rules WORDS`.
  local function mistake(words)
    local done = process.run(('cd %s && laudit rules %s'):format(folder, words))
    assert.equal(1, done.status)
    return (done.err:gsub('note: [^\n]*\n', ''))
  end

  it('is 16384 rules, and one mistake says so', function()
    local lines = {}
    for uid = 1, 17000 do
      lines[uid] = rule(uid)
    end
    write { ['a.rules'] = '-i\n' .. table.concat(lines), ['b.rules'] = rule(1) }
    assert.equal('a.rules:16386: more than 16384 rules\n', mistake 'compile a.rules b.rules')
    local hex = compile 'b.rules -f hex'
    write { ['hex'] = ('\n'):rep(1000) .. hex:rep(8000) }
    assert.equal('hex:1385: more than 16384 rules\n', mistake 'decode hex hex hex')
  end)

  it('is a number of commands, and one mistake says so', function()
    write { ['a.rules'] = '-c\n' .. ('-w /a\n'):rep(40000),
      ['b.rules'] = ('# x\n\n'):rep(40000) .. rule(1) }
    assert.equal('a.rules:32769: more than 32768 commands\n', mistake 'compile a.rules a.rules')
    assert.equal('a.rules:32769: more than 32768 commands\n', mistake 'import a.rules')
    assert.same({ rule(1), '', 0 }, { compile 'b.rules' })
    local many = (json(1) .. ','):rep(40000)
    write { ['a.json'] = '[ ' .. many .. json(2) .. ' ]',
      ['a.yaml'] = 'rules:\n' .. ('- -w /a\n'):rep(40000) }
    assert.equal('a.json: rules[32768]: more than 32768 commands\n',
      mistake 'compile a.json a.json')
    assert.equal('a.yaml:32769:3: more than 32768 commands\n', mistake 'import a.yaml')
  end)

  it('is a number of lines, and of parts of a document', function()
    write { ['a.rules'] = ('\n'):rep(1048577), ['a.json'] = '[' .. ('{},'):rep(600000) .. '{}]' }
    assert.equal('a.rules: more than 1048576 lines\n', mistake 'compile a.rules')
    assert.equal('a.rules: more than 1048576 lines\n', mistake 'decode a.rules')
    assert.equal('a.json: has more than 1048576 brackets and commas\n', mistake 'compile a.json')
  end)
end)
