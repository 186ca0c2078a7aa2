--- Splunk's HTTP Event Collector ("Format events for HTTP Event Collector", "Troubleshoot HTTP
--- Event Collector"). An event with /refused is one that it cannot read.
local cjson = require 'cjson'
local shape = require 'spec.output.contracts.shape'

local function reply(status, code, text, number)
  return status, cjson.encode { text = text, code = code, ['invalid-event-number'] = number },
    { ['Content-Type'] = 'application/json' }
end

return shape.answering(function(request)
  shape.expect(request.method == 'POST' and request.uri == '/services/collector/event', 'path')
  local authorization = request.headers.authorization
  if not authorization then
    return reply(401, 2, 'Token is required')
  elseif authorization ~= 'Splunk 12345678-1234-1234-1234-1234567890AB' then
    return reply(403, 4, 'Invalid token')
  end
  local number = 0
  for line in request.body:gmatch '[^\n]+' do
    local event = shape.decode(line)
    if line:find('/refused', 1, true) then
      return reply(400, 6, 'Invalid data format', number)
    end
    shape.members(event, { ['time!'] = 'number', ['host!'] = 'string', source = 'string',
      sourcetype = 'string', index = 'string', ['event!'] = 'table', fields = 'table' })
    for _, value in pairs(event.fields or {}) do
      shape.expect(type(value) == 'string', 'fields are flat')
    end
    number = number + 1
  end
  return reply(200, 0, 'Success')
end)
