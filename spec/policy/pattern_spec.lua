local find = require('laudit_engine').policy.pattern

local PLENTY = 1e7

--- What LuaJIT's own string.find says, in the same form.
local function reference(subject, pattern, from)
  local answers = { pcall(string.find, subject, pattern, from) }
  if not answers[1] then
    return 'malformed'
  end
  if answers[2] == nil then
    return 'nothing'
  end
  return table.concat(answers, '|', 2)
end

local function ours(subject, pattern, from)
  local answers = { find(subject, pattern, from, PLENTY) }
  if answers[1] == nil and answers[2] then
    return 'malformed'
  end
  return #answers == 0 and 'nothing' or table.concat(answers, '|')
end

describe('a pattern', function()
  it('means what it means in Lua', function()
    for _, case in ipairs {
      { 'hello world', 'o' }, { 'hello world', '^h' }, { 'hello', 'l+', 2 }, { 'hello', '(l)(l)' },
      { 'key = value', '(%w+)%s*=%s*(%w+)' }, { 'THE (quick) fox', '%((%a+)%)' },
      { 'f(a(b)c)d', '%b()' }, { 'THE (quick) fox', '%f[%a]%a+%f[%A]', 4 }, { 'aaab', 'a-b' },
      { 'abc', '()b()' }, { 'abcabc', '(a)bc%1' }, { 'a.b', '%.' }, { 'a]b', '[]]' },
      { 'a^b', '[%^]' }, { 'a-b', '[a%-]+' }, { 'x', '[^%s]' }, { '', '^$' }, { '', '.*' },
      { 'a\0b', '%z' }, { 'a$', '$' }, { 'a$b', '$b' }, { 'ab', 'a*?b' }, { '*a', '*a' },
      { '\255\1', '[\200-\255]' }, { 'abc', '', 4 }, { 'x86_64', '[%w_]+$' }, { 'a', '[a-]' },
      { '0x1F', '^0[xX](%x+)$' }, { 'a%b', '%%' }, { 'abc', '[^a-b]' }, { 'ab', '(a*(.)%w(%s*))' },
    } do
      assert.equal(reference(case[1], case[2], case[3] or 1), ours(case[1], case[2], case[3] or 1),
        ('%q in %q'):format(case[2], case[1]))
    end
  end)

  it('means the same as in Lua whatever comes', function()
    local pieces = { 'a', 'b', '.', '%a', '%d', '%W', '[ab]', '[^a]', '[a-c%d]', '(', ')', '()',
      '*', '+', '-', '?', '%1', '%2', '%b()', '%f[a]', '^', '$', '%', '[', ']', 'x', '%s', '%z' }
    local bytes = { 'a', 'b', 'c', '1', '(', ')', ' ', 'x', '\0', '-', '%' }
    math.randomseed(1)
    local malformed, matched = 0, 0
    for _ = 1, 40000 do
      local pattern, subject = {}, {}
      for i = 1, math.random(1, 7) do
        pattern[i] = pieces[math.random(#pieces)]
      end
      for i = 1, math.random(0, 12) do
        subject[i] = bytes[math.random(#bytes)]
      end
      pattern, subject = table.concat(pattern), table.concat(subject)
      local wanted, answer = reference(subject, pattern, 1), ours(subject, pattern, 1)
      -- Lua finds out that a pattern is malformed only when it gets that far.
      if answer ~= 'malformed' then
        assert.equal(wanted, answer, ('%q in %q'):format(pattern, subject))
        matched = matched + (answer ~= 'nothing' and 1 or 0)
      elseif wanted == 'malformed' then
        malformed = malformed + 1
      end
    end
    assert.is_true(malformed > 1000 and matched > 1000, malformed .. ' ' .. matched)
  end)

  it('costs no more steps than it is given', function()
    assert.same({ nil, 'out of steps' }, { find(('a'):rep(1000), '.-.-.-b', 1, 100000) })
    assert.same({ nil, 'out of steps' }, { find(('a'):rep(1000), 'b', 1, 100) })
    assert.equal(1, (find(('a'):rep(1000), 'a*', 1, 3000)))
  end)

  it('is refused when it is malformed', function()
    for pattern, sentence in pairs {
      ['a%'] = "malformed pattern (ends with '%')", ['[a'] = "malformed pattern (missing ']')",
      ['[a%'] = "malformed pattern (missing ']')", ['(a'] = 'unfinished capture',
      ['a)'] = 'invalid pattern capture', ['%1'] = 'invalid capture index',
      ['(a%1)'] = 'invalid capture index', ['%f'] = "missing '[' after '%f' in pattern",
      ['%b('] = 'unbalanced pattern', [('()'):rep(33)] = 'too many captures',
      [('a'):rep(251)] = 'pattern too complex (too many items)',
      [('[ab]'):rep(41)] = 'pattern too complex (too many sets)',
    } do
      local _, wrong = find('a', pattern, 1, PLENTY)
      assert.equal(sentence, wrong)
    end
  end)
end)
