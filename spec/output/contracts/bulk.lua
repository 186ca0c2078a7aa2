--- Elasticsearch's and OpenSearch's _bulk, as their references describe it ("Bulk API"): lines of
--- action and document, an item for each in the answer. Documents with exe /refused do not fit the
--- mapping; with /busy they find a full queue, the first time.
local cjson = require 'cjson'
local shape = require 'spec.output.contracts.shape'
local ngx = _G.ngx

local function status_of(action, document, text)
  local id = shape.expect(action.create._id, 'no _id')
  if text:find('/refused', 1, true) then
    return 400, 'document_parsing_exception', 'failed to parse field [exit]'
  elseif text:find('/busy', 1, true) and ngx.shared.state:add('busy' .. id, 1) then
    return 429, 'es_rejected_execution_exception', 'rejected execution of coordinating operation'
  elseif not ngx.shared.state:add('document' .. id, 1) then
    return 409, 'version_conflict_engine_exception', 'document already exists'
  end
  shape.expect(document['@timestamp']:match '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.%d%d%dZ$',
    '@timestamp')
  return 201
end

return shape.answering(function(request)
  local items, has_errors, place, lines = {}, false, 'audit', {}
  shape.expect(request.method == 'POST' and request.uri:match '/_bulk$', 'path')
  shape.expect(request.headers['content-type'] == 'application/x-ndjson', 'type')
  shape.expect(request.body:sub(-1) == '\n', 'the last line has no end')
  for line in request.body:gmatch '([^\n]*)\n' do
    table.insert(lines, line)
  end
  shape.expect(#lines % 2 == 0, 'an action without a document')
  for i = 1, #lines, 2 do
    local action, document = shape.decode(lines[i]), shape.decode(lines[i + 1])
    shape.members(action, { ['create!'] = 'table' })
    shape.members(action.create, { _index = 'string', _id = 'string' })
    place = action.create._index or place
    shape.expect(place:match '^[a-z0-9][a-z0-9._-]*$', 'name of index')
    local status, kind, reason = status_of(action, document, lines[i + 1])
    local item = { _index = place, _id = action.create._id, status = status }
    if kind then
      has_errors = true
      item.error = { type = kind, reason = reason }
    end
    table.insert(items, { create = item })
  end
  return 200, cjson.encode { took = 3, errors = has_errors, items = items },
    { ['Content-Type'] = 'application/json' }
end)
