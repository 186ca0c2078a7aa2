--- The broker mosquitto and its clients as a peer (spec/peers), in a folder of its own.
local peer = require 'spec.output.peer'

local mosquitto = {}

local ROOT = (os.getenv 'LAUDIT_PEERS' or 'build/peers') .. '/mosquitto'
local VERSIONS = { ['1'] = '3.1', ['2'] = '3.1.1', ['5'] = '5' } -- as it logs them
local PROGRAM = 'env -u LD_PRELOAD ' .. ROOT .. '/env '

local broker = {}
broker.__index = broker

--- nil, or why it cannot be run.
function mosquitto.missing()
  local file = io.open(ROOT .. '/complete', 'rb')
  if not file then
    return 'mosquitto is not unpacked (spec/peers)'
  end
  file:close()
end

--- A broker that keeps what it has over a restart; `lines` are more of its configuration, with
--- FOLDER for its folder.
function mosquitto.start(lines)
  local self = setmetatable({ folder = peer.folder(), port = peer.port(), readers = {} }, broker)
  local user = peer.shell 'id -un':match '%S+'
  peer.write(self.folder .. '/mosquitto.conf', table.concat({
    'listener ' .. self.port .. ' 127.0.0.1', 'user ' .. user, 'max_queued_messages 100000',
    'persistence true', 'persistence_location ' .. self.folder .. '/', 'autosave_interval 1',
    'log_type information', 'log_type notice', 'log_type warning', 'log_type error',
    'log_type subscribe',
    ((lines or 'allow_anonymous true'):gsub('FOLDER', self.folder)) }, '\n') .. '\n')
  self.address = 'localhost:' .. self.port
  self:up()
  return self
end

function broker:up()
  self.pid = peer.start(('%s mosquitto -c %s/mosquitto.conf'):format(PROGRAM, self.folder),
    self.folder .. '/log')
  assert(peer.listens(self.port), peer.read(self.folder .. '/log'))
end

function broker:down(signal)
  peer.stop(self.pid, signal)
end

--- Reads along, with a session that the broker keeps; `options` are mosquitto_sub's.
function broker:read(topic, options, form)
  local file = self.folder .. '/read'
  local pid = peer.start(("%s mosquitto_sub -h localhost -p %s -V 5 -q 1 -c -i reader " ..
    "-t '%s' -F '%s' %s"):format(PROGRAM, self.port,
    topic, form or '%p', options or ''), file)
  table.insert(self.readers, pid)
  local log = self.folder .. '/log'
  assert(peer.wait(function()
    return peer.read(log):find((': reader %%d %s\n'):format(topic:gsub('%p', '%%%0')))
  end), peer.read(log))
end

--- The versions of MQTT that the clients which connected have spoken, in that order.
function broker:versions()
  local versions = {}
  for version in peer.read(self.folder .. '/log'):gmatch 'client connected [^\n]-%(p(%d),' do
    table.insert(versions, VERSIONS[version])
  end
  return versions
end

--- The lines that came, once they are `count` or more.
function broker:lines(count)
  local lines
  peer.wait(function()
    lines = {}
    for line in peer.read(self.folder .. '/read'):gmatch '[^\n]+' do
      table.insert(lines, line)
    end
    return #lines >= count
  end)
  return lines
end

function broker:remove()
  for _, pid in ipairs(self.readers) do
    peer.stop(pid, peer.SIGKILL)
  end
  peer.stop(self.pid, peer.SIGKILL)
  peer.shell('rm -rf ' .. self.folder)
end

function mosquitto.password_file(folder, user, password)
  local said, status = peer.shell(('%s mosquitto_passwd -b -c %s/passwords %s %s'):format(PROGRAM,
    folder, user, password))
  assert(status == '0', said)
end

return mosquitto
