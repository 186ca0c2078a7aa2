--- `on`, `transform` and `alerts` of outputs, in the whole program.
local cjson = require 'cjson'
local format = require('laudit_engine').format
local process = require 'spec.cli.process'

local call = 'type=SYSCALL msg=audit(1615114232.375:%d): arch=c000003e syscall=59 success=yes ' ..
  'exit=0 ppid=1 pid=%d auid=1000 uid=0 comm="sh" exe="/usr/bin/sh" key="k%d"\n'
local login = 'type=USER_LOGIN msg=audit(1615114233.000:9): pid=9 uid=0 auid=4294967295 ' ..
  'ses=4294967295 msg=\'op=login acct="bob" exe="/usr/sbin/sshd" addr=203.0.113.7 res=failed\'\n'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

local function write(name, text)
  process.write(folder .. '/' .. name, text)
end

local function log_of(count)
  local lines = {}
  for serial = 1, count do
    lines[serial] = call:format(serial, 100 + serial, serial)
  end
  return table.concat(lines) .. login
end

--- Replays a log, of two calls and a login, through the configuration; returns { status, err,
--- NAME = text of its file }.
local function replay(config, log)
  write('laudit.lua', config)
  write('audit.log', log or log_of(2))
  local result = process.run(('cd %s && laudit replay -c laudit.lua --summary=json ' ..
    '--no-progress audit.log'):format(folder))
  return setmetatable(result, { __index = function(_, name)
    return process.read(('%s/%s.out'):format(folder, name))
  end })
end

local function check(config)
  write('laudit.lua', config)
  local result = process.run(('cd %s && laudit check -c laudit.lua'):format(folder))
  return result.out .. result.err, result.status
end

local function lines_of(text)
  return select(2, text:gsub('\n', ''))
end

local function ledger_of(result, output)
  for name, counts in pairs(cjson.decode(result.err:match '{"records".*').outputs) do
    if name == output or counts.name == output then return counts end
  end
end

--- A policy that raises an alert of each severity at the first call.
local ALERTS = [[
  local audit = require 'audit'
  return audit.policy { name = 'p', on = { pid = 101 }, check = function()
    local alerts = {}
    for index, severity in ipairs { 'info', 'low', 'medium', 'high', 'critical' } do
      alerts[index] = audit.alert { message = severity, severity = severity }
    end
    return alerts
  end }]]

--- All formats, and how the line of a call begins.
local FORMATS = {
  json = '{"ID":"1615114232.375:1","SYSCALL":{', raw = 'type=SYSCALL msg=audit(1615114232.375:1): ',
  audisp = 'type=SYSCALL msg=audit(1615114232.375:1): ', records = '{"@timestamp":"2021-03-07 ',
  text = '2021-03-07 10:50:32.375Z execve ',
  ['go-audit'] = '{"sequence":1,"timestamp":"1615114232.375","messages":[{"type":1300,"data":"arch',
  pauditd = '{"sequence":1,"timestamp":"1615114232.375","messages":[{"type":1300,"data":"arch',
  gelf = '{"version":"1.1","host":', cef = 'CEF:0|laudit|laudit|0.1.0|execve|execve|1|rt=',
}

describe('on of an output', function()
  it('chooses what goes there', function()
    local result = replay [[
      local users = { type = { 'USER_LOGIN', 'USER_AUTH' } }
      output 'all' { type = 'file', path = 'all.out' }
      output 'users' { type = 'file', path = 'users.out', on = users, format = 'raw' }
      output 'first' { type = 'file', path = 'first.out',
        on = { SYSCALL = 'execve', pid = audit.match.range(101, 101) } }
    ]]
    assert.equal(0, result.status, result.err)
    assert.equal(3, lines_of(result.all))
    assert.equal(login, result.users)
    assert.equal(format.render(call:format(1, 101, 1), 'json'), result.first)
  end)

  it('does not choose for others', function()
    local result = replay [[
      output 'a' { type = 'file', path = 'a.out', on = { pid = 7 } }
      output 'b' { type = 'file', path = 'b.out' }
    ]]
    assert.same({ 0, 3 }, { lines_of(result.a), lines_of(result.b) })
  end)
end)

describe('format of an output', function()
  it('is its own', function()
    local lines = {}
    for name in pairs(FORMATS) do
      table.insert(lines, ("output '%s' { type = 'file', path = '%s.out', format = '%s' }"):format(
        name, name, name))
    end
    local result = replay(table.concat(lines, '\n'))
    assert.equal(0, result.status, result.err)
    local host = process.shell('hostname'):match '%S+'
    for name, beginning in pairs(FORMATS) do
      local text = result[name]
      assert.truthy(text:find(beginning, 1, true), text)
      assert.equal(format.render(log_of(2), name, (name == 'gelf' or name == 'cef') and
        { hostname = host } or nil), text, name)
    end
  end)
end)

describe('alerts of an output', function()
  it('go where they are wanted', function()
    write('p.lua', ALERTS)
    local result = replay [[
      policies 'p.lua'
      output 'all' { type = 'file', path = 'all.out' }
      output 'yes' { type = 'file', path = 'yes.out', alerts = true }
      output 'high' { type = 'file', path = 'high.out', alerts = 'high' }
      output 'none' { type = 'file', path = 'none.out', alerts = false }
    ]]
    assert.equal(0, result.status, result.err)
    local function severities(text)
      local found = {}
      for severity in text:gmatch '"severity":"(%a+)"' do found[#found + 1] = severity end
      return found
    end
    local all = { 'info', 'low', 'medium', 'high', 'critical' }
    assert.same({ all, all, { 'high', 'critical' }, {} }, { severities(result.all),
      severities(result.yes), severities(result.high), severities(result.none) })
    assert.same({ 8, 5, 3 }, { lines_of(result.all), lines_of(result.high),
      lines_of(result.none) })
  end)
end)

describe('transform of an output', function()
  it('makes its messages', function()
    local result = replay [[
      local count = 0
      output 'own' { type = 'file', path = 'own.out', transform = function(event)
        if event.type == 'SYSCALL' then
          count = count + 1
          return ('%d %s %s'):format(count, event.exe, event.id)
        end
      end }
      output 'all' { type = 'file', path = 'all.out', format = 'raw' }
    ]]
    assert.equal(0, result.status, result.err)
    assert.equal('1 /usr/bin/sh 1615114232.375:1\n2 /usr/bin/sh 1615114232.375:2\n', result.own)
    assert.equal(#log_of(2), #result.all)
    local counts = ledger_of(result, 'own')
    assert.same({ 2, 2, 1 }, { counts.accepted, counts.delivered, counts.skipped })
  end)

  it("is pauditd's body where it is audit.transform.notification", function()
    local result = replay [[
      output 'topics' { type = 'file', path = 'topics.out', alerts = false,
        transform = audit.transform.notification { hostname = 'h',
          extra_attributes = { tenant = 'x' } } }
    ]]
    assert.equal(0, result.status, result.err)
    local _, wrong = format.strict(result.topics)
    assert.is_nil(wrong)
    local trace = result.topics:match '"trace_id":"([^"]*)"'
    assert.equal('{"topic":"k1","attributes":{"hostname":"h","tenant":"x","trace_id":"' .. trace ..
      '"},"data":' .. format.render(call:format(1, 101, 1), 'pauditd'):sub(1, -2) ..
      ',"version":"1.0.0"}', result.topics:match '[^\n]*')
    assert.equal(2, lines_of(result.topics))
  end)

  it("is byte for byte what pauditd's own test expects", function()
    local id, home = 'audit(1524242704.387:880575): ',
      '/srv/bindings/228d4775d2df4fc18f25a7f49b956dc8/code'
    local records = { [1300] = 'arch=c000003e syscall=2 success=yes exit=3 a0=2201ca0 a1=c2 ' ..
      'a2=1b6 a3=fffffffffffffcd7 items=2 ppid=9976 pid=9977 auid=4294967295 uid=10005 ' ..
      'gid=10005 euid=10005 suid=10005 fsuid=10005 egid=10005 sgid=10005 fsgid=10005 ' ..
      'tty=(none) ses=4294967295 comm="git" exe="/usr/bin/git" key="binding-file-ops"',
      [1307] = 'cwd="' .. home .. '"', [1327] = 'proctitle=67697400616464002D41002E' }
    local log = ('type=SYSCALL msg=%s%s\29UID="u"\ntype=CWD msg=%s%s\ntype=PROCTITLE msg=%s%s\n')
      :format(id, records[1300], id, records[1307], id, records[1327])
    local result = replay([[
      output 'topics' { type = 'file', path = 'topics.out',
        transform = audit.transform.notification { hostname = 'h' } }
    ]], log)
    local trace = result.topics:match '"trace_id":"(%x+%-%x+%-8%x+%-[89ab]%x+%-%x+)"'
    local messages = {}
    for place, kind in ipairs { 1300, 1307, 1327 } do
      messages[place] = ('{"type":%d,"data":"%s"}'):format(kind, records[kind]:gsub('"', '\\"'))
    end
    assert.equal(('{"topic":"binding-file-ops","attributes":{"hostname":"h","trace_id":"%s"},' ..
      '"data":{"sequence":880575,"timestamp":"1524242704.387","messages":[%s],"uid_map":' ..
      '{"10005":"u","4294967295":"UNKNOWN_USER"},"rule_key":"binding-file-ops"},' ..
      '"version":"1.0.0"}\n'):format(trace, table.concat(messages, ',')), result.topics)
  end)

  it('makes messages of alerts', function()
    write('p.lua', ALERTS)
    local result = replay [[
      policies 'p.lua'
      output 'own' { type = 'file', path = 'own.out', alerts = 'critical',
        transform = function(event, alert) return alert and alert.message or nil end }
    ]]
    assert.equal('critical\n', result.own)
  end)

  it('fails alone: counted, said, and the others get theirs', function()
    local result = replay [[
      output 'bad' { type = 'file', path = 'bad.out',
        transform = function(event) return event.pid + nil end }
      output 'good' { type = 'file', path = 'good.out' }
    ]]
    assert.equal(3, lines_of(result.good))
    assert.equal('', result.bad)
    assert.matches('output bad: transform: failure 1: laudit.lua:2: attempt to perform arithmetic',
      result.err)
    local counts = ledger_of(result, 'bad')
    assert.same({ 3, 0, 3 }, { counts.accepted, counts.delivered, counts.dropped.transform })
    assert.equal(1, result.status)
  end)
end)

describe('laudit check', function()
  it('says what is wrong with on, transform and alerts, with its line', function()
    local function said(options, sentence)
      local text, status = check("output 'a' { type = 'stdout' }\noutput 'b' { type = 'file', " ..
        "path = 'b.out',\n" .. options .. ' }\n')
      assert.truthy(text:find(sentence, 1, true), text)
      assert.equal(1, status)
    end
    said("on = 7", "laudit.lua:3: output 'b': on: expected a table of fields, found number 7")
    said("on = 7, transform = function() end",
      "laudit.lua:3: output 'b': on: expected a table of fields, found number 7\n1 mistake\n")
    said("on = { uid = 0 }, transform = 'x'", "laudit.lua:3: output 'b': transform: expected a " ..
      "function, or audit.transform..., found 'x'\n1 mistake\n")
    said("on = { exee = '/x' }",
      "laudit.lua:3: output 'b': on.exee: unknown field (did you mean 'exe'?)")
    said("on = {\n  pid = 1,\n  exe = audit.match.perfix '/x' }",
      "laudit.lua:5: audit.match has no 'perfix' (did you mean 'prefix'?)")
    said("transform = 'x'", "laudit.lua:3: output 'b': transform: expected a function, or " ..
      "audit.transform..., found 'x'")
    said("transform = audit.transform.notification { host = 1 }",
      "laudit.lua:3: audit.transform.notification: unknown option 'host'")
    said("transform = audit.match.prefix 'x'",
      "laudit.lua:3: output 'b': transform: expected a function, found a userdata")
    said("transform = function() end, format = 'json'",
      "laudit.lua:3: output 'b': format: has no use beside transform")
    said("alerts = 'loud'", "laudit.lua:3: output 'b': alerts: expected true, false, 'info', " ..
      "'low', 'medium', 'high' or 'critical', found 'loud'")
    said("default = audit.set {}", "laudit.lua:3: output 'b': default: expected true or false, " ..
      "found something of audit, which only on and transform take")
  end)

  it('finds nothing wrong with what is right', function()
    local text, status = check [[
      output 'a' { type = 'stdout', alerts = 'high',
        on = { { exe = audit.match.prefix '/usr/' }, { uid = 0 } },
        transform = function(event) return event:as 'json' end }
    ]]
    assert.equal(0, status, text)
  end)
end)

describe('reload', function()
  it('keeps an output whose on or transform changes', function()
    local function configure(word, wanted)
      write('laudit.lua', ([[
        output 'own' { type = 'file', path = 'own.out', on = { pid = %s },
          transform = function(event) return '%s ' .. event.pid end }
      ]]):format(wanted, word))
    end
    process.shell(('mkfifo %s/in'):format(folder))
    configure('one', 'audit.match.range(101, 102)')
    local pid = process.start('exec $laudit replay -c laudit.lua --summary=json in 2>err', folder)
    local pipe = assert(io.open(folder .. '/in', 'wb'))
    local function feed(first, last)
      for serial = first, last do
        pipe:write(call:format(serial, 100 + serial, serial))
        pipe:write(('type=PROCTITLE msg=audit(1615114232.375:%d): proctitle="sh"\n'):format(serial))
      end
      pipe:flush()
    end
    local function wait_for(text)
      process.wait(text, function()
        local file = io.open(folder .. '/own.out', 'rb')
        local found = file and file:read '*a'
        if file then file:close() end
        return found == text
      end)
    end
    feed(1, 4)
    wait_for 'one 101\none 102\n'
    configure('two', '{ 105, 107 }')
    process.signal(pid, 'HUP')
    process.wait('the reload', function()
      return process.read(folder .. '/err'):find('reload', 1, true)
    end)
    feed(5, 8)
    wait_for 'one 101\none 102\ntwo 105\ntwo 107\n'
    pipe:close()
    process.wait('the end', function() return not process.is_running(pid) end)
    local ledger = cjson.decode(process.read(folder .. '/err'):match '{"records".*')
    local counts = ledger.outputs.own or ledger.outputs[1]
    assert.same({ 4, 4 }, { counts.accepted, counts.delivered })
  end)
end)

describe('docs/outputs.md', function()
  it('has an example that works', function()
    local text = process.read 'docs/outputs.md'
    write('laudit.lua', (text:match 'examples/intrusion.log %-%->\n```lua\n(.-)```'))
    local result = process.run(('log=$PWD/examples/intrusion.log; cd %s && laudit replay ' ..
      '-c laudit.lua --summary=json --no-progress "$log"'):format(folder))
    assert.equal(0, result.status, result.err)
    local function lines(name)
      return process.read(folder .. '/' .. name)
    end
    assert.is_true(lines_of(lines 'all.json') > lines_of(lines 'short.txt'))
    assert.matches('^%d+%.%d+:%d+ %S+ /usr/bin/%S+\n', lines 'short.txt')
    assert.matches('^%S+ %S+ USER_', lines 'logins.txt')
    assert.matches('^{"topic":"[^"]+","attributes":{"hostname":"web1","site":"north",' ..
      '"trace_id":"[%x-]+"},"data":{"sequence":%d+,', lines 'topics.json')
    assert.is_nil((select(2, format.strict(lines 'topics.json'))))
  end)
end)
