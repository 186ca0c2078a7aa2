package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local COUNTER = [[
local audit = require 'audit'
local step = require 'step'
local count = 0
return audit.policy { name = '%s', check = function()
  count = count + step
  return audit.alert('%%d', count)
end }]]

local function counter(name)
  return tools.write(name .. '.lua', COUNTER:format(name))
end

local function messages(result)
  local all = {}
  for i, alert in ipairs(result.alerts) do
    all[i] = alert.message
  end
  return table.concat(all, ' ')
end

describe('a reload', function()
  before_each(function() tools.write('step.lua', 'return 1') end)
  teardown(tools.clean)

  it('keeps a policy whose file and modules are the same', function()
    local path = counter 'same'
    local session = assert(test.open { policy = path })
    assert.equal('1 2', messages(session:feed(tools.execs(2))))
    assert.is_true(session:reload { policy = path })
    assert.equal('3', messages(session:feed(tools.execs(1))))
    assert.equal(3, session:stats().seen)
    assert.equal(3, session:stats().policies[1].calls)
  end)

  it('starts a policy anew when its file or a module changed', function()
    local path = counter 'changed'
    local session = assert(test.open { policy = path })
    assert.equal('1 2', messages(session:feed(tools.execs(2))))
    tools.write('step.lua', 'return 10')
    assert.is_true(session:reload { policy = path })
    assert.equal('10', messages(session:feed(tools.execs(1))))
    tools.write('changed.lua', COUNTER:format('changed') .. ' ')
    assert.is_true(session:reload { policy = path })
    assert.equal('10', messages(session:feed(tools.execs(1))))
    local stats = session:stats()
    assert.same({ 4, 1, 0 }, { stats.seen, stats.policies[1].calls, stats.policies[1].skipped })
  end)

  it('changes nothing when anything is wrong', function()
    local a, b = counter 'a', counter 'b'
    local session = assert(test.open { policies = { a, b } })
    assert.equal('1 1', messages(session:feed(tools.execs(1))))
    tools.write('b.lua', 'syntax error')
    for _ = 1, 3 do
      local done, mistakes = session:reload { policies = { a, b } }
      assert.is_nil(done)
      assert.equal(1, #mistakes)
      assert.is_truthy(mistakes[1]:find 'b.lua:1: ', mistakes[1])
    end
    assert.equal('2 2', messages(session:feed(tools.execs(1))))
    assert.equal(2, session:stats().routed)
  end)

  it('can add, remove and reorder', function()
    local a, b, c = counter 'a', counter 'b', counter 'c'
    local session = assert(test.open { policies = { a, b } })
    session:feed(tools.execs(4))
    assert.is_true(session:reload { policies = { c, b } })
    local result = session:feed(tools.execs(1))
    assert.equal('1 5', messages(result))
    assert.equal('c b', result.alerts[1].policy .. ' ' .. result.alerts[2].policy)
    assert.is_true(session:reload { policies = { b, a } })
    assert.equal('6 1', messages(session:feed(tools.execs(1))))
    assert.is_true(session:reload { policies = {} })
    assert.equal(1, #session:feed(tools.execs(1)).events)
    assert.equal(7, session:stats().routed)
  end)

  it('looks at literal outputs anew', function()
    local path = tools.write('sender.lua', tools.policy "event:send 'soc'")
    local session = assert(test.open { policy = path, outputs = { 'local', 'soc' } })
    local done, mistakes = session:reload { policy = path, outputs = { 'local' } }
    assert.is_nil(done)
    assert.is_truthy(mistakes[1]:find("unknown output 'soc'", 1, true))
    assert.is_true(session:reload { policy = path, outputs = { 'soc', 'local' },
      defaults = { 'local' } })
    assert.same({ 'soc', 'local' }, session:feed(tools.execs(1)).routes[1])
  end)
end)

describe('an engine', function()
  teardown(tools.clean)

  it('says all that is wrong with all policies at once', function()
    local one = tools.write('one.lua', "return 5")
    local two = tools.write('two.lua', [[
local audit = require 'audit'
return audit.policy {
  nmae = 'two',
  severity = 'hihg',
  check = 5,
  on = {
    exee = 'x',
    auid = print,
  },
  critical = 1,
}]])
    local session, mistakes = test.open { policies = { one, two, '/nowhere.lua' } }
    assert.is_nil(session)
    for i, mistake in ipairs(mistakes) do
      mistakes[i] = mistake:gsub('^.*/', '')
    end
    assert.same({
      "one.lua:1: expected 'return audit.policy {...}', found a number",
      "two.lua:3: unknown key 'nmae' (did you mean 'name'?); a policy has name, severity, " ..
        'rules, on, check, critical',
      'two.lua:2: name: expected letters, digits, - _ . (at most 64), found nothing',
      "two.lua:4: severity: expected info, low, medium, high or critical, found 'hihg' " ..
        "(did you mean 'high'?)",
      'two.lua:5: check: expected a function, found a number',
      'two.lua:10: critical: expected true or false, found a number',
      'two.lua:8: on.auid: expected a number, a string, a boolean, a list or audit.match.*, ' ..
        'found a function',
      "two.lua:7: on.exee: unknown field (did you mean 'exe'?)",
      'nowhere.lua: No such file or directory',
    }, mistakes)
  end)

  it('refuses two policies of one name', function()
    local one = tools.write('one.lua', tools.policy '')
    local two = tools.write('two.lua', tools.policy '')
    local _, mistakes = test.open { policies = { one, two } }
    assert.is_truthy(mistakes[1]:find("two.lua:2: name 'probe' is taken by .*one.lua"), mistakes[1])
  end)

  it('keeps rules without a check', function()
    local path = tools.write('rules.lua', [[
      return require 'audit'.policy { name = 'rules',
        rules = { '-w /etc/shadow', '-w /etc/gshadow' } }]])
    local result = test.replay(tools.execs(2), { policy = path })
    assert.same({ 2, 0, 2 }, { #result.events, result.stats.policies[1].calls,
      result.stats.policies[1].skipped })
  end)

  it('tries a quarantined policy again on event time, with patience', function()
    local path = tools.write('flaky.lua', [[
      local audit = require 'audit'
      return audit.policy { name = 'flaky', check = function(event)
        if event.serial < 1100 then error 'not yet' end
      end }]])
    local session = assert(test.open { policy = path })
    local function at(first, last)
      local lines = {}
      for second = first, last do
        lines[#lines + 1] = tools.exec(second)
      end
      local stats = session:feed(lines).stats.policies[1]
      return { stats.errors, stats.quarantines, stats.is_quarantined }
    end
    assert.same({ 10, 1, true }, at(1, 20))
    assert.same({ 11, 2, true }, at(71, 90))
    assert.same({ 11, 2, true }, at(91, 180))
    assert.same({ 11, 2, false }, at(200, 200))
    assert.equal(0, session:stats().policies[1].skipped)
    assert.is_truthy(session:log():find('quarantined for 120 s', 1, true))
  end)

  it('logs the first failure in full, then one a minute with its number', function()
    local path = tools.write('often.lua', [[
      return require 'audit'.policy { name = 'often', check = function(event)
        if event.serial % 20 == 0 then error(('%d is wrong'):format(event.serial)) end
      end }]])
    local session = assert(test.open { policy = path })
    local function said(first, last)
      local lines = {}
      for second = first, last do
        lines[#lines + 1] = tools.exec(second)
      end
      local before = #session:log()
      session:feed(lines)
      return session:log():sub(before + 1):gsub('[^ ]*/often', 'often')
    end
    local log = said(1, 60)
    assert.is_truthy(log:find('policy often: failure 1: often.lua:2: 1020 is wrong\n', 1, true))
    assert.equal(1, select(2, log:gsub('traceback', '')))
    assert.is_nil(log:find('failure 2', 1, true))
    assert.equal('warning: policy often: failure 4: often.lua:2: 1080 is wrong\n'
      .. 'warning: policy often: failure 7: often.lua:2: 1140 is wrong\n',
      (said(61, 199):gsub('laudit: ', '')))
    said(1, 1) -- time goes back
    assert.equal('', (said(20, 79)))
    assert.is_truthy(said(80, 81):find('failure 13: often.lua:2: 1080 is wrong\n', 1, true))
  end)

  it('lets one failure in many pass', function()
    local path = tools.write('some.lua', [[
      return require 'audit'.policy { name = 'some', check = function(event)
        if event.serial % 20 == 0 then error 'now and then' end
      end }]])
    local stats = test.replay(tools.execs(1000), { policy = path }).stats.policies[1]
    assert.same({ 50, 0 }, { stats.errors, stats.quarantines })
  end)

  it('ends at the event at which a critical policy fails', function()
    local path = tools.write('vital.lua', tools.policy([[
      if event.serial == 1010 then error 'broken' end]], 'critical = true,'))
    local other = tools.write('other.lua', (tools.policy 'return audit.alert "seen"'
      :gsub('probe', 'other')))
    local session = assert(test.open { policies = { path, other } })
    assert.is_true(session:is_well())
    local result = session:feed(tools.execs(30))
    local is_well, why = session:is_well()
    assert.is_false(is_well)
    assert.is_truthy(why:find('critical policy probe failed: .*broken'), why)
    assert.same({ 10, 10 }, { #result.events, #result.alerts })
    local stats = result.stats
    assert.same({ 30, 10, 20 }, { stats.seen, stats.routed, stats.held })
    for _, policy in ipairs(stats.policies) do
      assert.same({ 10, 0, 0 }, { policy.calls, policy.skipped, policy.quarantines })
    end
    assert.equal(1, stats.policies[1].errors)
    assert.is_true(session:reload { policies = { other } })
    assert.equal(0, #session:feed(tools.execs(5)).events)
    assert.equal(0, session:stats().policies[1].skipped)
  end)

  it('gives the same bytes twice', function()
    local path = tools.write('busy.lua', tools.policy [[
      local t = {}
      for i = 1, 20 do t['k' .. i] = i end
      event:set('t', t)
      return audit.alert { 'x', fields = t }]])
    local function bytes()
      local all = {}
      for i, alert in ipairs(test.replay(tools.execs(20), { policy = path }).alerts) do
        all[i] = alert.json
      end
      return table.concat(all)
    end
    assert.equal(bytes(), bytes())
  end)

  it('keeps many policies in their order', function()
    local paths = {}
    for i = 1, 130 do
      paths[i] = tools.write(('n%d.lua'):format(i), ([[
        return require 'audit'.policy { name = 'n%d', check = function(event)
          event:set('order', (event:get 'order' or '') .. '%d,') end }]]):format(i, i))
    end
    local order = test.replay(tools.execs(1), { policies = paths }).events[1].ATTRIBUTES.order
    local wanted = {}
    for i = 1, 130 do
      wanted[i] = i .. ','
    end
    assert.equal(table.concat(wanted), order)
  end)
end)
