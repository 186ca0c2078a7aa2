--- audit.policy {...}: checks what a policy file says of itself and seals it.
-- Mistakes are gathered, so that the host can report all of them, with file and line.
local _, native = ...

local KEYS = { 'name', 'severity', 'rules', 'on', 'check', 'critical' }
local SEVERITIES = { 'info', 'low', 'medium', 'high', 'critical' }
local NAME_MOST = 64 -- bytes
local RULES_MOST = 65536 -- bytes

local known_key = require 'audit.set' (KEYS)
local known_severity = require 'audit.set' (SEVERITIES)
local sorted = require 'audit.sorted'
local check_on = require 'audit.selector'

local function meant(word, list)
  local near = native.nearest(word, list)
  return near and (" (did you mean '%s'?)"):format(near) or ''
end

local function found(value)
  if type(value) == 'string' then
    return ("'%s'"):format(value)
  end
  return value == nil and 'nothing' or 'a ' .. type(value)
end

local function check_name(name)
  if type(name) ~= 'string' or #name > NAME_MOST or not name:find '^[%w][%w_.-]*$' then
    return nil, ('name: expected letters, digits, - _ . (at most %d), found %s'):format(NAME_MOST,
      found(name))
  end
  return name
end

local function check_severity(severity)
  if severity ~= nil and not known_severity[severity] then
    return nil, ('severity: expected info, low, medium, high or critical, found %s%s'):format(
      found(severity), type(severity) == 'string' and meant(severity, SEVERITIES) or '')
  end
  return severity or 'medium'
end

--- How many lines each text of a list has; nil when it is no list of texts.
local function count_lines(rules)
  if type(rules) ~= 'table' then
    return nil
  end
  local counts = {}
  for item, rule in ipairs(rules) do
    if type(rule) ~= 'string' then
      return nil
    end
    counts[item] = 1 + select(2, rule:gsub('\n', ''))
  end
  return counts
end

local function check_rules(rules)
  if type(rules) == 'table' then
    for _, rule in ipairs(rules) do
      if type(rule) ~= 'string' then
        return nil, ('rules: expected strings, found %s'):format(found(rule))
      end
    end
    rules = table.concat(rules, '\n')
  end
  if rules ~= nil and type(rules) ~= 'string' then
    return nil, ('rules: expected a string or a list of strings, found %s'):format(found(rules))
  end
  if rules and #rules > RULES_MOST then
    return nil, ('rules: expected at most %d bytes, found %d'):format(RULES_MOST, #rules)
  end
  return rules
end

local function check_check(check, rules)
  if check ~= nil and type(check) ~= 'function' then
    return nil, ('check: expected a function, found %s'):format(found(check))
  end
  if check == nil and rules == nil then
    return nil, 'check: expected a function, found nothing (a policy without one has rules)'
  end
  return check
end

local function check_critical(critical)
  if critical ~= nil and type(critical) ~= 'boolean' then
    return nil, ('critical: expected true or false, found %s'):format(found(critical))
  end
  return critical or false
end

-- Of all calls in a machine: a file has one policy, and what is wrong with others is not lost.
local calls, mistakes = 0, {}

return function(given)
  if type(given) ~= 'table' then
    error('audit.policy: expected a table, found ' .. found(given), 2)
  end
  calls = calls + 1
  local function wrong(path, sentence)
    mistakes[#mistakes + 1] = { path, sentence, calls }
  end
  if calls > 1 then
    wrong({}, 'audit.policy: called again; a file has one policy')
  end
  local function checked(key, check, other)
    local value, sentence = check(given[key], other)
    if sentence then
      wrong({ key }, sentence)
    end
    return value
  end
  for key in sorted(given) do
    if not known_key[key] then
      wrong({ key }, ("unknown key '%s'%s; a policy has %s"):format(tostring(key),
        meant(tostring(key), KEYS), table.concat(KEYS, ', ')))
    end
  end
  return native.seal_policy {
    name = checked('name', check_name),
    severity = checked('severity', check_severity),
    rules = checked('rules', check_rules),
    rule_counts = count_lines(given.rules),
    check = checked('check', check_check, given.rules),
    critical = checked('critical', check_critical),
    on = check_on(given.on, wrong),
    mistakes = mistakes,
  }
end
