--- Outputs of kind mqtt, to mosquitto.
local certificates = require 'spec.output.certificates'
local mosquitto = require 'spec.output.mosquitto'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'

local RETRY = 'retry = { first = 0.1, most = 0.2 }, breaker = { failure_ratio = 1 }, drain = 30, '

if mosquitto.missing() then
  pending('mqtt: ' .. mosquitto.missing())
  return
end

local broker

local function start(lines)
  broker = mosquitto.start(lines)
  return broker
end

after_each(function()
  if broker then
    broker:remove()
    broker = nil
  end
end)

local function options(more)
  return ("type = 'mqtt', address = '%s', %s %s"):format(broker.address, RETRY, more or '')
end

local function send(more, log, ...)
  return sending.replay(options(more), log, ...)
end

local function assert_all(result, count)
  assert.equal(0, result.status, result.err)
  assert.equal(count, result.counts.delivered, result.err)
end

--- The lines without those that came before: broker and reader may repeat themselves, too.
local function once(lines)
  local seen, kept = {}, {}
  for _, line in ipairs(lines) do
    if not seen[line] then
      table.insert(kept, line .. '\n')
    end
    seen[line] = true
  end
  return table.concat(kept)
end

--- True once all lines of `text` came and their order is the text's, repetitions aside.
local function has_all(text)
  peer.wait(function() return #once(broker:lines(0)) >= #text end)
  return once(broker:lines(0)) == text
end

--- How often the output `peer` has connected.
local function connections(result)
  return tonumber(result.err:match 'output peer: .-, connections (%d+)')
end

--- What `laudit check` says of an output with these options.
local function check(more)
  local folder = process.folder()
  process.write(folder .. '/laudit.lua', "output 'm' { type = 'mqtt', " .. more .. ' }')
  local result = process.run(('laudit check -c %s/laudit.lua'):format(folder))
  process.remove(folder)
  return result.out .. result.err, result.status
end

describe('an output to an MQTT broker', function()
  it('delivers each message, in order, the bytes of a file', function()
    start():read 'laudit/#'
    local result = send('', process.log(1, 2000))
    assert_all(result, 2000)
    assert.equal(result.file, table.concat(broker:lines(2000), '\n') .. '\n')
  end)

  it('speaks MQTT 5, or 3.1.1 where it is told so', function()
    start():read 'laudit/#'
    local first = send('window = 7', process.log(1, 100))
    assert_all(first, 100)
    local second = send("version = '3.1.1', window = 7", process.log(101, 300))
    assert_all(second, 200)
    assert.same({ '5', '5', '3.1.1' }, broker:versions()) -- the first is the reader
    assert.equal(first.file .. second.file, table.concat(broker:lines(300), '\n') .. '\n')
  end)

  it('makes topics of what events say, without levels and wildcards of their own', function()
    local policy = [[return require('audit').policy { name = 'p', check = function(event)
      event:set('topic', 'a/b+#')
    end }]]
    start():read('#', nil, '%t')
    assert_all(send("topic = 'audit/{node}/{key}/{topic}'", process.event(1), policy), 1)
    local host = peer.shell 'uname -n':match '%S+':gsub('[^%w._-]', '_')
    assert.same({ 'audit/' .. host .. '/none/a_b__' }, broker:lines(1))
  end)

  it('shows user and password', function()
    local folder = peer.folder()
    mosquitto.password_file(folder, 'laudit', 'secret')
    peer.write(folder .. '/password', 'secret\n')
    start(('allow_anonymous false\npassword_file %s/passwords'):format(folder))
    broker:read('laudit/#', '-u laudit -P secret')
    local result = send(("user = 'laudit', password = { file = '%s/password' }"):format(folder),
      process.log(1, 20))
    assert_all(result, 20)
    assert.equal(20, #broker:lines(20))
    peer.write(folder .. '/password', 'wrong\n')
    result = send(("user = 'laudit', password = { file = '%s/password' }, drain = 4, " ..
      'retry = { attempts = 1 }'):format(folder), process.log(1, 1))
    assert.equal(0, result.counts.delivered)
    assert.matches('Not authori', result.err)
    assert.is_nil(result.err:find('wrong', 1, true))
    peer.shell('rm -r ' .. folder)
  end)

  --- Sends 5000 messages while the broker goes and comes back; the second half comes up when it
  --- is away.
  local function send_over_restart(signal)
    start():read 'laudit/#'
    local replay = sending.feed(options 'batch = { events = 500 }, window = 20')
    replay.pipe:write(process.log(1, 2500))
    assert.is_truthy(peer.wait(function() return #broker:lines(0) > 500 end))
    broker:down(signal)
    replay.pipe:write(process.log(2501, 5000))
    replay.pipe:close()
    broker:up()
    local result = sending.finish(replay)
    assert_all(result, 5000)
    assert.truthy(connections(result) >= 2, result.err)
    return result
  end

  it('sends all of it when the broker is stopped and comes back, at least once', function()
    assert.is_true(has_all(send_over_restart(peer.SIGTERM).file))
  end)

  it('goes on when the broker is killed, which may lose what it had acknowledged', function()
    local result = send_over_restart(peer.SIGKILL)
    assert.matches('accepted 5000 = delivered 5000 + dropped 0 + queued 0', result.err, 1, true)
  end)

  it('sends what it had spooled while no broker was there', function()
    local folder = peer.folder()
    start():read 'laudit/#'
    broker:down()
    local spooled = ("spool = { path = '%s/spool' }, "):format(folder)
    local first = send(spooled .. 'drain = 0.1', process.log(1, 500))
    assert.equal(0, first.counts.delivered, first.err)
    broker:up()
    local second = send(spooled, process.log(501, 600))
    assert.equal(600, second.counts.delivered, second.err)
    local text = table.concat(broker:lines(600), '\n') .. '\n'
    assert.is_true(first.file .. second.file == text)
    peer.shell('rm -r ' .. folder)
  end)

  it('waits for a broker that answers nothing, and goes on when it does', function()
    start():read 'laudit/#'
    local replay = sending.feed(options 'send_timeout = 1')
    replay.pipe:write(process.log(1, 2500))
    assert.is_truthy(peer.wait(function() return #broker:lines(0) > 100 end))
    peer.signal(-broker.pid, peer.SIGSTOP)
    replay.pipe:write(process.log(2501, 5000))
    replay.pipe:close()
    assert.is_truthy(peer.wait(function()
      return peer.read(replay.folder .. '/err'):find('in time', 1, true)
    end))
    peer.signal(-broker.pid, peer.SIGCONT)
    local result = sending.finish(replay)
    assert_all(result, 5000)
    assert.truthy(connections(result) >= 2, result.err)
    assert.is_true(has_all(result.file))
  end)

  it('drops what is longer than the broker takes, and nothing else', function()
    for _, limit in ipairs { 'message_size_limit 2000', 'max_packet_size 2000' } do
      start('allow_anonymous true\n' .. limit):read 'laudit/#'
      local log = process.log(1, 5) .. process.event(6, '/' .. ('x'):rep(3000)) ..
        process.log(7, 9)
      local result = send('', log)
      assert.equal(8, result.counts.delivered, result.err)
      assert.matches('too_long 1', result.err)
      assert.same({ 1, 2, 3, 4, 5, 7, 8, 9 },
        process.serials(table.concat(broker:lines(8), '\n')))
      broker:remove()
      broker = nil
    end
  end)

  it('writes what the broker forbids into the dead-letter file', function()
    local folder = peer.folder()
    peer.write(folder .. '/acl', 'topic readwrite laudit/#\n')
    start(('allow_anonymous true\nacl_file %s/acl'):format(folder))
    local result = send("topic = 'secret/{key}', dead_letter = 'dead'", process.log(1, 3))
    assert.equal(0, result.counts.delivered, result.err)
    assert.same({ 1, 2, 3 }, process.serials(result.dead))
    peer.shell('rm -r ' .. folder)
  end)
end)

describe('an output to an MQTT broker with TLS', function()
  local folder

  local function serve(names)
    folder = peer.folder()
    certificates.authority(folder, 'ca')
    certificates.sign(folder, 'ca', 'server', names or 'DNS:localhost')
    certificates.sign(folder, 'ca', 'client', 'DNS:client')
    peer.shell(('chmod 644 %s/*.key'):format(folder))
    start(([[allow_anonymous true
cafile TLS/ca.pem
certfile TLS/server.pem
keyfile TLS/server.key
require_certificate true
]]):gsub('TLS', folder))
    broker:read('laudit/#', ('--cafile %s/ca.pem --cert %s/client.pem --key %s/client.key ' ..
      '--insecure'):format(folder, folder, folder))
  end

  local function with_tls(more)
    return (("tls = { ca = 'TLS/ca.pem', certificate = 'TLS/client.pem', " ..
      "key = 'TLS/client.key', MORE }"):gsub('TLS', folder):gsub('MORE', more or ''))
  end

  after_each(function()
    peer.shell('rm -r ' .. folder)
  end)

  it('shows its certificate and verifies the broker', function()
    serve()
    local result = send(with_tls(), process.log(1, 500))
    assert_all(result, 500)
    assert.equal(result.file, table.concat(broker:lines(500), '\n') .. '\n')
  end)

  it('believes no certificate of another name, unless it is told which', function()
    serve 'DNS:broker.example'
    local result = send(with_tls() .. ', drain = 4, retry = { attempts = 1 }', process.log(1, 1))
    assert.equal(0, result.counts.delivered, result.err)
    assert.matches('certificate verify failed', result.err)
    assert_all(send(with_tls "server_name = 'broker.example'", process.log(1, 5)), 5)
  end)

  it('is refused without a certificate', function()
    serve()
    local result = send(("tls = { ca = '%s/ca.pem' }, drain = 1, retry = { attempts = 1 }"):format(
      folder), process.log(1, 1))
    assert.equal(0, result.counts.delivered, result.err)
  end)
end)

describe('docs/outputs.md', function()
  it('shows mqtt as it works', function()
    local folder = peer.folder()
    certificates.authority(folder, 'ca')
    certificates.sign(folder, 'ca', 'server', 'DNS:localhost')
    certificates.sign(folder, 'ca', 'host', 'DNS:host.example')
    start(([[allow_anonymous true
cafile TLS/ca.pem
certfile TLS/server.pem
keyfile TLS/server.key
require_certificate true
]]):gsub('TLS', folder))
    broker:read('site/#', ('--cafile %s/ca.pem --cert %s/host.pem --key %s/host.key'):format(folder,
      folder, folder), '%t %p')
    local example = sending.example('mqtt', { ['broker.example:8883'] = broker.address,
      ['/etc/laudit'] = folder, ['/var/lib/laudit'] = folder })
    local result = sending.replay(example, process.log(1, 100))
    assert_all(result, 100)
    local host = peer.shell 'uname -n':match '%S+':gsub('[^%w._-]', '_')
    local topic, bodies = 'site/north/' .. host .. '/none ', {}
    for i, line in ipairs(broker:lines(100)) do
      assert.equal(topic, line:sub(1, #topic))
      bodies[i] = line:sub(#topic + 1) .. '\n'
    end
    assert.equal(result.file, table.concat(bodies))
    peer.shell('rm -r ' .. folder)
  end)
end)

describe('laudit check', function()
  it('refuses what an output to an MQTT broker cannot be', function()
    assert.matches('address: expected HOST:PORT, found nothing', (check "user = 'u'"), 1, true)
    assert.matches("address: expected HOST:PORT, found 'a:x'", (check "address = 'a:x'"), 1, true)
    assert.matches('topic: expected a topic',
      (check "address = 'a', topic = 'audit/{nod}'"), 1, true)
    assert.matches('topic: expected a topic', (check "address = 'a', topic = 'audit/#'"), 1, true)
    assert.matches("password: needs 'user'",
      (check "address = 'a', password = { env = 'HOME' }"), 1, true)
    for _, address in ipairs { 'a', 'a:1', '[::1]', '[::1]:1883', '192.0.2.1:1883' } do
      assert.equal(0, select(2, check(("address = '%s'"):format(address))), address)
    end
  end)
end)
