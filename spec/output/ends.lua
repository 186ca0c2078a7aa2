--- What stands at the far end of each kind of output, for the specs that are about all of them: a
--- real server or program each, in a folder of its own.
---
--- ends.start(kind, options) returns an end: `options` for the output's configuration, `format` of
--- its messages, `got()`, all that came, a line a message, `size()` of that, and `finish()`,
--- which ends it. With `options.through`, a function from its port to another one, laudit is told
--- the other one.
local kafka = require 'spec.output.kafka'
local mosquitto = require 'spec.output.mosquitto'
local peer = require 'spec.output.peer'
local rsyslog = require 'spec.output.rsyslog'
local web = require 'spec.output.web'

local ends = { KINDS = { 'stdout', 'syslog', 'gelf', 'http', 'kafka', 'mqtt', 'unix', 'exec' } }

local start = {}

local function through(options, port)
  return options.through and options.through(port) or port
end

--- The length of a file; 0 where there is none.
local function length(path)
  local file = io.open(path, 'rb')
  local len = file and file:seek 'end' or 0
  if file then
    file:close()
  end
  return len
end

local function stop(...)
  local pids = { ... }
  return function()
    for _, pid in ipairs(pids) do
      peer.stop(pid, peer.SIGKILL)
    end
  end
end

--- The output's descriptor is where the spec sent it.
function start.stdout(folder)
  return { path = folder .. '/stdout', finish = stop() }
end

function start.syslog(folder, options)
  local port = peer.port()
  local function begin()
    local pid = rsyslog.start { folder = folder, network = 'tcp', port = port }
    assert(peer.listens(port), peer.read(folder .. '/rsyslog.said'))
    return pid
  end
  return { pid = begin(), begin = begin, path = folder .. '/got',
    options = ("network = 'tcp', address = '127.0.0.1:%s'"):format(through(options, port)) }
end

--- Like a server of GELF it forgets what was begun when a connection ends.
function start.gelf(folder, options)
  local port = peer.port()
  local function begin()
    local pid = peer.start(('socat -u TCP4-LISTEN:%s,bind=127.0.0.1,reuseaddr,fork ' ..
      'SYSTEM:"exec cat >%s/got.$$"'):format(port, folder), folder .. '/socat.said')
    assert(peer.listens(port), peer.read(folder .. '/socat.said'))
    return pid
  end
  return { pid = begin(), begin = begin, format = 'gelf',
    got = function()
      local lines = {}
      for path in peer.shell(('ls -rt %s/got.*'):format(folder)):gmatch '%S+' do
        for line in peer.read(path):gmatch '(%Z+)%z' do
          lines[#lines + 1] = line .. '\n'
        end
      end
      return table.concat(lines)
    end,
    options = ("network = 'tcp', address = '127.0.0.1:%s'"):format(through(options, port)) }
end

function start.http(folder, options)
  local server = web.start { folder = folder }
  return { pid = server.pid, server = server,
    got = function() return server:bodies() end,
    begin = function()
      server.began = server:count()
      server:begin()
      return server.pid
    end,
    options = ("url = 'http://127.0.0.1:%s/in'"):format(through(options, server.port)) }
end

function start.kafka()
  local cluster = kafka.start()
  cluster:read 'audit'
  return { cluster = cluster, finish = function() cluster:remove() end,
    got = function() return kafka.bodies(cluster:messages('audit', 0)) end,
    options = ("topic = 'audit', brokers = %s"):format(cluster.brokers) }
end

function start.mqtt(_, options)
  local broker = mosquitto.start()
  broker:read 'laudit/#'
  return { pid = broker.pid, broker = broker, finish = function() broker:remove() end,
    begin = function()
      broker:up()
      return broker.pid
    end,
    path = broker.folder .. '/read',
    options = ("address = '127.0.0.1:%s'"):format(through(options, broker.port)) }
end

--- It waits for the socket.
function start.unix(folder)
  local pid = peer.start(('env -u LD_PRELOAD luajit spec/output/programs/reader.lua ' ..
    '%s/socket %s/got'):format(folder, folder), folder .. '/reader.said')
  return { pid = pid, path = folder .. '/got', finish = stop(pid),
    options = ("path = '%s/socket', unread = 'wait', reader_queue = '64MiB'"):format(folder) }
end

function start.exec(folder)
  return { path = folder .. '/got', finish = stop(),
    options = ("command = { '/bin/sh', '-c', 'exec cat >>%s/got' }"):format(folder) }
end

function ends.missing()
  return web.missing() or mosquitto.missing() or kafka.missing() or
    not rsyslog.is_there() and 'rsyslog is not unpacked (spec/peers)' or nil
end

function ends.start(kind, options)
  local folder = peer.folder()
  local far = start[kind](folder, options or {})
  local finish = far.finish or function() peer.stop(far.pid, peer.SIGKILL) end
  far.kind, far.folder, far.format = kind, folder, far.format or 'json'
  far.options = ("type = '%s', format = '%s'%s"):format(kind, far.format,
    far.options and ', ' .. far.options or '')
  far.got = far.got or function() return peer.read(far.path) end
  function far.size()
    return far.path and length(far.path) or #far.got()
  end
  function far.finish()
    finish()
    peer.shell('rm -rf ' .. folder)
  end
  return far
end

return ends
