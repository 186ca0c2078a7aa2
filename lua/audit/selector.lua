--- Checks `on = {...}`, of policies and of outputs, and makes the list that the host compiles.
-- The module is a function of the table and of wrong(path, sentence), which hears of each mistake
-- and of the keys that lead to it: { 'on', 'exe' }, or { 'on', 2, 'exe' } in the second one of a
-- list.
local _, native = ...

local sorted = require 'audit.sorted'

local function found(value)
  return value == nil and 'nothing' or type(value) == 'string' and ("'%s'"):format(value) or
    'a ' .. type(value)
end

--- The list of { key, matcher } that the host compiles; `item` is the alternative's number.
local function check_terms(terms, wrong, item)
  local list = { item = item }
  for key, value in sorted(terms) do
    if type(key) ~= 'string' then
      wrong({ 'on', item }, ('on: expected names of fields as keys, found the number %s'):format(
        key))
    else
      local is_good, matcher = pcall(native.matcher, value)
      if is_good then
        list[#list + 1] = { key, matcher }
      else
        wrong(item and { 'on', item, key } or { 'on', key },
          ('on.%s: %s'):format(key, tostring(matcher)))
      end
    end
  end
  return list
end

--- The list of alternatives: one for { key = value, ... }, several for a list of such tables.
return function(on, wrong)
  if on == nil then
    return nil
  end
  if type(on) ~= 'table' then
    wrong({ 'on' }, ('on: expected a table, found %s'):format(found(on)))
    return nil
  end
  if next(on) == nil then
    wrong({ 'on' }, "on: expected fields, found an empty table; " ..
      "without 'on' every event is wanted")
    return nil
  end
  if type(on[1]) ~= 'table' then
    return { check_terms(on, wrong) }
  end
  local alternatives = {}
  for key, terms in sorted(on) do
    if type(key) ~= 'number' or type(terms) ~= 'table' then
      wrong({ 'on' }, ('on: expected one table of fields or a list of them, found both (%s)')
        :format(tostring(key)))
    elseif next(terms) == nil then
      wrong({ 'on', key }, ('on: expected fields, found an empty table as item %d'):format(key))
    else
      alternatives[#alternatives + 1] = check_terms(terms, wrong, key)
    end
  end
  return alternatives
end
