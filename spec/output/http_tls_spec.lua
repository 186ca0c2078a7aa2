--- Outputs of kind http over TLS, to nginx.
local certificates = require 'spec.output.certificates'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local sending = require 'spec.output.sending'
local web = require 'spec.output.web'

local LOG = process.log(1, 40)

if web.missing() then
  pending('http over TLS: ' .. web.missing())
  return
end

local folder, server

local function serve(options)
  options.tls = options.tls or folder .. '/server'
  server = web.start(options)
end

--- Options of an output to the server; `tls` are those of its table.
local function options_to(tls, more)
  return ("type = 'http', url = '%s', drain = 4, tls = { %s }, %s"):format(server:url '/in', tls,
    more or '')
end

local function start(tls, more)
  return sending.start(options_to(tls, more), LOG)
end

local function send(...)
  return sending.finish(start(...))
end

local function ours()
  return ("ca = '%s/ca.pem'"):format(folder)
end

local function client(name)
  return ("%s, certificate = '%s/%s.pem', key = '%s/%s.key'"):format(ours(), folder, name, folder,
    name)
end

local function assert_all(result)
  assert.equal(40, result.counts.delivered, result.err)
  assert.equal(result.file, server:bodies())
end

local function assert_none(run, why)
  local result = sending.finish(run)
  assert.equal(0, result.counts.delivered, result.err)
  assert.truthy(result.err:find(why, 1, true), result.err)
  assert.equal('', result.dead)
  return result
end

setup(function()
  folder = peer.folder()
  certificates.authority(folder, 'ca')
  certificates.authority(folder, 'other')
  certificates.sign(folder, 'ca', 'server', 'DNS:soc.example,IP:127.0.0.1')
  certificates.sign(folder, 'ca', 'elsewhere', 'DNS:soc.example')
  certificates.sign(folder, 'ca', 'client', 'DNS:client')
  certificates.sign(folder, 'ca', 'second', 'DNS:second')
  certificates.sign(folder, 'other', 'stranger', 'DNS:client')
end)

teardown(function()
  peer.shell('rm -rf ' .. folder)
end)

after_each(function()
  if server then
    server:remove()
    server = nil
  end
end)

describe('an output to a web server with TLS', function()
  it('speaks HTTP/2', function()
    serve { http2 = true }
    assert_all(send(ours()))
    assert.equal('HTTP/2.0', server:request(1).protocol)
  end)

  it('speaks HTTP/1.1 where the server does, or where it is told so', function()
    serve {}
    assert_all(send(ours()))
    assert.equal('HTTP/1.1', server:request(1).protocol)
    server:remove()
    serve { http2 = true }
    assert_all(send(ours(), "http2 = 'never'"))
    assert.equal('HTTP/1.1', server:request(1).protocol)
  end)

  it('sends several requests at once over one connection of HTTP/2', function()
    serve { http2 = true, answer = 'return function() ngx.sleep(0.02) return 200 end' }
    local result = send(ours(), "body = 'one', requests = 8")
    assert.equal(40, result.counts.delivered, result.err)
    local connections = {}
    for _, request in ipairs(server:requests()) do
      table.insert(connections, request.connection)
    end
    assert.equal(40, #connections)
    assert.equal(connections[1], connections[40])
  end)

  it('trusts nobody whom its authorities did not sign', function()
    serve {}
    local runs = { start(("ca = '%s/other.pem'"):format(folder)), start '' }
    assert_none(runs[1], 'SSL certificate problem')
    assert_none(runs[2], 'SSL certificate problem')
    assert.equal(0, server:count())
    assert_all(send 'insecure = true')
  end)

  it('looks for the name of the host, or the one it was told', function()
    serve { tls = folder .. '/elsewhere' }
    assert_none(start(ours()), 'subject name')
    assert_all(send(ours() .. ", server_name = 'soc.example'"))
    assert.equal('127.0.0.1:' .. server.port, server:request(1)['header host'])
  end)
end)

describe('a server that wants certificates', function()
  before_each(function()
    serve { clients = folder .. '/ca.pem', http2 = true }
  end)

  it('takes everything from who has one', function()
    assert_all(send(client 'client'))
    assert.equal('CN=client', server:request(1).client)
  end)

  it('makes others wait, and no message is lost', function()
    local runs = { start(ours(), "dead_letter = 'dead'"),
      start(client 'stranger', "dead_letter = 'dead'") }
    assert_none(runs[1], '400 No required SSL certificate was sent')
    assert_none(runs[2], '400 The SSL certificate error')
    assert.equal(0, server:count())
  end)

  it('sees a changed certificate at the next batch', function()
    local own = folder .. '/own'
    local function take(name)
      local from = folder .. '/' .. name
      assert(os.execute((('cp FROM.key OWN.key.new && cp FROM.pem OWN.pem.new && ' ..
        'mv OWN.key.new OWN.key && mv OWN.pem.new OWN.pem'):gsub('%u+', { FROM = from,
        OWN = own }))) == 0)
    end
    take 'client'
    server:answer 'return function() ngx.sleep(0.1) return 200 end'
    local run = sending.start(options_to(client 'own', 'batch = { events = 2 }')
      :gsub('drain = 1', 'drain = 10'), LOG) -- a new key with an old certificate is tried again
    assert(peer.wait(function() return server:count() >= 3 end))
    take 'second'
    assert_all(sending.finish(run))
    local last = server:request(server:count())
    assert.equal('CN=client', server:request(1).client)
    assert.equal('CN=second', last.client)
    assert.equal(server:request(1).connection, server:request(2).connection)
    assert.are_not.equal(server:request(1).connection, last.connection)
  end)
end)

describe('a secret', function()
  local function bearer(path)
    return ("bearer = { file = '%s' }, batch = { events = 2 }"):format(path)
  end

  it('is read anew for each batch', function()
    serve { answer = 'return function() ngx.sleep(0.1) return 200 end' }
    local path = server.folder .. '/token'
    peer.write(path, 'first\n')
    local run = sending.start(options_to(ours(), bearer(path)), LOG)
    assert(peer.wait(function() return server:count() >= 2 end))
    peer.write(path .. '.new', 'second')
    os.rename(path .. '.new', path)
    assert_all(sending.finish(run))
    assert.equal('Bearer first', server:request(1)['header authorization'])
    assert.equal('Bearer second', server:request(server:count())['header authorization'])
  end)

  it('that cannot be read is waited for', function()
    serve {}
    local path = server.folder .. '/token'
    local run = sending.start(options_to(ours(), bearer(path)):gsub('drain = 1', 'drain = 30'), LOG)
    assert(peer.wait(function()
      return peer.read(run.folder .. '/err'):find('bearer: cannot read', 1, true)
    end))
    peer.write(path .. '.new', 'late')
    os.rename(path .. '.new', path)
    assert_all(sending.finish(run))
  end)

  it('comes out of the environment, and goes into a field', function()
    serve {}
    local result = sending.replay(options_to(ours(),
      "basic = { user = 'me', password = { env = 'PASS' } }, " ..
      "headers = { ['X-Key'] = { env = 'KEY' } }"),
      LOG, nil, 'PASS=sesame KEY=k1')
    assert_all(result)
    assert.equal('Basic bWU6c2VzYW1l', server:request(1)['header authorization'])
    assert.equal('k1', server:request(1)['header x-key'])
  end)

  it('of two lines is refused', function()
    serve {}
    local path = server.folder .. '/token'
    peer.write(path, 'a\nX-Evil: b\n')
    local result = assert_none(start(ours(), bearer(path)), 'bearer: the secret in file')
    assert.is_nil(result.err:find('Evil', 1, true))
    assert.equal(0, server:count())
  end)
end)
