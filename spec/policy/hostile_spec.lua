package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

--- The log and the stats of a policy file over `count` events.
local function run(text, count)
  local result = test.replay(tools.execs(count or 1), { policy = tools.write('hostile.lua', text) })
  return result.stats.policies[1], result
end

describe('a hostile policy', function()
  teardown(tools.clean)

  it('cannot reach its own selector', function()
    local stats = run([[
      local audit = require 'audit'
      local p
      p = audit.policy { name = 'own', on = { exe = audit.match.regex '^/usr/[a-z/]+' },
        check = function()
          p.on[1] = nil
        end }
      return p]], 3)
    assert.equal(3, stats.errors)
    local sentence = "attempt to index upvalue 'p' (a userdata value)"
    assert.is_truthy(stats.last_error:find(sentence, 1, true), stats.last_error)
    assert.is_truthy(tools.mistakes([[
      local p = require 'audit'.policy { name = 'own', rules = '-w /etc -p wa' }
      p.on = { 5 }
      return p]])[1]:find("attempt to index local 'p' (a userdata value)", 1, true))
    assert.is_truthy(tools.mistakes([[
      local p = require 'audit'.policy { name = 'own', rules = '-w /etc -p wa' }
      return setmetatable({}, getmetatable(p) or {})]])[1]:find('found a table', 1, true))
  end)

  it('cannot put something else among its matchers', function()
    local text = [[
      local audit = require 'audit'
      local honest = pcall
      pcall = function(...) return true, %s end
      local p = audit.policy { name = 'forged', on = { exe = 'x' }, check = function() end }
      pcall = honest
      return p]]
    for _, forged in ipairs { '5', '{}', '{ {} }', 'nil', '"x"', 'audit.policy' } do
      assert.same({ 'wrong.lua: on: expected names of fields with what they match' },
        tools.mistakes(text:format(forged)))
    end
  end)

  it('cannot spend its time inside table functions', function()
    local began = os.clock()
    for _, body in ipairs {
      'table.insert({}, -2147483648, 1)', 'table.insert({}, 0, 1)', 'table.insert({}, 1e300, 1)',
      'table.insert({}, -1e300, 1)', 'table.insert({}, 0/0, 1)', 'table.insert({ 1 }, 3, 1)',
    } do
      local failure = tools.failure(body)
      assert.is_truthy(failure:find("bad argument #2 to 'insert' (1 to ", 1, true), failure)
    end
    for _, body in ipairs {
      'local t = {} for i = 1, 1e5 do t[i] = i end while true do table.insert(t, 1, 0) end',
      'local t = {} for i = 1, 1e5 do t[i] = i end while true do table.remove(t, 1) end',
      'local t = {} for i = 1, 7000 do t[i] = i end while true do unpack(t) end',
      'local t = {} for i = 1, 7000 do t[i] = i end while true do select("#", unpack(t)) end',
      'local s = ("x"):rep(7000) while true do s:byte(1, -1) end',
      'local s = ("x"):rep(1e6) while true do s:sub(2) end',
      'local s = ("1"):rep(1e6) while true do tonumber(s) end',
      'while true do pcall(table.concat, { 1 }, "", 1, 1e9) end',
    } do
      local failure, policy = tools.failure(body)
      assert.is_truthy(failure:find('took more than 1000000 instructions', 1, true),
        body .. ': ' .. failure)
      assert.equal(1, policy.over_budget)
    end
    assert.is_true(os.clock() - began < 10)
  end)

  it('pays for what it adds to a list, not for what is there', function()
    assert.equal('20000', tools.ask [[(function()
      local t = {}
      for i = 1, 20000 do table.insert(t, i) end
      for _ = 1, 10 do table.insert(t, 1, 'x') table.remove(t, 1) end
      return #t end)()]])
  end)

  it('cannot multiply matchers by nesting them', function()
    local nested = [[
      local list, nested = {}, {}
      for i = 1, 1000 do list[i] = 'x' .. i end
      local matcher = audit.match.prefix(list)
      for i = 1, %d do nested[i] = matcher end
      matcher = audit.match.not_(nested)
      ]]
    assert.equal('wrong.lua:6: more than 20000 matchers in one',
      tools.mistakes("local audit = require 'audit'\n" .. nested:format(20))[1])
    local failure, policy = tools.failure(nested:format(19) ..
      'while true do matcher(event.exe) end')
    assert.is_truthy(failure:find('took more than 1000000 instructions', 1, true), failure)
    assert.equal(1, policy.over_budget)
  end)

  it('cannot hide its time in regular expressions', function()
    local began = os.clock()
    local failure = tools.failure [[
      local regex, text = audit.match.regex '^(a+)+$', ('a'):rep(40) .. 'b'
      while true do pcall(regex, text) end]]
    assert.is_truthy(failure:find('took more than 1000000 instructions', 1, true), failure)
    assert.is_true(os.clock() - began < 3)
  end)

  it('cannot wear out the selector', function()
    local path = tools.write('hostile.lua', [[
      local audit = require 'audit'
      local list = {}
      for i = 1, 9000 do list[i] = '*' .. i .. '*b*c*d*e*f' end
      return audit.policy { name = 'hostile', on = { exe = audit.match.glob(list) },
        check = function() end }]])
    local result = test.replay(tools.execs(2, { exe = '/' .. ('x'):rep(4000) }), { policy = path })
    local stats = result.stats.policies[1]
    assert.same({ 2, 0, 2 }, { stats.errors, stats.calls, #result.events })
    assert.equal('on: takes too many steps for this event', stats.last_error)
  end)
end)
