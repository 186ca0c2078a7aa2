package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

describe('the sandbox', function()
  teardown(tools.clean)

  it('has no way out', function()
    for _, name in ipairs { 'io', 'ffi', 'jit', 'debug', 'load', 'loadstring', 'loadfile', 'dofile',
      'package', 'module', 'collectgarbage', 'newproxy', 'getfenv', 'setfenv', 'xpcall', '_G',
      'gcinfo', 'arg' } do
      local failure = tools.failure('return ' .. name)
      local sentence = ("there is no global '%s' in a policy"):format(name)
      assert.is_truthy(failure and failure:find(sentence, 1, true), name)
    end
    for _, expression in ipairs { 'string.dump', 'os.execute', 'os.exit', 'os.getenv', 'os.remove',
      'os.rename', 'os.tmpname', 'os.clock', 'table.foreach', 'table.maxn', 'coroutine.isyieldable',
      'getmetatable("").__index', 'getmetatable(event).__index' } do
      local value = tools.ask(('select(2, pcall(function() return %s end))'):format(expression))
      assert.is_truthy(value == 'nil' or value:find('attempt to index', 1, true),
        expression .. ': ' .. value)
    end
  end)

  it('says what was probably meant', function()
    assert.is_truthy(tools.failure('return strng.rep'):find("did you mean 'string'?", 1, true))
  end)

  it('keeps methods of texts as they are', function()
    assert.equal('XX', tools.ask '(function() string.rep = nil; return ("X"):rep(2) end)()')
    assert.is_truthy(tools.failure '("").x = 1')
    assert.is_truthy(tools.failure 'getmetatable("").__index = {}')
    assert.is_truthy(tools.failure 'setmetatable("", {})')
  end)

  it('runs no finalizers of policies', function()
    assert.equal('0', tools.ask [[(function()
      local ran = 0
      for _ = 1, 1000 do setmetatable({}, { __gc = function() ran = ran + 1 end }) end
      for i = 1, 2e4 do local _ = { i } end
      return ran
    end)()]])
  end)

  it('refuses to assign globals', function()
    assert.is_truthy(tools.failure('count = 1'):find("'count' is not declared: write 'local count'",
      1, true))
    assert.is_truthy(tools.mistakes('count = 1')[1]:find("wrong.lua:1: 'count' is not declared", 1,
      true))
  end)

  it('has time on the clock of events', function()
    assert.equal('1700000001', tools.ask 'os.time()')
    assert.equal('1700000001.25', tools.ask '("%.2f"):format(audit.now())')
    assert.equal('2023-11-14', tools.ask 'os.date("!%Y-%m-%d")')
    assert.equal('1970', tools.ask 'os.date("!%Y", 0)')
    assert.equal('2023', tools.ask 'os.date("!*t").year')
    assert.equal('86400', tools.ask('os.time { year = 1970, month = 1, day = 2, hour = 12 } - ' ..
      'os.time { year = 1970, month = 1, day = 1, hour = 12 }'))
    local mistakes = tools.mistakes 'local now = os.time()'
    assert.is_truthy(mistakes[1]:find('ask for it in check', 1, true))
  end)

  it('prints to the log', function()
    local result = tools.run 'print("seen", event.pid, nil, "\\27[0m")'
    assert.is_truthy(result.log:find('probe.lua: seen 91 nil \\x1B[0m', 1, true), result.log)
  end)

  it('has the usual library', function()
    for expression, answer in pairs {
      ['("a,b"):gsub(",", ";")'] = 'a;b', ['("x=1"):match "(%w)=(%w)"'] = 'x',
      ['("%5.1f|%-3s|%q"):format(1.5, "a", "b")'] = '  1.5|a  |"b"',
      ['table.concat({ 1, 2, 3 }, "-")'] = '1-2-3', ['#("x"):rep(3)'] = '3',
      ['select("#", ("abc"):byte(1, -1))'] = '3', ['bit.band(0xff, 0x0f)'] = '15',
      ['math.floor(2.5)'] = '2', ['tostring(nil)'] = 'nil', ['tonumber("0x10")'] = '16',
      ['(function() local t = { 3, 1, 2 } table.sort(t) return table.concat(t) end)()'] = '123',
      ['(function() local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) ' ..
        'return table.concat(t) end)()'] = '321',
      ['(function() local n = 0 for k, v in ("a=1 b=2"):gmatch("(%w)=(%w)") do n = n + v end ' ..
        'return n end)()'] = '3',
      ['("hello world"):gsub("o", { o = "0" }, 1)'] = 'hell0 world',
      ['("abc"):gsub("%w", "%0%0")'] = 'aabbcc', ['("abc"):gsub("", "-")'] = '-a-b-c-',
      ['("abc"):gsub("b", "%%")'] = 'a%c', ['("abc"):find("b", 1, true)'] = '2',
      ['("a.c"):find(".", 1, true)'] = '2', ['("abc"):find("", 10)'] = '4',
      ['coroutine.wrap(function(a) return coroutine.yield(a + 1) end)(1)'] = '2',
      ['require("cjson").encode { b = 1, a = { 1, 2 } }'] = '{"a":[1,2],"b":1}',
      ['require("cjson").decode("[1,null]")[2] == require("cjson").null'] = 'true',
    } do
      assert.equal(answer, tools.ask(expression), expression)
    end
  end)

  it('gives no address, which differs from run to run', function()
    for value, text in pairs {
      ['{}'] = 'table', ['function() end'] = 'function', ['print'] = 'function',
      ['coroutine.create(print)'] = 'thread', ['audit.match.present()'] = 'userdata',
      ['event.paths[1]'] = 'userdata', ['event'] = 'event 1700000001.250:1001', ['nil'] = 'nil',
      ['true'] = 'true', ['0.5'] = '0.5', ['"x"'] = 'x', ['require("cjson").null'] =
        'userdata: NULL',
      ['setmetatable({}, { __tostring = function() return "mine" end })'] = 'mine',
      ['setmetatable({}, { __tostring = false })'] = 'table',
    } do
      assert.equal(text, tools.ask(value), value)
      for _, expression in ipairs { '("%%s"):format(%s)', 'string.format("%%s", %s)',
        'audit.alert { "%%s", false, %s } and ("%%s"):format(%s)' } do
        expression = expression:gsub('%%%%', '\0'):gsub('%%s', (value:gsub('%%', '%%%%')))
          :gsub('%z', '%%')
        assert.equal(text, tools.ask(expression), expression)
      end
      local log = tools.run(('print(%s)'):format(value)).log
      assert.is_truthy(log:find('probe.lua: ' .. text .. '\n', 1, true), log)
    end
    assert.equal('1 table|  table|tab|100%|x', tools.ask
      '("%d %s|%7s|%.3s|%d%%|%s"):format(1, {}, {}, {}, 100, "x")')
    assert.is_truthy(tools.failure 'return ("%p"):format(event)':find("invalid option '%p'", 1,
      true))
    assert.is_truthy(tools.failure 'return ("%-8p"):format({})':find('invalid option', 1, true))
    assert.is_truthy(tools.failure 'return ("%d"):format({})':find(
      '(number expected, got table)', 1, true))
    assert.is_truthy(tools.failure 'return ("%s%s"):format({})':find(
      '(value expected)', 1, true))
    assert.is_truthy(tools.failure 'return tostring()':find('bad argument #1', 1, true))
  end)

  it('runs into no end where a text is made by what makes it', function()
    assert.is_truthy(tools.failure [[local t = setmetatable({}, { __tostring = tostring })
      return tostring(t)]])
    assert.is_truthy(tools.failure [[local t = setmetatable({}, {})
      getmetatable(t).__tostring = function(x) return ('%s'):format(x) end
      return ('%s'):format(t)]])
    assert.is_truthy(tools.failure [[local t = setmetatable({}, {
        __tostring = function() return {} end })
      return ('%s'):format(t)]])
  end)

  it('stops where pcall calls itself through a table', function()
    assert.is_truthy(tools.ask([[(function()
      local meta = {}
      local t = setmetatable({}, meta)
      meta.__call = pcall
      local results = { t() }
      return results[#results]
    end)()]]):find('stack overflow', 1, true))
    assert.equal('true false 7 nil', tools.ask [[('%s %s %s %s'):format(pcall(function()
      return false, 7, nil end))]])
  end)

  it('sorts every list', function()
    assert.equal('true', tools.ask [[(function()
      local seed = 7
      for size = 0, 60 do
        local t = {}
        for i = 1, size do seed = (seed * 16807) % 2147483647 t[i] = seed % 20 end
        table.sort(t)
        for i = 2, size do if t[i - 1] > t[i] then return false end end
      end
      return true
    end)()]])
  end)

  it('finds modules beside the policy', function()
    tools.write('shells.lua', "local name = ... return { name = name, sh = true }")
    os.execute(("mkdir -p '%s'"):format(tools.write('x', ''):gsub('x$', 'lib')))
    tools.write('lib/deep.lua', "return 'deep'")
    local path = tools.write('user.lua', [[
      local audit = require 'audit'
      local shells, deep = require 'shells', require 'lib.deep'
      assert(shells == require 'shells')
      return audit.policy { name = 'user', check = function()
        return audit.alert('%s %s', shells.name, deep)
      end }]])
    assert.equal('shells deep', test.replay(tools.execs(1), { policy = path }).alerts[1].message)
  end)

  it('finds nothing else', function()
    for _, name in ipairs { '../x', '/etc/passwd', 'a/b', 'a..b', '.a', 'a.', '', 'x\\0y' } do
      local mistakes = tools.mistakes(('require "%s"'):format(name))
      assert.is_truthy(mistakes[1]:find('is none: letters', 1, true), mistakes[1])
    end
    assert.is_truthy(tools.mistakes('require "ffi"')[1]:find("module 'ffi' not found", 1, true))
    tools.write('itself.lua', 'return require "itself"')
    assert.is_truthy(tools.mistakes('require "itself"')[1]:find('requires itself', 1, true))
    tools.write('code.lua', string.dump(function() return 1 end))
    assert.is_truthy(tools.mistakes('require "code"')[1]:find('wrong mode', 1, true))
    assert.is_truthy(tools.failure('require "shells2"'):find('comes too late', 1, true))
  end)

  it('says each time why a module does not load', function()
    tools.write('broken.lua', 'error "is broken"')
    assert.equal('wrong.lua:4: again: broken.lua:1: is broken', (tools.mistakes [[
        local first, why = pcall(require, 'broken')
        local second, again = pcall(require, 'broken')
        assert(not first and not second and why == again, again)
        error('again: ' .. again:match '[^/]*$', 0)]])[1])
  end)

  it('notices a module that appears later', function()
    local path = tools.write('optional.lua', [[
      local audit = require 'audit'
      local has_more, more = pcall(require, 'more')
      return audit.policy { name = 'optional', check = function()
        return audit.alert(has_more and more or 'nothing more')
      end }]])
    local session = assert(test.open { policy = path })
    assert.equal('nothing more', session:feed(tools.execs(1)).alerts[1].message)
    tools.write('more.lua', 'return "more"')
    assert(session:reload { policy = path })
    assert.equal('more', session:feed(tools.execs(1)).alerts[1].message)
  end)

  it('bounds what cjson reads', function()
    assert.is_truthy(tools.failure('require("cjson").decode(("["):rep(50))'))
    assert.is_truthy(tools.failure('local t = {} for i = 1, 25 do t = { t, t } end ' ..
      'require("cjson").encode(t)'))
  end)
end)
