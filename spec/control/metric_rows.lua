--- docs/metrics.md as data, and what it says of the ledger's JSON held against Prometheus' text.
local rows = {}

local function labels_of(text)
  local labels = {}
  for name, value in text:gmatch '([%a_]+)="(.-)"[,}]' do
    labels[name] = value
  end
  return labels
end

--- Prometheus' text as { { name=, labels=, text=, value= } }, and what HELP and TYPE say of each
--- name.
function rows.parse(text)
  local series, types, helps = {}, {}, {}
  for line in text:gmatch '[^\n]+' do
    local word, name, rest = line:match '^# (%u+) ([%w_]+) (.*)$'
    if word == 'TYPE' then
      assert(not types[name], name .. ' is typed twice')
      types[name] = rest
    elseif word == 'HELP' then
      helps[name] = rest
    else
      local series_name, labels, value = line:match '^([%w_]+)(.-) (%S+)$'
      assert(value, line)
      table.insert(series, { name = series_name, labels = labels_of(labels), text = labels,
        value = tonumber(value) })
    end
  end
  return series, types, helps
end

--- The tables of docs/metrics.md: name → { type=, labels=, statsd=, json=, help= }.
function rows.documented()
  local file = assert(io.open 'docs/metrics.md')
  local list = {}
  for line in file:lines() do
    local name, type, labels, statsd, json, help =
      line:match '^| `(laudit_[%w_]+)` | (%w+) | (.-) | (.-) | (.-) | (.-) |$'
    if name then
      assert(not list[name], name .. ' is documented twice')
      list[name] = { type = type, labels = labels, statsd = statsd, json = json, help = help }
    end
  end
  file:close()
  return list
end

local function member_of(list, name)
  for _, each in ipairs(list) do
    if each.name == name then
      return each
    end
  end
end

--- The value of the ledger's JSON that a row names: `outputs[].dropped.REASON`.
local function json_value(ledger, row, labels)
  local value = ledger
  local path = row.json:match '`(.-)`'
  if labels.cause then -- two keys side by side
    path = path:gsub('CAUSE', labels.cause == 'other' and 'other_failures' or labels.cause)
  end
  for key in path:gmatch '[^.]+' do
    local list = key:match '^(.*)%[%]$'
    if list then
      value = member_of(value[list], labels.output or labels.policy)
    else
      value = value[key:match '^%u+$' and labels[key:lower()] or key]
    end
  end
  return type(value) == 'boolean' and (value and 1 or 0) or value
end

--- Says what differs between the ledger (decoded) and the text; returns a list of sentences, and
--- how many values were compared.
function rows.compare(ledger, text)
  local documented, wrong, count = rows.documented(), {}, 0
  for _, each in ipairs((rows.parse(text))) do
    local row = documented[each.name]
    if row and row.json ~= '' and not each.name:match '_info$' then
      local expected = json_value(ledger, row, each.labels)
      count = count + 1
      if expected ~= each.value then
        table.insert(wrong, ('%s%s is %s, in the ledger %s'):format(each.name, each.text,
          each.value, tostring(expected)))
      end
    end
  end
  return wrong, count
end

return rows
