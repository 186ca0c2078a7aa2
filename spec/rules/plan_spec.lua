--- Plans are carried out on a model of the kernel's lists, and held against all other plans.
local plan = require('laudit_engine').plan

local SEED = 20261121

--- Rules that interfere or not: calls, ranges, files, keys, both actions, two lists.
local RULES = {
  { calls = { 1, 2 }, { 'key', '=', 'a' } },
  { calls = { 2, 3 }, { 'key', '=', 'b' } },
  { calls = { 3, 4 }, { 'key', '=', 'c' } },
  { calls = { 1 }, { 'auid', '>=', 1000 }, { 'key', '=', 'd' } },
  { calls = { 1 }, { 'auid', '<', 1000 }, { 'key', '=', 'e' } },
  { action = 'never', { 'exe', '=', '/usr/bin/x' } },
  { action = 'never', calls = { 4 } },
  { { 'path', '=', '/etc/passwd' }, { 'key', '=', 'f' } },
  { { 'dir', '=', '/etc' }, { 'key', '=', 'g' } },
  { { 'path', '=', '/srv/x' }, { 'key', '=', 'h' } },
  { list = 'exclude', { 'msgtype', '=', 1300 } },
  { list = 'exclude', { 'msgtype', '=', 1302 } },
  { list = 'user', action = 'never', { 'uid', '=', 7 } },
  { list = 'user', { 'uid', '>', 3 }, { 'key', '=', 'i' } },
  { calls = { 9 }, { 'key', '=', 'j' } },
}

local function list_of(number)
  return RULES[number].list or 'exit'
end

--- What the kernel does: an addition at the end is refused with EEXIST when it has the rule, one at
--- the front is not; a deletion takes the first that is equal.
local function carry_out(steps, now)
  local kernel = { unpack(now) }
  local function find(rule)
    for place, each in ipairs(kernel) do
      if each == rule then
        return place
      end
    end
  end
  for index, step in ipairs(steps) do
    if step.kind == 'add' then
      assert(not find(step.rule), 'EEXIST')
      table.insert(kernel, step.rule)
    elseif step.kind == 'prepend' then
      table.insert(kernel, 1, step.rule)
    else
      table.remove(kernel, (assert(find(step.rule), 'ENOENT')))
      assert(not step.is_move or (steps[index + 1].rule == step.rule and steps[index + 1].is_move))
    end
  end
  return kernel
end

local function only(list, rules)
  local picked = {}
  for _, rule in ipairs(rules) do
    if list_of(rule) == list then
      table.insert(picked, rule)
    end
  end
  return picked
end

--- True when `second` may not come before `first` of the wanted order.
local function is_bound(first, second, is_exact)
  return list_of(first) == list_of(second) and
    (is_exact or plan.interfere(RULES[first], RULES[second]))
end

local function places_of(rules)
  local places = {}
  for place, rule in ipairs(rules) do
    places[rule] = place
  end
  return places
end

--- All that is wanted is there, nothing else, and in the order that counts.
local function assert_as_wanted(wanted, kernel, is_exact)
  local places = places_of(kernel)
  assert.equal(#wanted, #kernel)
  for i, first in ipairs(wanted) do
    assert.is_truthy(places[first])
    for j = i + 1, #wanted do
      if is_bound(first, wanted[j], is_exact) then
        assert.is_true(places[first] < places[wanted[j]])
      end
    end
  end
end

--- The fewest moves, found by trying front, stay and end for each rule of one list.
local function fewest_moves(now, wanted, is_exact)
  local places, best = places_of(now), math.huge
  local goes = {}
  local function fits(i)
    for j = 1, i - 1 do
      if is_bound(wanted[j], wanted[i], is_exact) then
        local both_stay = goes[i] == 1 and goes[j] == 1
        if goes[j] > goes[i] or both_stay and places[wanted[j]] > places[wanted[i]] then
          return false
        end
      end
    end
    return true
  end
  local function try(i, moves)
    if i > #wanted then
      best = math.min(best, moves)
      return
    end
    for place = 0, 2 do
      goes[i] = place
      local is_there = places[wanted[i]] ~= nil
      if (place ~= 1 or is_there) and fits(i) then
        try(i + 1, moves + ((is_there and place ~= 1) and 1 or 0))
      end
    end
  end
  try(1, 0)
  return best
end

--- `count` different ones of the rules, in any order.
local function some(count)
  local all = {}
  for number = 1, #RULES do
    table.insert(all, math.random(#all + 1), number)
  end
  return { unpack(all, 1, count) }
end

local function kept_are_never_touched(steps, now, wanted)
  local touched, both = {}, 0
  for _, step in ipairs(steps) do
    touched[step.rule] = true
  end
  local there = places_of(now)
  for _, rule in ipairs(wanted) do
    both = both + (there[rule] and not touched[rule] and 1 or 0)
  end
  return both
end

local function check_random(is_exact, rounds)
  for _ = 1, rounds do
    local now, wanted = some(math.random(0, 9)), some(math.random(0, 8))
    local steps = plan.plan(RULES, now, wanted, is_exact)
    assert_as_wanted(wanted, carry_out(steps, now), is_exact)
    assert.equal(#now, steps.deleted + steps.kept + steps.moved)
    assert.equal(#wanted, steps.added + steps.kept + steps.moved)
    assert.equal(steps.added + steps.deleted + 2 * steps.moved, #steps)
    assert.equal(steps.kept, kept_are_never_touched(steps, now, wanted))
    local moves = 0
    for _, list in ipairs { 'exit', 'exclude', 'user' } do
      moves = moves + fewest_moves(only(list, now), only(list, wanted), is_exact)
    end
    assert.equal(moves, steps.moved)
  end
end

describe('a plan', function()
  setup(function()
    math.randomseed(SEED)
  end)

  it('leads to the order that counts with the fewest moves (3000 random lists)', function()
    check_random(false, 3000)
  end)

  it('leads to exactly the wanted order with the fewest moves (3000 random lists)', function()
    check_random(true, 3000)
  end)

  it('is empty when all is as wanted', function()
    assert.equal(0, #plan.plan(RULES, { 1, 2, 3, 11 }, { 1, 2, 3, 11 }))
  end)

  it('appends to an empty kernel in the wanted order', function()
    local all = some(#RULES)
    local kernel = carry_out(plan.plan(RULES, {}, all), {})
    for _, list in ipairs { 'exit', 'exclude', 'user' } do
      assert.same(only(list, all), only(list, kernel))
    end
  end)

  it('moves nothing for a rule in the middle that no other minds', function()
    local steps = plan.plan(RULES, { 1, 3 }, { 1, 11, 15, 3 })
    assert.same({ 0, 2, 0, 2 }, { steps.moved, steps.added, steps.deleted, #steps })
  end)

  it('prepends where that is cheaper than to move what follows', function()
    local steps = plan.plan(RULES, { 1, 2, 3 }, { 6, 1, 2, 3 })
    assert.same({ { kind = 'prepend', rule = 6, is_move = false } }, { unpack(steps) })
  end)

  it('moves one of two that change places, and deletes it right before', function()
    local steps = plan.plan(RULES, { 1, 2 }, { 2, 1 })
    assert.equal(1, steps.moved)
    assert.same({ 'delete', 'add' }, { steps[1].kind, steps[2].kind })
    assert.same({ true, true }, { steps[1].is_move, steps[2].is_move })
  end)

  it('adds a changed rule before it deletes the old one', function()
    local steps = plan.plan(RULES, { 4 }, { 5 })
    assert.same({ 'add', 'delete' }, { steps[1].kind, steps[2].kind })
  end)

  it('deletes all but one of a rule that the kernel has several times', function()
    local now = { 2, 1, 2, 3, 2 }
    local steps = plan.plan(RULES, now, { 1, 3, 2 }, true)
    assert.same({ 1, 3, 2 }, carry_out(steps, now))
    assert.same({ 2, 0, 0, 3 }, { steps.deleted, steps.moved, steps.added, steps.kept })
  end)

  --- The rules that are deleted on their own, and those that move, in the order of the steps.
  local function unguarded(steps)
    local alone, moved = {}, {}
    for index, step in ipairs(steps) do
      table.insert(step.is_move and moved or alone, step.rule)
      assert.is_true(not step.is_move or step.kind ~= 'delete' or steps[index + 1].is_move)
    end
    return alone, moved
  end

  it('deletes the first copy of a rule that moves only as part of the move', function()
    -- 2 would win over 1 between the two
    for _, now in ipairs { { 1, 2, 1 }, { 1, 2, 1, 1 }, { 1, 1, 2, 1 } } do
      local steps = plan.plan(RULES, now, { 1, 2 })
      assert.same({ 1, 2 }, carry_out(steps, now))
      local alone, moved = unguarded(steps)
      if moved[1] == 1 then
        assert.same({}, alone)
        assert.equal(#now, #moved)
      else
        assert.equal(2, moved[1])
      end
    end
  end)

  it('deletes the first copy of a rule that stays when what is not wanted is gone', function()
    local steps = plan.plan(RULES, { 1, 2, 1 }, { 1 })
    assert.same({ 2, 1 }, (unguarded(steps)))
    assert.same({ 1 }, carry_out(steps, { 1, 2, 1 }))
  end)

  it('leads from lists that hold rules several times (2000 random lists)', function()
    for _ = 1, 2000 do
      local is_exact, now, wanted = math.random(2) == 1, some(math.random(1, 6)),
        some(math.random(0, 8))
      for _ = 1, math.random(0, 4) do
        table.insert(now, 1, now[math.random(#now)])
      end
      local steps = plan.plan(RULES, now, wanted, is_exact)
      assert_as_wanted(wanted, carry_out(steps, now), is_exact)
      assert.equal(#now, steps.deleted + steps.kept + steps.moved)
    end
  end)

  it('leaves rules alone that stand outside', function()
    local steps = plan.plan(RULES, { 1, 2 }, { 1, 4 }, false, 'b')
    assert.same({ { kind = 'add', rule = 4, is_move = false } }, { unpack(steps) })
    assert.equal(0, #plan.plan(RULES, {}, { 4 }, false, 'd'))
  end)

  it('turns the order of hundreds of rules round', function()
    local rules, now, wanted = {}, {}, {}
    for number = 1, 400 do
      rules[number] = { { 'auid', '!=', number }, { 'key', '=', 'k' .. number } }
      now[number], wanted[401 - number] = number, number
    end
    assert.equal(399, plan.plan(rules, now, wanted).moved)
  end)
end)

describe('two rules', function()
  local function interfere(first, second)
    assert.equal(plan.interfere(first, second), plan.interfere(second, first))
    return plan.interfere(first, second)
  end
  local key, other = { 'key', '=', 'one' }, { 'key', '=', 'other' }

  it('do not interfere when they do the same', function()
    assert.is_false(interfere({ calls = { 1 }, key }, { key }))
    assert.is_false(interfere({ action = 'never', key }, { action = 'never', other }))
    assert.is_true(interfere({ key }, { other }))
    assert.is_true(interfere({ key }, { action = 'never', key }))
  end)

  it('do not interfere when their calls are different, on the lists that ask for calls', function()
    assert.is_false(interfere({ calls = { 1 }, key }, { calls = { 2 }, other }))
    assert.is_true(interfere({ calls = { 1, 2 }, key }, { calls = { 2 }, other }))
    assert.is_true(interfere({ list = 'user', calls = { 1 }, key },
      { list = 'user', calls = { 2 }, other }))
    assert.is_true(interfere({ calls = { 1, 2040 }, key }, { calls = { 2 }, other }))
  end)

  it('do not interfere when no call of an arch matches both, perm and arch being asked', function()
    local b64, b32 = { 'arch', '=', 0xc000003e }, { 'arch', '=', 0x40000003 }
    local watch = { { 'path', '=', '/a' }, { 'perm', '=', 10 }, key } -- wa
    local OPEN, CONNECT, EXECVE = 2, 42, 59
    assert.is_false(interfere(watch, { calls = { CONNECT }, b64, other }))
    assert.is_false(interfere(watch, { calls = { EXECVE }, b64, other }))
    assert.is_true(interfere(watch, { calls = { OPEN }, b64, other }))
    assert.is_true(interfere({ { 'path', '=', '/a' }, { 'perm', '=', 1 }, key },
      { calls = { EXECVE }, b64, other }))
    assert.is_false(interfere({ calls = { OPEN }, b64, key }, { calls = { OPEN }, b32, other }))
    assert.is_true(interfere({ calls = { OPEN }, key }, { calls = { OPEN }, b32, other }))
    assert.is_false(interfere({ calls = { OPEN }, { 'arch', '!=', 0xc000003e }, key },
      { calls = { OPEN }, b64, other }))
  end)

  it('do not interfere when no number satisfies both', function()
    local function with(operator, value, field)
      return function(mark)
        return { { field or 'auid', operator, value }, mark }
      end
    end
    local function meet(first, second)
      return interfere(first(key), second(other))
    end
    assert.is_false(meet(with('=', 5), with('=', 6)))
    assert.is_true(meet(with('=', 5), with('=', 5)))
    assert.is_false(meet(with('=', 5), with('!=', 5)))
    assert.is_true(meet(with('=', 5), with('!=', 6)))
    assert.is_false(meet(with('>=', 1000), with('<', 1000)))
    assert.is_true(meet(with('>=', 1000), with('<=', 1000)))
    assert.is_false(meet(with('>', 1000), with('<=', 1000)))
    assert.is_false(meet(with('>', 4294967295), with('=', 4294967295)))
    assert.is_false(meet(with('<', 0), with('=', 0)))
    assert.is_true(meet(with('=', 1, 'gid'), with('=', 2, 'gid')))
    assert.is_true(meet(with('=', 1, 'inode'), with('=', 2, 'inode')))
    assert.is_true(meet(with('=', 1), with('=', 2, 'uid')))
  end)

  it('that record other files interfere only when one is inside the other', function()
    local function file(kind, path, mark, action)
      return { action = action, { kind, '=', path }, mark }
    end
    assert.is_false(interfere(file('path', '/a/b', key), file('path', '/a/c', other)))
    assert.is_true(interfere(file('path', '/a/b', key), file('path', '/a/b', other)))
    assert.is_true(interfere(file('dir', '/a', key), file('path', '/a/b', other)))
    assert.is_true(interfere(file('dir', '/a/', key), file('dir', '/a/b/c', other)))
    assert.is_true(interfere(file('dir', '/', key), file('path', '/b', other)))
    assert.is_false(interfere(file('dir', '/a', key), file('path', '/ab', other)))
    assert.is_false(interfere(file('path', '/a', key), file('path', '/a/b', other)))
    assert.is_false(interfere(file('exe', '/a', key), file('exe', '/b', other)))
    assert.is_true(interfere(file('exe', '/a', key), file('path', '/b', other)))
  end)

  it('of which one never records are independent by what cannot be otherwise, not by paths',
    function()
      assert.is_true(interfere({ { 'path', '=', '/a' }, key },
        { action = 'never', { 'path', '=', '/b' } }))
      assert.is_false(interfere({ { 'arch', '=', 3221225534 }, key },
        { action = 'never', { 'arch', '=', 1073741827 } }))
    end)
end)

describe('a stand-in', function()
  local PID, UID, FSTYPE = 0, 1, 26
  local key = { 'key', '=', 'k' }

  it('has a test twice, or one that is always true', function()
    assert.same({ 4, false, UID }, { plan.stand_in { { 'exe', '=', '/x' }, { 'uid', '=', 7 },
      key } })
    assert.same({ 2, false, PID }, { plan.stand_in { key } })
    assert.same({ 3, false, PID }, { plan.stand_in { { 'inode', '=', 7 }, key } })
    assert.same({ 2, false, FSTYPE }, { plan.stand_in { list = 'filesystem',
      { 'fstype', '=', 1 } } })
  end)

  it('is not to be had for a rule that is full', function()
    local rule = {}
    for number = 1, 64 do
      rule[number] = { 'uid', '!=', number }
    end
    assert.is_nil(plan.stand_in(rule))
    assert.is_nil(plan.stand_in { list = 'filesystem', key })
  end)
end)
