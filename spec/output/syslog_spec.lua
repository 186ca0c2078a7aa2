local certificates = require 'spec.output.certificates'
local peer = require 'spec.output.peer'
local rsyslog = require 'spec.output.rsyslog'
local sink = require('laudit_engine').sink
local syslog_ng = require 'spec.output.syslog_ng'

local folder
local running = {}

local function read(name)
  return peer.read(folder .. '/' .. name)
end

--- Waits for so many lines in FOLDER/got and returns all there is.
local function received(lines)
  peer.wait(function()
    return select(2, read('got'):gsub('\n', '')) >= lines
  end)
  return read 'got'
end

local function is_up(options)
  if options.socket then
    return peer.wait(function()
      return peer.shell('ss -Hlxa'):find(options.socket .. ' ', 1, true)
    end)
  end
  return peer.listens(options.port, options.protocol)
end

--- Starts a server; `how` is rsyslog's network or syslog-ng's source.
local function start(server, how, options)
  options = options or {}
  options.folder, options.network, options.source = folder, how, how
  options.protocol = how == 'udp' and 'udp' or 'tcp'
  if how == 'unix' or how == 'datagram' then
    options.socket = folder .. '/log'
  else
    options.port = options.port or peer.port(options.protocol)
  end
  local pid = server.start(options)
  table.insert(running, pid)
  assert(is_up(options), read 'rsyslog.said' .. read 'syslog-ng.said')
  return options, pid
end

local function open(options)
  local carrier = assert(sink.open('syslog', options))
  finally(function()
    carrier:close()
  end)
  return carrier
end

local function open_to(server, network, options)
  options = options or {}
  options.network = network
  options.address = server.socket or '127.0.0.1:' .. server.port
  if network == 'tls' then
    options.tls = options.tls or { ca = folder .. '/ca.pem' }
  end
  return open(options)
end

local function messages_of(count, text)
  local messages, all = {}, {}
  for i = 1, count do
    local body = ('{"n":%d,"text":"%s"}'):format(i, text or 'x')
    messages[i] = { text = body, time_ms = 1490998105960, serial = i }
    all[i] = body .. '\n'
  end
  return messages, table.concat(all)
end

--- Equal, or where it is not: the texts are long.
local function assert_same(expected, got)
  if expected ~= got then
    local place = 1
    while expected:byte(place) == got:byte(place) do
      place = place + 1
    end
    error(('%d bytes instead of %d; at %d: %q instead of %q'):format(#got, #expected, place,
      got:sub(place, place + 50), expected:sub(place, place + 50)), 2)
  end
end

local function assert_delivered(outcome)
  assert.is_nil(outcome.why)
  for _, fate in ipairs(outcome.fates) do
    assert.equal('delivered', fate)
  end
end

--- Sends what waits until nothing does; how often that failed.
local function send_all(carrier, messages)
  local failures = 0
  local outcome = carrier:send(messages)
  while outcome.why do
    failures = failures + 1
    assert(failures < 300, outcome.why)
    peer.shell 'sleep 0.1'
    outcome = carrier:send()
  end
  return failures
end

before_each(function()
  folder = peer.folder()
  certificates.authority(folder, 'ca')
  certificates.sign(folder, 'ca', 'server', 'DNS:localhost,IP:127.0.0.1')
  certificates.sign(folder, 'ca', 'client', 'DNS:client')
end)

after_each(function()
  for _, pid in ipairs(running) do
    peer.stop(pid, peer.SIGKILL)
  end
  running = {}
  peer.shell('rm -rf ' .. folder)
end)

--- The servers, each with the ways to it: { network, how the server listens, options of ours }.
local SERVERS = {
  { name = 'rsyslog', server = rsyslog, ways = {
    { 'udp', 'udp' }, { 'tcp', 'tcp' }, { 'tcp', 'tcp', { framing = 'newline' } }, { 'tls', 'tls' },
    { 'unix', 'unix', nil, { text_from = '2' } },
    { 'tcp', 'tcp', { protocol = 'rfc3164' }, { text_from = '2' } },
  } },
  { name = 'syslog-ng', server = syslog_ng, ways = {
    { 'udp', 'udp' }, { 'tcp', 'tcp' }, { 'tcp', 'newline', { framing = 'newline' } },
    { 'tls', 'tls' }, { 'unix', 'unix' }, { 'unix', 'datagram' },
    { 'tcp', 'rfc3164', { protocol = 'rfc3164', framing = 'newline' } },
  } },
}

for _, each in ipairs(SERVERS) do
  describe('syslog to ' .. each.name, function()
    if not each.server.is_there() then
      pending(each.name .. ' could not be fetched')
      return
    end

    for _, way in ipairs(each.ways) do
      local network, how, options, of_server = unpack(way, 1, 4)
      local title = ('arrives byte for byte: %s to %s%s'):format(network, how,
        options and ' ' .. (options.protocol or options.framing) or '')

      it(title, function()
        local server = start(each.server, how, of_server and { text_from = of_server.text_from })
        local carrier = open_to(server, network, options and { protocol = options.protocol,
          framing = options.framing })
        local count = network == 'udp' and 100 or 3000 -- what a receiving socket has room for
        local messages, all = messages_of(count, 'grüße "\\u00e9" ' .. ('y'):rep(500))
        assert_delivered(carrier:send(messages))
        assert_same(all, received(count))
        assert.equal(1, carrier:counts().connections)
      end)
    end

    it('bears severity, host, id and key where it parses them itself', function()
      local carrier = open_to(start(each.server, 'tcp'), 'tcp', { facility = 'authpriv',
        severity = 'notice', tag = 'audit' })
      assert_delivered(carrier:send {
        { text = 'event', time_ms = 1490998105960, serial = 595907, key = 'a "key" ] \\ \255',
          node = 'web1' },
        { text = 'alert', time_ms = 1490998105961, serial = 4294967295, alert = 'critical',
          node = 'web1' },
      })
      received(2)
      assert.equal(table.concat {
        'authpriv.notice 2017-03-31T22:08:25.960Z web1 audit event id=1490998105.960:595907 ',
        'key=a "key" ] \\ ? severity= part= cut=\n',
        'authpriv.crit 2017-03-31T22:08:25.961Z web1 audit alert id=1490998105.961:4294967295 ',
        'key= severity=critical part= cut=\n',
      }, (read('seen'):gsub('%+00:00', 'Z')))
    end)

    it('carries messages longer than 64 KiB over a stream', function()
      local carrier = open_to(start(each.server, 'tcp'), 'tcp')
      local messages, all = messages_of(3, ('z'):rep(150000))
      assert_delivered(carrier:send(messages))
      assert_same(all, received(3))
    end)

    it('cuts what no datagram carries, and says so', function()
      local carrier = open_to(start(each.server, 'udp'), 'udp')
      assert_delivered(carrier:send { { text = ('é'):rep(50000) }, { text = 'next' } })
      local lines = received(2)
      local cut = tonumber(read('seen'):match 'cut=(%d+)')
      local kept = lines:match '^(.-)\nnext\n$'
      assert.equal(100000, #kept + cut)
      assert_same(('é'):rep(#kept / 2), kept)
      assert.is_true(#kept > 65000)
      assert.equal(1, carrier:counts().cut)
    end)

    it('splits what no datagram carries, if it is told to', function()
      local carrier = open_to(start(each.server, 'udp'), 'udp', { too_long = 'split' })
      assert_delivered(carrier:send { { text = ('é'):rep(50000) }, { text = 'next' } })
      assert_same(('é'):rep(50000) .. 'next', (received(3):gsub('\n', '')))
      assert.matches('part=1/2 .*part=2/2 .*part= ', read 'seen')
    end)

    it('goes on where it was when the server comes back', function()
      local server, pid = start(each.server, 'tcp')
      local carrier = open_to(server, 'tcp')
      assert_delivered(carrier:send { { text = 'before' } })
      assert.equal('before\n', received(1))
      peer.stop(pid)
      local outcome = carrier:send { { text = 'one' }, { text = 'two' } }
      assert.same({ 'waiting', 'waiting' }, outcome.fates)
      assert.matches('Connection refused$', outcome.why)
      start(each.server, 'tcp', { port = server.port })
      assert.is_true(send_all(carrier) <= 1)
      assert.equal('before\none\ntwo\n', received(3))
    end)

    it('is held by nobody who is stopped, and loses nothing when he goes on', function()
      local server, pid = start(each.server, 'tcp')
      local carrier = open_to(server, 'tcp')
      local messages, all = messages_of(20000, ('y'):rep(1000))
      assert_delivered(carrier:send { { text = 'before' } })
      received(1)
      peer.signal(-pid, peer.SIGSTOP)
      local outcome = carrier:send(messages, 1000)
      peer.signal(-pid, peer.SIGCONT)
      assert.equal('it took too long', outcome.why)
      assert.equal('waiting', outcome.fates[#messages])
      assert.is_true(outcome.is_unknown)
      send_all(carrier)
      local got, seen, last = received(20001), {}, 0
      for number in got:gmatch '{"n":(%d+),"text":"y+"}\n' do
        number = tonumber(number)
        seen[number] = true
        last = math.max(last, number)
      end
      assert.equal(20000, last)
      assert.equal(20000, #seen)
      assert.is_true(#got <= #all + 100000) -- what was between the two machines came twice at most
    end)

    it('asks for a certificate of its client and gets it', function()
      local server = start(each.server, 'tls', { auth = 'x509/certvalid', verify = 'yes' })
      local carrier = open_to(server, 'tls', { tls = { ca = folder .. '/ca.pem',
        certificate = folder .. '/client.pem', key = folder .. '/client.key' } })
      assert_delivered(carrier:send { { text = 'mine' } })
      assert.equal('mine\n', received(1))
      local stranger = open_to(server, 'tls')
      assert.same({ 'waiting' }, stranger:send({ { text = 'no' } }).fates)
      assert.equal('mine\n', read 'got')
    end)
  end)
end

describe('syslog over datagrams', function()
  it('waits for a socket that is full', function()
    local server, pid = start(syslog_ng, 'datagram')
    local carrier = open_to(server, 'unix')
    local messages, all = messages_of(5000)
    peer.signal(-pid, peer.SIGSTOP)
    local outcome = carrier:send(messages, 300)
    assert.equal('it took too long', outcome.why)
    assert.is_false(outcome.is_unknown)
    assert.equal('waiting', outcome.fates[5000])
    peer.signal(-pid, peer.SIGCONT)
    send_all(carrier)
    assert_same(all, received(5000))
  end)

  it('splits what a unix socket does not carry', function()
    local carrier = open_to(start(syslog_ng, 'datagram'), 'unix', { too_long = 'split' })
    assert_delivered(carrier:send { { text = ('x'):rep(1000000) }, { text = 'next' } })
    local pieces = received(6):gsub('part %d+/%d+: ', ''):gsub('\n', '')
    assert_same(('x'):rep(1000000) .. 'next', pieces)
  end)

  it('is told when nobody listens', function()
    local carrier = open { network = 'udp', address = '127.0.0.1:' .. peer.port 'udp' }
    local outcome = carrier:send { { text = 'one' }, { text = 'two' } }
    assert.matches('Connection refused$', outcome.why)
    assert.same({ 'waiting', 'waiting' }, outcome.fates)
  end)

  it('goes on when a socket of this machine is made anew', function()
    local server, pid = start(syslog_ng, 'datagram')
    local carrier = open_to(server, 'unix')
    assert_delivered(carrier:send { { text = 'one' } })
    received(1)
    peer.stop(pid)
    assert.same({ 'waiting' }, carrier:send({ { text = 'two' } }).fates)
    start(syslog_ng, 'unix') -- and be it a stream
    send_all(carrier)
    assert.equal('one\ntwo\n', received(2))
  end)

  it('cuts to the longest that was configured', function()
    local server = start(rsyslog, 'udp')
    local carrier = open_to(server, 'udp', { longest = 1024 })
    assert_delivered(carrier:send { { text = ('x'):rep(5000), key = 'k' } })
    local cut = tonumber((peer.wait(function() return read('seen'):match 'cut=(%d+)' end)))
    assert.equal(5000, #received(1) - 1 + cut)
    assert.is_true(cut > 4000)
  end)
end)

describe('the options of syslog', function()
  local function complaint(options)
    local _, why = sink.open('syslog', options)
    return why
  end

  it('are held against each other', function()
    assert.equal('address: expected HOST:PORT, found nothing', complaint { network = 'tcp' })
    assert.equal("address: expected HOST:PORT, found 'a:b:c:x'",
      complaint { network = 'tcp', address = '[a:b:c:x' }:gsub('%[', ''))
    assert.equal("address: expected HOST:PORT, found 'host:99999'",
      complaint { network = 'udp', address = 'host:99999' })
    assert.equal("address: expected a path that begins with '/', found 'log'",
      complaint { address = 'log' })
    assert.equal('framing: datagrams have none',
      complaint { network = 'udp', address = 'h:1', framing = 'octets' })
    assert.equal("framing: over TLS it is 'octets' (RFC 5425)",
      complaint { network = 'tls', address = 'h:1', framing = 'newline' })
    assert.equal("tls: only with network = 'tls'",
      complaint { network = 'tcp', address = 'h:1', tls = {} })
    assert.equal("tag: expected 1 to 48 printable characters without a space, found 'a b'",
      complaint { tag = 'a b' })
    assert.equal('longest: expected at least 1024 bytes, found 100', complaint { longest = 100 })
    assert.is_nil(complaint { network = 'tls', address = '[2001:db8::1]:6514', tls = {} })
  end)
end)
