--- Outputs of kind http, to nginx.
local cjson = require 'cjson'

local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'
local web = require 'spec.output.web'

local LOG = process.log(1, 40)

local server

--- Starts a server that the spec ends with.
local function serve(options)
  server = web.start(options or {})
  return server
end

--- Replays LOG to the server; `more` are options.
local function send(more, log, ...)
  return sending.replay(("type = 'http', url = '%s', drain = 20, " ..
    'retry = { first = 0.1, most = 0.2 }, breaker = { failure_ratio = 1 }, %s'):format(
    server:url '/in', more or ''), log or LOG, ...)
end

local function assert_all(result, count)
  assert.equal(0, result.status, result.err)
  assert.equal(count or 40, result.counts.delivered, result.err)
end

if web.missing() then
  pending('http: ' .. web.missing())
  return
end

after_each(function()
  if server then
    server:remove()
    server = nil
  end
end)

describe('an output to a web server', function()
  it('sends batches as lines, the bytes of a file', function()
    serve()
    local result = send 'batch = { events = 15 }'
    assert_all(result)
    assert.equal(result.file, server:bodies())
    assert.equal(3, server:count())
    local request = server:request(1)
    assert.equal('POST', request.method)
    assert.equal('/in', request.uri)
    assert.equal('application/x-ndjson', request['header content-type'])
    assert.equal('laudit/0.1.0', request['header user-agent'])
    assert.is_nil(request['header expect'])
  end)

  it('keeps its connection', function()
    serve()
    assert_all(send 'batch = { events = 5 }')
    assert.equal(8, server:count())
    assert.equal(server:request(1).connection, server:request(8).connection)
  end)

  it('gives up a connection that is idle', function()
    serve()
    local folder = peer.folder()
    peer.write(folder .. '/laudit.lua', ("output 'peer' { type = 'http', url = '%s', " ..
      'drain = 0.1, idle_timeout = 3, batch = { events = 1 } }'):format(server:url '/in'))
    local pid = peer.start(("sh -c 'cd %s && mkfifo in && exec env -u LD_PRELOAD %s replay " ..
      "-c laudit.lua in'"):format(folder, process.shell('realpath ' .. process.binary)
      :match '[^\n]+'))
    finally(function()
      peer.stop(pid)
      peer.shell('rm -rf ' .. folder)
    end)
    local pipe = assert(peer.wait(function() return io.open(folder .. '/in', 'r+b') end))
    pipe:write(process.event(1), process.event(2)) -- the second ends the first
    pipe:flush()
    assert(peer.wait(function() return server:count() == 1 end))
    local function is_connected()
      return peer.shell('ss -Htn state established dport = :' .. server.port) ~= ''
    end
    assert(is_connected())
    assert(peer.wait(function() return not is_connected() end, 50)) -- the default is 10 s
    pipe:write(process.event(3))
    pipe:flush()
    assert(peer.wait(function() return server:count() == 2 end))
    assert.are_not.equal(server:request(1).connection, server:request(2).connection)
    pipe:close()
  end)

  it('sends a JSON array', function()
    serve()
    local result = send "body = 'array', batch = { events = 15 }"
    assert_all(result)
    local bodies = {}
    for _, request in ipairs(server:requests()) do
      table.insert(bodies, (request.body:match '^%[(.*)%]$'))
      assert.equal('application/json', request['header content-type'])
    end
    assert.equal(result.file, table.concat(bodies, ','):gsub('},{"ID"', '}\n{"ID"') .. '\n')
  end)

  it('makes strings of messages that are no JSON, in an array', function()
    serve()
    local result = send("body = 'array', format = 'raw'", process.event(1))
    assert_all(result, 2)
    assert.same(sending.lines(result.file), cjson.decode(server:request(1).body))
  end)

  it('sends messages one by one, in order', function()
    serve()
    local result = send "body = 'one'"
    assert_all(result)
    assert.equal(40, server:count())
    local bodies = {}
    for number, request in ipairs(server:requests()) do
      bodies[number] = request.body .. '\n'
    end
    assert.equal(result.file, table.concat(bodies))
  end)

  it('sends several one by one at once', function()
    serve { answer = 'return function() ngx.sleep(0.02) return 200 end' }
    local result = send "body = 'one', requests = 8"
    assert_all(result)
    local bodies, connections = {}, {}
    for number, request in ipairs(server:requests()) do
      bodies[number] = request.body
      connections[request.connection] = true
    end
    local expected = sending.lines(result.file)
    table.sort(bodies)
    table.sort(expected)
    assert.same(expected, bodies)
    local count = 0
    for _ in pairs(connections) do count = count + 1 end
    assert.is_true(count > 1 and count <= 8, count)
  end)

  it('takes longer over a batch, one by one, than a try may take', function()
    serve { answer = 'return function() ngx.sleep(0.4) return 200 end' }
    local result = send("body = 'one', send_timeout = 5", process.log(1, 16))
    assert_all(result, 16)
    assert.equal(16, server:count())
    assert.is_nil(result.err:find('no answer in time', 1, true))
  end)

  it("sends what a transform returns, with the transform's header fields", function()
    serve()
    local result = send([[body = 'one', trace_header = 'X-Trace',
      headers = { ['X-Site'] = 'north' },
      transform = function(event)
        if event.serial == 2 then return nil end
        return 'the ' .. event.exe, { ['X-Serial'] = tostring(event.serial), ['X-Site'] = 'south',
          ['Content-Length'] = '3', ['X-Trace'] = event.serial == 3 and 'mine' or nil }
      end]], process.log(1, 3))
    assert_all(result, 2)
    local first, second = server:request(1), server:request(2)
    assert.equal('the /usr/bin/x', first.body)
    assert.equal('1', first['header x-serial'])
    assert.equal('south', first['header x-site'])
    assert.equal('14', first['header content-length'])
    assert.equal(36, #first['header x-trace'])
    assert.equal('mine', second['header x-trace'])
  end)

  for _, compress in ipairs { 'gzip', 'zstd' } do
    it('compresses with ' .. compress, function()
      serve()
      local result = send(("compress = '%s'"):format(compress), process.log(1, 2000))
      assert_all(result, 2000)
      assert.equal(result.file, server:bodies())
      assert.equal(compress, server:request(1)['header content-encoding'])
      assert.is_true(tonumber(server:request(1)['header content-length']) <
        #server:request(1).body / 2)
    end)
  end

  it('puts, where POST is not wanted', function()
    serve()
    assert_all(send "method = 'PUT', content_type = 'text/plain'")
    assert.equal('PUT', server:request(1).method)
    assert.equal('text/plain', server:request(1)['header content-type'])
  end)

  it('connects to a unix socket', function()
    serve { socket = os.tmpname() }
    server.port = 1
    local result = send(("socket = '%s'"):format(server.options.socket))
    assert_all(result)
    assert.equal(result.file, server:bodies())
    os.remove(server.options.socket)
  end)

  it('sends fields of its own, and an identity for each request', function()
    serve()
    assert_all(send("headers = { ['X-Site'] = 'north' }, trace_header = 'X-Trace', " ..
      'batch = { events = 20 }'))
    assert.equal('north', server:request(1)['header x-site'])
    local uuid = '^%x%x%x%x%x%x%x%x%-%x%x%x%x%-4%x%x%x%-[89ab]%x%x%x%-%x+$'
    local first, second = server:request(1)['header x-trace'], server:request(2)['header x-trace']
    assert.truthy(first:match(uuid), first)
    assert.truthy(second:match(uuid), second)
    assert.are_not.equal(first, second)
  end)

  it('speaks HTTP/2 without TLS where it is told so', function()
    serve { http2 = true }
    local result = send "http2 = 'always'"
    assert_all(result)
    assert.equal('HTTP/2.0', server:request(1).protocol)
    assert.equal(result.file, server:bodies())
  end)

  it('goes through a proxy, and asks no other', function()
    local target = web.start {}
    finally(function() target:remove() end)
    serve { extra = [[location /in { proxy_pass http://$http_host$request_uri;
      proxy_set_header X-Way "$http_proxy_authorization"; }]] }
    peer.write(server.folder .. '/password', 'open sesame\n')
    local result = sending.replay(("type = 'http', url = '%s', proxy = '%s', proxy_basic = { " ..
      "user = 'laudit', password = { file = '%s/password' } }"):format(target:url '/in',
      server:url '', server.folder), LOG, nil, 'http_proxy=http://127.0.0.1:1')
    assert_all(result)
    assert.equal(result.file, target:bodies())
    assert.equal('Basic bGF1ZGl0Om9wZW4gc2VzYW1l', target:request(1)['header x-way'])
    assert_all(sending.replay(("type = 'http', url = '%s'"):format(target:url '/in'), LOG, nil,
      'http_proxy=http://127.0.0.1:1'))
  end)
end)

describe('the answer of a web server', function()
  it('of 503 makes it wait as long as Retry-After says', function()
    serve { answer = [[return function(request)
      local state = ngx.shared.state
      ngx.update_time()
      if request.number == 1 then
        state:set('until', ngx.now() + 1)
        return 503, 'later', { ['Retry-After'] = '1' }
      end
      return ngx.now() < state:get 'until' and 400 or 200
    end]] }
    local result = send 'batch = { events = 40 }'
    assert_all(result)
    assert.truthy(result.err:find("output 'peer': HTTP 503: later", 1, true), result.err)
    local first = server:request(1).body
    assert.equal(first, server:request(2).body)
    assert.equal(result.file, first)
    assert.equal(2, server:count())
  end)

  it('may give Retry-After as a date', function()
    serve { answer = [[return function(request)
      local state = ngx.shared.state
      ngx.update_time()
      if request.number == 1 then
        state:set('until', ngx.time() + 2)
        return 429, '', { ['Retry-After'] = ngx.http_time(state:get 'until') }
      end
      return ngx.time() < state:get 'until' and 400 or 200
    end]] }
    assert_all(send 'batch = { events = 40 }')
    assert.equal(2, server:count())
  end)

  it('of 4xx goes to the dead-letter file', function()
    serve { answer = [[return function(request)
      if request.number == 2 then return 422, 'no such thing' end
      return 200
    end]] }
    local result = send "batch = { events = 10 }, dead_letter = 'dead'"
    assert.equal(30, result.counts.delivered, result.err)
    assert.equal(10, result.counts.dropped)
    assert.equal(server:request(2).body, result.dead)
    assert.equal(result.file, server:bodies())
  end)

  it('of 413 makes it send less at once', function()
    serve { most = '6000' }
    local result = send()
    assert_all(result)
    assert.is_true(server:count() >= 4)
    assert.equal(result.file, server:bodies())
  end)

  it('of 413 to a single message rejects that one', function()
    serve { most = '2000' }
    local log = process.log(1, 3) .. process.event(4, '/' .. ('x'):rep(3000)) ..
      process.event(5) .. process.event(6)
    local result = send("dead_letter = 'dead'", log)
    assert.equal(5, result.counts.delivered, result.err)
    assert.equal(1, result.counts.dropped)
    assert.same({ 4 }, process.serials(result.dead))
    assert.same({ 1, 2, 3, 5, 6 }, process.serials(server:bodies()))
  end)

  it('of 401, 403 and 302 is no fault of the messages', function()
    serve { answer = [[return function(request)
      return tonumber(request.uri:match '%d+'), 'who are you',
        { Location = 'http://127.0.0.1:1/elsewhere' }
    end]] }
    local runs = {}
    for _, status in ipairs { 401, 403, 302 } do
      runs[status] = sending.start(("type = 'http', url = '%s', drain = 4, dead_letter = 'dead'")
        :format(server:url('/' .. status)), LOG)
    end
    for status, run in pairs(runs) do
      local result = sending.finish(run)
      assert.equal(0, result.counts.delivered)
      assert.equal('', result.dead)
      assert.truthy(result.err:find(('HTTP %d: who are you'):format(status), 1, true), result.err)
    end
    assert.equal(3, server:count())
  end)

  it('that repeats a secret is not told', function()
    serve { answer = [[return function(request)
      if request.number == 1 then return 500, 'you said ' .. request.headers.authorization end
      return 200
    end]] }
    peer.write(server.folder .. '/token', 'sup3rs3cret\n')
    local result = send(("bearer = { file = '%s/token' }"):format(server.folder))
    assert_all(result)
    assert.equal('Bearer sup3rs3cret', server:request(1)['header authorization'])
    assert.truthy(result.err:find('HTTP 500, with an answer that repeats a secret', 1, true))
    assert.is_nil(result.err:find('sup3rs3cret', 1, true))
  end)

  it('that does not end is given up', function()
    serve { answer = [[return function(request)
      if request.number == 1 then ngx.sleep(30) end
      return 200
    end]] }
    local result = send 'send_timeout = 1'
    assert_all(result)
    assert.truthy(result.err:find('no answer in time', 1, true), result.err)
  end)

  it('that never comes makes it send again', function()
    serve { answer = [[return function(request)
      if request.number == 2 then return nil end
      return 200
    end]] }
    local result = send 'batch = { events = 10 }'
    assert_all(result)
    assert.equal(5, server:count())
    assert.equal(server:request(2).body, server:request(3).body)
    assert.equal(result.file, server:request(1).body .. server:request(3).body ..
      server:request(4).body .. server:request(5).body)
  end)

  it('that laudit does not wait for at its end may have been one', function()
    serve { answer = 'return function() ngx.sleep(30) return 200 end' }
    local result = sending.replay(("type = 'http', url = '%s', drain = 1"):format(server:url '/in'),
      LOG)
    assert.equal(1, result.status, result.err)
    assert.equal(40, result.counts.dropped, result.err)
    assert.equal(1, server:count())
  end)

  it('that breaks off makes it send again', function()
    serve { answer = [[return function(request)
      if request.number == 1 then
        ngx.header['Content-Length'] = 100
        ngx.print('half')
        ngx.flush(true)
        return ngx.exit(444)
      end
      return 200
    end]] }
    local result = send()
    assert_all(result)
    assert.equal(result.file, server:request(2).body)
  end)
end)

describe('a web server', function()
  it('that is killed in the middle of a batch gets everything when it is back', function()
    serve { answer = 'return function() ngx.sleep(0.05) return 200 end' }
    local run = sending.start(("type = 'http', url = '%s', drain = 30, batch = { events = 10 }")
      :format(server:url '/in'), process.log(1, 200))
    assert(peer.wait(function() return server:count() >= 5 end))
    server:stop(peer.SIGKILL)
    server:begin()
    local result = sending.finish(run)
    assert_all(result, 200)
    local seen, order = {}, {}
    for _, serial in ipairs(process.serials(server:bodies())) do
      if not seen[serial] then table.insert(order, serial) end
      seen[serial] = true
    end
    assert.same(process.serials(result.file), order)
  end)

  it('that is not there is said in words', function()
    serve()
    server:stop()
    local result = sending.replay(("type = 'http', url = '%s', drain = 1"):format(server:url '/in'),
      LOG)
    assert.equal(0, result.counts.delivered)
    assert.truthy(result.err:find("output 'peer': Failed to connect to 127.0.0.1 port", 1, true))
  end)
end)

describe('the configuration', function()
  local function check(options)
    local folder = process.folder()
    finally(function() process.remove(folder) end)
    process.write(folder .. '/laudit.lua', ("output 'x' { type = 'http', %s }"):format(options))
    return process.run(('laudit check -c %s/laudit.lua'):format(folder)).err
  end

  local URL = "url = 'http://h/'"
  for options, complaint in pairs {
    [''] = 'url: expected',
    ["url = 'ftp://h/'"] = "url: 'ftp://' is not spoken here",
    ["url = 'h'"] = 'url: expected a URL',
    ["url = 'http://me:secret@h/'"] = "url: user and password belong into 'basic'",
    [URL .. ', tls = {}'] = 'tls: the url is not an https:// one',
    [URL .. ", bulk = { index = 'x' }"] = "bulk: has a meaning only with body = 'bulk'",
    [URL .. ", body = 'bulk', bulk = { index = 'x-%y' }"] = 'bulk: index: expected %t',
    [URL .. ", body = 'loki', loki = { labels = {} }"] = 'loki: labels: Loki takes no stream',
    [URL .. ', requests = 2'] = "requests: has a meaning only with body = 'one'",
    [URL .. ", headers = { ['Content-Length'] = '3' }"] = "headers: 'Content-Length' is no name",
    [URL .. ", headers = { ['X-A'] = 'a\\nX-B: c' }"] = 'headers: X-A: expected a text of one line',
    [URL .. ", proxy = 'http://a:b@p/'"] = "proxy: user and password belong into 'proxy_basic'",
    [URL .. ", basic = { user = 'me' }"] = "basic: expected 'user' and 'password'",
    [URL .. ", bearer = { env = 'NO_SUCH' }"] = 'bearer: the environment variable NO_SUCH is not',
  } do
    it(('with { %s } is a mistake'):format(options), function()
      local err = check(options)
      assert.truthy(err:find(complaint, 1, true), err)
      assert.is_nil(err:find('secret@', 1, true))
    end)
  end
end)
