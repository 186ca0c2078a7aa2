--- Answers the questions that the jobs in the guest have about laudit's output:
---   luajit ask.lua keyed FILE KEY        number of events with this key in a file of JSON lines
---   luajit ask.lua twice FILE            number of events that stand in it more than once; what
---                                        came late, and says so, is an event of its own
---   luajit ask.lua values FILE KEY NAME  the values of attribute NAME of these events, in order
---   luajit ask.lua alerts FILE           the policies of its alerts, each once, sorted
---   luajit ask.lua ledger LOG PATH       a value of the ledger that ends LOG: beside.kernel_lost
local cjson = require 'cjson'

local function events(path)
  local next_line = io.lines(path)
  return function()
    local line = next_line()
    return line and cjson.decode(line)
  end
end

--- The value at a path of names and numbers, "outputs.1.accepted".
local function at(value, path)
  for step in path:gmatch '[^.]+' do
    value = value[tonumber(step) or step]
  end
  return value
end

--- The last JSON object of a log: the ledger that --summary json writes.
local function ledger(path)
  local last
  for line in io.lines(path) do
    last = line:match '^{.*}$' or last
  end
  return cjson.decode(last or error('no ledger in ' .. path))
end

local questions = {}

function questions.keyed(path, key)
  local count = 0
  for event in events(path) do
    if event.SYSCALL and event.SYSCALL.key == key then
      count = count + 1
    end
  end
  return count
end

local function is_late(event)
  for _, mark in ipairs(event.MARKS or {}) do
    if mark == 'late' then
      return true
    end
  end
  return false
end

function questions.twice(path)
  local seen, count = {}, 0
  for event in events(path) do
    if event.ID and not is_late(event) then
      count = count + (seen[event.ID] and 1 or 0)
      seen[event.ID] = true
    end
  end
  return count
end

function questions.values(path, key, name)
  local values, last = {}, nil
  for event in events(path) do
    local value = event.SYSCALL and event.SYSCALL.key == key and
      tostring(event.ATTRIBUTES and event.ATTRIBUTES[name])
    if value and value ~= last then
      table.insert(values, value)
      last = value
    end
  end
  return table.concat(values, ' ')
end

function questions.alerts(path)
  local names, seen = {}, {}
  for event in events(path) do
    local policy = event.ALERT and event.ALERT.policy
    if policy and not seen[policy] then
      seen[policy] = true
      table.insert(names, policy)
    end
  end
  table.sort(names)
  return table.concat(names, ' ')
end

function questions.ledger(path, where)
  return at(ledger(path), where)
end

print(tostring(questions[arg[1]](unpack(arg, 2))))
