--- laudit rules, as far as no kernel is asked; spec/live/jobs/rules has the rest.
local generate = dofile 'spec/rules/generate.lua'
local process = require 'spec.cli.process'
local wire = require('laudit_engine').wire

local folder

local function compile(text, options)
  process.write(folder .. '/x.rules', text)
  local done = process.run(('cd %s && laudit rules compile %s x.rules'):format(folder,
    options or ''))
  return done.out, done.err, done.status
end

--- Lines with a dash before each.
local function lines(...)
  return table.concat({ ... }, '\n') .. '\n'
end

describe('laudit rules', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  it('helps, also with each command', function()
    for _, words in ipairs { '--help', 'help', '-h' } do
      local done = process.run('laudit rules ' .. words)
      assert.equal(0, done.status)
      assert.matches('^Usage: laudit rules COMMAND', done.out)
    end
    for _, command in ipairs { 'compile', 'decode', 'list', 'plan', 'load', 'clear', 'add',
      'delete', 'import' } do
      local done = process.run(('laudit rules %s --help'):format(command))
      assert.equal(0, done.status)
      assert.matches('^Usage: laudit rules ' .. command, done.out)
      assert.equal(done.out, process.run('laudit rules help ' .. command).out)
    end
  end)

  it('says what is wrong with a command line, and exits with 2', function()
    local wrong = {
      [''] = 'Usage: laudit rules COMMAND',
      ['lod'] = "laudit rules: unknown command 'lod' %(did you mean 'load'%?%)",
      ['compile -f xml'] = "unknown format 'xml'; known are text, hex, json",
      ['compile --arch z80'] = "unknown architecture 'z80'",
      ['compile -c a b'] = "either %-c or 'b'",
      ['list x'] = "unexpected 'x'",
      ['add'] = 'which rule%?',
      ['import'] = 'which FILE%?',
      ['import a b'] = "one FILE, not 'b' too",
    }
    for words, sentence in pairs(wrong) do
      local done = process.run('laudit rules ' .. words)
      assert.equal(2, done.status)
      assert.matches(sentence, done.err)
      assert.equal('', done.out)
    end
  end)

  it('compile what a sequence of commands leaves', function()
    local out, err, status = compile(lines('-w /etc/a -p wa -k gone', '-D', '-w /etc/a -p wa -k a',
      '-w /etc/b -p r -k b', '-A always,exit -F arch=b64 -S open -k first',
      '-a never,user -F uid=7', '-w /etc/c -p x -k b', '-W /etc/a -p wa -k a', '-D -k b',
      '-b 100', '-e 1', '# -w /etc/d'))
    assert.equal(0, status)
    assert.equal(lines('-b 100', '-a always,exit -F arch=b64 -S open -F key=first',
      '-a never,user -F uid=7', '-e 1'), out)
    assert.matches('nothing is there', err)
  end)

  it('write the settings too, those that lock last, and note what a format cannot hold', function()
    local rule = '-a never,user -F uid=1'
    local whole = lines('-b 8192', '-f 2', '-r 10', '--backlog_wait_time 7', rule, '-q /mnt,/a\\ b',
      '-t', '--loginuid-immutable', '-e 2')
    local text = lines('-e 2', '--loginuid-immutable', '-q "/mnt,/a b"', '-t', rule,
      '--backlog_wait_time 7', '-r 10', '-f 2', '-b 1', '-b 8192')
    assert.same({ whole, '', 0 }, { compile(text) })
    assert.same({ whole, '', 0 }, { compile(whole) })
    local out, err, status = compile(text, '-f hex')
    assert.matches('^%x+\n$', out)
    local note = 'note: x.rules:%d: %s has no place for %s; left out\n'
    assert.equal(note:format(10, 'hex', '-b 8192') .. note:format(8, 'hex', '-f 2') ..
      note:format(7, 'hex', '-r 10') .. note:format(6, 'hex', '--backlog_wait_time 7') ..
      note:format(3, 'hex', '-q /mnt,/a\\ b') .. note:format(4, 'hex', '-t') ..
      note:format(2, 'hex', '--loginuid-immutable') .. note:format(1, 'hex', '-e 2'), err)
    assert.equal(0, status)
    out, err = compile(text, '-f json')
    assert.matches('"enabled":2', out)
    assert.equal(note:format(3, 'JSON', '-q /mnt,/a\\ b') .. note:format(4, 'JSON', '-t'), err)
  end)

  it('compile perm to the calls it can match, on wish', function()
    local line = '-a always,exit -F arch=b32 -F path=/etc/passwd -F perm=x -k a'
    assert.equal('-a always,exit -F arch=b32 -S all -F path=/etc/passwd -F perm=x -F key=a\n',
      (compile(line)))
    assert.equal('-a always,exit -F arch=b32 -S execve,execveat -F path=/etc/passwd -F perm=x ' ..
      '-F key=a\n', (compile(line, '--narrow-perm')))
  end)

  it('note what only asks or acts, with what does the same', function()
    local out, err, status = compile(lines('-s', '-l -k x', '-m hello', '--signal HUP',
      '--reset-lost', '--reset_backlog_wait_time_actual', '-b 1'))
    assert.same({ '-b 1\n', 0 }, { out, status })
    local expected = {}
    for place, said in ipairs { { '-s', "'laudit status'" }, { '-l', "'laudit rules list'" },
      { '-m', "'laudit user-msg'" }, { '--signal', 'kill(1)' },
      { '--reset-lost', "'laudit lost --reset'" },
      { '--reset_backlog_wait_time_actual', "'laudit lost --reset-waited'" } } do
      expected[place] = ('note: x.rules:%d: %s is neither a rule nor a setting; left out: %s is ' ..
        'its like\n'):format(place, said[1], said[2])
    end
    assert.equal(table.concat(expected), err)
  end)

  it('note what 32-bit programs do unseen', function()
    local line = '-a always,exit -F arch=b64 -S open -k a'
    assert.equal("note: x.rules:1: no rule with the key 'a' is for b32: programs of 32 bits " ..
      'pass unseen\n', (select(2, compile(line))))
    assert.equal('', (select(2, compile(lines(line, (line:gsub('b64', 'b32')))))))
  end)

  it('note a rule that is there twice, with both places', function()
    local out, err, status = compile(lines('-a always,exit -F arch=b32 -S open -k a',
      '-a always,exit -F arch=b32 -S close -k b', '-a exit,always -F arch=b32 -S open -F key=a'))
    assert.equal('note: x.rules:3: the same rule as at x.rules:1; it counts once\n', err)
    assert.equal(0, status)
    assert.equal(lines('-a always,exit -F arch=b32 -S open -F key=a',
      '-a always,exit -F arch=b32 -S close -F key=b'), out)
  end)

  it('note a -D that forgets what was said before', function()
    process.write(folder .. '/first.rules', lines('-w /etc/a -p wa -k a', '-w /etc/b -p wa -k a'))
    process.write(folder .. '/second.rules', lines('# base', '-D', '-w /etc/c -p wa -k c'))
    local function notes(files)
      local done = process.run(('cd %s && laudit rules compile %s'):format(folder, files))
      assert.equal(0, done.status)
      return done.err:match 'note: [^\n]*%-D forgets[^\n]*'
    end
    assert.equal('note: second.rules:2: -D forgets 2 rules given before, from first.rules',
      notes 'first.rules second.rules')
    process.write(folder .. '/other.rules', '-w /etc/d -p wa -k d\n')
    assert.equal('note: second.rules:2: -D forgets 3 rules given before, from first.rules and ' ..
      'others', notes 'first.rules other.rules second.rules')
    assert.is_nil(notes 'second.rules first.rules')
  end)

  it('count the notes and mistakes that they do not say', function()
    local notes, mistakes = {}, {}
    for number = 1, 130 do
      notes[number] = ('-w /nowhere/%d -p wa -k a'):format(number)
      mistakes[number] = '-w nowhere'
    end
    local _, err = compile(lines(unpack(notes)))
    assert.equal(101, select(2, err:gsub('note: ', '')))
    assert.matches('note: %.%.%. and %d+ more\n', err)
    _, err = compile(lines(unpack(mistakes)))
    assert.matches('\n%.%.%. and 30 more\n130 mistakes\n$', err)
  end)

  it('bring to the front what -A has a second time', function()
    local out, err = compile(lines('-a always,exit -F arch=b32 -S open -k a',
      '-a always,exit -F arch=b32 -S close -k b', '-A always,exit -F arch=b32 -S close -k b'))
    assert.equal('note: x.rules:3: the same rule as at x.rules:2, which -A brings to the front\n',
      err)
    assert.equal(lines('-a always,exit -F arch=b32 -S close -F key=b',
      '-a always,exit -F arch=b32 -S open -F key=a'), out)
  end)

  it('refuse to delete what is not there, unless errors are to be ignored', function()
    local out, err, status = compile(lines('-a always,exit -F arch=b64 -S open -k a',
      '-d always,exit -F arch=b64 -S close -k a'))
    assert.same({ '', 1 }, { out, status })
    assert.equal('x.rules:2: no line before has this rule, so it cannot be deleted\n', err)
    for option, expected in pairs { ['-i'] = 0, ['-c'] = 1 } do
      out, err, status = compile(lines(option, '-a always,exit -F arch=b64 -S open -k a',
        '-d always,exit -F arch=b64 -S close -k a', '-a always,exit -S nonsense'))
      assert.same({ '-a always,exit -F arch=b64 -S open -F key=a\n', expected }, { out, status })
      assert.matches('^note: x.rules:3: no line before.*; left out\nnote: x.rules:4: .*left out',
        err)
    end
  end)

  it('say every mistake and write nothing', function()
    local out, err, status = compile(lines('-a always,exit -F auid>=x', '-w /etc/a -p wa',
      '-a always,nowhere -S open'))
    assert.same({ '', 1 }, { out, status })
    assert.matches('^x.rules:1: .*\nx.rules:3: .*\n2 mistakes\n$', (err:gsub('note:[^\n]*\n', '')))
  end)

  it('merge a folder, and read standard input', function()
    process.shell(('cd %s && mkdir d && printf -- "-e 2\\n-a never,user -F uid=1\\n" >d/9.rules && '
      .. 'printf -- "-a never,user -F uid=2\\n" >d/10.rules'):format(folder))
    assert.equal(lines('-a never,user -F uid=1', '-a never,user -F uid=2', '-e 2'),
      process.run(('cd %s && laudit rules compile d'):format(folder)).out)
    assert.equal(lines('-a never,user -F uid=2', '-a never,user -F uid=1', '-e 2'),
      process.run(('cd %s && laudit rules compile - d/9.rules <d/10.rules'):format(folder)).out)
    assert.matches('nowhere: No such file', process.run 'laudit rules compile /nowhere'.err)
  end)

  it('take the rules of a configuration', function()
    process.shell(('cd %s && mkdir d && printf -- "-a never,user -F uid=2\\n" >d/10.rules && '
      .. 'printf -- "-a never,user -F uid=1\\n" >d/9.rules'):format(folder))
    local output = "output 'x' { type = 'stdout' }\n"
    process.write(folder .. '/laudit.lua', output .. "rules '-a never,user -F uid=3'\n" ..
      "rules 'd/*.rules'\nrules 'd'\n")
    local done = process.run(('laudit rules compile -c %s/laudit.lua'):format(folder))
    assert.equal(lines('-a never,user -F uid=3', '-a never,user -F uid=1',
      '-a never,user -F uid=2'), done.out)
    assert.equal(0, done.status)
    process.write(folder .. '/laudit.lua', output .. "rules 'e/*.rules'\n")
    done = process.run(('laudit rules compile -c %s/laudit.lua'):format(folder))
    assert.equal(1, done.status)
    assert.matches('^[^\n]*e/%*.rules: matches no file\n$', done.err)
    process.shell(('mkdir %s/empty'):format(folder))
    done = process.run(('laudit rules compile %s/empty'):format(folder))
    assert.equal(1, done.status)
    assert.matches('^[^\n]*/empty: this folder has no file %*.rules\n$', done.err)
  end)

  it('give rules that a function made the line that made them', function()
    local function run(text, options)
      process.write(folder .. '/laudit.lua', "output 'x' { type = 'stdout' }\n" .. text)
      return process.run(('laudit rules compile %s -c %s/laudit.lua'):format(options or '', folder))
    end
    local made = "rules(rule.syscall { arch = { 'b64', 'b32' }, calls = '%s' })\n"
    local done = run(made:format 'open' .. "rules '-a never,user -F uid=3'\n" ..
      'rules [[\n-a never,user -F uid=4\n-a never,user -F uid=5]]', '-f json')
    local lines_of = {}
    for line in done.out:gmatch '"line":(%d+)' do
      lines_of[#lines_of + 1] = line
    end
    assert.equal('2 2 3 5 6', table.concat(lines_of, ' '))
    done = run(made:format 'opem')
    local mistake = '[^\n]*laudit.lua:2: [^\n]*\n'
    assert.matches('^' .. mistake .. mistake .. '2 mistakes\n$', done.err)
  end)

  it('decode what they compile', function()
    local hex = compile('-a always,exit -F arch=b64 -S open -k a\n', '-f hex')
    assert.matches('^%x+\n$', hex)
    process.write(folder .. '/hex', hex .. 'zz\n' .. '0000\n\n' .. hex)
    local done = process.run(('laudit rules decode %s/hex'):format(folder))
    assert.equal(lines('-a always,exit -F arch=b64 -S open -F key=a',
      '-a always,exit -F arch=b64 -S open -F key=a'), done.out)
    assert.equal(1, done.status)
    assert.matches('hex:2: no line of hex digits\n.*hex:3: no rule', done.err)
    assert.equal(0, process.run(('laudit rules decode <%s/x.rules </dev/null'):format(folder))
      .status)
  end)

  it('decode, but tell of what no line can say', function()
    local function hex(...)
      return (wire.encode(generate.rule(...)):gsub('.', function(byte)
        return ('%02x'):format(byte:byte())
      end)) .. '\n'
    end
    process.write(folder .. '/hex', hex('never,user', 'all', { 'uid', '=', 7 }) ..
      hex('always,exit', nil, { 'uid', '=', 0 }) ..
      hex('always,exit', 'all', { 'subj_sen', '<', '=x' }))
    local done = process.run(('laudit rules decode %s/hex'):format(folder))
    assert.equal(lines('-a never,user -F uid=7', '-a always,exit -F uid=0',
      '-a always,exit -S all -F subj_sen<=x'), done.out)
    local note = "note: rule %d is none that a line can say: '%s' would be read as another, or " ..
      'not at all; --format hex has it as it is'
    assert.equal(lines(note:format(2, '-a always,exit -F uid=0'),
      note:format(3, '-a always,exit -S all -F subj_sen<=x')), done.err)
    assert.equal(0, done.status)
    assert.equal('', process.run(('laudit rules decode -f json %s/hex'):format(folder)).err)
  end)

  it('read and write JSON', function()
    local rule = '-a always,exit -F arch=b32 -S open -F key=a\n'
    local json = compile(rule .. '-b 100\n', '-f json')
    assert.matches('"rules"', json)
    process.write(folder .. '/x.json', '\n' .. json)
    local done = process.run(('cd %s && laudit rules compile x.json'):format(folder))
    assert.same({ '-b 100\n' .. rule, '', 0 }, { done.out, done.err, done.status })
    process.write(folder .. '/x.json', '{ "rules": [ 7 ] }')
    done = process.run(('cd %s && laudit rules compile x.json'):format(folder))
    assert.same({ '', 1 }, { done.out, done.status })
    assert.matches('^x.json: rules%[0%]', done.err)
    local hex = compile(rule, '-f hex')
    process.write(folder .. '/hex', hex)
    done = process.run(('laudit rules decode -f json %s/hex'):format(folder))
    assert.matches('"rules"', done.out)
  end)

  it('import what other tools have', function()
    process.write(folder .. '/go-audit.yaml',
      'rules:\n  - -a exit,always -F arch=b64 -S open -k a\n')
    local done = process.run(('cd %s && laudit rules import go-audit.yaml'):format(folder))
    assert.equal('-D\n-a always,exit -F arch=b64 -S open -F key=a\n', done.out)
    assert.equal(0, done.status)
    process.write(folder .. '/go-audit.yaml', 'rules:\n  - -a nonsense\n')
    done = process.run(('cd %s && laudit rules import go-audit.yaml'):format(folder))
    assert.same({ '', 1 }, { done.out, done.status })
    assert.matches('^note: go%-audit.yaml: taken for YAML, by its first line\ngo%-audit.yaml:2: ',
      done.err)
    for text, form in pairs { ['hello world'] = 'lines of auditctl',
      ['{rules: [-w /x]}'] = 'JSON' } do
      process.write(folder .. '/x', text)
      done = process.run(('cd %s && laudit rules import x'):format(folder))
      assert.matches('^note: x: taken for ' .. form .. ', by its first line\nx:1:', done.err)
    end
    assert.matches('^/nowhere: No such', process.run 'laudit rules import /nowhere'.err)
  end)

  it('compile for other architectures', function()
    local rule = '-a always,exit -F arch=b64 -S openat -k a\n'
    local here, there = compile(rule, '-f hex --arch x86_64'), compile(rule,
      '-f hex --arch aarch64')
    assert.are_not.equal(here, there)
    process.write(folder .. '/hex', there)
    assert.equal('-a always,exit -F arch=b64 -S openat -F key=a\n',
      process.run(('laudit rules decode --arch aarch64 %s/hex'):format(folder)).out)
  end)

  it('keep a directory of -w one, also for other architectures', function()
    local here = process.shell 'uname -m':match '%S+'
    local there = here == 'aarch64' and 'x86_64' or 'aarch64'
    local line = '-w /etc/ -p wa\n'
    local out, err = compile(line, '--arch ' .. there)
    assert.same({ line, '' }, { out, err })
    assert.matches('"name":"dir"', (compile(out, '-f json --arch ' .. there)))
    process.write(folder .. '/hex', (compile(line, '-f hex --arch ' .. there)))
    assert.equal(line, process.run(('laudit rules decode --arch %s %s/hex'):format(there, folder))
      .out)
    for _, option in ipairs { '', '--arch ' .. here } do
      assert.equal('-w /etc -p wa\n', (compile('-w /etc -p wa\n', option)))
      assert.matches('"name":"dir"', (compile('-w /etc -p wa\n', '-f json ' .. option)))
    end
    out = process.run(('cd %s && laudit rules import x.rules'):format(folder)).out
    assert.equal('-w /etc -p wa\n', out)
    process.write(folder .. '/x.rules', line)
    assert.equal(line, process.run(('cd %s && laudit rules import x.rules'):format(folder)).out)
    out, err = compile('-w /etc -p wa\n-w /etc/passwd -p wa\n-w /no/such -p wa\n',
      '--arch ' .. there)
    assert.equal('-w /etc -p wa\n-w /etc/passwd -p wa\n-w /no/such -p wa\n', out)
    local note = 'note: x.rules:%d: -w %s: without a slash at its end this is taken for a file, ' ..
      'because no path is looked up\n'
    assert.equal(note:format(1, '/etc') .. note:format(3, '/no/such'), err)
  end)

  it('leave what a kernel would keep of the same commands (100 random sequences)', function()
    math.randomseed(41)
    local function rule(number)
      return ('exit -F arch=b64 -S open -F a1=0x%x -F key=%s'):format(number, 'k' .. number % 3)
    end
    local function place_of(kept, number)
      for place, each in ipairs(kept) do
        if each == number then
          return place
        end
      end
    end
    local function step(kept, commands)
      local number, dice = math.random(0, 7), math.random(10)
      local place = place_of(kept, number)
      if dice == 1 then
        local key = math.random(0, 2)
        table.insert(commands, '-D -k k' .. key)
        for index = #kept, 1, -1 do
          if kept[index] % 3 == key then
            table.remove(kept, index)
          end
        end
      elseif dice < 4 and place then
        table.insert(commands, '-d always,' .. rule(number))
        table.remove(kept, place)
      elseif dice < 7 then
        table.insert(commands, '-A always,' .. rule(number))
        table.insert(kept, 1, place and table.remove(kept, place) or number)
      else
        table.insert(commands, '-a always,' .. rule(number))
        if not place then
          table.insert(kept, number)
        end
      end
    end
    for _ = 1, 100 do
      local kept, commands = {}, {}
      for _ = 1, 20 do
        step(kept, commands)
      end
      for index, number in ipairs(kept) do
        kept[index] = '-a always,' .. rule(number) .. '\n'
      end
      assert.equal(table.concat(kept), (compile(lines(unpack(commands)))))
    end
  end)
end)
