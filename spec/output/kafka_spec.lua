--- Outputs of kind kafka, to librdkafka's mock cluster.
local kafka = require 'spec.output.kafka'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'

local RETRY = 'retry = { first = 0.1, most = 0.2 }, breaker = { failure_ratio = 1 }, drain = 30, '
local MSG_SIZE_TOO_LARGE, UNKNOWN_TOPIC, NOT_ENOUGH_REPLICAS = 10, 3, 19

if kafka.missing() then
  pending('kafka: ' .. kafka.missing())
  return
end

local cluster

before_each(function()
  cluster = kafka.start()
end)

after_each(function()
  cluster:remove()
end)

local function options(more)
  return ("type = 'kafka', brokers = %s, %s %s"):format(cluster.brokers, RETRY, more or '')
end

local function send(more, log, ...)
  return sending.replay(options(more), log, ...)
end

local function assert_all(result, count)
  assert.equal(0, result.status, result.err)
  assert.equal(count, result.counts.delivered, result.err)
end

--- What `laudit check` says of an output with these options.
local function check(more)
  local folder = process.folder()
  process.write(folder .. '/laudit.lua', "output 'k' { type = 'kafka', " .. more .. ' }')
  local result = process.run(('laudit check -c %s/laudit.lua'):format(folder))
  process.remove(folder)
  return result.out .. result.err, result.status
end

describe('an output to Kafka', function()
  it('gives each message once, in order, the bytes of a file', function()
    cluster:read 'audit'
    local result = send('', process.log(1, 3000))
    assert_all(result, 3000)
    local messages = cluster:messages('audit', 3000)
    assert.equal(result.file, kafka.bodies(messages))
    assert.equal('', messages[1].key)
  end)

  it('compresses as it is told', function()
    for index, way in ipairs { 'none', 'gzip', 'snappy', 'lz4', 'zstd' } do
      cluster:read(way)
      local result = send(("topic = '%s', compression = '%s'"):format(way, way),
        process.log(1, 50))
      assert_all(result, 50)
      assert.equal(result.file, kafka.bodies(cluster:messages(way, 50 * index)))
      local batches = cluster:batches(way)
      assert.truthy(#batches > 0)
      for _, batch in ipairs(batches) do
        assert.equal(way, batch.codec)
      end
    end
  end)

  it("has a transform's headers", function()
    cluster:read 'audit'
    assert_all(send([[transform = function(event)
      return event.id, event.serial ~= 2 and { site = 'north: 1', n = event.serial .. '' } or nil
    end]], process.log(1, 3)), 3)
    local messages = cluster:messages('audit', 3)
    local headers = {}
    for index, message in ipairs(messages) do
      headers[index] = message.headers
    end
    assert.same({ 'n=1;site=north: 1;', '', 'n=3;site=north: 1;' }, headers)
    assert.equal('1700000000.001:1\n', kafka.bodies { messages[1] })
  end)

  it('takes topic and key from what the event says', function()
    local policy = [[return require('audit').policy { name = 'p', check = function(event)
      event:set('topic', event.serial % 2 == 0 and 'even' or 'odd/ones')
    end }]]
    cluster:read 'even'
    cluster:read 'odd_ones'
    assert_all(send("topic_from = 'attribute', key = 'topic'", process.log(1, 40), policy), 40)
    local even, odd = cluster:messages('even', 40), cluster:messages('odd_ones', 40)
    assert.equal(20, #even)
    assert.equal(20, #odd)
    assert.equal('even', even[1].key)
    assert.equal('odd_ones', odd[20].key)
  end)

  it('gives each message once when brokers are killed under it', function()
    cluster:read 'audit'
    cluster:tell 'delay 1 60'
    local replay = sending.start(options 'batch = { events = 100 }', process.log(1, 3000))
    for _ = 1, 3 do
      local before = cluster:tell 'count'
      assert(peer.wait(function() return cluster:tell 'count' > before + 200 end, 50))
      cluster:tell 'down 1'
      cluster:tell 'up 1'
    end
    cluster:tell 'delay 1 0'
    local result = sending.finish(replay)
    assert_all(result, 3000)
    local kept = cluster:kept('audit', cluster:messages('audit', 3000))
    assert.equal(result.file, kafka.bodies(kept))
  end)

  it('waits for brokers that are all away', function()
    cluster:read 'audit'
    cluster:tell('down 1', 'down 2')
    local replay = sending.start(options 'send_timeout = 1, ', process.log(1, 200))
    assert.is_truthy(peer.wait(function()
      return peer.read(replay.folder .. '/err'):find('brokers are down', 1, true) or
        peer.read(replay.folder .. '/err'):find('refused', 1, true)
    end))
    cluster:tell('up 1', 'up 2')
    local result = sending.finish(replay)
    assert_all(result, 200)
    assert.equal(result.file, kafka.bodies(cluster:messages('audit', 200)))
  end)

  it('reads a secret anew when its file has changed', function()
    cluster:read 'audit'
    local folder = peer.folder()
    peer.write(folder .. '/id', 'first')
    peer.write(folder .. '/laudit.lua', ("output 'peer' { %s }"):format(options(
      ("options = { ['client.id'] = { file = '%s/id' } }"):format(folder))))
    local pid = peer.start(("sh -c 'cd %s && mkfifo in && exec env -u LD_PRELOAD %s replay " ..
      "-c laudit.lua in'"):format(folder, process.shell('realpath ' .. process.binary)
      :match '[^\n]+'), folder .. '/err')
    finally(function()
      peer.stop(pid)
      peer.shell('rm -rf ' .. folder)
    end)
    local pipe = assert(peer.wait(function() return io.open(folder .. '/in', 'r+b') end))
    local serial = 0
    local function write_one()
      serial = serial + 1
      pipe:write(process.event(serial))
      pipe:flush()
    end
    write_one()
    write_one()
    cluster:messages('audit', 1)
    peer.write(folder .. '/id', '')
    assert(peer.wait(function()
      write_one()
      return peer.read(folder .. '/err'):find('holds no secret: it is empty', 1, true)
    end))
    peer.write(folder .. '/id', 'second')
    pipe:close()
    assert(peer.wait(function() return not peer.is_alive(pid) end))
    local messages = cluster:messages('audit', serial)
    assert.equal(serial, #process.serials(kafka.bodies(messages)))
    assert.is_true(#messages == serial)
  end)

  it('sends one by one what was too much for a broker together', function()
    cluster:read 'audit'
    cluster:tell(('refuse %d 1'):format(MSG_SIZE_TOO_LARGE))
    local result = send('', process.log(1, 50))
    assert_all(result, 50)
    assert.equal(result.file, kafka.bodies(cluster:messages('audit', 50)))
    assert.matches('a broker takes less at once than is sent to it', result.err, 1, true)
  end)

  it('drops what is longer than a message may be, and nothing else', function()
    cluster:read 'audit'
    local log = process.log(1, 5) .. process.event(6, '/' .. ('x'):rep(3000)) .. process.log(7, 9)
    local result = send("options = { ['message.max.bytes'] = '2000' }", log)
    assert.equal(8, result.counts.delivered, result.err)
    assert.equal(1, result.counts.dropped)
    assert.same({ 1, 2, 3, 4, 5, 7, 8, 9 },
      process.serials(kafka.bodies(cluster:messages('audit', 8))))
  end)

  it('tries again what brokers refuse for now', function()
    cluster:read 'audit'
    cluster:tell(('refuse %d 3'):format(NOT_ENOUGH_REPLICAS))
    local result = send('', process.log(1, 50))
    assert_all(result, 50)
    assert.equal(result.file, kafka.bodies(cluster:messages('audit', 50)))
  end)

  it('writes what goes to a topic that is not to be had into the dead-letter file', function()
    local policy = [[return require('audit').policy { name = 'p', check = function(event)
      if event.serial == 3 then event:set('topic', 'lost') end
    end }]]
    cluster:read 'audit'
    cluster:tell(('spoil lost %d'):format(UNKNOWN_TOPIC))
    local result = send("topic_from = 'attribute', dead_letter = 'dead', " ..
      "options = { ['topic.metadata.propagation.max.ms'] = '500' }", process.log(1, 5), policy)
    assert.equal(4, result.counts.delivered, result.err)
    assert.same({ 3 }, process.serials(result.dead))
    assert.equal(4, #cluster:messages('audit', 4))
  end)
end)

describe('docs/outputs.md', function()
  it('shows kafka as it works', function()
    local folder = peer.folder()
    cluster:read('audit', 3)
    local brokers = "{ 'kafka1.example:9092', 'kafka2.example:9092' }"
    local example = sending.example('kafka', { [brokers] = cluster.brokers,
      ['/var/lib/laudit'] = folder })
    local result = sending.replay(example, process.log(1, 100))
    assert_all(result, 100)
    local messages = cluster:messages('audit', 100)
    assert.equal(result.file, kafka.bodies(messages))
    assert.equal(peer.shell 'uname -n':match '%S+':gsub('[^%w._-]', '_'), messages[1].key)
    peer.shell('rm -r ' .. folder)
  end)
end)

describe('laudit check', function()
  it('refuses options that librdkafka does not have or cannot take', function()
    local function refusal(given)
      return (check(("brokers = 'localhost', options = { %s }"):format(given)))
    end
    assert.matches('options: No such configuration property: "lingr.ms"',
      refusal "['lingr.ms'] = '5'", 1, true)
    assert.matches('options: Invalid value for configuration property',
      refusal "['linger.ms'] = 'x'", 1, true)
    assert.matches("`max.in.flight` must be set <= 5", refusal "['max.in.flight'] = '9'", 1, true)
    assert.matches("options: 'acks' is always 'all'", refusal "acks = '1'", 1, true)
    assert.matches("options: 'plugin.library.paths' is refused",
      refusal "['plugin.library.paths'] = 'x'", 1, true)
  end)

  it('refuses what does not go together', function()
    assert.matches('brokers: expected HOST:PORT, found nothing', (check "topic = 'x'"), 1, true)
    assert.matches("found 'kafka://a'", (check "brokers = 'kafka://a'"), 1, true)
    assert.matches("topic: expected up to 249", (check "brokers = 'a', topic = 'a b'"), 1, true)
    assert.matches("sasl: 'password' is missing",
      (check "brokers = 'a', sasl = { user = 'u' }"), 1, true)
    assert.matches("'server_name' has no meaning",
      (check "brokers = 'a', tls = { server_name = 'x' }"), 1, true)
    assert.equal(0, select(2, check "brokers = { 'a', 'b:9092' }"))
  end)
end)
