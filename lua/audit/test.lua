--- Runs policies over a log, for specs: require 'audit.test'.replay(lines, options).
-- The real engine, with real events, verbs, windows and alerts; only the outputs are not there.
local cjson = require 'cjson'
local engine = require 'laudit_engine'

local test = {}

local OPTIONS = { 'policy', 'policies', 'outputs', 'defaults', 'resolve' }
local known_option = {}
for _, name in ipairs(OPTIONS) do
  known_option[name] = true
end

local function text_of(lines)
  if type(lines) == 'string' then
    return lines
  end
  return table.concat(lines, '\n') .. '\n'
end

local function paths_of(options)
  local policy = options.policy or options.policies or {}
  return type(policy) == 'table' and policy or { policy }
end

--- Raises for an option that is none: it would be forgotten in silence.
local function check_names(options)
  for name in pairs(options) do
    if not known_option[name] then
      local near = engine.base.nearest(tostring(name), OPTIONS)
      local hint = near and (" (did you mean '%s'?)"):format(near)
        or '; there are ' .. table.concat(OPTIONS, ', ')
      error(("unknown option '%s'%s"):format(tostring(name), hint), 0)
    end
  end
end

local function settings_of(options)
  check_names(options)
  local outputs = options.outputs or { 'local', 'soc' }
  return {
    paths = paths_of(options),
    outputs = outputs,
    defaults = options.defaults or { outputs[1] },
    resolve = options.resolve,
  }
end

local Session = {}
Session.__index = Session

--- Feeds a log; returns what left, as `replay` does.
function Session:feed(lines)
  local result = { events = {}, alerts = {}, routes = {}, order = {} }
  for _, item in ipairs(self.host:feed(text_of(lines))) do
    if item.event then
      local event = cjson.decode(item.event)
      result.events[#result.events + 1] = event
      result.routes[#result.routes + 1] = item.route
    else
      item.json = item.alert
      item.alert = cjson.decode(item.json).ALERT
      item.fields = item.fields ~= '' and cjson.decode(item.fields) or nil
      result.alerts[#result.alerts + 1] = item
    end
    result.order[#result.order + 1] = item.event and 'event' or 'alert'
  end
  result.stats = self.host:stats()
  result.log = self.host:log()
  return result
end

--- Loads policies anew, as SIGHUP does; nil and the list of mistakes when there is one.
function Session:reload(options)
  return self.host:reload(settings_of(options))
end

function Session:stats()
  return self.host:stats()
end

function Session:log()
  return self.host:log()
end

--- False and a sentence once a critical policy failed; events behind that one are held back.
function Session:is_well()
  return self.host:is_well()
end

--- Loads policies: options.policy is a path or a list of paths; options.outputs names the outputs
-- (the first is the default one unless options.defaults says otherwise); options.resolve asks this
-- host for names of users. Returns a session, or nil and the list of mistakes.
function test.open(options)
  if #paths_of(options) == 0 then
    error('no policy to test: options.policy is a path or a list of paths', 2)
  end
  local host, mistakes = engine.policy.new(settings_of(options))
  if not host then
    return nil, mistakes
  end
  return setmetatable({ host = host }, Session)
end

--- Replays `lines` (a list or a text) through the policies. Returns
--   events  list of decoded JSON, as the json format writes it
--   routes  for each of them, the names of its outputs
--   alerts  list of { id, policy, message, severity, fields, route, alert = decoded JSON, json }
--   order   'event' or 'alert' for each line, in the order in which they left
--   stats   { seen, routed, dropped, alerts, held, policies = { { name, calls, errors, ... } } }
--   log     what laudit logged
-- Raises all mistakes when a policy does not load, and for an option that is none.
function test.replay(lines, options)
  local session, mistakes = test.open(options or {})
  if not session then
    error(table.concat(mistakes, '\n'), 2)
  end
  return session:feed(lines)
end

return test
