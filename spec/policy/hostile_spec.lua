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
    assert.is_truthy(stats.last_error:find("attempt to index upvalue 'p' (a userdata value)", 1, true),
      stats.last_error)
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
end)
