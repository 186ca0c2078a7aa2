--- A rule is the same rule after it was bytes, a line, JSON: for each field, operator and list, and
-- for rules of many fields made at random from a seed.
local engine = require 'laudit_engine'
local rules, wire = engine.rules, engine.wire
local generate = dofile 'spec/rules/generate.lua'
local process = require 'spec.cli.process'

local HOSTS = { engine.tables.arch_find 'x86_64', engine.tables.arch_find 'aarch64' }
local SEED, RULES = 20260, 5000

--- A value of each kind of field, as a line has it; more than one where kinds of values differ.
local VALUES = {
  arch = { 'b64', 'x86_64' }, msgtype = { 'CWD', '1307', '2999' }, exit = { '-EACCES', '0', '-1' },
  success = { '0', '1' }, path = { '/etc/shadow', '/a b\\c\'"#' },
  dir = { '/etc', '/x\27[31m\127' },
  perm = { 'wa', 'rwxa', 'x' }, filetype = { 'dir', 'fifo' },
  fstype = { 'tracefs', '4660' },
  saddr_fam = { 'inet6', '2' }, auid = { '-1', 'unset', '1000' }, sessionid = { '7', '4294967295' },
  exe = { '/usr/bin/sh', '/é\255\r' }, key = { 'one', 'a b' }, a0 = { '0xdeadbeef', '-1' },
  obj_type = { 'etc_t' }, subj_user = { 'staff_u' }, inode = { '4294967295' },
}
local NAMES = {}
for name in pairs(generate.FIELDS) do
  if name ~= 'field_compare' then
    NAMES[#NAMES + 1] = name
  end
end
table.sort(NAMES)

local OPERATORS = { '=', '!=', '>', '>=', '<', '<=', '&', '&=' }
local LISTS = { 'task', 'exit', 'user', 'exclude', 'filesystem', 'io_uring' }

local function values_of(name)
  return VALUES[name] or name:match '_[a-z]+$' and { 'word_t', '12' } or { '12', '0' }
end

--- The rule of a line's words and what is to be done with it, or nil.
local function read(words, arch)
  local commands = rules.read_words(words, { arch = arch, knows = true })
  if commands then
    return commands[1].rule, commands[1].verb
  end
end

--- Fails unless the rule comes back from its bytes, its lines and its JSON; of `verb` its line.
local function assert_round(rule, arch, verb)
  local payload = wire.encode(rule)
  assert.equal(payload, wire.encode(wire.decode(payload)))
  local line = wire.write(payload, arch, false, true)
  local commands, mistakes = rules.read_text(line, 'line', { arch = arch, knows = true })
  assert.same({}, mistakes, line)
  assert.same(rule, commands[1].rule, line)
  local json = '[' .. wire.write_json(payload, arch) .. ']'
  local of_json = rules.read_json(json, 'json', { arch = arch, knows = true })
  assert.same({ rule }, { of_json[1].rule }, json)
  local named = wire.write(payload, arch, true, true)
  assert.same(rule, rules.read_text(named, 'line', { arch = arch, knows = true })[1].rule, named)
  assert.is_true(wire.can_be_said(payload, arch), line)
  local change = wire.write(payload, arch, false, true, verb)
  local command = rules.read_text(change, 'line', { arch = arch, knows = true })[1]
  assert.same({ verb or 'add', rule }, { command.verb, command.rule }, change)
end

describe('a rule that the language can say', function()
  it('comes back for each field, operator and list', function()
    local accepted, fields = 0, {}
    for _, list in ipairs(LISTS) do
      for _, name in ipairs(NAMES) do
        for _, op in ipairs(OPERATORS) do
          for _, value in ipairs(values_of(name)) do
            local words = { '-a', 'always,' .. list, '-F', name .. op .. value }
            if name == 'key' then
              words = { '-a', 'always,' .. list, '-S', 'all', '-F', 'key' .. op .. value }
            end
            local rule = read(words, HOSTS[1])
            if rule then
              accepted, fields[name] = accepted + 1, true
              assert_round(rule, HOSTS[1])
            end
          end
        end
      end
    end
    for _, name in ipairs(NAMES) do
      assert.is_true(fields[name], name)
    end
    assert.is_true(accepted > 500, accepted)
  end)

  it('comes back for each pair of -C', function()
    local accepted = 0
    for _, left in ipairs(NAMES) do
      for _, right in ipairs(NAMES) do
        local rule = read({ '-a', 'always,exit', '-C', left .. '!=' .. right }, HOSTS[1])
        if rule then
          accepted = accepted + 1
          assert_round(rule, HOSTS[1])
        end
      end
    end
    assert.equal(50, accepted) -- 25, either way round
  end)
end)

--- The words of a rule made at random; most are good.
local function random_words(random)
  local function one_of(list)
    return list[random(#list)]
  end
  local function add(words, option, word)
    words[#words + 1] = option
    words[#words + 1] = word
  end

  if random(8) == 1 then
    local words = {
      one_of { '-w', '-w', '-W' }, one_of { '/etc/', '/etc/passwd', '/tmp/a b', '/\255', '/' },
    }
    if random(2) == 1 then
      add(words, '-p', one_of { 'wa', 'r', 'xrwa' })
    end
    for _ = 1, random(3) - 1 do
      add(words, '-k', one_of { 'k', 'two words', 'é', "it's" })
    end
    return words
  end

  local list = one_of(random(2) == 1 and { 'exit' } or LISTS)
  local words = {
    one_of { '-a', '-a', '-A', '-d' }, one_of { 'always', 'never' } .. ',' .. list,
  }
  for _ = 1, random(3) - 1 do
    local name = one_of(NAMES)
    add(words, '-F', name .. one_of(OPERATORS) .. one_of(values_of(name)))
  end
  if list == 'exit' and random(3) > 1 then
    add(words, '-F', 'arch=' .. one_of { 'b64', 'b32', 'aarch64', 's390x', 'i386' })
    add(words, '-S', one_of { 'all', 'open', 'read,write', '0', '59,1999', 'kill' })
  elseif list == 'io_uring' then
    add(words, '-S', one_of { 'all', 'openat', 'connect,bind', '40' })
  end
  for _ = 1, random(4) - 1 do
    local name = one_of(NAMES)
    add(words, '-F', name .. one_of { '=', '!=' } .. one_of(values_of(name)))
  end
  for _ = 1, random(4) - 1 do
    add(words, '-k', one_of { 'k', 'two words', '=', "it's" })
  end
  return words
end

describe('a rule made at random', function()
  for _, arch in ipairs(HOSTS) do
    it('comes back on ' .. engine.tables.arch_name(arch), function()
      math.randomseed(SEED)
      local accepted, of_verb = 0, { add = 0, prepend = 0, delete = 0 }
      for _ = 1, RULES do
        local rule, verb = read(random_words(math.random), arch)
        if rule then
          accepted, of_verb[verb] = accepted + 1, of_verb[verb] + 1
          assert_round(rule, arch, verb)
        end
      end
      assert.is_true(accepted > 1500, accepted)
      assert.is_true(math.min(of_verb.prepend, of_verb.delete) > 200, of_verb.prepend)
    end)
  end
end)

--- A line of these words for a shell, which is how our reader cuts it.
local function quoted(words)
  local line = {}
  for i, word in ipairs(words) do
    line[i] = process.quote(word)
  end
  return table.concat(line, ' ') .. '\n'
end

describe('laudit rules compile', function()
  it('writes lines that it compiles to the same bytes', function()
    local folder = process.folder()
    local function compile(from, to, format)
      local done = process.run(('laudit rules compile --arch x86_64 -f %s %s/%s.rules >%s/%s.rules')
        :format(format, folder, from, folder, to))
      assert.equal(0, done.status, done.err)
      return process.read(('%s/%s.rules'):format(folder, to))
    end

    math.randomseed(SEED)
    local lines = {}
    for _ = 1, RULES do
      local words = random_words(math.random)
      local _, verb = read(words, HOSTS[1])
      if verb == 'add' then
        lines[#lines + 1] = quoted(words)
      end
    end
    assert.is_true(#lines > 600, #lines)
    process.write(folder .. '/made.rules', table.concat(lines))
    local made = compile('made', 'hex', 'hex'):gmatch '[^\n]+'
    compile('made', 'written', 'text')
    compile('written', 'back', 'hex')
    local back = io.lines(folder .. '/back.rules')
    for line in io.lines(folder .. '/written.rules') do
      assert.is_true(made() == back(), line)
    end
    assert.same({}, { made(), back() })
    process.remove(folder)
  end)
end)
