--- Two tables compared, key by key, where each difference has to be named with its reason.
--
-- A deviation is written "key ours theirs" with '-' for none; several may share a text. A table of
-- deviations maps such texts to their reasons.
local deviations = {}

local function parse(named)
  local expected = {}
  for text, reason in pairs(named) do
    assert(reason ~= '')
    for key, ours, theirs in text:gmatch '(%S+) (%S+) (%S+)' do
      expected[key .. ' ' .. ours .. ' ' .. theirs] = true
    end
  end
  return expected
end

--- Complaints about differences of ours(key) and theirs(key) that are not `named`, and about named
-- ones that do not occur.
function deviations.beyond(named, keys, ours, theirs)
  local expected, complaints = parse(named), {}
  for _, key in ipairs(keys) do
    local mine, other = ours(key), theirs(key)
    if mine ~= other then
      local line = ('%s %s %s'):format(key, mine or '-', other or '-')
      if not expected[line] then complaints[#complaints + 1] = 'not named: ' .. line end
      expected[line] = nil
    end
  end
  for line in pairs(expected) do
    complaints[#complaints + 1] = 'no longer so: ' .. line
  end
  table.sort(complaints)
  return complaints
end

function deviations.range(first, last)
  local keys = {}
  for key = first, last do
    keys[#keys + 1] = key
  end
  return keys
end

return deviations
