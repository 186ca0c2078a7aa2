local process = require 'spec.cli.process'

local run = process.run

describe('laudit', function()
  it('says its version', function()
    for _, word in ipairs { 'version', '--version', '-V' } do
      local done = run('laudit ' .. word)
      assert.equal(0, done.status)
      assert.matches('^laudit %d+%.%d+%.%d+\n$', done.out)
    end
  end)

  it('helps, also with each command', function()
    local done = run 'laudit --help'
    assert.equal(0, done.status)
    for _, command in ipairs { 'run', 'replay', 'record', 'check', 'rules', 'status', 'set', 'lost',
      'features', 'signal-info', 'user-msg', 'import', 'version' } do
      local pattern = command:gsub('%-', '%%-')
      assert.matches('\n  ' .. pattern .. ' +%u', done.out)
      for _, way in ipairs { '%s --help', '%s -h', 'help %s' } do
        local text = run('laudit ' .. way:format(command))
        assert.equal(0, text.status)
        assert.matches('^Usage: laudit ' .. pattern, text.out)
        assert.matches('\n  %-h, %-%-help', text.out)
        assert.equal('', text.err)
      end
    end
  end)

  it('helps, also with each command of rules', function()
    local list = run 'laudit rules --help'
    assert.equal(0, list.status)
    assert.equal(list.out, run('laudit help rules').out)
    for _, command in ipairs { 'compile', 'decode', 'list', 'plan', 'load', 'clear', 'add',
      'delete', 'import' } do
      assert.matches('\n  ' .. command .. ' +%u', list.out)
      for _, way in ipairs { 'rules %s --help', 'rules %s -h', 'rules help %s', 'help rules %s',
        '--help rules %s' } do
        local text = run('laudit ' .. way:format(command))
        assert.equal(0, text.status)
        assert.matches('^Usage: laudit rules ' .. command, text.out)
        assert.matches('\n  %-h, %-%-help', text.out)
        assert.equal('', text.err)
      end
    end
  end)

  it('takes the word help alone for --help, and does nothing else', function()
    local drop = process.shell 'id -u' == '0\n' and 'setpriv --bounding-set -all ' or ''
    local unable = drop .. process.quote(process.binary)
    for _, command in ipairs { 'run', 'replay', 'record', 'check', 'rules', 'status', 'set', 'lost',
      'features', 'signal-info', 'user-msg', 'import', 'version', 'rules compile', 'rules decode',
      'rules list', 'rules plan', 'rules load', 'rules clear', 'rules add', 'rules delete',
      'rules import' } do
      local done = run(('cd "$(mktemp -d)" && %s %s help && rmdir "$PWD"'):format(unable, command))
      assert.same(run('laudit ' .. command .. ' --help'), done, command)
    end
  end)

  it('helps whoever asks for help about help', function()
    for words, page in pairs { ['help'] = { 'help help', 'help --help', 'help -h', '-h --help' },
      ['help version'] = { '--version --help', '-V -h', 'version -h' },
      ['help output'] = { 'help output --help', 'help output -h' },
      ['rules --help'] = { 'help rules', 'rules help', 'rules help help', 'rules help -h' },
      ['rules add --help'] = { 'rules add -h x', 'rules add --help x' },
    } do
      local expected = run('laudit ' .. words)
      assert.equal(0, expected.status)
      for _, way in ipairs(page) do
        assert.same(expected, run('laudit ' .. way), way)
      end
    end
  end)

  it('lists the formats that replay takes, and no others', function()
    local help = run('laudit replay --help').out:gsub('%s+', ' ')
    local refusal = run('laudit replay -f xml').err
    assert.truthy(help:find(': ' .. refusal:match 'known are ([^\n]+)' .. ' -a,', 1, true), help)
    local formats = run('laudit help output').out:match '\nFormats:\n(.*)$'
    local names = {}
    for name in formats:gmatch '\n?  ([%l-]+) +%l' do
      names[#names + 1] = name
    end
    assert.equal(table.concat(names, ', ') .. ', none', refusal:match 'known are ([^\n]+)')
  end)

  it('keeps its help within 92 columns', function()
    for _, words in ipairs { 'help', 'version -h',
      'run -h', 'replay -h', 'record -h', 'check -h', 'rules -h',
      'rules compile -h', 'rules decode -h', 'rules list -h', 'rules plan -h', 'rules load -h',
      'rules clear -h', 'rules add -h', 'rules delete -h', 'status -h',
      'set -h', 'lost -h', 'features -h', 'signal-info -h', 'user-msg -h', 'import -h',
      'help output', 'help output stdout', 'help output file', 'help output http',
      'help output kafka', 'help output mqtt', 'help output syslog', 'help output gelf',
      'help output unix', 'help output exec' } do
      for line in run('laudit ' .. words).out:gmatch '[^\n]+' do
        assert.is_true(#line <= 92, line)
      end
    end
  end)

  it('says what is wrong with a command line, and exits with 2', function()
    local wrong = {
      [''] = 'Usage: laudit COMMAND',
      ['replya'] = "laudit: unknown command 'replya' %(did you mean 'replay'%?%)",
      ['--bogus'] = "laudit: unknown option '%-%-bogus'",
      ['replay --formt json'] = "unknown option '%-%-formt' %(did you mean '%-%-format'%?%)",
      ['replay -z'] = "unknown option '%-z'",
      ['replay --format'] = "option '%-%-format' needs a value: FORMAT",
      ['replay --format xml'] = "unknown format 'xml'; known are json, raw, audisp, .*none",
      ['replay --quiet=yes'] = "option '%-%-quiet' takes no value",
      ['replay --color=maybe'] = '%-%-color is auto, always or never',
      ['replay --alerts-only'] = '%-%-alerts%-only needs policies',
      ['replay -ap . -f raw'] = 'format raw has no alerts',
      ['check x.lua'] = "unexpected 'x.lua'",
      ['record'] = 'which FILE%?',
      ['record a b'] = "one FILE, not 'b' too",
      ['run x'] = "unexpected 'x'",
      ['replay -c a -c b'] = "option '%-%-config' was given twice",
      ['replay --format=json -f raw'] = "option '%-%-format' was given twice",
      ['status x'] = "unexpected 'x'",
      ['set'] = 'needs a NAME and a VALUE',
      ['set enabled'] = 'needs a NAME and a VALUE',
      ['set enabeld on'] = "unknown setting 'enabeld' %(did you mean 'enabled'%?%)",
      ['set pid 1'] = "unknown setting 'pid'; known are enabled, failure, rate_limit",
      ['set enabled maybe'] = "enabled: expected off, on or immutable %(0, 1, 2%), found 'maybe'",
      ['set failure 3'] = "failure: expected silent, printk or panic %(0, 1, 2%), found '3'",
      ['set backlog_limit -1'] = "backlog_limit: expected a number of records .*found '%-1'",
      ['set rate_limit 1 2'] = "unexpected '2'",
      ['lost 3'] = "unexpected '3'",
      ['features x on'] = "unknown feature 'x'; known are only_unset_loginuid, loginuid_immutable",
      ['features loginuid_imutable'] = "did you mean 'loginuid_immutable'%?",
      ['features loginuid_immutable'] = 'loginuid_immutable needs on, off or %-%-lock',
      ['features loginuid_immutable 2'] = "expected on or off, found '2'",
      ['features --lock'] = '%-%-lock needs a NAME',
      ['signal-info x'] = "unexpected 'x'",
      ['user-msg'] = 'which TEXT%?',
      ['user-msg a b'] = "one TEXT, not 'b' too; quote it",
      ['version junk'] = "laudit version: unexpected 'junk'\nTry 'laudit version %-%-help'",
      ['--version --junk'] = "laudit version: unknown option '%-%-junk'",
      ['rules help nope'] = "laudit rules: unknown command 'nope'",
      ['help rules lst'] = "unknown command 'lst' %(did you mean 'list'%?%)",
      ['rules help add junk'] = "laudit rules: unexpected 'junk'",
      ['help replay list'] = "laudit: unexpected 'list'\nTry",
      ['help output htpp'] = "unknown type 'htpp' %(did you mean 'http'%?%)",
      ['help output qos'] = "unknown type 'qos'\nTry 'laudit help output'",
      ['help output http junk'] = "laudit: unexpected 'junk'",
      ['help replay junk'] = "laudit: unexpected 'junk'",
      ['"$(printf "\\033[2J")"'] = "unknown command '\\x1B%[2J'",
      ['check "$(printf "\\033[2J")"'] = "unexpected '\\x1B%[2J'",
    }
    for words, sentence in pairs(wrong) do
      local done = run('laudit ' .. words .. ' </dev/null')
      assert.equal(2, done.status, words)
      assert.equal('', done.out)
      assert.matches(sentence, done.err)
    end
  end)

  it('names a user namespace, from which the kernel takes no questions', function()
    if run('unshare --user --map-root-user true').status ~= 0 then
      pending 'there are no user namespaces here'
      return
    end
    local done = run(('unshare --user --map-root-user %s status'):format(
      process.quote(process.binary)))
    assert.equal(1, done.status)
    assert.equal('', done.out)
    assert.matches('outside of containers %(this is a user namespace of its own%)', done.err)
  end)

  it('fails when its words reach nobody', function()
    local done = run 'laudit help >/dev/full'
    assert.equal(1, done.status)
    assert.matches('No space left on device', done.err)
  end)
end)

describe('laudit without standard descriptors', function()
  it('keeps them apart from its files', function()
    local folder = process.folder()
    process.write(folder .. '/laudit.lua', "output 'o' { type = 'file', path = 'events.json' }\n")
    process.write(folder .. '/audit.log', process.log(1, 3))
    local done = run(('laudit replay -c %s/laudit.lua %s/audit.log 0<&- 1>&- 2>&-'):format(folder,
      folder))
    local text = process.read(folder .. '/events.json')
    local log = process.read(folder .. '/audit.log')
    process.remove(folder)
    assert.equal(0, done.status)
    assert.same({ 1, 2, 3 }, process.serials(text))
    assert.equal(3, select(2, text:gsub('\n', '')))
    assert.equal(process.log(1, 3), log)
  end)

  it('fails when its words have nowhere to go', function()
    local done = run 'laudit help >&-'
    assert.equal(1, done.status)
    assert.matches('Bad file descriptor', done.err)
  end)
end)

--- Two policies with mistakes of all kinds.
local WRONG_A = [[
local audit = require 'audit'
return audit.policy {
  name = 'a',
  severity = 'hihg',
  on = { SYSCALL = 'opeen' },
  rules = {
    '-w /etc/passwd -p wa',
    '-w /etc/shadow -p z',
  },
  check = function(event) event:send 'scc' end,
}
]]

local WRONG_B = [[
local audit = require 'audit'
local rules = [=[
-w /etc/passwd -p wa
-w /etc/hosts -p y
]=]
return audit.policy {
  name = 'a',
  rules = rules,
}
]]

describe('laudit check', function()
  local folder

  before_each(function()
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  it('shows no escape of a path to the terminal', function()
    process.write(folder .. '/\27[2J.lua', "output 'o' { type = 'stdout' }\n")
    local done = run(('laudit check -c %s/"$(printf "\\033[2J")".lua'):format(folder))
    assert.equal(0, done.status)
    assert.matches('/\\x1B%[2J%.lua: good\n', done.out)
  end)

  it('says that everything is good', function()
    process.write(folder .. '/laudit.lua', "output 'o' { type = 'stdout' }\n")
    local done = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.equal('', done.err)
    assert.equal(folder .. '/laudit.lua: good\n', done.out)
    assert.equal(0, done.status)
  end)

  it('says five mistakes of a configuration at once', function()
    process.write(folder .. '/laudit.lua', [[
kernel { receive_buffer = 'much' }
output 'local' { type = 'file' }
output 'soc' { type = 'htp' }
output 'x' { type = 'stdout', fromat = 'raw' }
polices 'policies/*.lua'
]])
    local done = run(('laudit check -c %s/laudit.lua'):format(folder))
    local here = folder .. '/laudit.lua:'
    assert.equal(1, done.status)
    assert.equal('', done.out)
    assert.equal(table.concat {
      here, "1: kernel: receive_buffer: expected a size such as '16MiB' or a number of bytes, ",
      "found 'much'\n",
      here, "2: output 'local': path: expected the file to write, found nothing\n",
      here, "3: output 'soc': type: expected one of ", require('laudit_engine').output.kinds(),
      ", found 'htp'\n",
      here, "4: output 'x': unknown option 'fromat' (did you mean 'format'?)\n",
      here, "5: unknown word 'polices' (did you mean 'policies'?)\n",
      '5 mistakes\n',
    }, done.err)
  end)

  it('says the mistakes of configuration, policies, selectors and rules at once', function()
    process.shell(('mkdir %s/policies'):format(folder))
    process.write(folder .. '/laudit.lua', [[
kernel { receive_buffer = 'much' }
output 'local' { typ = 'file', fromat = 'json' }
output 'soc' { type = 'stdout', on = { exee = 'x' } }
rules '-w /etc -p z'
rules '/nonexistent/*.rules'
rules 'nowhere.rules'
policies 'policies/*.lua'
polices 'x'
]])
    process.write(folder .. '/policies/a.lua', WRONG_A)
    process.write(folder .. '/policies/b.lua', WRONG_B)
    local done = run(('laudit check -c %s/laudit.lua'):format(folder))
    local text = done.err:gsub(folder:gsub('%p', '%%%0') .. '/', '')
    local kinds = require('laudit_engine').output.kinds()
    local said = {}
    for line in text:gmatch '[^\n]+' do
      said[#said + 1] = line
    end
    assert.same({
      'note: policies/b.lua:3: the same rule as at policies/a.lua:7; it counts once',
      "laudit.lua:1: kernel: receive_buffer: expected a size such as '16MiB' or a number of " ..
        "bytes, found 'much'",
      ("laudit.lua:2: output 'local': type: expected one of %s, found nothing"):format(kinds),
      "laudit.lua:2: output 'local': unknown option 'fromat' (did you mean 'format'?)",
      "laudit.lua:2: output 'local': unknown option 'typ' (did you mean 'type'?)",
      "laudit.lua:8: unknown word 'polices' (did you mean 'policies'?)",
      "laudit.lua:3: output 'soc': on.exee: unknown field (did you mean 'exe'?)",
      "policies/a.lua:4: severity: expected info, low, medium, high or critical, found 'hihg' " ..
        "(did you mean 'high'?)",
      "policies/a.lua:10: unknown output 'scc' (did you mean 'soc'?)",
      "policies/a.lua:5: on.SYSCALL: unknown system call 'opeen' (did you mean 'open'?)",
      "policies/b.lua:7: name 'a' is taken by policies/a.lua",
      "laudit.lua:4: -p z: permissions are letters of 'rwxa'",
      'laudit.lua:5: rules: /nonexistent/*.rules: matches no file',
      'laudit.lua:6: rules: nowhere.rules: No such file or directory',
      "policies/a.lua:8: -p z: permissions are letters of 'rwxa'",
      "policies/b.lua:4: -p y: permissions are letters of 'rwxa'",
      '15 mistakes',
    }, said)
    assert.equal(1, done.status)
  end)

  it('knows an output whose type is wrong, and checks what it wants', function()
    process.write(folder .. '/laudit.lua', [[
output 'loc' { type = 'stdout' }
output 'soc' { type = 'fil', on = { exee = 'x' } }
output 'pager' { typ = 'http' }
policies 'a.lua'
]])
    process.write(folder .. '/a.lua', [[
return require 'audit'.policy { name = 'a', check = function(event)
  event:send('soc', 'pager')
  event:send 'sco'
end }
]])
    local done = run(('laudit check -c %s/laudit.lua'):format(folder))
    local text = done.err:gsub(folder:gsub('%p', '%%%0') .. '/', '')
    local kinds = require('laudit_engine').output.kinds()
    assert.equal(table.concat({
      ("laudit.lua:2: output 'soc': type: expected one of %s, found 'fil'"):format(kinds),
      ("laudit.lua:3: output 'pager': type: expected one of %s, found nothing"):format(kinds),
      "laudit.lua:3: output 'pager': unknown option 'typ' (did you mean 'type'?)",
      "laudit.lua:2: output 'soc': on.exee: unknown field (did you mean 'exe'?)",
      "a.lua:3: unknown output 'sco' (did you mean 'soc'?)",
      '5 mistakes\n',
    }, '\n'), text)
    assert.equal(1, done.status)
  end)

  it('says which files of outputs could not be written, as one without privileges', function()
    process.shell(('cd %s; mkdir shut; chmod 500 shut; : >kept; chmod 400 kept; mkfifo pipe; '
      .. 'chmod 400 pipe; : >open; mkdir none; : >none/x; chmod 0 none'):format(folder))
    process.write(folder .. '/laudit.lua', [[
output 'a' { type = 'file', path = 'shut/new.json' }
output 'b' { type = 'file', path = 'kept' }
output 'c' { type = 'file', path = 'pipe' }
output 'd' { type = 'file', path = 'none/x' }
output 'e' { type = 'file', path = 'open' }
output 'f' { type = 'file', path = 'new.json' }
output 'g' { type = 'file', path = '/dev/null' }
]])
    local drop = process.shell 'id -u' == '0\n' and 'setpriv --bounding-set -all ' or ''
    local command = ('%s%s check -c %s/laudit.lua'):format(drop, process.quote(process.binary),
      folder)
    local list = ("find %s -printf '%%p %%m %%u %%s %%T@ %%C@\\n'"):format(folder)
    local before = process.shell(list)
    local done = run(command)
    assert.equal(before, process.shell(list))
    process.shell(('chmod 700 %s/none %s/shut'):format(folder, folder))
    local here = folder .. '/laudit.lua:%d: output \'%s\': path: cannot %s: Permission denied\n'
    assert.equal(here:format(1, 'a', ("make '%s/shut/new.json'"):format(folder))
      .. here:format(2, 'b', ("write '%s/kept'"):format(folder))
      .. here:format(3, 'c', ("write '%s/pipe'"):format(folder))
      .. here:format(4, 'd', ("look for '%s/none/x'"):format(folder))
      .. '4 mistakes\n', done.err)
    assert.equal(1, done.status)
  end)

  it('refuses an output that is a socket', function()
    process.shell(("cd %s; perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local => \"s\", "
      .. "Listen => 1)'"):format(folder))
    process.write(folder .. '/laudit.lua', "output 'o' { type = 'file', path = 's' }\n")
    local done = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.equal(("%s/laudit.lua:1: output 'o': path: '%s/s' is neither a file nor a pipe\n"
      .. '1 mistake\n'):format(folder, folder), done.err)
  end)

  it('notes a user whom this host does not know', function()
    process.write(folder .. '/p.lua', [[return require 'audit'.policy { name = 'p',
      on = { AUID = 'nosuchuser' },
      check = function() end }]])
    local done = run(('laudit check -p %s/p.lua'):format(folder))
    local sentence = "note: %s/p.lua:2: on.AUID: this host knows no user 'nosuchuser'\n"
    assert.equal(sentence:format(folder), done.err)
    assert.equal(folder .. '/p.lua: good\n', done.out)
    assert.equal(0, done.status)
  end)

  it('opens and makes nothing', function()
    process.write(folder .. '/laudit.lua', "output 'o' { type = 'file', path = 'events.json' }\n")
    assert.equal(0, run(('laudit check -c %s/laudit.lua'):format(folder)).status)
    assert.is_nil(io.open(folder .. '/events.json'))
  end)
end)
