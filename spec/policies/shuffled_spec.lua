package.path = 'spec/policies/?.lua;' .. package.path
local cjson = require 'cjson'
local logs = require 'spec.logs'
local scenes = require 'scenes'
local test = require 'audit.test'

--- How many events the shuffled log has in flight at once, and how far apart in time these are.
local TOGETHER, APART_MS = 6, 50

--- The events of a log, { time = ms, pid =, lines = {...} } each, in the order in which they begin.
local function events_of(text)
  local events, by_id = {}, {}
  for line in text:gmatch '[^\n]+' do
    local node, seconds, ms, serial = line:match '^(.-)type=%S+ msg=audit%((%d+)%.(%d+):(%d+)%)'
    local id = ('%s%s.%s:%s'):format(node, seconds, ms, serial)
    if not by_id[id] then
      by_id[id] = { time = seconds * 1000 + ms, lines = {} }
      events[#events + 1] = by_id[id]
    end
    by_id[id].pid = by_id[id].pid or line:match ' pid=(%d+)'
    table.insert(by_id[id].lines, line)
  end
  return events
end

--- The lines of one type, each type a list; what ends an event is apart.
local function by_type(lines)
  local lists, ends, of_type = {}, {}, {}
  for _, line in ipairs(lines) do
    local type = line:match 'type=(%S+)'
    local list = of_type[type] or ((type == 'PROCTITLE' or type == 'EOE') and ends) or {}
    if list ~= ends and not of_type[type] then
      of_type[type] = list
      lists[#lists + 1] = list
    end
    list[#list + 1] = line
  end
  return lists, ends
end

--- Takes the first line of any list.
local function take_any(lists)
  local at = math.random(#lists)
  local line = table.remove(lists[at], 1)
  if #lists[at] == 0 then table.remove(lists, at) end
  return line
end

--- Records of one event in any order; the kernel writes those of one type (PATH item=0, item=1, the
--- pieces of EXECVE) one after the other, and PROCTITLE and EOE at the end.
local function shuffled_records(lines)
  local lists, ends = by_type(lines)
  local mixed = {}
  while #lists > 0 do
    mixed[#mixed + 1] = take_any(lists)
  end
  return scenes.joined(mixed, ends)
end

--- Whether the kernel could not have begun `event` before one of the open events was over: the same
--- process caused it, or it happened later.
local function has_to_wait(event, open)
  for _, other in ipairs(open) do
    if other.pid and other.pid == event.pid or math.abs(event.time - other.time) > APART_MS then
      return true
    end
  end
  return #open == TOGETHER
end

--- The log as another moment's kernel might have written it: records of each event in another
--- order, and those of events that happened together, on several processors, between each other.
local function shuffled(text)
  local lines, open = {}, {}
  local function write_one()
    local at = math.random(#open)
    lines[#lines + 1] = table.remove(open[at].lines, 1)
    if #open[at].lines == 0 then table.remove(open, at) end
  end

  for _, event in ipairs(events_of(text)) do
    while has_to_wait(event, open) do
      write_one()
    end
    event.lines = shuffled_records(event.lines)
    open[#open + 1] = event
  end
  while #open > 0 do
    write_one()
  end
  return lines
end

--- A value as text that is the same for the same value, in whatever order its names are.
local function canonical(value)
  if type(value) ~= 'table' then return cjson.encode(value) end
  local parts = {}
  for name, part in pairs(value) do
    parts[#parts + 1] = ('%s=%s'):format(type(name) == 'number' and ('%05d'):format(name) or name,
      canonical(part))
  end
  table.sort(parts)
  return '{' .. table.concat(parts, ',') .. '}'
end

--- { id = event as text }, without the ids of its alerts: alert_ids has these.
local function events_said(result)
  local events = {}
  for i, event in ipairs(result.events) do
    local id = (event.NODE or '') .. event.ID
    assert(not events[id], 'two events are ' .. id)
    event.ALERTS = nil
    events[id] = canonical(event) .. ' to ' .. table.concat(result.routes[i], ' ')
  end
  return events
end

--- What an alert says whichever of several processes that did the same was first: a policy that
--- says a thing once speaks of the event that is complete first.
local function gist(alert)
  local message = alert.message:gsub('pid %d+', 'pid')
  return ('%s\0%s\0%s\0%s'):format(alert.NODE or '', alert.policy, alert.severity, message)
end

--- The alerts as { gist =, time = ms, serial =, id =, text = all of it }, by gist and moment.
local function alerts_said(result)
  local alerts = {}
  for i, item in ipairs(result.alerts) do
    local seconds, ms, serial = item.id:match '^(%d+)%.(%d+):(%d+)/'
    alerts[i] = { gist = gist(item.alert), time = seconds * 1000 + ms, serial = tonumber(serial),
      id = item.id, text = canonical(item.alert) .. ' to ' .. table.concat(item.route, ' ') }
  end
  table.sort(alerts, function(a, b)
    if a.gist ~= b.gist then return a.gist < b.gist end
    if a.time ~= b.time then return a.time < b.time end
    return a.serial < b.serial
  end)
  return alerts
end

--- The ids of alerts that the events name, and those of the alerts, sorted: the same.
local function alert_ids(result)
  local named, raised = {}, {}
  for _, event in ipairs(result.events) do
    for _, id in ipairs(event.ALERTS or {}) do
      named[#named + 1] = id
    end
  end
  for i, alert in ipairs(result.alerts) do
    raised[i] = alert.id
  end
  table.sort(named)
  table.sort(raised)
  return named, raised
end

--- The same alerts: word for word where the same event raised them, else of an event that happened
--- together with it.
local function assert_same_alerts(alerts, others)
  assert.equal(#alerts, #others)
  for i, alert in ipairs(alerts) do
    local other = others[i]
    assert.equal(alert.gist, other.gist)
    if alert.id == other.id then
      assert.equal(alert.text, other.text)
    else
      assert.is_true(math.abs(alert.time - other.time) <= APART_MS, alert.id .. ' ' .. other.id)
    end
  end
end

--- All logs of the project: the recorded intrusion, the scenes, and the corpus.
local function each_log()
  local found = { { name = 'the recorded intrusion', text = logs.read 'examples/intrusion.log' } }
  for _, policy in ipairs(scenes.policies()) do
    local name = policy:match '([^/]+)%.lua$'
    local text = logs.read(('spec/fixtures/policies/%s.log'):format(name))
    if text then found[#found + 1] = { name = 'the scenes of ' .. name, text = text } end
  end
  return scenes.joined(found, logs.recorded())
end

describe('records in another order', function()
  for _, log in ipairs(each_log()) do
    it('are the same events and alerts: ' .. log.name, function()
      local options = { policies = scenes.policies() }
      local result = test.replay(log.text, options)
      local alerts, events = alerts_said(result), events_said(result)
      for seed = 1, 3 do
        math.randomseed(seed)
        local lines = shuffled(log.text)
        assert.is_true(table.concat(lines, '\n') .. '\n' ~= log.text)
        local other = test.replay(lines, options)
        assert.same(alert_ids(other))
        assert_same_alerts(alerts, alerts_said(other))
        local other_events = events_said(other)
        for id, event in pairs(events) do
          assert.equal(event, other_events[id])
        end
        for id in pairs(other_events) do
          assert.is_truthy(events[id], id)
        end
      end
    end)
  end
end)
