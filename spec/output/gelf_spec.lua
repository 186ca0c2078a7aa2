local certificates = require 'spec.output.certificates'
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local sink = require('laudit_engine').sink

local folder
local running = {}

local function received(lines)
  peer.wait(function()
    return select(2, peer.read(folder .. '/got'):gsub('[\n%z]', '')) >= lines
  end)
  return (peer.read(folder .. '/got'):gsub('%z', '\n'))
end

--- A reader of GELF over UDP.
local function start_reader()
  local port = peer.port 'udp'
  table.insert(running, peer.start(('luajit spec/output/peers/gelf_reader.lua %s %s/got'):format(
    port, folder), folder .. '/said'))
  assert(peer.listens(port, 'udp'), peer.read(folder .. '/said'))
  return '127.0.0.1:' .. port
end

--- A reader of whatever comes over TCP, or TLS.
local function start_stream(tls)
  local port = peer.port()
  local listener = 'TCP4-LISTEN:' .. port
  if tls then
    listener = ('OPENSSL-LISTEN:%s,cert=%s/server.pem,key=%s/server.key,verify=0'):format(port,
      folder, folder)
  end
  table.insert(running, peer.start(('socat -u %s,bind=127.0.0.1,reuseaddr,fork ' ..
    'OPEN:%s/got,creat,append'):format(listener, folder), folder .. '/said'))
  assert(peer.listens(port))
  return '127.0.0.1:' .. port
end

local function open(options)
  local carrier = assert(sink.open('gelf', options))
  finally(function()
    carrier:close()
  end)
  return carrier
end

local function assert_delivered(outcome)
  assert.is_nil(outcome.why)
  for _, fate in ipairs(outcome.fates) do
    assert.equal('delivered', fate)
  end
end

--- Bytes that do not get smaller, as text.
local function noise(len)
  local file = assert(io.open('/dev/urandom', 'rb'))
  local text = file:read(math.ceil(len / 2)):gsub('.', function(byte)
    return ('%02x'):format(byte:byte())
  end)
  file:close()
  return text:sub(1, len)
end

local function message(fields)
  fields.version, fields.host, fields.timestamp, fields.level = '1.1', 'web1', 1490998105.96, 6
  fields.short_message = fields.short_message or 'short'
  return { text = cjson.encode(fields) }
end

--- Sends so many messages of different lengths; what should arrive.
local function send_some(carrier, count, stuff)
  local messages, lines = {}, {}
  for i = 1, count do
    messages[i] = message { _n = i, _stuff = stuff(i) }
    lines[i] = messages[i].text .. '\n'
  end
  assert_delivered(carrier:send(messages))
  return table.concat(lines)
end

before_each(function()
  folder = peer.folder()
  certificates.authority(folder, 'ca')
  certificates.sign(folder, 'ca', 'server', 'DNS:localhost,IP:127.0.0.1')
end)

after_each(function()
  for _, pid in ipairs(running) do
    peer.stop(pid, peer.SIGKILL)
  end
  running = {}
  peer.shell('rm -rf ' .. folder)
end)

describe('GELF over UDP', function()
  for _, compression in ipairs { 'gzip', 'zlib', 'none' } do
    it('arrives byte for byte, in chunks where it is long: ' .. compression, function()
      local carrier = open { address = start_reader(), compression = compression }
      local expected = send_some(carrier, 300, function(i)
        return noise(i % 10 == 0 and i * 100 or i)
      end)
      assert.is_true(expected == received(300))
      assert.equal(0, carrier:counts().cut)
    end)
  end

  it('is gzip as long as nothing else is said', function()
    local port = peer.port 'udp'
    table.insert(running, peer.start(('socat -u UDP4-RECV:%s,bind=127.0.0.1 OPEN:%s/got,creat')
      :format(port, folder)))
    assert(peer.listens(port, 'udp'))
    assert_delivered(open({ address = '127.0.0.1:' .. port }):send { message {} })
    local got = peer.wait(function()
      local text = peer.read(folder .. '/got')
      return text ~= '' and text
    end)
    assert.equal('\31\139', got:sub(1, 2))
  end)

  it('takes datagrams of the size that is configured', function()
    local port = peer.port 'udp'
    table.insert(running, peer.start(('socat -u -b 65536 UDP4-RECV:%s,bind=127.0.0.1 ' ..
      'OPEN:%s/got,creat'):format(port, folder)))
    assert(peer.listens(port, 'udp'))
    local carrier = open { address = '127.0.0.1:' .. port, compression = 'none', chunk = 8000 }
    local body = message { _stuff = noise(20000) }
    assert_delivered(carrier:send { body })
    peer.wait(function() return #peer.read(folder .. '/got') >= #body.text + 36 end)
    local got = peer.read(folder .. '/got')
    assert.equal(#body.text + 3 * 12, #got)
    assert.equal('\30\15', got:sub(1, 2))
    assert.equal('\0\3', got:sub(11, 12))
    assert.equal('\30\15', got:sub(8001, 8002))
    assert.equal(got:sub(3, 10), got:sub(8003, 8010))
    assert.equal('\1\3', got:sub(8011, 8012))
    assert.equal('\2\3', got:sub(16011, 16012))
  end)

  it('cuts what needs more than 128 chunks: JSON still, and marked', function()
    for _, compression in ipairs { 'gzip', 'none' } do
      local carrier = open { address = start_reader(), compression = compression }
      local long = noise(400000)
      assert_delivered(carrier:send { message { _long = long, _short = 'kept', _number = 17 },
        message { _next = 1 } })
      local cut, whole = received(2):match '^(.-)\n(.-)\n'
      local fields = cjson.decode(cut)
      assert.equal('kept', fields._short)
      assert.equal(17, fields._number)
      assert.equal('short', fields.short_message)
      assert.equal(long:sub(1, #fields._long), fields._long)
      assert.equal(#long - #fields._long, fields._laudit_cut)
      assert.is_true(#fields._long > 50000)
      assert.equal(1, cjson.decode(whole)._next)
      assert.is_nil(cjson.decode(whole)._laudit_cut)
      assert.equal(1, carrier:counts().cut)
      os.remove(folder .. '/got')
    end
  end)

  it('cuts between characters and escapes', function()
    local carrier = open { address = start_reader(), compression = 'none', chunk = 256 }
    local texts = { ('é'):rep(40000), ('\\u00e9'):rep(20000), ('\\ud83d\\ude00'):rep(9999),
      ('\\"'):rep(40000), ('\\\\'):rep(40000), ('𝄞'):rep(20000) }
    local messages = {}
    for i, text in ipairs(texts) do
      messages[i] = { text = ('{"version":"1.1","short_message":"%s","_n":%d}'):format(text, i) }
    end
    assert_delivered(carrier:send(messages))
    local count = 0
    for line in received(#texts):gmatch '[^\n]+' do
      count = count + 1
      local fields = cjson.decode(line)
      assert.equal(count, fields._n)
      local kept = line:match '"short_message":"(.*)","_n"'
      assert.equal(texts[count]:sub(1, #kept), kept)
      assert.equal(#texts[count] - #kept, fields._laudit_cut)
    end
    assert.equal(#texts, count)
  end)

  it('keeps GELF\'s own fields when there are too many others', function()
    local carrier = open { address = start_reader(), compression = 'none', chunk = 256 }
    local fields = {}
    for i = 1, 20000 do
      fields['_f' .. i] = i
    end
    assert_delivered(carrier:send { message(fields) })
    local kept = cjson.decode((received(1)))
    assert.equal('short', kept.short_message)
    assert.equal('web1', kept.host)
    assert.is_nil(kept._f1)
    assert.is_true(kept._laudit_cut > 100000)
  end)

  it('gives up on what is no JSON and too long', function()
    local carrier = open { address = start_reader(), compression = 'none' }
    local outcome = carrier:send { { text = noise(400000) }, message { _n = 1 } }
    assert.same({ 'too long', 'delivered' }, outcome.fates)
    assert.equal(1, cjson.decode((received(1)))._n)
  end)

  it('is told when nobody listens', function()
    local outcome = open({ address = '127.0.0.1:' .. peer.port 'udp' }):send { message {} }
    assert.matches('Connection refused$', outcome.why)
    assert.same({ 'waiting' }, outcome.fates)
  end)
end)

describe('GELF over a stream', function()
  it('ends each message with a zero byte', function()
    local carrier = open { network = 'tcp', address = start_stream() }
    local expected = send_some(carrier, 1000, noise)
    assert.is_true(expected == received(1000))
    assert.equal('\0', peer.read(folder .. '/got'):sub(-1))
    assert.is_nil(peer.read(folder .. '/got'):find('\n', 1, true))
  end)

  it('goes through TLS', function()
    local carrier = open { network = 'tls', address = start_stream(true),
      tls = { ca = folder .. '/ca.pem' } }
    local expected = send_some(carrier, 1000, noise)
    assert.is_true(expected == received(1000))
  end)

  it('is not sent to who is not trusted', function()
    certificates.authority(folder, 'other')
    local outcome = open({ network = 'tls', address = start_stream(true),
      tls = { ca = folder .. '/other.pem' } }):send { message {} }
    assert.matches('is not trusted', outcome.why)
    assert.same({ 'waiting' }, outcome.fates)
  end)

  it('carries what is longer than any datagram', function()
    local carrier = open { network = 'tcp', address = start_stream() }
    local expected = send_some(carrier, 2, function() return noise(2000000) end)
    assert.is_true(expected == received(2))
  end)
end)

describe('the options of gelf', function()
  local function complaint(options)
    local _, why = sink.open('gelf', options)
    return why
  end

  it('are held against each other', function()
    assert.equal('address: expected HOST:PORT, found nothing', complaint {})
    assert.equal("compression: only with network = 'udp'",
      complaint { network = 'tcp', address = 'h', compression = 'gzip' })
    assert.equal("chunk: only with network = 'udp'",
      complaint { network = 'tls', address = 'h', chunk = 1420 })
    assert.equal("tls: only with network = 'tls'", complaint { address = 'h', tls = {} })
    assert.is_nil(complaint { network = 'tcp', address = 'h', compression = 'none' })
  end)
end)
