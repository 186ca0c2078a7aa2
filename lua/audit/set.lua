--- audit.set { value, ... }: a table that is true for each of the values.

return function(values)
  if type(values) ~= 'table' then
    error("audit.set: expected a list, found a " .. type(values), 2)
  end
  local set = {}
  for index, value in ipairs(values) do
    if type(value) ~= 'string' and type(value) ~= 'number' then
      error(("audit.set: expected strings or numbers, found a %s as item %d"):format(
        type(value), index), 2)
    end
    set[value] = true
  end
  if next(set) == nil then
    error('audit.set: expected a list with something in it', 2)
  end
  return set
end
