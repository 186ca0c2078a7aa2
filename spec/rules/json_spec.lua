--- Rules as JSON: our own form, and the two of libaudit-go.
local engine = require 'laudit_engine'
local cjson = require 'cjson'
local rules, wire = engine.rules, engine.wire
local rule = dofile 'spec/rules/generate.lua'.rule

local X86_64 = engine.tables.arch_find 'x86_64'
local WORLD = { arch = X86_64, knows = true }

--- The lines that a document says, and the settings as "verb number".
local function lines_of(document, options)
  local commands, mistakes, notes = rules.read_json(document, 'rules.json', options or WORLD)
  local lines = {}
  for place, command in ipairs(commands) do
    lines[place] = command.rule and wire.write(wire.encode(command.rule), X86_64, false, true) or
      command.verb .. ' ' .. command.number
  end
  return lines, mistakes, notes
end

local function mistakes_of(document, options)
  local _, mistakes = lines_of(document, options)
  return mistakes
end

local function assert_mistake(expected, document, options)
  assert.same({ 'rules.json: ' .. expected }, mistakes_of(document, options))
end

describe('a rule as JSON', function()
  local given = rule('always,exit', { 59, 2000 }, { 'arch', '=', X86_64 }, { 'auid', '!=', -1 },
    { 'field_compare', '!=', 11 }, { 'exe', '=', '/b "in' }, { 'a0', '=', 42 },
    { 'key', '=', 'a\1b' })

  it('has names where there are names, numbers where there are none', function()
    assert.same({
      list = 'exit', action = 'always', syscalls = { 'execve', 2000 }, keys = { 'a', 'b' },
      fields = {
        { name = 'arch', op = '=', value = 'b64' }, { name = 'auid', op = '!=', value = -1 },
        { compare = { 'uid', 'euid' }, op = '!=' }, { name = 'exe', op = '=', value = '/b "in' },
        { name = 'a0', op = '=', value = '0x2A' },
      },
    }, cjson.decode(wire.write_json(wire.encode(given), X86_64)))
  end)

  it('says where it comes from', function()
    local said = cjson.decode(wire.write_json(wire.encode(given), X86_64, true))
    assert.same({ 'x.rules', 7 }, { said.file, said.line })
  end)

  it('says "all" and leaves out calls where there are none', function()
    local all = cjson.decode(wire.write_json(wire.encode(rule('always,exit', 'all'))))
    local task = cjson.decode(wire.write_json(wire.encode(rule('never,task'))))
    assert.equal('all', all.syscalls)
    assert.is_nil(task.syscalls)
  end)

  it('keeps bytes that are no text as hex, and shows a terminal nothing', function()
    local odd = rule('always,exit', 'all', { 'exe', '=', '/\255\127' })
    local turned = rule('always,exit', 'all', { 'exe', '=', '/\226\128\174x\27' })
    assert.truthy(wire.write_json(wire.encode(odd)):find('{"hex":"2fff7f"}', 1, true))
    assert.truthy(wire.write_json(wire.encode(turned)):find([["/\u202Ex\u001B"]], 1, true))
  end)
end)

describe('a document of ours', function()
  it('holds settings and rules, with enabled behind all', function()
    assert.same({ 'delete_all 0', 'backlog_limit 8192', 'backlog_wait_time 60000', 'failure 1',
      'rate_limit 0', 'loginuid_immutable 0', '-a never,task', 'enabled 2' }, lines_of [[
      { "enabled": 2, "failure": 1, "rate_limit": 0, "backlog_limit": 8192, "delete": true,
        "backlog_wait_time": 60000, "loginuid_immutable": true,
        "rules": [ { "list": "task", "action": "never" } ] } ]])
  end)

  it('puts the arch before the calls that it names', function()
    assert.same({ '-a always,exit -F uid=0 -F arch=b32 -S execve -F gid=0 -F key=k' }, lines_of [[
      [ { "list": "exit", "action": "always", "syscalls": [11], "key": "k", "fields": [
          { "name": "uid", "op": "=", "value": 0 }, { "name": "arch", "op": "=", "value": "b32" },
          { "name": "gid", "op": "=", "value": 0 } ] } ] ]])
  end)

  it('says whether a rule goes to the front', function()
    local commands = rules.read_json(
      '[{"list":"task","action":"never","prepend":true}]', 'x', WORLD)
    assert.equal('prepend', commands[1].verb)
  end)

  it('is where a rule of it comes from', function()
    local commands = rules.read_json(
      '{"rules":[{"list":"task","action":"never"}]}', 'a.json', WORLD)
    assert.same({ 'a.json: rules[0]', 0 }, { commands[1].file, commands[1].line })
  end)
end)

describe('the document that laudit writes', function()
  local function compile(text, format)
    local path = os.tmpname()
    local file = assert(io.open(path, 'w'))
    file:write(text)
    file:close()
    local pipe = io.popen(('%s rules compile --format %s %s 2>/dev/null'):format(
      os.getenv 'LAUDIT_BINARY', format, path))
    local said = pipe:read '*a'
    pipe:close()
    os.remove(path)
    return said
  end

  it('has the settings and the rules of a file, and reads as that file', function()
    local text = '-b 8192\n-f 1\n--backlog_wait_time 60000\n--loginuid-immutable\n-e 2\n' ..
      '-w /etc/ -p wa -k e\n-a always,exit -F arch=b64 -S execve -F exe=/a\\ b -k x -k y\n'
    local document = compile(text, 'json')
    local said = cjson.decode(document)
    assert.same({ 8192, 1, 60000, true, 2 }, { said.backlog_limit, said.failure,
      said.backlog_wait_time, said.loginuid_immutable, said.enabled })
    assert.same({ 6, 7 }, { said.rules[1].line, said.rules[2].line })
    assert.equal(compile(text, 'hex'), compile(document, 'hex'))
    assert.truthy(#compile(text, 'hex') > 4000)
  end)
end)

describe("libaudit-go's documented form", function()
  local DOCUMENTED = [[
    { "delete": true, "enable": "1", "buffer": "16348", "rate": "500", "strict_path_check": false,
      "file_rules":    [ { "path": "/etc/audit/", "key": "audit", "permission": "wa" } ],
      "syscall_rules": [
        { "key": "bypass", "fields": [ { "name": "arch", "value": 64, "op": "eq" } ],
          "syscalls": [ "personality" ], "actions": [ "always", "exit" ] },
        { "fields": [ { "name": "dir", "value": "/usr/lib/nagios/plugins", "op": "eq" },
                      { "name": "perm", "value": "x", "op": "eq" } ],
          "actions": [ "exit", "never" ] },
        { "syscalls": [ "clone", "fork", "vfork" ], "actions": [ "entry", "always" ] } ] }]]

  it('means what its documentation says', function()
    local lines, mistakes = lines_of(DOCUMENTED)
    assert.same({}, mistakes)
    assert.same({
      'delete_all 0', 'backlog_limit 16348', 'rate_limit 500',
      '-w /etc/audit/ -p wa -k audit',
      '-a always,exit -F arch=b64 -S personality -F key=bypass',
      '-a never,exit -S all -F dir=/usr/lib/nagios/plugins -F perm=x',
      '-a always,exit -S clone,fork,vfork',
      'enabled 1',
    }, lines)
  end)

  it('takes its words for all operators, and names of users, errnos and archs', function()
    assert.same({ '-a always,exit -F arch=aarch64 -S all -F uid!=1000 -F pid>1 -F pid>=2 ' ..
      '-F pid<3 -F pid<=4 -F a0&0x5 -F a1&=0x6 -F exit=-EACCES' }, lines_of [[
      { "syscall_rules": [ {
        "actions": ["always", "exit"], "fields": [
          { "name": "arch", "op": "eq", "value": "aarch64" },
          { "name": "uid", "op": "nt_eq", "value": "alice" },
          { "name": "pid", "op": "gt", "value": 1 },
          { "name": "pid", "op": "gt_or_eq", "value": 2 },
          { "name": "pid", "op": "lt", "value": 3 },
          { "name": "pid", "op": "lt_or_eq", "value": 4 },
          { "name": "a0", "op": "and", "value": 5 }, { "name": "a1", "op": "and_eq", "value": 6 },
          { "name": "exit", "op": "eq", "value": "-EACCES" } ] } ] } ]])
  end)

  it('leaves a setting alone that is empty', function()
    assert.same({}, lines_of '{ "delete": false, "enable": "", "buffer": "", "rate": "" }')
  end)

  it('makes a missing path a mistake only when it is strict', function()
    local here = { arch = X86_64, checks_paths = true }
    local rule_of = '{ "strict_path_check": %s, "file_rules": [ ' ..
      '{ "path": "/no/such", "permission": "r" } ] }'
    assert_mistake("file_rules[0]: path: '/no/such' is not there, and strict_path_check is on",
      rule_of:format 'true', here)
    local lines, mistakes, notes = lines_of(rule_of:format 'false', here)
    assert.same({ { '-w /no/such -p r' }, {} }, { lines, mistakes })
    assert.truthy(notes[1]:find('rules.json: file_rules[0]: -w /no/such', 1, true))
  end)
end)

describe("libaudit-go's later form", function()
  it('holds both kinds in one list', function()
    assert.same({ '-w /etc/shadow -p rwxa -k s', '-a always,exit -S execve' }, lines_of [[
      { "audit_rules": [
        { "path": "/etc/shadow", "permission": "rwxa", "key": "s", "strict_path_check": false },
        { "actions": ["always", "exit"], "syscalls": ["execve"], "key": "" } ] } ]])
    assert_mistake("audit_rules[0]: path: '/no/such' is not there, and strict_path_check is on",
      '{ "audit_rules": [ { "path": "/no/such", "strict_path_check": true } ] }',
      { checks_paths = true })
  end)
end)

describe('a mistake in a document', function()
  local function rule_with(member)
    return '{ "syscall_rules": [ { "actions": ["always", "exit"], ' .. member .. ' } ] }'
  end

  it('has line and column when it is no JSON', function()
    assert.same({ "rules.json:2:6: ']' expected near '}'" }, mistakes_of '[ {},\n  {} }')
    assert.truthy(mistakes_of('')[1]:find('^rules.json:1:0: '))
    assert.truthy(mistakes_of('{"a":1,"a":2}')[1]:find('duplicate', 1, true))
    assert.truthy(mistakes_of(('['):rep(100000))[1]:find('maximum parsing depth', 1, true))
  end)

  it('is a document that is none', function()
    assert.same({ "rules.json:1:1: '[' or '{' expected near '7'" }, mistakes_of '7')
    assert_mistake('rules: expected a list of rules', '{ "rules": {} }')
    assert_mistake("unknown member 'sycall_rules' (did you mean 'syscall_rules'?)",
      '{"sycall_rules":[]}')
  end)

  it('says which member of which rule is wrong, and what was probably meant', function()
    assert_mistake("syscall_rules[0]: fields[1]: unknown field 'exee' (did you mean 'exe'?)",
      rule_with [["fields": [ {"name":"uid","op":"eq","value":0},
                              {"name":"exee","op":"eq","value":"/x"} ] ]])
    assert_mistake("syscall_rules[0]: fields[0]: unknown operator 'gt_or_q' " ..
      "(did you mean 'gt_or_eq'?)",
      rule_with '"fields": [ {"name":"uid","op":"gt_or_q","value":0} ]')
    assert_mistake('syscall_rules[0]: fields[0]: value: expected a text or a whole number',
      rule_with '"fields": [ {"name":"uid","op":"eq","value":0.5} ]')
    assert_mistake("syscall_rules[0]: fields[0]: value: begins with '=', " ..
      'which would change the operator',
      rule_with '"fields": [ {"name":"uid","op":"lt","value":"=5"} ]')
    for _, more in ipairs { '"name":"uid"', '"value":0' } do
      assert_mistake('syscall_rules[0]: fields[0]: either compare, or name and value',
        rule_with('"fields": [ {"compare":["uid","euid"],"op":"eq",' .. more .. '} ]'))
    end
    assert_mistake("syscall_rules[0]: unknown member 'syscals' (did you mean 'syscalls'?)",
      rule_with '"syscals": ["open"]')
    assert_mistake('syscall_rules[0]: syscalls: this list is empty', rule_with '"syscalls": []')
    assert_mistake('syscall_rules[0]: syscalls[1]: expected a text or a whole number',
      rule_with '"syscalls": ["open", null]')
    assert_mistake('syscall_rules[0]: actions: expected two words, as ["always", "exit"]',
      '{ "syscall_rules": [ { "actions": ["always"] } ] }')
    assert_mistake('rules[0]: expected "list" and "action", or libaudit-go\'s ' ..
      '"actions": ["always", "exit"]', '{ "rules": [ {} ] }')
    assert_mistake('enable: expected a text or a whole number', '{ "enable": [] }')
    assert_mistake('enabled: expected 0 (off), 1 (on) or 2 (locked)', '{ "enabled": true }')
    assert_mistake('delete: expected true or false', '{ "delete": 1 }')
    assert_mistake('strict_path_check: expected true or false', '{ "strict_path_check": "no" }')
    assert_mistake('rules[0]: prepend: expected true or false', '{ "rules": [ {"prepend": 1} ] }')
  end)

  it("is the reader's, for all that the reader knows", function()
    local said = mistakes_of(rule_with '"syscalls": ["opn"]')
    assert.equal(1, #said)
    assert.truthy(said[1]:find("^rules.json: syscall_rules%[0%]: .*'?opn'?.*open"))
    assert.equal(1, #mistakes_of '{ "syscall_rules": [ { "actions": ["possible", "exit"] } ] }')
    assert.equal(1, #mistakes_of '{ "enable": "3" }')
  end)

  it('keeps none of the others back', function()
    local lines, mistakes = lines_of [[ [ {"list":"task","action":"nevr"}, 7,
      {"list":"task","action":"never"} ] ]]
    assert.same({ { '-a never,task' }, 2 }, { lines, #mistakes })
    assert.matches('^rules.json: rules%[0%]: .*nevr', mistakes[1])
    assert.equal('rules.json: rules[1]: expected an object', mistakes[2])
  end)
end)
