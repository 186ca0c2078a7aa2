package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local wants, mistake = tools.wants, tools.mistake_in_on
local LOGIN, CONNECT = tools.LOGIN, tools.CONNECT

describe('the range of a type', function()
  teardown(tools.clean)

  it('holds for the number of any record, known or not', function()
    local strange = { 'type=UNKNOWN[1999] msg=audit(1700000000.000:1): x=1' }
    for on, wanted in pairs {
      ['type = match.range(1300, 1399)'] = { true, false, false },
      ['type = match.range(1306, 1306)'] = { true, false, false },
      ['type = match.not_(match.range(1300, 1399), match.range(1999))'] = { false, true, false },
      ['type = { match.range(1100, 1199), match.range(1990, 2000) }'] = { false, true, true },
    } do
      assert.same(wanted, { wants(on, CONNECT), wants(on, LOGIN), wants(on, strange) }, on)
    end
  end)
end)

describe('the name of a system call', function()
  teardown(tools.clean)

  it("is auditd's where the log has one", function()
    local renamed = tools.exec(1):gsub('key="exec"', '%0\29SYSCALL=openat AUID="alice"')
    local same = tools.exec(1):gsub('key="exec"', '%0\29SYSCALL=execve AUID="alice"')
    for on, wanted in pairs {
      ["SYSCALL = 'execve'"] = { true, true, false },
      ["SYSCALL = { 'execve', 'execveat' }, euid = 0"] = { true, true, false },
      ["SYSCALL = match.not_ 'execve'"] = { false, false, true },
      ['syscall = 59'] = { true, true, true },
    } do
      assert.same(wanted, { wants(on), wants(on, { same }), wants(on, { renamed }) }, on)
    end
    assert.equal('openat', tools.ask('event.SYSCALL', { renamed }))
    local strange = renamed:gsub('arch=c000003e', 'arch=1')
    for _, line in ipairs { renamed, strange } do
      for on, wanted in pairs { ["SYSCALL = 'openat'"] = true, ["SYSCALL = 'open'"] = false,
        ["SYSCALL = { 'openat', 'execve' }, euid = 0"] = true, ['syscall = 257'] = false } do
        assert.equal(wanted, wants(on, { line }), on)
      end
    end
  end)
end)

describe('a name of a user', function()
  teardown(tools.clean)

  local function said(on, options)
    local path = tools.write('named.lua', tools.policy('', 'on = ' .. on .. ','))
    options.policy = path
    local log = assert(test.open(options)):log()
    return (log:gsub('laudit: warning: [^ ]*/named', 'named'))
  end

  it('is missed when this host does not know it', function()
    assert.equal("named.lua:2: on.AUID: this host knows no user 'nosuchuser'\n",
      said("{ AUID = { 'root', 'nosuchuser', 'unset', 'unknown(7)' } }", { resolve = true }))
    assert.equal("named.lua:2: on.EGID: this host knows no group 'nosuchgroup'\n",
      said("{ EGID = audit.match.not_ 'nosuchgroup' }", { resolve = true }))
    assert.equal('', said("{ AUID = audit.match.prefix 'nosuch' }", { resolve = true }))
  end)

  it('is nowhere when nobody asks this host', function()
    local sentence = "named.lua:2: on.UID: a RAW log holds no names; ask for the number ('uid'), "
      .. 'or replay with --resolve\n'
    assert.equal(sentence, said("{ UID = 'root' }", {}))
    assert.equal(sentence, said("{ UID = audit.match.prefix 'r' }", {}))
    assert.equal('', said("{ AUID = 'unset', SYSCALL = 'execve', uid = 0 }", {}))
  end)
end)

describe('a selector', function()
  teardown(tools.clean)

  it('compares by kind', function()
    for on, answer in pairs {
      ['euid = 0'] = true, ['euid = 1'] = false, ['euid = { 1, 0 }'] = true,
      ['exe = "/usr/bin/sh"'] = true, ['exe = "/usr/bin/s"'] = false,
      ['exe = { "/bin/x", "/usr/bin/sh" }'] = true, ['SYSCALL = "execve"'] = true,
      ['SYSCALL = { "execveat", "execve" }'] = true, ['SYSCALL = "open"'] = false,
      ['syscall = 59'] = true, ['syscall = { 1, 2 }'] = false, ['success = true'] = true,
      ['success = false'] = false, ['success = "yes"'] = true, ['ARCH = "x86_64"'] = true,
      ['arch = 0xc000003e'] = true, ['arch = "0xc000003e"'] = true, ['a0 = 0x55'] = true,
      ['a0 = "0x55"'] = true, ['mode = "0o100755"'] = true, ['mode = 33261'] = true,
      ['type = "PATH"'] = true, ['type = "SYSCALL"'] = true, ['type = "USER_LOGIN"'] = false,
      ['key = "exec"'] = true, ['keys = "exec"'] = true, ['key = "none"'] = false,
      ['argv = "-i"'] = true, ['cwd = "/home/alice"'] = true, ['proctitle = "sh -i"'] = true,
      ['["field.exe"] = "/usr/bin/sh"'] = true, ['["field.nothing"] = "x"'] = false,
      ['euid = 0, success = true'] = true, ['euid = 0, success = false'] = false,
      ['auid = 1000, AUID = match.not_("unset")'] = true,
    } do
      assert.equal(answer, wants(on), on)
    end
  end)

  it('finds in a list of beginnings, endings or texts what one of them finds', function()
    local failure, policy = tools.failure([[
      local match = audit.match
      local seed = event.serial
      local function random(most)
        seed = (seed * 16807) % 2147483647
        return seed % most + 1
      end
      local function word(least)
        local bytes = {}
        for i = 1, random(7) - 1 + least do bytes[i] = ({ 'a', 'b', '\0', '\255' })[random(4)] end
        return table.concat(bytes)
      end
      local kinds = {
        prefix = function(text, item) return text:sub(1, #item) == item end,
        suffix = function(text, item) return text:sub(-#item) == item end,
        contains = function(text, item) return text:find(item, 1, true) ~= nil end,
        not_ = function(text, item) return text == item end,
      }
      for kind, is_like in pairs(kinds) do
        for _ = 1, 20 do
          local list, text = {}, word(0)
          for i = 1, random(4) do list[i] = word(1) end
          local matcher, wanted = match[kind](list), false
          for _, item in ipairs(list) do wanted = wanted or is_like(text, item) end
          if matcher(text) ~= (wanted ~= (kind == 'not_')) then
            error(('%s %q in %q'):format(kind, text, table.concat(list, ',')))
          end
        end
      end]], tools.execs(200))
    assert.is_nil(failure)
    assert.equal(200, policy.calls)
  end)

  it('has matchers', function()
    for on, answer in pairs {
      ['auid = match.range(1000, 2000)'] = true, ['auid = match.range(1001)'] = false,
      ['auid = match.range(nil, 1000)'] = true, ['a0 = match.range(0x50, 0x60)'] = true,
      ['exe = match.prefix "/usr/"'] = true, ['exe = match.prefix("/x", "/usr")'] = true,
      ['exe = match.suffix "/sh"'] = true, ['exe = match.suffix { "/zsh" }'] = false,
      ['exe = match.contains "bin"'] = true, ['exe = match.glob "/usr/*/s?"'] = true,
      ['exe = match.glob "/usr/*/[!s]h"'] = false, ['exe = match.regex "^/usr/(s?bin)/sh$"'] = true,
      ['exe = match.regex "^/opt"'] = false, ['exe = match.not_ "/usr/bin/sh"'] = false,
      ['exe = match.not_(match.prefix "/opt")'] = true, ['euid = match.not_(1, 2)'] = true,
      ['euid = match.not_ { 0, 1 }'] = false, ['exe = match.present()'] = true,
      ['acct = match.present()'] = false, ['acct = match.not_(match.present())'] = true,
      ['acct = match.not_ "root"'] = true,
      ['exe = { match.prefix "/opt", match.suffix "sh" }'] = true,
      ['exe = match.not_(match.not_ "/usr/bin/sh")'] = true,
      ['exe = { "/nowhere", match.not_ "/usr/bin/zsh" }'] = true,
    } do
      assert.equal(answer, wants(on), on)
    end
  end)

  it('holds if any record matches, a negation if none does', function()
    local event = tools.execs(1, { name = '/etc/shadow' })
    assert.is_true(wants('name = "/etc/shadow"', event))
    assert.is_true(wants('inode = 43', event))
    assert.is_false(wants('inode = match.not_(43)', event))
    assert.is_false(wants('type = match.not_ "CWD"', event))
    assert.is_true(wants('type = match.not_ "AVC"', event))
  end)

  it('takes the words of a program only where the kernel has none', function()
    assert.is_true(wants('acct = "root", addr = match.cidr "203.0.113.0/24", res = false', LOGIN))
    assert.is_false(wants('auid = 0', LOGIN))
    assert.is_true(wants('auid = 4294967295', LOGIN))
    assert.is_true(wants('AUID = "unset"', LOGIN))
    assert.is_false(wants('addr = match.cidr("10.0.0.0/8", "2001:db8::/32")', LOGIN))
    assert.is_true(wants('type = "USER_LOGIN"', LOGIN))
  end)

  it('sees addresses, keys and errors', function()
    assert.is_true(wants('["address.ip"] = match.cidr "203.0.113.0/24", ["address.port"] = 443',
      CONNECT))
    assert.is_true(wants('["address.family"] = "inet"', CONNECT))
    assert.is_false(wants('["address.ip"] = "1.2.3.4"', CONNECT))
    assert.is_true(wants('key = "bc"', CONNECT))
    assert.is_true(wants('key = "a"', CONNECT))
    assert.is_false(wants('key = "abc"', CONNECT))
    assert.is_true(wants('EXIT = "EINPROGRESS"', CONNECT))
    assert.is_true(wants('exit = match.range(nil, -1)', CONNECT))
  end)

  it('finds ids of users and groups by name', function()
    local path = tools.write('root.lua', [[
      local audit = require 'audit'
      return audit.policy { name = 'root', on = { EUID = 'root', EGID = { 'root', 'daemon' },
        AUID = audit.match.not_ 'root' }, check = function() return audit.alert 'x' end }]])
    assert.equal(1, #test.replay(tools.execs(1), { policy = path, resolve = true }).alerts)
    assert.equal(0, #test.replay(tools.execs(1, { euid = 7 }), { policy = path,
      resolve = true }).alerts)
  end)

  it('takes names from an ENRICHED log', function()
    local line = tools.exec(1):gsub('key="exec"', '%0\29ARCH=x86_64 SYSCALL=execve AUID="carol"')
    assert.is_true(wants('AUID = "carol"', { line }))
    assert.is_false(wants('AUID = "alice"', { line }))
  end)

  it('fails where a regular expression takes too long', function()
    local path = tools.write('slow.lua', [[
      local audit = require 'audit'
      return audit.policy { name = 'slow', on = { exe = audit.match.regex '(a+)+$' },
        check = function() return audit.alert 'x' end }]])
    local lines = { (tools.exec(1, { exe = ('a'):rep(40) .. 'b' })) }
    local result = test.replay(lines, { policy = path })
    assert.equal('on: takes too many steps for this event',
      result.stats.policies[1].last_error)
    assert.equal(1, #result.events)
    assert.same({ 1, 0 }, { result.stats.policies[1].errors, result.stats.policies[1].skipped })
  end)

  it('keeps events nobody wants out of Lua', function()
    local paths = {}
    for i, on in ipairs { 'SYSCALL = "open"', 'key = "none"', 'type = "AVC"', 'euid = 0' } do
      paths[i] = tools.write(('p%d.lua'):format(i), ([[
        local audit = require 'audit'
        return audit.policy { name = 'p%d', on = { %s }, check = function() end }]]):format(i, on))
    end
    local policies = test.replay(tools.execs(5), { policies = paths }).stats.policies
    for i, calls in ipairs { 0, 0, 0, 5 } do
      assert.equal(calls, policies[i].calls)
      assert.equal(5 - calls, policies[i].skipped)
    end
  end)

  it('is refused with the line, what was expected and what was found', function()
    for on, sentence in pairs {
      ['exee = "x"'] = "wrong.lua:6: on.exee: unknown field (did you mean 'exe'?)",
      ['AUIDD = "x"'] = "wrong.lua:6: on.AUIDD: unknown field (did you mean 'AUID'?)",
      ['SYSCALL = "execv"'] =
        "wrong.lua:6: on.SYSCALL: unknown system call 'execv' (did you mean 'execve'?)",
      ['SYSCALL = 59'] = "wrong.lua:6: on.SYSCALL: expected the name of a system call, " ..
        "found the number 59; the kernel's number is 'syscall'",
      ['type = "SYSCAL"'] =
        "wrong.lua:6: on.type: unknown record type 'SYSCAL' (did you mean 'SYSCALL'?)",
      ['euid = "root"'] =
        "wrong.lua:6: on.euid: expected a number, found 'root'; names are matched by 'EUID'",
      ['EUID = 0'] =
        "wrong.lua:6: on.EUID: expected a name, found the number 0; the kernel's value is 'euid'",
      ['exe = 5'] = 'wrong.lua:6: on.exe: expected a string, found the number 5',
      ['euid = true'] =
        'wrong.lua:6: on.euid: expected a value, found a boolean; only success and res have one',
      ['exe = {}'] =
        'wrong.lua:6: on.exe: expected a list with something in it, found an empty table',
      ['exe = audit.set { "x" }'] = 'wrong.lua:6: on.exe: expected a list with something in it, ' ..
        "found a table of keys; audit.set { ... } is for check, 'on' takes { ... }",
      ['exe = print'] = 'wrong.lua:6: on.exe: expected a number, a string, a boolean, a list or ' ..
        'audit.match.*, found a function',
      ['paths = "x"'] =
        "wrong.lua:6: on.paths: laudit's own name, which no selector can ask for",
      ['exe = match.regex "("'] = 'wrong.lua:6: regular expression, at byte 1: ' ..
        'missing closing parenthesis',
      ['addr = match.cidr "10.0.0.0/33"'] =
        "wrong.lua:6: expected a network like '10.0.0.0/8', found '10.0.0.0/33'",
      ['exe = match.range(2, 1)'] =
        'wrong.lua:6: expected a range from low to high, found 2 to 1',
      ['exe = match.prefix()'] = "wrong.lua:6: bad argument #1 to 'prefix' " ..
        '(one or more strings expected)',
      ['exe = match.prefx "/usr"'] =
        "wrong.lua:6: audit.match has no 'prefx' (did you mean 'prefix'?)",
      ['exe = audit.mach.prefix "/usr"'] =
        "wrong.lua:6: audit has no 'mach' (did you mean 'match'?)",
      ['exe = match.nothing_alike "/usr"'] = "wrong.lua:6: audit.match has no 'nothing_alike'",
      [''] = "wrong.lua:5: on: expected fields, found an empty table; " ..
        "without 'on' every event is wanted",
      ['[5] = "x"'] = 'wrong.lua:5: on: expected names of fields as keys, found the number 5',
      ['mode = "rwx"'] =
        "wrong.lua:6: on.mode: expected a number or a string like '0o755', found 'rwx'",
    } do
      assert.equal(sentence, mistake(on))
    end
  end)
end)

describe('a matcher in check', function()
  teardown(tools.clean)

  it('tests a value', function()
    for expression, answer in pairs {
      ['audit.match.cidr("10.0.0.0/8")("10.2.3.4")'] = 'true',
      ['audit.match.cidr("10.0.0.0/8")("11.2.3.4")'] = 'false',
      ['audit.match.cidr("10.0.0.0/8")("::ffff:10.2.3.4")'] = 'true',
      ['audit.match.cidr("2001:db8::/33")("2001:db8:7fff::1")'] = 'true',
      ['audit.match.cidr("2001:db8::/33")("2001:db8:8000::1")'] = 'false',
      ['audit.match.cidr("0.0.0.0/0")("nonsense")'] = 'false',
      ['audit.match.regex("^a")("abc")'] = 'true', ['audit.match.prefix("a")(nil)'] = 'false',
      ['audit.match.range(1, 5)(3)'] = 'true', ['audit.match.not_("a")("b")'] = 'true',
    } do
      assert.equal(answer, tools.ask(expression), expression)
    end
  end)

  it('gives a text the answer it deserves, whatever was asked before', function()
    local answers = tools.ask [[(function()
      local regex, wrong = audit.match.regex '^/(bin|usr/bin)/[a-m]+[0-9]*$', 0
      for round = 1, 3 do
        for i = 0, 99 do
          for folder, is_right in pairs { ['/bin/'] = true, ['/usr/bin/'] = true, ['/opt/'] = false,
            ['/' .. ('usr/'):rep(20) .. 'bin/'] = false } do
            wrong = wrong + (regex(folder .. 'abc' .. i) == is_right and 0 or 1)
            wrong = wrong + (regex(folder .. 'xyz' .. i) and 1 or 0)
          end
          wrong = wrong + (regex '' and 1 or 0)
        end
      end
      return wrong
    end)()]]
    assert.equal('0', answers)
  end)

  it('understands globs', function()
    local glob = require('laudit_engine').policy.glob
    for _, case in ipairs {
      { '*', '', true }, { '*', 'abc', true }, { 'a*c', 'abc', true }, { 'a*c', 'abd', false },
      { '?', '', false }, { '?', 'a', true }, { '[a-c]x', 'bx', true }, { '[!a-c]x', 'bx', false },
      { '[abc]x', 'ax', true },      { '[aab]*', 'bx', true }, { '[abc-]x', '-x', true },
      { '[^a-c]x', 'dx', true },
      { '\\*', '*', true }, { '\\*', 'a', false }, { '[a', '[a', true },
      { '*a*b*c*', 'xxaxxbxxcxx', true }, { '*a*b*c*', 'xxaxxcxxbxx', false }, { '', '', true },
      { '', 'a', false }, { '[]]', ']', true }, { 'a**b', 'ab', true },
      { '/tmp/*', '/tmp/a/b', true },
    } do
      assert.equal(case[3], glob(case[1], case[2]), case[1] .. ' ' .. case[2])
    end
    assert.is_false(glob(('*a'):rep(200), ('a'):rep(5000) .. 'b'))
  end)
end)
