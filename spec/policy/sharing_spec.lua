package.path = 'spec/policy/?.lua;spec/?.lua;' .. package.path
local logs = require 'logs'
local test = require 'audit.test'
local tools = require 'tools'

--- Terms that have a key, a value or its text in common, and yet are not the same.
local TERMS = {
  'SYSCALL = { "execve", "execveat" }', 'SYSCALL = match.not_ "execve"', 'syscall = 59',
  'syscall = match.not_(59)', 'success = true', 'success = false', 'success = "yes"',
  'success = match.not_ "yes"', 'uid = 0', 'uid = match.not_(0)', 'UID = "root"',
  'UID = match.not_ "root"', 'uid = match.range(0, 0)', 'auid = 4294967295', 'AUID = "unset"',
  'exe = { "/usr/bin/sudo", "/usr/bin/bash" }', '["field.exe"] = { "/usr/bin/sudo" }',
  'exe = match.not_ { "/usr/bin/sudo", "/usr/bin/bash" }',
  'exe = { "/usr/bin/bash", match.not_ "/usr/bin/sudo" }', 'exe = match.prefix "/usr"',
  'exe = match.suffix "sh"', 'exe = match.regex "/(ba|da)?sh$"', 'exe = match.regex "sh$"',
  'exe = match.glob "*sh"', 'exe = match.contains "sh"', 'exe = match.not_(match.present())',
  'exe = match.not_(match.not_(match.suffix "sh"))', 'comm = match.suffix "sh"',
  'name = match.suffix "sh"', 'name = match.not_(match.suffix "sh")', 'name = match.present()',
  'cwd = match.prefix "/"', 'mode = "0o100640"', 'mode = match.not_ "0o100640"',
  'mode = match.regex "^0o1007"', 'nametype = "PARENT"', 'nametype = match.not_ "PARENT"',
  'ouid = 0', 'OUID = "root"', 'a0 = match.range(0, 10)', 'a1 = match.range(0, 10)',
  'exit = match.not_(0)', 'exit = -13', 'EXIT = "EACCES"', 'key = match.present()',
  'keys = match.not_(match.present())', 'argv = "-c"', 'argv = match.not_ "-c"',
  'type = "PATH"', 'type = match.not_ "PATH"', 'type = { "USER_AUTH", "CONFIG_CHANGE" }',
  'proctitle = match.contains "sh"', 'node = "web1"', 'node = match.not_ "web1"',
  'res = true', 'res = match.not_(true)', 'op = match.present()',
  '["address.family"] = "inet"', '["address.port"] = match.range(1, 65535)',
  '["address.port"] = match.not_(443)', '["address.ip"] = match.cidr "127.0.0.0/8"',
  '["address.ip"] = match.not_(match.cidr "127.0.0.0/8")',
}

--- What tells an event from all others: late records have the id of their event.
local WHOLE = '(event.node or "") .. event:text()'

local function policy(name, on, said)
  return tools.write(name .. '.lua', ([[
local audit = require 'audit'
local match = audit.match
return audit.policy { name = '%s', on = { %s },
  check = function(event) return audit.alert(%s) end }]])
    :format(name, on, said or 'event.id'))
end

--- { policy = { event = true } }: whom each event came to.
local function answers(log, paths)
  local called = {}
  local result = test.replay(log, { policies = paths })
  for _, each in ipairs(result.stats.policies) do
    assert.equal(0, each.errors, each.last_error)
    called[each.name] = {}
  end
  for _, alert in ipairs(result.alerts) do
    called[alert.policy][alert.message] = true
  end
  return called
end

--- Each term by itself: nothing to share.
local function truth(log)
  local holds = {}
  for i, term in ipairs(TERMS) do
    holds[i] = answers(log, { policy('alone', term, WHOLE) }).alone
  end
  return holds
end

--- Alternatives of random terms with different keys.
local function random_alternatives()
  local alternatives = {}
  for i = 1, math.random(3) do
    local alternative, keys = {}, {}
    for _ = 1, math.random(4) do
      local number = math.random(#TERMS)
      local key = TERMS[number]:match '^%S+'
      if not keys[key] then
        keys[key] = true
        alternative[#alternative + 1] = number
      end
    end
    alternatives[i] = alternative
  end
  return alternatives
end

local function source(alternatives)
  local parts = {}
  for i, alternative in ipairs(alternatives) do
    local terms = {}
    for j, number in ipairs(alternative) do
      terms[j] = TERMS[number]
    end
    parts[i] = '{ ' .. table.concat(terms, ', ') .. ' }'
  end
  return table.concat(parts, ', ')
end

--- The events that the alternatives want, from what each term says alone.
local function expected(alternatives, holds)
  local wanted = {}
  for _, alternative in ipairs(alternatives) do
    for event in pairs(holds[alternative[1]]) do
      local all = true
      for _, number in ipairs(alternative) do
        all = all and holds[number][event]
      end
      wanted[event] = all or wanted[event]
    end
  end
  return wanted
end

--- The fixtures of many kinds, and the same again from two other hosts.
local function all_fixtures()
  local lines = {}
  for _, line in ipairs(logs.lines 'spec/interpret/peculiar.log') do
    lines[#lines + 1] = line
  end
  for _, line in ipairs(logs.lines 'examples/intrusion.log') do
    lines[#lines + 1] = line
    for host = 1, 2 do
      lines[#lines + 1] = ('node=web%d %s'):format(host, (line:gsub('^node=%S+ ', '')))
    end
  end
  return lines
end

describe('policies that share terms', function()
  teardown(tools.clean)

  it('want what each of them would want alone', function()
    local log = all_fixtures()
    local holds = truth(log)
    math.randomseed(1)
    for _ = 1, 8 do
      local paths, alternatives, called = {}, {}, 0
      for i = 1, 40 do
        alternatives[i] = random_alternatives()
        paths[i] = policy('p' .. i, source(alternatives[i]), WHOLE)
      end
      for name, events in pairs(answers(log, paths)) do
        local own = alternatives[tonumber(name:sub(2))]
        assert.same(expected(own, holds), events, source(own))
        called = called + (next(events) and 1 or 0)
      end
      assert.is_true(called > 10, 'hardly any policy was called')
    end
  end)

  it('do not take one record for another', function()
    local paths = {
      policy('first', 'name = "/usr/bin/sh", inode = 43'),
      policy('second', '{ name = "/usr/bin/sh", inode = 44 }, { inode = match.not_(43) }'),
      policy('third', '{ inode = match.not_(44), name = match.not_ "/usr/bin/sh" }, ' ..
        '{ inode = match.not_(44), mode = match.not_ "0o100644" }'),
    }
    local called = answers(tools.execs(1), paths)
    assert.same({ true, nil, true },
      { next(called.first) and true, next(called.second) and true, next(called.third) and true })
  end)

  it('ask each event anew', function()
    local paths = { policy('a', 'euid = 0, exe = "/usr/bin/sh"'),
      policy('b', '{ exe = "/usr/bin/sh", euid = 1 }, { euid = 0, exe = "/usr/bin/zsh" }') }
    local called = answers(table.concat({
      tools.exec(1, { euid = 0 }), tools.exec(2, { euid = 1 }),
      tools.exec(3, { euid = 0, exe = '/usr/bin/zsh' }), tools.exec(4, { euid = 0 }),
    }, '\n'), paths)
    assert.same({ ['1700000001.250:1001'] = true, ['1700000004.250:1004'] = true }, called.a)
    assert.same({ ['1700000002.250:1002'] = true, ['1700000003.250:1003'] = true }, called.b)
  end)

  it('fail alone where a regular expression takes too long', function()
    local slow = 'success = true, exe = match.regex "^(a+)+$"'
    local paths = { policy('a', slow), policy('b', 'exe = match.prefix "aaa"'),
      policy('c', slow), policy('d', 'success = false, exe = match.regex "^(a+)+$"') }
    local result = test.replay(tools.exec(1, { exe = ('a'):rep(40) .. 'b' }), { policies = paths })
    local errors = {}
    for i, each in ipairs(result.stats.policies) do
      errors[i] = each.errors
    end
    assert.same({ 1, 0, 1, 0 }, errors)
    assert.equal('b', result.alerts[1].policy)
  end)
end)

--- Wants the event for the term all share, and uses up its memory at the second.
local GREEDY = [[
local audit = require 'audit'
local count = 0
return audit.policy { name = '%s',
  on = { SYSCALL = 'execve', exe = audit.match.not_ { '/a', '/b', '/c' } },
  check = function(event)
    count = count + 1
    if event.serial == 1002 then
      local all, text = {}, ('x'):rep(60000)
      for i = 1, 2000 do all[i] = text .. i end
    end
    return audit.alert('%%d', count)
  end }]]

describe('a machine that is built anew', function()
  teardown(tools.clean)

  it('takes its terms with it, not those of others', function()
    local paths = {}
    for i = 1, 4 do
      local name = 'p' .. i
      paths[i] = i % 2 == 0 and tools.write(name .. '.lua', GREEDY:format(name)) or
        policy(name, 'SYSCALL = "execve", exe = match.not_ { "/a", "/b", "/c" }')
    end
    local session = assert(test.open { policies = paths })
    local said = {}
    for second = 1, 4 do
      for _, alert in ipairs(session:feed { tools.exec(second) }.alerts) do
        said[#said + 1] = alert.policy .. ' ' .. alert.message
      end
    end
    assert.same({
      'p1 1700000001.250:1001', 'p2 1', 'p3 1700000001.250:1001', 'p4 1',
      'p1 1700000002.250:1002', 'p3 1700000002.250:1002',
      'p1 1700000003.250:1003', 'p2 1', 'p3 1700000003.250:1003', 'p4 1',
      'p1 1700000004.250:1004', 'p2 2', 'p3 1700000004.250:1004', 'p4 2',
    }, said)
    local stats = session:stats()
    assert.same({ 0, 1, 0, 1 }, { stats.policies[1].over_memory, stats.policies[2].over_memory,
      stats.policies[3].over_memory, stats.policies[4].over_memory })
    assert.same({ 4, 4, 4, 4 }, { stats.policies[1].calls, stats.policies[2].calls,
      stats.policies[3].calls, stats.policies[4].calls })
    assert.is_true(session:reload { policies = paths })
    assert.equal('p4 3', (function()
      local alerts = session:feed { tools.exec(5) }.alerts
      return alerts[4].policy .. ' ' .. alerts[4].message
    end)())
  end)

  it('is found by its call, its key and its type again', function()
    for _, on in ipairs { 'SYSCALL = "execve"', 'syscall = 59', 'key = "exec"', 'type = "CWD"',
      'exe = audit.match.present()' } do
      local path = tools.write('again.lua', (GREEDY:format('again'):gsub('on = %b{}',
        function() return 'on = { ' .. on .. ' }' end)))
      local result = test.replay(tools.execs(4), { policies = { path } })
      assert.equal(1, result.stats.policies[1].over_memory, on)
      assert.equal(4, result.stats.policies[1].calls, on)
      assert.equal(3, #result.alerts, on)
      result = test.replay(table.concat({ tools.exec(2), (tools.exec(3, { syscall = 2,
        exe = '/x', key = '"k"' }):gsub('type=CWD[^\n]*\n', '')) }, '\n'), { policies = { path } })
      assert.equal(on:find 'present' and 2 or 1, result.stats.policies[1].calls, on)
    end
  end)
end)
