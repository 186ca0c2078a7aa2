--- audit.alert(format, ...) or audit.alert { format, ..., severity =, outputs =, fields = }: an
-- alert, for check to return.
local _, native = ...

local SEVERITIES = { 'info', 'low', 'medium', 'high', 'critical' }
local KEYS = { 'severity', 'outputs', 'fields', 'message' }

local known_severity = require 'audit.set' (SEVERITIES)
local known_key = require 'audit.set' (KEYS)

local function meant(word, list)
  local near = native.nearest(word, list)
  return near and (" (did you mean '%s'?)"):format(near) or ''
end

--- What string.format said, with its arguments counted as those of the format.
local function explain(message)
  local number, reason = tostring(message):match '^bad argument #(%d+) to [^(]*%((.*)%)$'
  if not number then
    return tostring(message)
  end
  return ('argument %d: %s'):format(number - 1, reason)
end

--- A format whose arguments are all nil; never fails, for the text may be a stranger's.
local function fill_with_nothing(format)
  return (format:gsub('%%([-+ #0]*%d*%.?%d*)([cdeEfgGioqsuxX%%])', function(flags, letter)
    if letter ~= '%' then
      return '?'
    end
    return flags == '' and '%' or nil
  end))
end

--- As string.format; what is nil prints '?'.
local function fill(format, arguments, count)
  local index = 0
  local lenient = format:gsub('%%[-+ #0]*%d*%.?%d*([%a%%])', function(letter)
    if letter == '%' then
      return nil
    end
    index = index + 1
    if arguments[index] ~= nil then
      return nil
    end
    arguments[index] = '?'
    return '%s'
  end)
  local is_good, text = pcall(lenient.format, lenient, unpack(arguments, 1, math.max(index, count)))
  if not is_good then
    error(("audit.alert: '%s': %s"):format(format, explain(text)), 3)
  end
  return text
end

local function last_index(values)
  local last = 0
  for key in pairs(values) do
    if type(key) == 'number' and key > last then
      last = key
    end
  end
  return last
end

local function check(given)
  for key in pairs(given) do
    if type(key) ~= 'number' and not known_key[key] then
      error(("audit.alert: unknown key '%s'%s"):format(tostring(key),
        meant(tostring(key), KEYS)), 3)
    end
  end
  local severity = given.severity
  if severity ~= nil and not known_severity[severity] then
    error(("audit.alert: unknown severity '%s'%s"):format(tostring(severity),
      meant(tostring(severity), SEVERITIES)), 3)
  end
end

return function(given, ...)
  if type(given) == 'string' then
    local count = select('#', ...)
    return native.seal_alert { message = count > 0 and fill(given, { ... }, count) or given }
  end
  if type(given) ~= 'table' then
    error('audit.alert: expected a format or a table, found a ' .. type(given), 2)
  end
  check(given)
  local message = given.message
  if message == nil then
    if type(given[1]) ~= 'string' then
      error('audit.alert: expected a format as first item, found a ' .. type(given[1]), 2)
    end
    local last = last_index(given)
    message = last > 1 and fill(given[1], { unpack(given, 2, last) }, last - 1) or
      fill_with_nothing(given[1])
  elseif type(message) ~= 'string' then
    error('audit.alert: expected a string as message, found a ' .. type(message), 2)
  end
  return native.seal_alert {
    message = message,
    severity = given.severity,
    outputs = given.outputs,
    fields = given.fields,
  }
end
