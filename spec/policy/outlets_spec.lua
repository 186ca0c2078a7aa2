local outlets = require('laudit_engine').outlets
local format = require('laudit_engine').format
local cjson = require 'cjson'
local hostile = require 'spec.format.hostile'

local call = 'type=SYSCALL msg=audit(1615114232.375:15558): arch=c000003e syscall=59 ' ..
  'success=yes exit=0 ppid=1 pid=2 auid=1000 uid=0 euid=0 comm="sh" exe="/usr/bin/sh" key="k"' ..
  '\29AUID="alice" UID="root" EUID="root"\n'
local cwd = 'type=CWD msg=audit(1615114233.000:15559): cwd="/tmp"\n'

--- Runs a configuration whose outputs are `lines` each, in this order; names are their first
--- letters' texts: a, b, ...
local function run(options, log, alert)
  local source, places, line = {}, {}, 1
  for index, text in ipairs(options) do
    local name = string.char(96 + index)
    source[index] = ("output '%s' { %s }\n"):format(name, text)
    local _, count = source[index]:gsub('\n', '')
    places[index] = { name, line, text:find '%f[%w]on =' ~= nil,
      text:find 'transform =' ~= nil }
    line = line + count
  end
  local given = { source = (options.before or '') .. table.concat(source), path = 'laudit.lua',
    outputs = places, log = log or call .. cwd }
  for name, value in pairs(alert or {}) do given[name] = value end
  return outlets.run(given)
end

local function answer(transform, log, alert)
  local items, said = run({ 'transform = ' .. transform }, log or call, alert)
  assert.is_truthy(items, type(said) == 'table' and said[1])
  return items[1].a, said
end

local function mistake(...)
  local items, mistakes = run { ... }
  assert.is_nil(items)
  return mistakes[1], mistakes[2]
end

describe("an output's on", function()
  it('chooses events as that of a policy does', function()
    local items = run { 'on = { SYSCALL = "execve", euid = 0 }', 'on = { type = "CWD" }',
      'transform = function() end', 'on = { { pid = 2 }, { cwd = audit.match.prefix "/tmp" } }',
      'on = { exe = audit.match.glob "/usr/*", auid = audit.match.range(2000, 3000) }' }
    assert.same({ { 'a', 'c', 'd' }, { 'b', 'c', 'd' } }, { { unpack(items[1]) },
      { unpack(items[2]) } })
  end)

  it('is refused with the line of its output', function()
    assert.equal("laudit.lua:4: output 'b': on.exee: unknown field (did you mean 'exe'?)",
      mistake('on = { exe = "/x" }', 'on = {\n  euid = 0,\n  exee = "/y" }'))
    assert.equal("laudit.lua:2: output 'b': on: expected a table, found a number",
      mistake('on = { pid = 1 }', 'on = 7'))
    assert.matches("^laudit.lua:1: output 'a': on.pid: .*function",
      mistake 'on = { pid = function() end }')
    assert.equal("laudit.lua:1: audit.match has no 'perfix' (did you mean 'prefix'?)",
      mistake 'on = { exe = audit.match.perfix "/" }')
  end)
end)

describe("an output's transform", function()
  it('makes the message, its headers in the order of their names', function()
    local said = answer [[function(event)
      return event.exe .. ' ' .. event.AUID, { ['X-B'] = '2', ['X-A'] = event.id } end]]
    assert.same({ answer = 'message', body = '/usr/bin/sh alice\n',
      headers = 'X-A: 1615114232.375:15558\r\nX-B: 2\r\n' }, said)
  end)

  it('skips what it says nothing for', function()
    assert.same({ answer = 'skip', body = '', headers = '' }, answer 'function() end')
    assert.equal('skip', answer('function() return nil, { a = "b" } end').answer)
  end)

  it('keeps to one line', function()
    assert.equal('a b c\n', answer([[function() return 'a\nb\nc' end]]).body)
  end)

  it('has any format at hand', function()
    for _, name in ipairs { 'json', 'pauditd', 'go-audit', 'gelf', 'cef', 'text' } do
      assert.equal(format.render(call, name),
        answer(("function(event) return event:as '%s' end"):format(name)).body)
    end
    assert.equal(call:gsub('\29.*', '\29AUID="alice" UID="root" EUID="root"\n'),
      answer("function(event) return event:as 'raw' end").body)
    assert.matches("unknown format 'jsn' %(did you mean 'json'%?%)", select(2, answer(
      "function(event) return event:as 'jsn' end")))
  end)

  it('is given what an alert says', function()
    local said = answer([[function(event, alert) return alert.policy .. '|' .. alert.severity ..
      '|' .. alert.message .. '|' .. alert.id .. '|' .. alert.time .. '|' .. alert.json end]],
      call, { policy = 'p', severity = 'high', message = 'm' })
    local json = format.alert(call, 'json', { id = '1/p/1', policy = 'p', severity = 'high',
      message = 'm' })
    assert.equal('p|high|m|1/p/1|1615114232.375|' .. json, said.body)
  end)

  it('cannot change the event', function()
    for _, verb in ipairs { "set('a', 1)", "tag 'a'", "route 'a'", "send 'a'", "drop 'a'" } do
      local said, log = answer(('function(event) event:%s return "x" end'):format(verb))
      assert.equal('failed', said.answer)
      assert.truthy(log:find(('event:%s is for policies: an output cannot change the event')
        :format(verb:match '%a+'), 1, true), log)
    end
  end)

  it('cannot use an event after its call', function()
    for _, use in ipairs { 'kept.exe', 'field.cwd', 'kept:text()', 'wait()' } do
      local items, log = run({ before = 'local kept, field, wait ', ([[transform = function(event)
        if kept then return %s end
        kept, field = event, event.field
        wait = coroutine.wrap(function() coroutine.yield() return event.exe end)
        wait()
        return event.exe
      end]]):format(use) }, call .. cwd)
      assert.equal('message/usr/bin/sh\n', items[1].a.answer .. items[1].a.body)
      assert.equal('failed', items[2].a.answer, use)
      assert.truthy(log:find('this event is over; keep event:copy() instead', 1, true), log)
    end
  end)

  it('fails with a sentence in the log, and nothing is sent', function()
    for body, sentence in pairs { ['return 7'] = 'expected a text as body, or nil, found a number',
      ['return {}'] = 'expected a text as body, or nil, found a table',
      ['return "a", "b"'] = 'expected a table as headers, or nil, found a string',
      ['return "a", { ["a b"] = "c" }'] = 'headers: expected names and texts without line breaks',
      ['return "a", { a = "b\\r\\nX: y" }'] =
        'headers: expected names and texts without line breaks',
      ['return "a", { a = 1 }'] = 'headers: expected names and texts without line breaks',
      ['return "a", { a = ("x"):rep(9000) }'] = 'headers: more than 8192 bytes',
      ['return event.exee'] = "unknown field 'exee' (did you mean 'exe'?)",
      ['while true do end'] = 'took more than 1000000 instructions',
      ['return io.open "x"'] = "there is no global 'io'",
      ['local t = {} while true do t[#t + 1] = ("x"):rep(100000, #t) end'] = 'more than' } do
      local said, log = answer(('function(event) %s end'):format(body))
      assert.same({ answer = 'failed', body = '', headers = '' }, said)
      assert.truthy(log:find('output a: transform: failure 1: ', 1, true) and
        log:find(sentence, 1, true), body .. ': ' .. log)
    end
  end)

  it('says a failure once a minute of event time', function()
    local lines = {}
    for second = 0, 130 do
      lines[second + 1] = ('type=CWD msg=audit(%d.000:%d): cwd="/"\n'):format(1000 + second, second)
    end
    local _, log = run({ 'transform = function() return 1 end' }, table.concat(lines))
    local numbers = {}
    for number in log:gmatch 'failure (%d+)' do numbers[#numbers + 1] = number end
    assert.same({ '1', '61', '121' }, numbers)
  end)

  it('starts anew when it took too much memory', function()
    local items, log = run({ before = 'local kept, count = {}, 0 ',
      [[transform = function(event)
        count = count + 1
        if count == 2 then
          local text = ('x'):rep(60000)
          for index = 1, 2000 do kept[index] = text .. index end
        end
        return tostring(count)
      end]] }, call .. cwd .. cwd:gsub('15559', '15560'))
    local answers = {}
    for index, item in ipairs(items) do answers[index] = item.a.answer .. item.a.body end
    assert.same({ 'message1\n', 'failed', 'message1\n' }, answers)
    assert.truthy(log:find('the outputs\' transforms start anew', 1, true), log)
  end)

  it('is refused when it is no function', function()
    assert.equal("laudit.lua:1: output 'a': transform: expected a function, found a string",
      mistake "transform = 'json'")
  end)

  it('gives strict JSON of hostile records', function()
    for _, log in pairs(hostile) do
      local items = run({ "transform = audit.transform.notification { hostname = 'h' }",
        "transform = function(event) return event:as 'gelf' end" }, log)
      for _, item in ipairs(items) do
        for _, said in ipairs { item.a, item.b } do
          assert.is_nil((select(2, format.strict(said.body))))
          assert.is_true(said.answer ~= 'failed')
        end
      end
    end
  end)
end)

describe('audit.transform.notification', function()
  local function body(options, log, alert)
    local said = answer(('audit.transform.notification %s'):format(options), log, alert)
    return said.body, said.headers, said.answer
  end

  it("is the body of pauditd's notification service", function()
    local text = body "{ hostname = 'h.example' }"
    local trace = text:match '"trace_id":"([^"]*)"'
    assert.matches('^%x+%-%x%x%x%x%-8%x%x%x%-[89ab]%x%x%x%-%x+$', trace)
    assert.equal(36, #trace)
    assert.equal('{"topic":"k","attributes":{"hostname":"h","trace_id":"' .. trace ..
      '"},"data":' .. format.render(call, 'pauditd'):sub(1, -2) .. ',"version":"1.0.0"}\n', text)
  end)

  it('sorts extra attributes among the others, as Go sorts a map', function()
    local text = body [[{ hostname = 'h', trace_header = 'X-Trace',
      extra_attributes = { zone = '<a>', app = 'x' } }]]
    assert.matches('"attributes":{"app":"x","hostname":"h","trace_id":"[%x-]+",' ..
      '"zone":"\\u003ca\\u003e"}', text)
    local _, headers = body "{ trace_header = 'X-Trace' }"
    assert.matches('^X%-Trace: [%x-]+\r\n$', headers)
  end)

  it('gives the same event the same trace id, and others others', function()
    local seen = {}
    for serial = 1, 1000 do
      local text = body("{ hostname = 'h' }", (call:gsub(':15558', ':' .. serial)))
      seen[text:match '"trace_id":"([^"]*)"'] = true
    end
    local count = 0
    for _ in pairs(seen) do count = count + 1 end
    assert.equal(1000, count)
    assert.equal(body "{ hostname = 'h' }", (body "{ hostname = 'h' }"))
  end)

  it('takes the name of this host where none is given', function()
    local host = os.getenv 'HOSTNAME' or io.popen('uname -n'):read '*l'
    assert.truthy(body('{}'):find(('"hostname":"%s"'):format(host:match '^[^.]*'), 1, true))
  end)

  it('skips what has neither key nor topic', function()
    for _, log in ipairs { cwd, (call:gsub('key="k"', 'key=(null)')),
      (call:gsub(' key="k"', '')) } do
      assert.equal('skip', (select(3, body("{ hostname = 'h' }", log))))
    end
    assert.matches('^{"topic":"tty",', (body("{ hostname = 'h' }",
      'type=TTY msg=audit(1.000:1): tty pid=1 data=6C\n')))
  end)

  it('has an alert under the key of its event, else under its policy', function()
    local alert = { policy = 'p"q', severity = 'high', message = 'm' }
    assert.matches('^{"topic":"k",.*"data":{"ALERT":{.*}},"version":"1.0.0"}\n$',
      (body("{ hostname = 'h' }", call, alert)))
    local decoded = cjson.decode((body("{ hostname = 'h' }", cwd, alert)))
    assert.same({ 'p"q', 'm' }, { decoded.topic, decoded.data.ALERT.message })
  end)

  it('is refused with what it does not know', function()
    local function refused(options)
      return (mistake('transform = audit.transform.notification ' .. options))
    end
    assert.equal("laudit.lua:1: audit.transform.notification: unknown option 'hostnam' " ..
      "(did you mean 'hostname'?)", (refused "{ hostnam = 'x' }"))
    assert.equal('laudit.lua:1: audit.transform.notification: extra_attributes.a: expected a ' ..
      'text, found a number', refused '{ extra_attributes = { a = 1 } }')
    assert.equal("laudit.lua:1: audit.transform.notification: extra_attributes: 'trace_id' " ..
      'cannot be one', refused "{ extra_attributes = { trace_id = 'x' } }")
    assert.equal("laudit.lua:1: audit.transform has no 'notifcation' " ..
      "(did you mean 'notification'?)", mistake 'transform = audit.transform.notifcation {}')
  end)
end)
