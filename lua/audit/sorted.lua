--- audit.sorted(table): iterates as pairs does, in the order of the keys (numbers, then strings),
-- so that the same log gives the same bytes.

local function before(a, b)
  if type(a) == type(b) then
    return a < b
  end
  return type(a) == 'number'
end

return function(values)
  local keys = {}
  for key in pairs(values) do
    if type(key) ~= 'string' and type(key) ~= 'number' then
      error('audit.sorted: expected keys that are strings or numbers, found a ' .. type(key), 2)
    end
    keys[#keys + 1] = key
  end
  table.sort(keys, before)
  local index = 0
  return function()
    index = index + 1
    return keys[index], values[keys[index]]
  end
end
