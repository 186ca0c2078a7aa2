local certificates = require 'spec.output.certificates'
local connection = require('laudit_engine').connection
local peer = require 'spec.output.peer'

local folder
local running = {}

--- Starts a server that appends what it gets to FOLDER/got. `address` is socat's.
local function serve(address, sink)
  local pid = peer.start(('socat -u %s %s'):format(address, sink or
    ('OPEN:%s/got,creat,append'):format(folder)), folder .. '/said')
  table.insert(running, pid)
  return pid
end

local function serve_tcp(options)
  local port = peer.port()
  local pid = serve(('TCP4-LISTEN:%s,bind=127.0.0.1,reuseaddr,fork%s'):format(port, options or ''))
  assert(peer.listens(port))
  return port, pid
end

local function serve_tls(server, options)
  local port = peer.port()
  local address = ('OPENSSL-LISTEN:%s,bind=127.0.0.1,reuseaddr,fork,cert=%s.pem,key=%s.key,%s')
    :format(port, folder .. '/' .. server, folder .. '/' .. server, options or 'verify=0')
  local pid = serve(address)
  assert(peer.listens(port))
  return port, pid
end

local function got()
  return peer.read(folder .. '/got')
end

local function client(options)
  options.host = options.host or not options.path and '127.0.0.1' or nil
  local wire = connection.new(options)
  finally(function()
    wire:close()
  end)
  return wire
end

--- A client that speaks TLS and trusts our authority.
local function tls_client(options)
  options.tls = true
  if not options.insecure then
    options.ca = options.ca or folder .. '/ca.pem'
  end
  return client(options)
end

local function assert_arrives(text)
  peer.wait(function() return #got() >= #text end)
  assert.equal(text, got())
end

setup(function()
  folder = peer.folder()
  certificates.authority(folder, 'ca')
  certificates.authority(folder, 'other')
  certificates.sign(folder, 'ca', 'server', 'DNS:localhost,IP:127.0.0.1')
  certificates.sign(folder, 'ca', 'stranger', 'DNS:elsewhere.example,IP:192.0.2.1')
  certificates.sign(folder, 'ca', 'expired', 'DNS:localhost,IP:127.0.0.1', true)
  certificates.sign(folder, 'ca', 'client', 'DNS:client')
  certificates.sign(folder, 'other', 'impostor', 'DNS:localhost,IP:127.0.0.1')
end)

teardown(function()
  peer.shell('rm -rf ' .. folder)
end)

after_each(function()
  for _, pid in ipairs(running) do
    peer.stop(pid)
  end
  running = {}
  os.remove(folder .. '/got')
end)

describe('a connection', function()
  it('carries bytes over TCP', function()
    local wire = client { port = serve_tcp() }
    assert.is_false(wire:is_open())
    assert(wire:open())
    assert(wire:write 'one\n')
    assert(wire:write(('x'):rep(3000000)))
    assert_arrives('one\n' .. ('x'):rep(3000000))
  end)

  it('looks names up and tries every address', function()
    local wire = client { host = 'localhost', port = serve_tcp() }
    assert(wire:open())
    assert(wire:write 'found\n')
    assert_arrives 'found\n'
  end)

  it('carries bytes over a unix socket', function()
    local path = folder .. '/socket'
    serve(('UNIX-LISTEN:%s,fork'):format(path))
    assert(peer.wait(function() return peer.shell('test -S ' .. path .. ' && echo yes') ~= '' end))
    local wire = client { path = path }
    assert(wire:open())
    assert(wire:write 'one\n')
    assert_arrives 'one\n'
  end)

  it('says why it cannot connect', function()
    local port = peer.port()
    local _, why = client { port = port }:open()
    assert.equal(('cannot connect to 127.0.0.1 port %s: Connection refused'):format(port), why)
    _, why = client { path = folder .. '/nobody' }:open()
    assert.equal(("cannot connect to '%s/nobody': No such file or directory"):format(folder), why)
    _, why = client { path = '/' .. ('x'):rep(200) }:open()
    assert.matches('File name too long$', why)
    _, why = client { host = 'no.such.host.invalid', port = port }:open()
    assert.matches('^cannot look up no.such.host.invalid port ', why)
  end)

  it('gives up when nobody answers in time', function()
    local port = peer.port()
    table.insert(running, peer.start(('socat -u TCP4-LISTEN:%s,bind=127.0.0.1 EXEC:"sleep 60"')
      :format(port)))
    assert(peer.listens(port))
    local _, why = tls_client { port = port, timeout = 0.3 }:open()
    assert.equal(('cannot shake hands with 127.0.0.1 port %s: Connection timed out'):format(port),
      why)
  end)

  it('can be opened again', function()
    local wire = client { port = serve_tcp() }
    assert(wire:open())
    assert(wire:write 'one\n')
    assert_arrives 'one\n'
    wire:reset()
    assert.is_false(wire:is_open())
    assert(wire:open())
    assert(wire:write 'two\n')
    assert_arrives 'one\ntwo\n'
  end)

  it('notices a side that has closed before it writes', function()
    local port, pid = serve_tcp()
    local wire = client { port = port }
    assert(wire:open())
    assert(wire:write 'one\n')
    assert_arrives 'one\n'
    peer.stop(pid)
    assert(peer.wait(function() return not wire:is_open() end))
  end)

  it('has the kernel ask whether a silent side is still there', function()
    local port = serve_tcp()
    local wire = client { port = port }
    assert(wire:open())
    assert(wire:write 'one\n')
    local sockets = peer.shell(('ss -Htno dst 127.0.0.1:%s'):format(port))
    assert.matches('timer:%(keepalive', sockets)
  end)

  it('knows how much arrived when it is given up', function()
    local port = peer.port()
    table.insert(running, peer.start(('socat -u TCP4-LISTEN:%s,bind=127.0.0.1,rcvbuf=4096 ' ..
      'EXEC:"sleep 60"'):format(port)))
    assert(peer.listens(port))
    local wire = client { port = port }
    assert(wire:open())
    local done, why, acknowledged = wire:write(('x'):rep(30000000), 300)
    assert.is_nil(done)
    assert.equal('given up', why)
    assert.is_true(acknowledged > 0 and acknowledged < 30000000)
  end)
end)

describe('a connection with TLS', function()
  it('carries bytes to who bears the right name or address', function()
    local port = serve_tls 'server'
    for _, host in ipairs { '127.0.0.1', 'localhost' } do
      local wire = tls_client { host = host, port = port }
      assert(wire:open())
      assert(wire:write(host .. '\n'))
    end
    local wire = tls_client { port = port, server_name = 'localhost' }
    assert(wire:open())
    assert(wire:write(('x'):rep(1000000)))
    assert_arrives('127.0.0.1\nlocalhost\n' .. ('x'):rep(1000000))
  end)

  it('refuses who is not trusted, bears another name or is out of date', function()
    local function why_not(server, options)
      options.port = serve_tls(server)
      return select(2, tls_client(options):open())
    end
    assert.equal("TLS: the certificate of '127.0.0.1' is not trusted: " ..
      'unable to get local issuer certificate', why_not('impostor', {}))
    assert.equal("TLS: the certificate is not for '127.0.0.1'", why_not('stranger', {}))
    assert.equal("TLS: the certificate is not for 'localhost'",
      why_not('stranger', { server_name = 'localhost' }))
    assert.equal("TLS: the certificate of '127.0.0.1' is not trusted: certificate has expired",
      why_not('expired', {}))
    assert.equal('', got())
  end)

  it('believes whoever answers if it is told to', function()
    local wire = tls_client { port = serve_tls 'impostor', insecure = true }
    assert(wire:open())
    assert(wire:write 'one\n')
    assert_arrives 'one\n'
  end)

  it('asks by name', function()
    local port = peer.port()
    table.insert(running, peer.start(('sh -c "sleep 60 | openssl s_server -accept 127.0.0.1:%s ' ..
      '-cert %s/stranger.pem -key %s/stranger.key -servername localhost -cert2 %s/server.pem ' ..
      '-key2 %s/server.key"'):format(port, folder, folder, folder, folder), folder .. '/said'))
    assert(peer.listens(port))
    assert(tls_client({ host = 'localhost', port = port }):open())
  end)

  it('does not speak what is older than TLS 1.2', function()
    local port = serve_tls('server',
      'verify=0,openssl-max-proto-version=TLS1.1,cipher=ALL:@SECLEVEL=0')
    local _, why = tls_client({ port = port }):open()
    assert.matches('^TLS: ', why)
    port = serve_tls('server', 'verify=0,openssl-max-proto-version=TLS1.2')
    assert(tls_client({ port = port }):open())
  end)

  it('shows its certificate, and hears when it is refused', function()
    for _, version in ipairs { 'TLS1.2', 'TLS1.3' } do
      local demand = ('verify=1,cafile=%s/ca.pem,openssl-max-proto-version=%s'):format(folder,
        version)
      local port = serve_tls('server', demand)
      local function mine(name)
        return { port = port, certificate = folder .. '/' .. name .. '.pem',
          key = folder .. '/' .. name .. '.key' }
      end
      assert(tls_client(mine 'client'):open())
      assert.matches('^TLS: ', select(2, tls_client(mine 'impostor'):open()))
      assert.matches('^TLS: ', select(2, tls_client({ port = port }):open()))
    end
  end)

  it('is renewed when its files change, as soon as they can be used', function()
    local port = serve_tls('server', ('verify=1,cafile=%s/ca.pem'):format(folder))
    peer.shell(('cd %s && cp client.pem mine.pem && cp client.key mine.key'):format(folder))
    local wire = tls_client { port = port, certificate = folder .. '/mine.pem',
      key = folder .. '/mine.key' }
    assert(wire:open())
    assert(wire:write 'one\n')
    certificates.sign(folder, 'ca', 'renewed', 'DNS:client')
    peer.shell(('cd %s && mv renewed.pem mine.pem'):format(folder))
    assert.is_true(wire:is_open()) -- the key does not fit yet
    assert(wire:write 'two\n')
    peer.shell(('cd %s && mv renewed.key mine.key'):format(folder))
    assert.is_false(wire:is_open())
    assert(wire:open())
    assert(wire:write 'three\n')
    assert_arrives 'one\ntwo\nthree\n'
  end)

  it('knows how much arrived when it is given up', function()
    local port = peer.port()
    table.insert(running, peer.start(('socat -u OPENSSL-LISTEN:%s,bind=127.0.0.1,verify=0,' ..
      'cert=%s/server.pem,key=%s/server.key EXEC:"sleep 60"'):format(port, folder, folder)))
    assert(peer.listens(port))
    local wire = tls_client { port = port }
    assert(wire:open())
    local _, why, acknowledged = wire:write(('x'):rep(30000000), 500)
    assert.equal('given up', why)
    assert.is_true(acknowledged > 0 and acknowledged < 30000000)
  end)
end)

describe('the files of TLS', function()
  local function complaint(options)
    return (connection.probe(options):gsub(folder, 'FOLDER'))
  end

  it('are looked at', function()
    assert.is_nil(connection.probe {})
    assert.is_nil(connection.probe { ca = folder .. '/ca.pem',
      certificate = folder .. '/client.pem', key = folder .. '/client.key' })
  end)

  it('are refused with a sentence', function()
    assert.equal("tls: 'certificate' needs 'key'", complaint { certificate = 'x' })
    assert.equal("tls: 'key' needs 'certificate'", complaint { key = 'x' })
    assert.equal("tls: 'insecure' believes whoever answers, so 'ca' has no meaning",
      complaint { ca = 'x', insecure = true })
    assert.equal("cannot read the authorities' certificates 'FOLDER/nothing': " ..
      'No such file or directory', complaint { ca = folder .. '/nothing' })
    assert.matches("^the authorities' certificates 'FOLDER/ca.key' is not what it should be",
      complaint { ca = folder .. '/ca.key' })
    assert.equal("the key 'FOLDER/server.key' is not what it should be: key values mismatch",
      complaint { certificate = folder .. '/client.pem', key = folder .. '/server.key' })
  end)

  it('that want a pass phrase are refused instead of waiting for a person', function()
    peer.shell(('openssl ec -aes256 -passout pass:secret -in %s/client.key -out %s/locked.key')
      :format(folder, folder))
    assert.matches("^the key 'FOLDER/locked.key' is not what it should be: ",
      complaint { certificate = folder .. '/client.pem', key = folder .. '/locked.key' })
  end)
end)
