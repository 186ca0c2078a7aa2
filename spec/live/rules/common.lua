-- common.lua - a file of rules that auditctl and laudit can read: the lines of spec/fixtures/rules
-- of which both make the same.
--
--   luajit common.lua ACCEPTED OUT      ACCEPTED: accepted.jsonl; OUT: the file of rules
--
-- Each rule stands there once, for the kernel takes it a second time by -A, and laudit does not.
-- Left out are lines with characters that only one of them can read from a file, long ones, and
-- those of which laudit makes something else on purpose (spec/rules/auditctl_spec.lua counts them).
-- Prints how many lines there are and how many were left out.
local json = require 'cjson'
local rules = require 'laudit_engine'.rules

local LONGEST = 1500 -- bytes of a line that auditctl reads

local accepted, out = ...

-- The line; nil when not both can read it. Both take a backslash before a blank.
local function line_of(words)
  local list = {}
  for i, word in ipairs(words) do
    if word == '' or word:find '[%c\127"\'\\#]' then
      return nil
    end
    list[i] = word:gsub(' ', '\\ ')
  end
  local line = table.concat(list, ' ')
  return #line <= LONGEST and line or nil
end

local function hex(bytes)
  return (bytes:gsub('.', function(byte)
    return ('%02x'):format(byte:byte())
  end))
end

local PREPEND = 0x10 -- in the first byte

-- The rule of a payload, wherever it goes.
local function rule_of(payload)
  return string.char(payload:byte() % PREPEND) .. payload:sub(2)
end

-- Why a line stays out; nil when it does not.
local seen = {}
local function reason_of(entry, line)
  if not line or entry.others or entry.machine or entry.features then
    return 'not for both to read'
  end
  local verb, payload = rules.compile(entry.args, { checks_paths = true })
  if not verb or not payload or hex(payload) ~= entry.sent then
    return 'another rule to laudit'
  end
  local rule = rule_of(payload)
  if seen[rule] then
    return 'there already'
  end
  seen[rule] = true
  return nil
end

local file = assert(io.open(out, 'wb'))
local taken, left = 0, {}
for text in io.lines(accepted) do
  local entry = json.decode(text)
  local line = line_of(entry.args)
  local reason = reason_of(entry, line)
  if reason then
    left[reason] = (left[reason] or 0) + 1
  else
    file:write(line, '\n')
    taken = taken + 1
  end
end
file:close()
print(taken .. ' lines')
for _, reason in ipairs { 'there already', 'another rule to laudit', 'not for both to read' } do
  print(('left out, %s: %d'):format(reason, left[reason] or 0))
end
