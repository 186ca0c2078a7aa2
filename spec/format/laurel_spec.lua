--- JSON has laurel's structure (laurel 0.5.1 with its defaults, names translated), but for what is
--- named here
--- and in docs/json.md.

local format = require('laudit_engine').format
local cjson = require 'cjson'
local logs = require 'spec.logs'

local CONFIG = [[
directory = "."
[auditlog]
file = "-"
[translate]
universal = true
user-db = true
[enrich]
pid = false
container = false
script = false
execve-env = []
]]

--- Text as laurel writes what is not printable: percent signs instead of a repair.
local function unpercent(text)
  return (text:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function unhex(text)
  return (text:gsub('%x%x', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function is_added(path)
  return path:match '%.KEYS$' or path:match '%.MSG$' or path:match '_HEX$' or path:match '%.REST$'
end

--- name → does it explain that at `path` we have `ours` and laurel `theirs`?
local deviations = {
  { name = 'added', holds = function(path, _, theirs) return theirs == nil and is_added(path) end },
  { name = 'more-names', holds = function(path, ours, theirs)
    return theirs == nil and type(ours) == 'string' and path:match '%.%u+$' ~= nil
  end },
  { name = 'numbers', holds = function(_, ours, theirs)
    return type(ours) == 'number' and type(theirs) == 'string'
  end },
  { name = 'based-numbers', holds = function(_, ours, theirs)
    return type(ours) == 'string' and type(theirs) == 'string' and ours:match '^0[xo]%x+$' ~= nil
  end },
  { name = 'percent', holds = function(_, ours, theirs)
    return type(ours) == 'string' and type(theirs) == 'string' and theirs:find '%%%x%x' ~= nil and
      (unpercent(theirs) == ours or ours:find('\239\191\189', 1, true) ~= nil)
  end },
  { name = 'abstract', holds = function(path, ours, theirs)
    return path:match 'SADDR%.path$' and ours == '@' .. theirs
  end },
  { name = 'unset', holds = function(_, ours, theirs) return ours == 'unset' and theirs ==
    'unknown(-1)' end },
  { name = 'addresses', holds = function(path, ours, theirs)
    if path:match '%.SADDR$' then return type(ours) == 'table' and theirs == nil end
    return path:match '%.saddr$' ~= nil and (ours == nil or unhex(ours) == unpercent(theirs))
  end },
  { name = 'tail', holds = function(path, ours, _, tail)
    return ours ~= nil and ours == tail[path]
  end },
  { name = 'title', holds = function(path, ours, theirs)
    return path:match 'PROCTITLE%.ARGV$' and type(ours) == 'table' and #ours > #theirs
  end },
}

--- What auditd's tails say: { id = { path = value } }, with the paths that JSON gives them, of
--- records that are objects (.SYSCALL.AUID) and of lists (.PATH.2.OUID).
local function tails_of(log)
  local tails = {}
  for line in log:gmatch '[^\n]+' do
    local kind, id, tail = line:match '^type=(%S+) msg=audit%((.-)%):[^\29]*\29?(.*)$'
    if kind then
      local tail_of_event = tails[id] or { places = {} }
      local place = (tail_of_event.places[kind] or 0) + 1
      tails[id], tail_of_event.places[kind] = tail_of_event, place
      for name, value in tail:gmatch '(%u[%u%-]*)="?([^" ]*)"?' do
        tail_of_event[('.%s.%d.%s'):format(kind, place, name)] = value
        if place == 1 then tail_of_event[('.%s.%s'):format(kind, name)] = value end
      end
    end
  end
  return tails
end

local function compare(path, ours, theirs, report)
  if path:match 'PROCTITLE%.ARGV$' and #ours ~= #theirs then
    return report(path, ours, theirs)
  end
  if type(ours) == 'table' and type(theirs) == 'table' then
    for key, value in pairs(theirs) do
      compare(path .. '.' .. key, ours[key], value, report)
    end
    for key, value in pairs(ours) do
      if theirs[key] == nil then compare(path .. '.' .. key, value, nil, report) end
    end
  elseif ours ~= theirs then
    report(path, ours, theirs)
  end
end

local function events_of(text)
  local events = {}
  for line in text:gmatch '[^\n]+' do
    local event = cjson.decode(line)
    events[event.ID] = events[event.ID] or event
  end
  return events
end

--- laurel ends events at EOE only, which auditd's files lack: adds one behind each event's last
--- record.
local function with_ends(log)
  local last, lines = {}, {}
  for line in log:gmatch '[^\n]+' do
    lines[#lines + 1] = line
    local id = line:match 'msg=(audit%b():)'
    if id then last[id] = #lines end
  end
  local out = {}
  for place, line in ipairs(lines) do
    out[#out + 1] = line
    local id = line:match 'msg=(audit%b():)'
    if id and last[id] == place then out[#out + 1] = 'type=EOE msg=' .. id .. ' ' end
  end
  return table.concat(out, '\n') .. '\n'
end

--- The ids that `some` has and `others` has not, in order.
local function less(some, others)
  local ids = {}
  for id in pairs(some) do
    if not others[id] then ids[#ids + 1] = id end
  end
  table.sort(ids)
  return ids
end

--- The ids of records that laurel 0.5.1 cannot read: auditd puts two blanks before their res.
local function unreadable_by_laurel(log)
  local ids = {}
  for line in log:gmatch '[^\n]+' do
    if line:find('  res=', 1, true) then ids[line:match 'msg=audit%(([^)]+)%)'] = true end
  end
  return ids
end

local function write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

describe('format json', function()
  for _, log in ipairs(logs.each()) do
    if log.name ~= 'peculiar.log' then
      it('has the structure of laurel over ' .. log.name, function()
        local config, input = os.tmpname(), os.tmpname()
        write(config, CONFIG)
        write(input, with_ends(log.text))
        local command = logs.peer(('laurel -c %s < %s'):format(config, input))
        if not command then return pending 'laurel is not unpacked (spec/peers)' end
        local output, status = logs.output(command)
        local theirs = events_of(output)
        assert.equal(0, status)
        os.remove(config)
        os.remove(input)

        local unnamed = {}
        local ours = events_of(format.render(log.text, 'json', { resolve = true }))
        local tails = tails_of(log.text)
        assert.same({}, less(theirs, ours))
        local unreadable = unreadable_by_laurel(log.text)
        for _, id in ipairs(less(ours, theirs)) do
          assert.is_true(unreadable[id], 'laurel has no event ' .. id)
        end
        for id, event in pairs(theirs) do
          compare('', ours[id], event, function(path, a, b)
            for _, deviation in ipairs(deviations) do
              if deviation.holds(path, a, b, tails[id]) then return end
            end
            unnamed[#unnamed + 1] = ('%s %s: ours %s, laurel %s'):format(id, path, tostring(a),
              tostring(b))
          end)
        end
        assert.equal('', table.concat(unnamed, '\n', 1, math.min(20, #unnamed)))
      end)
    end
  end

  it('names its deviations from laurel in the docs', function()
    local docs = assert(logs.read 'docs/json.md')
    for _, deviation in ipairs(deviations) do
      assert.truthy(docs:find('`' .. deviation.name .. '`', 1, true), deviation.name)
    end
  end)
end)
