--- Loki's push ("Ingest logs" of its HTTP API): streams with labels, times as strings of
--- nanoseconds.
local shape = require 'spec.output.contracts.shape'

return shape.answering(function(request)
  shape.expect(request.method == 'POST' and request.uri == '/loki/api/v1/push', 'path')
  shape.expect(request.headers['content-type'] == 'application/json', 'type')
  local push = shape.decode(request.body)
  shape.members(push, { ['streams!'] = 'table' })
  for _, stream in ipairs(push.streams) do
    shape.members(stream, { ['stream!'] = 'table', ['values!'] = 'table' })
    shape.expect(next(stream.stream), 'at least one label pair is required per stream')
    for label, value in pairs(stream.stream) do
      shape.expect(label:match '^[%a_][%w_]*$' and type(value) == 'string', 'label', label)
    end
    for _, entry in ipairs(stream.values) do
      shape.expect(#entry == 2 and type(entry[1]) == 'string' and entry[1]:match '^%d+$' and
        #entry[1] == 19, 'time', tostring(entry[1]))
      shape.expect(type(entry[2]) == 'string', 'line')
    end
  end
  return 204
end)
