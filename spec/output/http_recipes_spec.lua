--- The examples of docs/outputs.md for outputs of kind http, as printed, to servers that answer as
--- the documents of those products say and take nothing else (spec/output/contracts).
local cjson = require 'cjson'

local certificates = require 'spec.output.certificates'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'
local web = require 'spec.output.web'

if web.missing() then
  pending('recipes of http: ' .. web.missing())
  return
end

local TOPIC = [[
  local audit = require 'audit'
  return audit.policy { name = 'topics', on = { type = 'SYSCALL' }, severity = 'high',
    check = function(event)
      event:set('topic', 'Run It')
      if event.exe == '/alert' then return audit.alert('ran %s', event.exe) end
    end }
]]

local folder, server

--- The options of the first example below the heading of docs/outputs.md, with our server and
--- files in place of its own.
local function example(heading, more)
  local docs = peer.read 'docs/outputs.md'
  local begin = assert(docs:find('\n' .. heading .. '\n', 1, true), heading)
  local options = assert(docs:sub(begin):match '```lua\noutput \'%w+\' {\n(.-)\n}\n```')
  options = options:gsub('https://[^/]+/', server:url '/'):gsub('/etc/laudit', folder)
    :gsub("'/var/lib/laudit/[%w.]+'", "'dead'")
  return options .. ' drain = 20, retry = { first = 0.1, most = 0.2 }, ' ..
    'breaker = { failure_ratio = 1 }, ' .. (more or '')
end

local function serve(contract)
  server = web.start { tls = folder .. '/server', http2 = true, answer = contract and
    peer.read(('spec/output/contracts/%s.lua'):format(contract)) }
end

--- Events 1 to 40; `odd` is a table of exe by serial.
local function log(odd)
  local events = {}
  for serial = 1, 40 do
    events[serial] = process.event(serial, odd and odd[serial])
  end
  return table.concat(events)
end

local function assert_all(result)
  assert.equal(40, result.counts.delivered, result.err)
  assert.equal(0, result.counts.dropped)
end

local function concat(parts)
  return table.concat(parts, '\n') .. '\n'
end

setup(function()
  folder = peer.folder()
  certificates.authority(folder, 'ca')
  certificates.sign(folder, 'ca', 'server', 'IP:127.0.0.1')
  certificates.sign(folder, 'ca', 'host', 'DNS:host')
  peer.write(folder .. '/token', 'sesame\n')
  peer.write(folder .. '/elastic.key', 'ApiKey c2VzYW1l\n')
  peer.write(folder .. '/splunk.token', '12345678-1234-1234-1234-1234567890AB\n')
end)

teardown(function()
  peer.shell('rm -rf ' .. folder)
end)

after_each(function()
  server:remove()
end)

describe('the example of a collector', function()
  it('delivers', function()
    server = web.start { tls = folder .. '/server', clients = folder .. '/ca.pem' }
    local result = sending.replay(example '## http', log())
    assert_all(result)
    assert.equal(result.file, server:bodies())
    assert.equal('CN=host', server:request(1).client)
    assert.equal('Bearer sesame', server:request(1)['header authorization'])
    assert.equal('zstd', server:request(1)['header content-encoding'])
  end)
end)

describe('the example of Elasticsearch', function()
  --- The documents of all requests without what was put before them, and the actions.
  local function documents()
    local found, actions = {}, {}
    for action, document in server:bodies():gmatch '([^\n]+)\n([^\n]+)\n' do
      table.insert(actions, cjson.decode(action).create)
      table.insert(found, (document:gsub('^{"@timestamp":"[^"]+",', '{')))
    end
    return found, actions
  end

  it('delivers', function()
    serve 'bulk'
    local result = sending.replay(example '### Elasticsearch, OpenSearch', log())
    assert_all(result)
    local found, actions = documents()
    assert.equal(result.file, concat(found))
    assert.equal('audit-2023.11.14', actions[1]._index)
    assert.truthy(actions[1]._id:match '^%x+$' and #actions[1]._id == 32)
    assert.truthy(server:bodies():find('{"@timestamp":"2023-11-14T22:13:20.001Z","ID":', 1, true))
    assert.equal('ApiKey c2VzYW1l', server:request(1)['header authorization'])
    assert.equal('gzip', server:request(1)['header content-encoding'])
  end)

  it('tells the fate of each document', function()
    serve 'bulk'
    local result = sending.replay(example '### Elasticsearch, OpenSearch',
      log { [3] = '/refused', [7] = '/busy', [8] = '/busy' })
    assert.equal(39, result.counts.delivered, result.err)
    assert.equal(1, result.counts.dropped)
    assert.same({ 3 }, process.serials(result.dead))
    assert.equal(2, server:count())
    assert.same({ 7, 8 }, process.serials(server:request(2).body))
    assert.truthy(result.err:find('2 of 40 documents were put off with status 429: ' ..
      'rejected execution of coordinating operation', 1, true), result.err)
  end)

  it('stores nothing twice', function()
    serve 'bulk'
    assert_all(sending.replay(example '### Elasticsearch, OpenSearch', log()))
    assert_all(sending.replay(example '### Elasticsearch, OpenSearch', log()))
    assert.equal(server:request(1).body, server:request(2).body)
  end)

  it('names indices by topic', function()
    serve 'bulk'
    local result = sending.replay(example('### Elasticsearch, OpenSearch')
      :gsub('audit%-%%Y.%%m.%%d', 'audit-%%t'), log(), TOPIC)
    assert_all(result)
    local _, actions = documents()
    assert.equal('audit-run-it', actions[40]._index)
  end)

  it('is careful with an answer that is none', function()
    serve()
    server:answer [[return function(request)
      local answers = { '', '{"errors":true,"items":[]}', '{"errors":true}', 'x', '[]',
        '{"errors":true,"items":[' .. ('{"create":{}},'):rep(39) .. '{}]}' }
      return 200, answers[request.number] or '{"errors":false}'
    end]]
    local result = sending.replay(example '### Elasticsearch, OpenSearch', log())
    assert_all(result)
    assert.equal(7, server:count())
    assert.truthy(result.err:find('the answer is not one of _bulk', 1, true), result.err)
  end)
end)

describe('the example of Loki', function()
  it('delivers', function()
    serve 'loki'
    local result = sending.replay(example '### Loki', log(), TOPIC)
    assert_all(result)
    local lines, streams = {}, cjson.decode(server:request(1).body).streams
    for _, entry in ipairs(streams[1].values) do
      table.insert(lines, entry[2])
    end
    assert.equal(1, #streams)
    assert.same({ job = 'laudit', site = 'north', topic = 'Run It' }, streams[1].stream)
    assert.equal('1700000000001000000', streams[1].values[1][1])
    assert.equal(result.file, concat(lines))
    assert.equal('security', server:request(1)['header x-scope-orgid'])
  end)
end)

describe('the example of Splunk', function()
  --- The messages in what came, and their envelopes.
  local function events()
    local found, envelopes = {}, {}
    for line in (server:bodies() .. '\n'):gmatch '([^\n]+)' do
      local before, event, behind = line:match '^(.-),"event":(.-})(,"fields":.*)$'
      if not before then before, event, behind = line:match '^(.-),"event":(.*)(})$' end
      table.insert(found, event)
      table.insert(envelopes, cjson.decode(before .. (behind or '}')))
    end
    return found, envelopes
  end

  it('delivers', function()
    serve 'hec'
    local result = sending.replay(example '### Splunk', log())
    assert_all(result)
    local found, envelopes = events()
    assert.equal(result.file, concat(found))
    assert.equal(1700000000.001, envelopes[1].time)
    assert.equal('audit', envelopes[1].index)
    assert.equal('laudit:json', envelopes[1].sourcetype)
    assert.equal('laudit', envelopes[1].source)
    assert.equal(peer.shell 'hostname':match '%S+', envelopes[1].host)
  end)

  it('tells severity and topic of an alert', function()
    serve 'hec'
    local result = sending.replay(example '### Splunk', process.event(1, '/alert'), TOPIC)
    assert.equal(2, result.counts.delivered, result.err)
    assert.truthy(server:bodies():find('"fields":{"severity":"high","topic":"Run It"}', 1, true))
  end)

  it('rejects the event that Splunk names, and no other', function()
    serve 'hec'
    local result = sending.replay(example('### Splunk', "dead_letter = 'dead'"),
      log { [5] = '/refused' })
    assert.equal(39, result.counts.delivered, result.err)
    assert.same({ 5 }, process.serials(result.dead))
    assert.equal(39, #process.serials(server:request(2).body))
  end)

  it('waits while the token is wrong', function()
    serve 'hec'
    peer.write(folder .. '/other.token', 'wrong\n')
    local result = sending.replay(example('### Splunk'):gsub('splunk.token', 'other.token')
      :gsub('drain = 20', 'drain = 4'), log())
    assert.equal(0, result.counts.delivered)
    assert.truthy(result.err:find('HTTP 403: {', 1, true), result.err)
    assert.equal(1, server:count())
  end)
end)

describe('the example of OpenTelemetry', function()
  local function records()
    local of_resource = cjson.decode(server:request(1).body).resourceLogs
    assert.equal(1, #of_resource)
    return of_resource[1].scopeLogs[1].logRecords, of_resource[1].resource.attributes
  end

  it('delivers', function()
    serve 'otlp'
    local result = sending.replay(example '### OpenTelemetry', log { [40] = '/alert' }, TOPIC)
    assert.equal(41, result.counts.delivered, result.err)
    local lines, found, attributes = {}, records()
    local severities = {}
    for _, record in ipairs(found) do
      table.insert(lines, record.body.stringValue)
      severities[record.severityText] = record.severityNumber
    end
    assert.equal(result.file, concat(lines))
    assert.same({ info = 9, high = 17 }, severities)
    assert.equal('1700000000001000000', found[1].timeUnixNano)
    assert.same({ { key = 'laudit.topic', value = { stringValue = 'Run It' } } },
      found[1].attributes)
    local names = {}
    for _, attribute in ipairs(attributes) do
      names[attribute.key] = attribute.value.stringValue
    end
    assert.same({ ['host.name'] = peer.shell 'hostname':match '%S+', ['service.name'] = 'audit',
      ['deployment.environment'] = 'production' }, names)
  end)

  it('rejects a batch of which some were refused', function()
    serve 'otlp'
    local result = sending.replay(example('### OpenTelemetry', "dead_letter = 'dead', " ..
      'batch = { events = 10 }'), log { [15] = '/refused' })
    assert.equal(30, result.counts.delivered, result.err)
    assert.same({ 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 }, process.serials(result.dead))
  end)
end)
