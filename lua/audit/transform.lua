--- Transforms for outputs: audit.transform.NAME {...} makes a function of event and alert that
-- gives body and headers, nil for what is not to be sent.
local _, native = ...

local NOTIFICATION = { 'extra_attributes', 'hostname', 'trace_header' }

local sorted = require 'audit.sorted'
local known = require 'audit.set' (NOTIFICATION)

local function wrong(...)
  error('audit.transform.notification: ' .. (...):format(select(2, ...)), 0)
end

local function check_text(value, name)
  if type(value) ~= 'string' then
    wrong('%s: expected a text, found a %s', name, type(value))
  end
  return value
end

local function check_options(options)
  if type(options) ~= 'table' then
    wrong('expected a table of options, found a %s', type(options))
  end
  for name in sorted(options) do
    if not known[name] then
      local near = type(name) == 'string' and native.nearest(name, NOTIFICATION)
      wrong("unknown option '%s'%s", tostring(name),
        near and (" (did you mean '%s'?)"):format(near) or '')
    end
  end
end

--- The JSON of all attributes, up to the value of trace_id and behind it.
local function attributes_of(options, host)
  local extras = options.extra_attributes or {}
  if type(extras) ~= 'table' then
    wrong('extra_attributes: expected a table of texts, found a %s', type(extras))
  end
  local all = { hostname = host, trace_id = false }
  for name, value in sorted(extras) do
    if type(name) ~= 'string' or all[name] ~= nil then
      wrong("extra_attributes: '%s' cannot be one", tostring(name))
    end
    all[name] = check_text(value, 'extra_attributes.' .. name)
  end
  local parts, before = {}, nil
  for name, value in sorted(all) do
    parts[#parts + 1] = native.go_text(name) .. ':'
    if value then
      parts[#parts] = parts[#parts] .. native.go_text(value)
    else
      before, parts = table.concat(parts, ','), {}
    end
  end
  return before, #parts > 0 and ',' .. table.concat(parts, ',') or ''
end

--- What the message is about, as JSON; nil when nobody said it.
local function topic_of(event, alert)
  local topic = event:get 'topic'
  if type(topic) == 'string' and topic ~= '' then
    return native.go_text(topic)
  end
  local key = native.rule_key(event)
  if key ~= '""' and key ~= '"(null)"' then
    return key
  end
  return alert and native.go_text(alert.policy)
end

--- What the options say, checked: the host, the name of the header, the attributes.
local function read(options)
  check_options(options)
  local host = check_text(options.hostname or native.host_name(), 'hostname'):match '^[^.]*'
  local header = options.trace_header and check_text(options.trace_header, 'trace_header')
  return host, header, attributes_of(options, host)
end

--- As pauditd's transformer for its notification service.
local function notification(options)
  local is_good, host, header, before, after = pcall(read, options or {})
  if not is_good then
    error(host, 2)
  end
  return function(event, alert)
    local topic = topic_of(event, alert)
    if not topic then
      return nil
    end
    local trace = native.uuid(host .. '\n' .. (event.node or '') .. '\n' ..
      (alert and alert.id or event.id))
    local body = table.concat { '{"topic":', topic, ',"attributes":{', before, '"', trace, '"',
      after, '},"data":', alert and alert.json or event:as 'pauditd', ',"version":"1.0.0"}' }
    return body, header and { [header] = trace } or nil
  end
end

return { notification = notification }
