package.path = 'spec/policy/?.lua;' .. package.path
local tools = require 'tools'

--- Fails with that sentence, and the event goes on all the same.
local function fails(body, sentence)
  local failure, policy, result = tools.failure(body)
  assert.is_truthy(failure, 'did not fail')
  assert.is_truthy(failure:find(sentence, 1, true), failure)
  assert.equal(1, #result.events)
  assert.same({ 'local' }, result.routes[1])
  return policy
end

describe('a policy that misbehaves', function()
  teardown(tools.clean)

  it('is refused with file and line when it has a syntax error', function()
    assert.same({ "wrong.lua:2: unexpected symbol near '='" },
      tools.mistakes "local audit = require 'audit'\nreturn audit.policy { name = = 'x' }")
  end)

  it('is refused when it loops while it is loaded', function()
    local mistakes = tools.mistakes 'while true do end'
    assert.same({ 'wrong.lua:1: took more than 50000000 instructions' }, mistakes)
  end)

  it('is refused when it is bytecode', function()
    local mistakes = tools.mistakes(string.dump(function() end))
    assert.is_truthy(mistakes[1]:find('chunk with wrong mode', 1, true), mistakes[1])
  end)

  it('is stopped in a loop for ever', function()
    assert.is_truthy(tools.mistakes("return require 'audit'.policy { name = ('x'):rep(1e9) }")[1])
    local policy = fails('while true do end', 'took more than 1000000 instructions')
    assert.equal(1, policy.over_budget)
    fails('for i = 1, 1e12 do end', 'took more than 1000000 instructions')
    fails('local function f() return f() end f()', 'took more than 1000000 instructions')
    fails('repeat until false', 'probe.lua:4: took more than')
    fails('goto again ::again:: goto again', 'took more than 1000000 instructions')
  end)

  it('cannot swallow the end of its budget', function()
    fails('while true do pcall(function() while true do end end) end', 'took more than')
    fails('local function f() pcall(f) pcall(f) end f() while true do pcall(f) end',
      'took more than')
    fails('pcall(function() while true do end end) return audit.alert "never"', 'took more than')
    fails('while true do pcall(error) end', 'took more than')
    fails('while true do pcall(string.rep, "x", 1000) end', 'took more than')
  end)

  it('cannot hide a loop in a coroutine', function()
    fails('coroutine.wrap(function() while true do end end)()', 'took more than')
    fails('while true do coroutine.resume(coroutine.create(function() while true do end end)) end',
      'took more than')
    fails('local c = coroutine.wrap(function() while true do coroutine.yield() end end) ' ..
      'while true do c() end', 'took more than')
    fails('local c = coroutine.wrap(function() while true do pcall(coroutine.yield) end end) ' ..
      'while true do pcall(c) end', 'took more than')
  end)

  it('cannot hide a loop in a metamethod', function()
    fails('local t = setmetatable({}, { __index = function(t, k) return t[k] end }) return t.x',
      'stack overflow')
    fails('local t = setmetatable({}, { __index = function() while true do end end }) return t.x',
      'took more than')
    fails('return setmetatable({}, { __tostring = function() while true do end end }) .. ""',
      'attempt to concatenate')
    fails('tostring(setmetatable({}, { __tostring = function() while true do end end }))',
      'took more than')
  end)

  it('is stopped when it recurses without end', function()
    fails('local function f() return 1 + f() end f()', 'stack overflow')
    fails('local function f(s) return (s:gsub(".", f)) end f "x"', 'too deeply')
    fails('local function f() return coroutine.wrap(f)() end f()', 'too deeply')
    fails('local function f() table.sort({ 1, 2 }, f) end f()', 'too deeply')
    fails('local t = setmetatable({}, {}) getmetatable(t).__tostring = function() ' ..
      'return ("%s"):format(t) end tostring(t)', 'too deeply')
  end)

  it('is stopped when it takes too much memory, and starts anew', function()
    local failure, policy, result = tools.failure([[
      local t, s = {}, ('x'):rep(60000)
      for i = 1, 2000 do t[i] = s .. i end]], tools.execs(3))
    assert.equal('uses more than 64 MiB of memory', failure)
    assert.equal(3, policy.over_memory)
    assert.equal(3, #result.events)
    assert.is_truthy(result.log:find('policy probe: starts anew', 1, true), result.log)
  end)

  it('cannot collect memory over many events', function()
    local policy = tools.write('hoarder.lua', [[
      local audit = require 'audit'
      local kept = {}
      return audit.policy { name = 'hoarder', check = function(event)
        for i = 1, 100 do kept[#kept + 1] = ('x'):rep(4000) .. #kept end
        return audit.alert('%d', #kept)
      end }]])
    local result = require('audit.test').replay(tools.execs(400), { policy = policy })
    local stats = result.stats.policies[1]
    assert.is_true(stats.over_memory >= 1 and stats.over_memory <= 3, stats.over_memory)
    assert.equal(400, #result.events)
    assert.equal('100', result.alerts[1].message)
  end)

  it('cannot swallow the end of its memory', function()
    local _, policy = tools.failure([[
      pcall(function()
        local t, s = {}, ('x'):rep(60000)
        for i = 1, 2000 do t[i] = s .. i end
      end)
      return audit.alert 'as if nothing had happened']])
    assert.same({ 1, 1, 0 }, { policy.errors, policy.over_memory, policy.alerts })
    assert.equal('uses more than 64 MiB of memory', policy.last_error)
  end)

  it('starts anew from the bytes it was loaded from', function()
    local module = tools.write('beside.lua', 'return 1')
    local path = tools.write('anew.lua', [[
      local audit, beside = require 'audit', require 'beside'
      local calls = 0
      return audit.policy { name = 'anew', check = function(event)
        calls = calls + 1
        if event.serial == 1002 then
          local t, s = {}, ('x'):rep(60000)
          for i = 1, 2000 do t[i] = s .. i end
        end
        return audit.alert('%d %d', calls, beside)
      end }]])
    local session = assert(require('audit.test').open { policy = path })
    os.remove(module)
    os.remove(path)
    local result = session:feed(tools.execs(3))
    assert.same({ '1 1', '1 1' }, { result.alerts[1].message, result.alerts[2].message })
  end)

  it('cannot build strings without end', function()
    fails('local s = "x" while true do s = s .. s end', 'string of more than 1048576 bytes')
    fails('return ("x"):rep(1e9)', 'string of more than 1048576 bytes')
    fails('return ("x"):rep(1e6):rep(1e6)', 'string of more than 1048576 bytes')
    fails('local t = {} for i = 1, 2000 do t[i] = ("x"):rep(1000) end return table.concat(t)',
      'string of more than 1048576 bytes')
    fails('return ("x"):rep(1000):gsub(".", ("y"):rep(2000))', 'string of more than')
    fails('local s = ("x"):rep(1e6) return ("%s%s"):format(s, s)', 'string of more than')
  end)

  it('cannot spend its time inside string functions', function()
    fails('local s = ("a"):rep(1e6) while true do s:find("b", 1, true) end', 'took more than')
    fails('local s = ("a"):rep(1e6) while true do s:upper() end', 'took more than')
    fails('local s = ("a"):rep(1e6) while true do s:rep(1) end', 'took more than')
    fails('local s = ("a"):rep(1e6) while true do local t = s .. "b" end', 'took more than')
    fails('local s, t = ("a"):rep(1e6), ("a"):rep(1e6 - 1) .. "b" ' ..
      'while true do local x = s < t end', 'took more than')
  end)

  it('is stopped in a pattern that backtracks without end', function()
    fails('return (("a"):rep(40000)):find(".-.-.-.-b")', 'took more than 1000000 instructions')
    fails('return (("a"):rep(5000)):match(("a*"):rep(50) .. "b")', 'took more than')
    fails('return (("a"):rep(5000)):gsub(".-.-b", "")', 'took more than')
    fails('for x in (("a"):rep(5000)):gmatch(".-.-b") do end', 'took more than')
    fails('return (("("):rep(20000)):find("%b()")', 'took more than')
    fails('while true do ("x"):gsub(".", function() while true do end end) end', 'took more than')
  end)

  it('is stopped in a long sort', function()
    fails([[
      local t = {}
      for i = 1, 60000 do t[i] = (i * 7919) % 60013 end
      table.sort(t)]], 'took more than')
    fails('local t = {} for i = 1, 1000 do t[i] = i end while true do ' ..
      'table.sort(t, function() return true end) end', 'took more than')
  end)

  it('raises no more than a sentence with error()', function()
    fails('error "no idea"', 'probe.lua:4: no idea')
    fails('error { code = 3 }', 'error(table) without a sentence')
    fails('error()', 'error(nil) without a sentence')
    fails('error(setmetatable({}, { __tostring = function() while true do end end }))',
      'error(table) without a sentence')
    fails('local x = nil; return x.y', "attempt to index local 'x'")
    fails('return ("x"):nothing()', "attempt to call method 'nothing'")
  end)

  it('keeps control bytes of strangers out of the log', function()
    local _, _, result = tools.failure 'error("\\27[31mred\\nand more")'
    assert.is_nil(result.log:find('\27', 1, true))
    assert.is_truthy(result.log:find('\\x1B[31mred\\x0Aand more', 1, true), result.log)
  end)

  it('cannot forge a line of the log', function()
    for _, body in ipairs { 'error("x\\nlaudit: forged")', 'print("x\\nlaudit: forged")',
      'print("x\\n", "laudit: forged")', 'error("\\nlaudit: forged", 0)' } do
      local result = tools.run(body)
      assert.is_truthy(result.log:find('forged', 1, true), body)
      for line in result.log:gmatch '[^\n]+' do
        assert.is_nil(line:find '^laudit: forged', line)
      end
      assert.is_truthy(result.log:find('\\x0A', 1, true), result.log)
    end
  end)

  it('has its traceback in the log, a line each, indented', function()
    local _, policy, result = tools.failure 'error "no idea"'
    assert.matches('probe.lua:4: no idea$', policy.last_error)
    assert.is_truthy(result.log:find('no idea\nlaudit: warning:     stack traceback:\n', 1, true),
      result.log)
    assert.matches('\nlaudit: warning:       [^\n]*probe.lua:4: in function', result.log)
  end)

  it('cannot change an event', function()
    fails('event.exe = "/bin/true"', "an event cannot be changed; event:set('exe', value) adds")
    fails('event.field.exe = "/bin/true"', 'an event cannot be changed')
    fails('event.paths[1].name = "x"', 'a record cannot be changed')
    fails('event[1] = 2', 'an event cannot be changed')
    fails('rawset(event, "exe", "x")', 'table expected')
    fails('setmetatable(event, {})', 'table expected')
    fails('getmetatable(event).__index = nil', 'attempt to index a boolean value')
  end)

  --- What the second event's check gets for the expressions about what it kept of the first.
  local function uses_of_kept(uses)
    for i, use in ipairs(uses) do
      uses[i] = ('function() return %s end,'):format(use)
    end
    local path = tools.write('keeper.lua', ([[
      local audit = require 'audit'
      local kept, field, record, paths, set, wait
      return audit.policy { name = 'keeper', check = function(event)
        if not kept then
          kept, field, paths, set = event, event.field, event.paths, event.set
          record = paths[1]
          wait = coroutine.wrap(function(given)
            coroutine.yield()
            return given.exe
          end)
          wait(event)
          return
        end
        local said = {}
        for i, use in ipairs { %s } do
          local fine, answer = pcall(use)
          said[i] = (fine and 'gives ' or 'fails: ') .. tostring(answer):gsub('^.-lua:%%d+: ', '')
        end
        return audit.alert('%%s', table.concat(said, '\n'))
      end }]]):format(table.concat(uses, '\n')))
    local result = require('audit.test').replay(
      { tools.exec(1, { exe = '/bin/first' }), tools.exec(2, { exe = '/bin/second' }) },
      { policy = path })
    local said = {}
    assert.equal(1, #result.alerts, result.stats.policies[1].last_error)
    for answer in result.alerts[1].message:gmatch '[^\n]+' do said[#said + 1] = answer end
    assert.equal(#uses, #said)
    return said, result
  end

  it('cannot use an event after its call', function()
    local uses = { 'kept.exe', 'kept.EXIT', 'kept.id', 'kept.argv', 'kept.paths', 'kept.field',
      'kept.exee', 'kept.set', 'kept:set("a", 1)', 'kept:get "a"', 'kept:tag "a"',
      'kept:route "soc"', 'kept:send "soc"', 'kept:drop "a"', 'kept:text()', 'kept:copy()',
      'kept:as "json"', 'kept:records "PATH"', 'set(kept, "a", 1)', 'event.tag(kept, "a")',
      'event.drop(kept, "a")', 'event.copy(kept)', 'event.records(kept, "PATH")', 'field.exe',
      'field.exee', 'wait()' }
    local count = #uses
    local said, result = uses_of_kept(uses)
    for i = 1, count do
      assert.equal('fails: this event is over; keep event:copy() instead of the event', said[i],
        uses[i])
    end
    assert.is_nil(result.events[2].ATTRIBUTES)
    assert.is_nil(result.events[2].TAGS)
    assert.same({ 'local' }, result.routes[2])
  end)

  it('cannot use a record after its call', function()
    local said = uses_of_kept { 'record.name', 'record:copy()', 'paths[1].name' }
    for i = 1, 3 do
      assert.equal('fails: this event is over; keep record:copy() instead of the record', said[i])
    end
  end)

  it('sees that what it kept is another event', function()
    assert.same({ 'gives false', 'gives false', 'gives true', 'gives true',
      'gives event that is over', 'gives fields of an event that is over',
      'gives event 1700000002.250:1002', 'gives fields of event 1700000002.250:1002',
      'gives /bin/second', 'gives userdata' },
      (uses_of_kept { 'kept == event', 'field == event.field', 'event == event',
        'event.field == event.field', 'tostring(kept)', 'tostring(field)', 'tostring(event)',
        'tostring(event.field)', 'event.field.exe', 'type(event)' }))
  end)

  it('takes the null of JSON for no event', function()
    assert.equal('NULL', tools.ask '("%s"):format(require("cjson").null):match "NULL"')
    fails('return require("cjson").null.exe', "attempt to index a userdata value")
    fails('require("cjson").null.exe = 1', "attempt to index a userdata value")
    fails('event.set(require("cjson").null, "a", 1)', 'expected an event: write event:verb(...)')
    fails('event.field:set("a", 1)', "unknown field 'set'")
    fails('event.set(event.field, "a", 1)', 'expected an event: write event:verb(...)')
    fails('event:set("a", event)', 'JSON cannot hold a userdata')
    fails('event:set("a", event.field)', 'JSON cannot hold a userdata')
  end)

  it('cannot use an event while another file is loaded or none is there', function()
    local failure = tools.failure [[
      local c = coroutine.create(function(e) coroutine.yield() return e.exe end)
      coroutine.resume(c, event)
      KEPT = c]]
    assert.is_truthy(failure:find("'KEPT' is not declared: write 'local KEPT'", 1, true), failure)
  end)

  it('gets a sentence for a name that is none', function()
    fails('return event.exee', "unknown field 'exee' (did you mean 'exe'?)")
    fails('return event.AUIDD', "unknown field 'AUIDD' (did you mean 'AUID'?)")
    fails('return event.adress', "unknown field 'adress' (did you mean 'address'?)")
    fails('return event.field.exee', "unknown field 'exee' (did you mean 'exe'?)")
    fails('return event.field.time', "unknown field 'time'")
    assert.is_nil(tools.failure('return event.field.serial'):find('did you mean', 1, true))
    fails('return event.paths[1].nmae', "unknown field 'nmae' (did you mean 'name'?)")
    fails('return event:records "PAHT"', "unknown record type 'PAHT' (did you mean 'PATH'?)")
    fails('return event[1]', 'expected the name of a field, found a number')
    fails('return event[{}]', 'expected the name of a field, found a table')
    fails('return event.process', 'event.process is not there yet')
    fails('event.set("x", 1)', 'expected an event: write event:verb(...), with a colon')
    fails('event.set(nil, "x", 1)', 'expected an event: write event:verb(...), with a colon')
  end)

  it('must return alerts or nothing', function()
    fails('return "alert"', 'check returned a string; return audit.alert(...)')
    fails('return true', 'check returned a boolean')
    fails('return 5', 'check returned a number')
    fails('return { message = "x" }', 'check returned a table that is no alert')
    fails('return { audit.alert "x", "y" }', 'check returned a string')
    fails('local t = {} for i = 1, 17 do t[i] = audit.alert "x" end return t',
      'check returned more than 16 alerts')
    fails('return audit.alert { "x", severity = "hihg" }',
      "unknown severity 'hihg' (did you mean 'high'?)")
    fails('return audit.alert { "x", severty = "high" }',
      "unknown key 'severty' (did you mean 'severity'?)")
    fails('return audit.alert { "x", outputs = "sc" .. "o" }',
      "unknown output 'sco' (did you mean 'soc'?)")
    fails('return audit.alert { "x", fields = { print } }', 'JSON cannot hold a function')
    fails('return audit.alert { "x", fields = { "a" } }', "an alert's fields have names")
    fails('return audit.alert()', 'audit.alert: expected a format or a table, found a nil')
  end)

  it('cannot fill an event without end', function()
    fails('for i = 1, 1e6 do event:set("a" .. i, i) end', 'an event has at most 256 attributes')
    fails('for i = 1, 1e6 do event:tag("a" .. i) end', 'an event has at most 256 tags')
    fails('while true do event:set("a", ("x"):rep(60000)) end', 'policies write at most')
    fails('event:set("a", ("x"):rep(70000))', 'JSON would be longer than 65536 bytes')
    fails('local t = {} t.t = t event:set("a", t)', 'JSON would be nested more than 32 deep')
    fails('event:set("a", 0/0)', 'JSON has no text for the number nan')
    fails('event:set("a", nil)', 'needs a value, found nil')
    fails('event:set("", 1)', "an attribute's name has 1 to 128 bytes")
    fails('event:set("a\\255", 1)', "an attribute's name is UTF-8")
    fails('event:tag(("x"):rep(200))', 'a tag has 1 to 128 bytes')
    fails('local t = {} for i = 1, 30 do t = { t, t } end event:set("a", t)',
      'JSON would be longer')
  end)

  it('cannot put a name into an object twice', function()
    for _, keys in ipairs { '[1] = 1, ["1"] = 2, [3] = 3', '["a\\255"] = 1, ["a\\254"] = 2',
      '["a\\239\\191\\189"] = 1, ["a\\240\\159\\152\\128"] = 2, ["a\\255"] = 3',
      '["\\226\\130"] = 1, ["\\226\\131"] = 2' } do
      for _, use in ipairs { 'event:set("a", t)', 'return audit.alert { "x", fields = { a = t } }',
        'require("cjson").encode(t)' } do
        fails(('local t = { %s } %s'):format(keys, use), 'two keys of a table are the same in JSON')
      end
    end
  end)

  it('cannot fill the log', function()
    local _, policy, result = tools.failure 'while true do print(("x"):rep(1e5)) end'
    assert.equal(1, policy.over_budget)
    assert.is_true(#result.log < 3e6)
  end)

  it('decides nothing when it fails', function()
    fails('event:route "soc" event:drop "x" error "after all"', 'after all')
  end)

  it('is logged now and then, counted always, and quarantined', function()
    local _, policy, result = tools.failure('error "each time"', tools.execs(30))
    assert.equal(10, policy.errors)
    assert.equal(1, policy.quarantines)
    assert.is_true(policy.is_quarantined)
    assert.equal(30, #result.events)
    assert.equal(0, policy.skipped)
    assert.is_truthy(result.log:find('policy probe: quarantined for 60 s', 1, true), result.log)
  end)
end)
