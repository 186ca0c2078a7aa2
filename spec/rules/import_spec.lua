--- The rules of go-audit, pauditd, libaudit-go and auditctl as a file of ours.
local rules = require 'laudit_engine'.rules

--- The lines it becomes, mistakes and notes; for a host of x86_64.
local function import(text, file)
  local lines, mistakes, notes = rules.import_text(text, file or 'go-audit.yaml', 0xc000003e)
  return lines, mistakes, notes
end

local function assert_mistake(expected, text)
  local _, mistakes = import(text)
  assert.same({ 'go-audit.yaml' .. expected }, mistakes)
end

local GO_AUDIT = [[
# go-audit's example, shortened
socket_buffer:
  receive: 16384
events:
  min: 1300
  max: 1399
output:
  stdout: { enabled: true, attempts: 2 }
  syslog:
    tag: audit-thing
rules:
  # Watch all 64 bit program executions
  - -a exit,always -F arch=b64 -S execve
  - ""
  - "-w /etc/libaudit.conf -p wa -k audit"
  - >-
    -a exit,never -F arch=b64 -S 59
    -F uid=33
  - -b 1024
  - -e 1
filters:
  - syscall: 49
    message_type: 1306
    regex: saddr=(10..|0A..)
]]

describe("go-audit's configuration", function()
  it('becomes a file of rules that means the same', function()
    local lines, mistakes, notes = import(GO_AUDIT)
    assert.same({}, mistakes)
    assert.equal('-D\n-a always,exit -F arch=b64 -S execve\n' ..
      '-w /etc/libaudit.conf -p wa -k audit\n' ..
      '-a never,exit -F arch=b64 -S execve -F uid=33\n-b 1024\n-e 1\n', lines)
    assert.same({
      "go-audit.yaml:2: 'socket_buffer' is no rule: the configuration has receive_buffer",
      "go-audit.yaml:4: 'events' is no rule: not carried over",
      "go-audit.yaml:7: 'output' is no rule: the configuration names outputs",
      "go-audit.yaml:21: 'filters' is no rule: policies decide what is kept",
    }, notes)
  end)

  it('gives each rule the line where it stands', function()
    local commands = rules.import(GO_AUDIT, 'ga.yaml')
    local places = {}
    for place, command in ipairs(commands) do
      places[place] = command.file .. ':' .. command.line
    end
    assert.equal('ga.yaml:11 ga.yaml:13 ga.yaml:15 ga.yaml:16 ga.yaml:19 ga.yaml:20',
      table.concat(places, ' '))
  end)

  it('is cut at white space alone: quotes and backslashes stay', function()
    local lines, mistakes, notes = import 'rules:\n  - -w /x -k "a"\n  - \'-w /y\\ -k  z\'\n'
    assert.equal('-D\n-w /x -p rwxa -k \\"a\\"\n-w /y\\\\ -p rwxa -k z\n', lines)
    assert.same({}, mistakes)
    assert.same({
      'go-audit.yaml:2: quotes and backslashes are part of the word "a", as go-audit has it',
      'go-audit.yaml:3: quotes and backslashes are part of the word /y\\, as go-audit has it',
    }, notes)
    assert.equal('-D\n-w /z -p rwxa\n', (import 'rules:\n  - "-w\\u00A0/z\\u2003\\n"\n'))
  end)

  it("may write its names in capitals, as pauditd's may", function()
    assert.equal('-D\n-e 0\n', (import 'Rules: [ "-e 0" ]'))
  end)

  it('may name a text once and use it again', function()
    assert.equal('-D\n-e 1\n', (import 'a: &a -e 1\nrules:\n  - *a\n'))
  end)

  it('keeps an order to read a file out, and says so', function()
    local lines, mistakes, notes = import 'rules:\n- -R /etc/other.rules\n'
    assert.same({ '-D\n', {} }, { lines, mistakes })
    assert.same({
      "go-audit.yaml:2: -R /etc/other.rules is not carried over: import that file too",
    }, notes)
  end)
end)

describe('a mistake in YAML', function()
  it('has the line of the rule', function()
    local _, mistakes = import 'rules:\n  - -w /x\n  - -w /y -p q\n  - -z\n'
    assert.equal(2, #mistakes)
    assert.truthy(mistakes[1]:find '^go%-audit.yaml:3: %-p q: ')
    assert.truthy(mistakes[2]:find '^go%-audit.yaml:4: ')
  end)

  it('has line and column where it is no YAML', function()
    assert_mistake(':2:7: found unexpected end of stream', 'rules:\n  - "x')
    assert.truthy(select(2, import 'a: b\nrules: [')[1]:find '^go%-audit.yaml:%d+:%d+: ')
  end)

  it('is a document without rules, or with others', function()
    assert_mistake(': has no list of \'rules\'', 'events: 1\n')
    assert_mistake(':1:8: rules: expected a list of texts', 'rules: -w /x\n')
    assert_mistake(":1:1: expected a mapping that has 'rules:'", '- -w /x\n')
    assert_mistake(':2:3: rules: expected a text, found a mapping', 'rules:\n- a: b\n')
    assert_mistake(':3:1: rules: a second list', 'rules:\n- -e 1\nrules: []\n')
  end)

  it('is an alias of what is open or missing, or of no text', function()
    assert_mistake(":2:5: the alias 'b' names nothing that ended before it", 'rules:\n  - *b\n')
    assert_mistake(":1:12: the alias 'a' names nothing that ended before it", 'rules: &a [*a]\n')
    assert_mistake(':1:8: rules: expected a text, found a list', 'other: &a [x]\nrules:\n  - *a\n')
  end)

  it('is never expanded: a bomb of aliases is as small as its text', function()
    local bomb = { 'a: &a [x]' }
    for level = 1, 30 do
      local below = level == 1 and 'a' or 'b' .. level - 1
      bomb[#bomb + 1] = ('b%d: &b%d [*%s, *%s]'):format(level, level, below, below)
    end
    bomb[#bomb + 1] = 'rules: *b30'
    local _, mistakes = import(table.concat(bomb, '\n'))
    assert.same({ 'go-audit.yaml:30:6: rules: expected a text, found a list',
      'go-audit.yaml:30:6: rules: expected a text, found a list' }, mistakes)
  end)

  it('is too much depth, too many anchors, nodes or bytes', function()
    assert_mistake(':1:35: lists and mappings in each other: 32 are the most',
      'a: ' .. ('['):rep(33) .. (']'):rep(33))
    local anchors = {}
    for number = 1, 101 do
      anchors[number] = ('a%d: &a%d x\n'):format(number, number)
    end
    assert_mistake(':101:7: anchors: 100 are the most', table.concat(anchors))
    assert.matches('^go%-audit.yaml:1:%d+: texts, lists and mappings: 262144 are the most$',
      select(2, import('a: [' .. ('b,'):rep(600000) .. ']'))[1])
    assert_mistake(': has 4194305 bytes: 4194304 are the most', 'a: ' .. ('x'):rep(4194302))
  end)
end)

describe('a file to import', function()
  it("is libaudit-go's when it is JSON", function()
    local lines, mistakes, notes = import([[
      { "delete": true, "strict_path_check": true, "enable": "2",
        "file_rules": [ { "path": "/etc/audit/", "permission": "wa", "key": "audit" } ],
        "syscall_rules": [ { "syscalls": ["clone"], "actions": ["entry", "always"],
                            "fields": [ { "name": "arch", "op": "eq", "value": 64 } ] } ] }
    ]], 'a.json')
    assert.same({}, mistakes)
    assert.equal('-D\n-w /etc/audit/ -p wa -k audit\n-a always,exit -F arch=b64 -S clone\n' ..
      '-e 2\n', lines)
    assert.same({ 'a.json: strict_path_check: paths are not looked up here' }, notes)
  end)

  it("is auditctl's else, and comes back but for comments", function()
    local text = '-D\n-b 8192\n--backlog_wait_time 60000\n-f 1\n-i\n' ..
      '-A never,exit -S all -F path=/x -F perm=r\n-d always,exit -S open\n-W /etc/x -p wa\n' ..
      '-D -k gone\n-q /mnt,/srv\n-t\n--loginuid-immutable\n--reset-lost\n-r 10\n-m it\\\'s\n-e 2\n'
    local lines, mistakes, notes = import('\n# head\n' .. text, 'a.rules')
    assert.same({}, mistakes)
    assert.equal(text, lines)
    assert.same({ 'a.rules: comments are not carried over', #notes }, { notes[#notes], #notes })
    assert.equal(lines, (import(lines)))
  end)

  it('says where auditctl takes quotes for something else', function()
    local lines, _, notes = import('-w /x -k "a b"\n', 'a.rules')
    assert.equal('-w /x -p rwxa -k a\\ b\n', lines)
    assert.same({ 'a.rules:1: auditctl -R takes quotes as part of a word; here they quote' }, notes)
  end)

  it('may begin with a mark of order, a comment or a document of YAML', function()
    assert.equal('-e 1\n', (import '\239\187\191-e 1\n'))
    assert.equal('-D\n-e 1\n', (import '\239\187\191# x\n---\nrules: [ -e 1 ]\n'))
    assert.equal('', (import ''))
  end)
end)
