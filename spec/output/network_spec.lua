--- What `laudit replay` sends over a network is, byte for byte, what it writes to a file.
local certificates = require 'spec.output.certificates'
local peer = require 'spec.output.peer'
local rsyslog = require 'spec.output.rsyslog'
local syslog_ng = require 'spec.output.syslog_ng'

local LAUDIT = os.getenv 'LAUDIT_BINARY' or 'build/laudit'
local CORPUS = os.getenv 'LAUDIT_CORPUS'
local PATIENCE = 600 -- tenths of a second

local folder
local running = {}

local function read(name)
  return peer.read(folder .. '/' .. name)
end

local function write(name, text)
  peer.write(folder .. '/' .. name, text)
end

--- Equal, or where it is not: the texts are long.
local function assert_same(expected, got)
  if expected ~= got then
    local place = 1
    while expected:byte(place) and expected:byte(place) == got:byte(place) do
      place = place + 1
    end
    error(('%d bytes instead of %d; at %d: %q instead of %q'):format(#got, #expected, place,
      got:sub(place, place + 50), expected:sub(place, place + 50)), 2)
  end
end

--- Waits until FOLDER/got holds as much as FOLDER/file, and compares them.
local function assert_arrived()
  local expected = read 'file'
  assert.is_true(#expected > 0)
  peer.wait(function() return #read 'got' >= #expected end)
  assert_same(expected, (read('got'):gsub('%z', '\n')))
end

--- The configuration: a file beside the output that `settings` describe.
local function configure(settings, format)
  write('laudit.lua', ([[
output 'file' { type = 'file', path = 'file', format = '%s', default = true }
output 'peer' { %s, format = '%s', default = true, drain = 60 }
]]):format(format, settings, format))
end

local function replay(log)
  local said, status = peer.shell(('%s replay -c %s/laudit.lua %s'):format(LAUDIT, folder, log))
  assert.equal('0', status, said)
  return said
end

--- The lines of the recorded log that a spec has time for.
local function corpus(lines)
  peer.shell(('head -n %d %s/raw.log > %s/in.log'):format(lines, CORPUS, folder))
  return folder .. '/in.log'
end

local function listen(how, socket, port)
  local protocol = how == 'udp' and 'udp' or 'tcp'
  assert(socket and peer.wait(function()
    return peer.shell('ss -Hlxa'):find(socket .. ' ', 1, true)
  end) or not socket and peer.listens(port, protocol))
end

--- Starts a server and returns what laudit's output says of it.
local function start(server, how, network, more, port)
  local socket = network == 'unix' and folder .. '/log' or nil
  port = port or peer.port(how == 'udp' and 'udp' or 'tcp')
  local pid = server.start { folder = folder, network = how, source = how, port = port,
    socket = socket, text_from = network == 'unix' and '2' or nil }
  table.insert(running, pid)
  listen(how, socket, port)
  local settings = ("type = 'syslog', network = '%s', address = '%s'%s"):format(network,
    socket or '127.0.0.1:' .. port, more or '')
  if network == 'tls' then
    settings = settings .. (", tls = { ca = '%s/ca.pem' }"):format(folder)
  end
  return settings, pid, port
end

local function start_gelf(network)
  local port = peer.port(network == 'udp' and 'udp' or 'tcp')
  local reader = ('luajit spec/output/peers/gelf_reader.lua %s %s/got'):format(port, folder)
  local listener = network == 'tls' and
    ('OPENSSL-LISTEN:%s,cert=%s/server.pem,key=%s/server.key,verify=0'):format(port, folder,
      folder) or 'TCP4-LISTEN:' .. port
  if network ~= 'udp' then
    reader = ('socat -u %s,bind=127.0.0.1,reuseaddr OPEN:%s/got,creat,append'):format(listener,
      folder)
  end
  table.insert(running, peer.start(reader, folder .. '/reader.said'))
  assert(peer.listens(port, network))
  return ("type = 'gelf', network = '%s', address = '127.0.0.1:%s'%s"):format(network, port,
    network == 'tls' and (", tls = { ca = '%s/ca.pem' }"):format(folder) or '')
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

--- { server, how it listens, laudit's network, other options }
local WAYS = {
  { 'rsyslog', rsyslog, 'udp', 'udp' },
  { 'rsyslog', rsyslog, 'tcp', 'tcp' },
  { 'rsyslog', rsyslog, 'tls', 'tls' },
  { 'rsyslog', rsyslog, 'unix', 'unix' },
  { 'syslog-ng', syslog_ng, 'tcp', 'tcp' },
  { 'syslog-ng', syslog_ng, 'newline', 'tcp', ", framing = 'newline'" },
  { 'syslog-ng', syslog_ng, 'tls', 'tls' },
  { 'syslog-ng', syslog_ng, 'unix', 'unix' },
  { 'syslog-ng', syslog_ng, 'datagram', 'unix' },
}

describe('a replay to', function()
  for _, way in ipairs(WAYS) do
    local name, server, how, network, more = unpack(way, 1, 5)
    for _, format in ipairs { 'json', 'raw' } do
      it(('%s (%s) brings what the file has, in %s'):format(name, how, format), function()
        if not server.is_there() then
          pending(name .. ' could not be fetched')
          return
        end
        configure(start(server, how, network, more), format)
        replay(network == 'udp' and 'examples/intrusion.log' or corpus(5000))
        assert_arrived()
      end)
    end
  end

  for _, network in ipairs { 'udp', 'tcp', 'tls' } do
    it(('a reader of GELF (%s) brings what the file has'):format(network), function()
      configure(start_gelf(network), 'gelf')
      replay(network == 'udp' and 'examples/intrusion.log' or corpus(5000))
      assert_arrived()
    end)
  end

  it('a server that is away for a while loses nothing', function()
    local settings, pid, port = start(syslog_ng, 'tcp', 'tcp')
    configure(settings, 'json')
    local lines = peer.read(corpus(5000))
    local half = lines:find('\n', #lines / 2, true)
    write('first', lines:sub(1, half))
    write('second', lines:sub(half + 1))
    peer.shell(('mkfifo %s/pipe'):format(folder))
    local reader = peer.start(('%s replay -c %s/laudit.lua %s/pipe'):format(LAUDIT, folder,
      folder), folder .. '/replay.said')
    write('writer', ('exec >%s/pipe; cat %s/first; while [ ! -e %s/go ]; do sleep 0.1; done; ' ..
      'cat %s/second'):format(folder, folder, folder, folder))
    local writer = peer.start(('sh %s/writer'):format(folder))
    table.insert(running, reader)
    table.insert(running, writer)
    peer.wait(function() return #read 'got' > 100000 end)
    peer.stop(pid)
    write('go', '')
    peer.wait(function() return read('replay.said'):find('Connection refused', 1, true) end)
    start(syslog_ng, 'tcp', 'tcp', nil, port)
    peer.wait(function() return not peer.is_alive(reader) end, PATIENCE)
    assert.matches('output peer: accepted (%d+) = delivered %1 ', read 'replay.said')
    peer.wait(function() return #read 'got' >= #read 'file' end)
    local seen = {}
    for line in read('got'):gmatch '[^\n]+' do
      seen[line] = true
    end
    for line in read('file'):gmatch '[^\n]+' do
      assert.is_true(seen[line], 'missing: ' .. line)
    end
  end)
end)

describe('docs/outputs.md', function()
  --- The blocks of a section, in order.
  local function blocks(section)
    local text = peer.read 'docs/outputs.md'
    text = assert((text .. '\n## '):match('\n## ' .. section .. '\n(.-)\n## '))
    local list = {}
    for block in text:gmatch '\n```%a+\n(.-)\n```' do
      table.insert(list, block)
    end
    return list
  end

  --- The text with other words in the place of some that have to stand in it.
  local function with(text, changes)
    for _, change in ipairs(changes) do
      local from, to = text:find(change[1], 1, true)
      assert(from, 'not in the example: ' .. change[1])
      text = text:sub(1, from - 1) .. change[2] .. text:sub(to + 1)
    end
    return text
  end

  it('shows syslog to rsyslog over TLS as it works', function()
    if not rsyslog.is_there() then
      pending 'rsyslog could not be fetched'
      return
    end
    certificates.sign(folder, 'ca', 'host', 'DNS:host.example')
    certificates.sign(folder, 'ca', 'loghost', 'DNS:localhost')
    local ours, theirs = unpack(blocks 'syslog')
    local port = peer.port()
    write('rsyslog.conf', with(theirs, {
      { '/etc/rsyslog/', folder .. '/' }, { '/etc/rsyslog/', folder .. '/' },
      { '/etc/rsyslog/', folder .. '/' }, { '/var/log/laudit.json', folder .. '/got' },
      { 'port="6514"', ('address="127.0.0.1" port="%s"'):format(port) } }))
    table.insert(running, rsyslog.run(folder))
    assert(peer.listens(port), read 'rsyslog.said')
    write('laudit.lua', with(ours, { { 'loghost.example:6514', 'localhost:' .. port },
      { '/etc/laudit/', folder .. '/' }, { '/etc/laudit/', folder .. '/' },
      { '/etc/laudit/', folder .. '/' }, { 'facility', 'default = true, facility' } }) ..
      "\noutput 'file' { type = 'file', path = 'file', default = true }\n")
    replay 'examples/intrusion.log'
    assert_arrived()
  end)

  it('shows gelf as it works', function()
    local port = peer.port 'udp'
    table.insert(running, peer.start(('luajit spec/output/peers/gelf_reader.lua %s %s/got'):format(
      port, folder)))
    assert(peer.listens(port, 'udp'))
    write('laudit.lua', with(blocks('gelf')[1], {
      { 'graylog.example:12201', 'localhost:' .. port }, { 'compr', 'default = true, compr' } }) ..
      "\noutput 'file' { type = 'file', path = 'file', format = 'gelf', default = true }\n")
    replay 'examples/intrusion.log'
    assert_arrived()
  end)
end)
