--- What the answers of the documented servers have in common: a strict look at what came.
local cjson = require 'cjson'

local shape = {}

--- Ends the request with 400 unless `condition` holds.
function shape.expect(condition, ...)
  if not condition then
    error({ said = table.concat({ ... }, ' ') }, 0)
  end
  return condition
end

function shape.decode(text)
  local is_json, value = pcall(cjson.decode, text)
  shape.expect(is_json, 'not JSON:', text)
  return value
end

--- All members of `object` are known, and the required ones ('name!') there; `known` gives their
--- types: { ['time!'] = 'number', index = 'string' }.
function shape.members(object, known)
  local types = {}
  shape.expect(type(object) == 'table', 'no object')
  for name, kind in pairs(known) do
    local bare = name:gsub('!$', '')
    types[bare] = kind
    shape.expect(bare == name or object[bare] ~= nil, 'without', bare)
  end
  for name, value in pairs(object) do
    shape.expect(types[name], 'unknown member', tostring(name))
    shape.expect(type(value) == types[name], 'type of', name)
  end
end

--- function(request) -> status, body, headers of `answer`, which may use shape.expect.
function shape.answering(answer)
  return function(request)
    local result = { pcall(answer, request) }
    if result[1] then
      return unpack(result, 2)
    end
    local why = type(result[2]) == 'table' and result[2].said or tostring(result[2])
    return 400, 'contract: ' .. why
  end
end

return shape
