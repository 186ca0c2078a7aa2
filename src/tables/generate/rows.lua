--- Text of the data files: a header, then one row a line.
local rows = {}

function rows.header(what)
  return ('/* Written by generate.lua: %s. */\n'):format(what)
end

function rows.format(what, list, row)
  local lines = {}
  for i, item in ipairs(list) do
    lines[i] = row(item) .. '\n'
  end
  return rows.header(what) .. table.concat(lines)
end

--- Numbers in lines of at most 100 columns, each followed by a comma.
function rows.numbers(list)
  local lines, line = {}, ''
  for _, number in ipairs(list) do
    local item = ('%d,'):format(number)
    if #line + 1 + #item > 100 then
      lines[#lines + 1] = line
      line = ''
    end
    line = line == '' and item or line .. ' ' .. item
  end
  lines[#lines + 1] = line
  return table.concat(lines, '\n') .. '\n'
end

function rows.sorted_keys(map)
  local keys = {}
  for key in pairs(map) do
    keys[#keys + 1] = key
  end
  table.sort(keys)
  return keys
end

return rows
