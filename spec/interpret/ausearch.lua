--- Walks our interpretation and that of `ausearch -i` over the same log, field by field.

local engine = require 'laudit_engine'

local ausearch = {}

--- Fields whose interpretation has to be the same, and how ausearch writes what we say.
local SAID = {}
for name in ([[arch syscall auid uid gid euid suid fsuid egid sgid fsgid ouid ogid oauid iuid igid
  old-auid sauid saddr mode]]):gmatch '%S+' do
  SAID[name] = function(field) return field.said or field.value end
end
for name in ('name cwd comm exe ocomm'):gmatch '%S+' do
  SAID[name] = function(field) return field.decoded end
end
SAID.exit = function(field) return field.said or field.value end
SAID.key = function(field) return field.list[1] and table.concat(field.list, ' key=') or
  field.value end
SAID.proctitle = function(field)
  return field.list and table.concat(field.list, ' ') or field.decoded
end

local function says(record, field)
  if record.type == 'EXECVE' and field.name:match '^a%d+$' then return field.decoded end
  local say = SAID[field.name]
  return say and say(field)
end

--- {['960:3'] = {SYSCALL = {'arch=...', ...}}}: milliseconds and serial, the records in file order.
local function read(text)
  local events = {}
  for line in text:gmatch '[^\n]+' do
    local kind, ms, serial, rest = line:match 'type=(%S+) msg=audit%(.-%.(%d+):(%d+)%) : (.*)$'
    if kind then
      local id = ms .. ':' .. serial
      events[id] = events[id] or {}
      events[id][kind] = events[id][kind] or {}
      table.insert(events[id][kind], 1, rest) -- ausearch writes them last first
    end
  end
  return events
end

--- The value of `field` in ausearch's line, which goes on with the next field's name.
local function value_in(line, record, place, from)
  local start = line:find(record[place].name .. '=', from, true)
  if not start then return nil, from end
  start = start + #record[place].name + 1
  local following
  for next_place = place + 1, #record do
    local follower = record[next_place]
    following = line:find(' ' .. (follower.name and follower.name .. '=' or follower.value), start,
      true)
    if following then break end
  end
  return (line:sub(start, (following or #line + 1) - 1):gsub('%s$', '')), following or #line + 1
end

local function compare_record(event, record, line, deviations, report)
  local from = 1
  for place, field in ipairs(record) do
    local ours = field.name and says(record, field)
    if ours then
      local theirs
      theirs, from = value_in(line, record, place, from)
      report.compared = report.compared + 1
      if theirs ~= ours then
        local name
        for _, deviation in ipairs(deviations) do
          if theirs and deviation.holds(ours, theirs, field,
            record) then name = deviation.name break end
        end
        if name then
          report.deviations[name] = (report.deviations[name] or 0) + 1
        else
          report.unnamed[#report.unnamed + 1] = ('%s %s %s: ours %q, ausearch %q'):format(event.id,
            record.type, field.name, ours, tostring(theirs))
        end
      end
    end
  end
end

--- Compares `log` with what ausearch said of it; {compared, deviations = {name = count}, unnamed =
--- {...}}.
function ausearch.compare(log, said, deviations)
  local theirs = read(said)
  local report = { compared = 0, deviations = {}, unnamed = {} }
  for _, event in ipairs(engine.interpret.events(log, true)) do
    local places = {}
    local key = event.id:match '%.(.*)$'
    for _, record in ipairs(event) do
      places[record.type] = (places[record.type] or 0) + 1
      local lines = theirs[key] and theirs[key][record.type]
      local line = lines and lines[places[record.type]]
      if line then
        compare_record(event, record, line, deviations, report)
      else
        report.unnamed[#report.unnamed + 1] = ('%s %s: ausearch does not have it'):format(event.id,
          record.type)
      end
    end
  end
  return report
end

return ausearch
