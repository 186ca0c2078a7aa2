package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

--- The messages of a policy that has `window`, for events at the given seconds.
local function watch(window, body, seconds)
  local path = tools.write('window.lua', ([[
    local audit = require 'audit'
    local window = audit.window %s
    return audit.policy { name = 'window', check = function(event)
      %s
    end }]]):format(window, body))
  local lines, messages = {}, {}
  for i, second in ipairs(seconds) do
    lines[i] = tools.exec(second)
  end
  local result = test.replay(lines, { policy = path })
  assert.equal(0, result.stats.policies[1].errors, result.stats.policies[1].last_error)
  for i, alert in ipairs(result.alerts) do
    messages[i] = alert.message
  end
  return messages, result
end

describe('a window', function()
  teardown(tools.clean)

  it('counts what happened lately', function()
    assert.same({ '1', '2', '3', '3', '1' }, (watch('{ seconds = 10 }',
      "return audit.alert('%d', window:add(event.exe))", { 1, 2, 10, 11, 100 })))
    assert.same({ '5', '10' }, (watch('{ seconds = 10 }',
      "return audit.alert('%d', window:add('x', 5))", { 1, 2 })))
    assert.same({ '0', '1', '0' }, (watch('{ seconds = 10 }', [[
      local count = window:count 'x'
      if count == 0 then window:add 'x' end
      return audit.alert('%d', count)]], { 1, 2, 50 })))
  end)

  it('speaks up once when a limit is reached, again after a quiet window', function()
    local seconds = {}
    for second = 1, 30 do
      seconds[second] = second
    end
    for second = 60, 70 do
      seconds[#seconds + 1] = second
    end
    assert.same({ '5', '5' }, (watch('{ seconds = 10 }', [[
      local is_first, count = window:reached('x', 5)
      if is_first then return audit.alert('%d', count) end]], seconds)))
  end)

  it('forgets the key that was quiet longest when it is full', function()
    assert.same({ '1', '1', '2', '1', '1' }, (watch('{ seconds = 100, max = 2 }', [[
      local keys = { [1] = 'a', [2] = 'b', [3] = 'a', [4] = 'c', [5] = 'b' }
      return audit.alert('%d', window:add(keys[event.serial - 1000]))]], { 1, 2, 3, 4, 5 })))
  end)

  it('can be told to forget', function()
    assert.same({ '1', '1' }, (watch('{ seconds = 100 }', [[
      local count = window:add 'x'
      window:forget 'x'
      return audit.alert('%d', count)]], { 1, 2 })))
  end)

  it('stays small', function()
    local seconds = {}
    for second = 1, 300 do
      seconds[second] = second
    end
    local messages = watch('{ seconds = 1e6, max = 50 }', [[
      for i = 1, 20 do window:add(event.serial * 100 + i) end
      local count = window:add 'busy'
      local size = 0
      for _ in pairs(window.entries) do size = size + 1 end
      return audit.alert('%d %d', size, count)]], seconds)
    assert.equal('50 300', messages[300])
    for second = 1, 2500 do
      seconds[second] = second
    end
    messages = watch('{ seconds = 1e6 }', [[
      local count, moments = window:add 'busy', 0
      for _ in pairs(window.entries.busy.times) do moments = moments + 1 end
      return audit.alert('%d %d', moments, count)]], seconds)
    assert.equal('1000 2500', messages[2500])
  end)

  --- Fails unless the window held out: it lost nothing but what its bounds say.
  local function stays_small(body, count)
    local seconds = {}
    for second = 1, count do
      seconds[second] = second
    end
    local _, result = watch('{ seconds = 1e6 }', body, seconds)
    assert.equal(0, result.stats.policies[1].over_memory)
    return result.alerts[#result.alerts].message
  end

  it('stays under the cap whatever strangers send', function()
    assert.equal('10000 1', stays_small([[
      for i = 1, 1000 do window:add(('203.0.113.%d/%d'):format(i, event.serial % 100)) end
      local count = window:add 'rare'
      if event.serial == 1300 then count = window:count 'rare' - 299 end
      return audit.alert('%d %d', window.size, count)]], 300))
    assert.equal('100000 12', stays_small([[
      for i = 1, 2000 do window:add(i, 1) end
      window:add('busy', 3)
      return audit.alert('%d %d', math.max(window.moments, 1e5), window:count(7) / 10)]], 120))
    assert.is_true(tonumber(stays_small([[
      for i = 1, 100 do window:add(('x'):rep(4096) .. i .. '/' .. event.serial) end
      return audit.alert('%d', window.bytes)]], 120)) <= 8 * 1024 * 1024)
  end)

  it('remembers a slow one among many busy ones', function()
    assert.equal('50', stays_small([[
      for i = 1, 1900 do window:add(i) end
      if event.serial % 2 == 0 then window:add 'slow' end
      return audit.alert('%d', window:count 'slow')]], 100))
  end)

  it('is refused when it makes no sense', function()
    for given, sentence in pairs {
      ['{}'] = 'expected seconds above 0, found nil',
      ['{ seconds = 0 }'] = 'expected seconds above 0',
      ['{ seconds = 1, max = 0 }'] = 'expected max of at least 1',
      ['{ seconds = 1, max = 1e6 }'] = 'expected max of at least 1 and at most 50000, found',
      ['"x"'] = 'expected { seconds',
      ['{ secs = 1 }'] = "unknown key 'secs'",
    } do
      local mistakes = tools.mistakes("local w = require 'audit'.window " .. given)
      assert.is_truthy(mistakes[1]:find('wrong.lua:1: audit.window: ' .. sentence, 1, true) or
        mistakes[1]:find(sentence, 1, true), mistakes[1])
    end
    assert.is_truthy(tools.failure("audit.window { seconds = 1 }:add(nil)"))
  end)
end)

describe('a set', function()
  teardown(tools.clean)

  it('is true for its values', function()
    assert.equal('true nil nil', tools.ask [[(function()
      local set = audit.set { 'a', 5 }
      return ('%s %s %s'):format(set.a, set.b, set[nil]) end)()]])
    assert.is_truthy(tools.mistakes("require 'audit'.set {}")[1]:find('something in it', 1, true))
    assert.is_truthy(tools.mistakes("require 'audit'.set { {} }")[1]:find(
      'found a table as item 1', 1, true))
  end)

  it('can be walked in order', function()
    assert.equal('1 2 a b', tools.ask [[(function()
      local keys = {}
      for key in audit.sorted { b = 1, a = 2, [2] = 3, [1] = 4 } do keys[#keys + 1] = key end
      return table.concat(keys, ' ') end)()]])
  end)
end)
