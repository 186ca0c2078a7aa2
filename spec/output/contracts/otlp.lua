--- OTLP/HTTP in JSON ("OpenTelemetry Protocol Specification" and logs.proto): lowerCamelCase names,
--- 64-bit numbers as strings. A record with /refused is refused, in number only.
local cjson = require 'cjson'
local shape = require 'spec.output.contracts.shape'

local function expect_attributes(list)
  for _, attribute in ipairs(list) do
    shape.members(attribute, { ['key!'] = 'string', ['value!'] = 'table' })
    shape.members(attribute.value, { ['stringValue!'] = 'string' })
  end
end

local function expect_record(record)
  shape.members(record, { ['timeUnixNano!'] = 'string', ['severityNumber!'] = 'number',
    ['severityText!'] = 'string', ['body!'] = 'table', attributes = 'table' })
  shape.expect(record.timeUnixNano:match '^%d+$' and #record.timeUnixNano == 19, 'timeUnixNano')
  shape.expect(record.severityNumber >= 1 and record.severityNumber <= 24, 'severityNumber')
  shape.members(record.body, { ['stringValue!'] = 'string' })
  expect_attributes(record.attributes or {})
end

return shape.answering(function(request)
  local refused = 0
  shape.expect(request.method == 'POST' and request.uri == '/v1/logs', 'path')
  shape.expect(request.headers['content-type'] == 'application/json', 'type')
  local logs = shape.decode(request.body)
  shape.members(logs, { ['resourceLogs!'] = 'table' })
  for _, of_resource in ipairs(logs.resourceLogs) do
    shape.members(of_resource, { ['resource!'] = 'table', ['scopeLogs!'] = 'table' })
    shape.members(of_resource.resource, { ['attributes!'] = 'table' })
    expect_attributes(of_resource.resource.attributes)
    for _, of_scope in ipairs(of_resource.scopeLogs) do
      shape.members(of_scope, { ['scope!'] = 'table', ['logRecords!'] = 'table' })
      shape.members(of_scope.scope, { ['name!'] = 'string', version = 'string' })
      for _, record in ipairs(of_scope.logRecords) do
        expect_record(record)
        refused = refused + (record.body.stringValue:find('/refused', 1, true) and 1 or 0)
      end
    end
  end
  local answer = refused > 0 and cjson.encode { partialSuccess = {
    rejectedLogRecords = tostring(refused), errorMessage = 'no such records' } } or '{}'
  return 200, answer, { ['Content-Type'] = 'application/json' }
end)
