--- A mock cluster of librdkafka as a peer (peers/kafka_cluster.c), in a folder of its own.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local CODECS = { [0] = 'none', 'gzip', 'snappy', 'lz4', 'zstd' }

local kafka = {}

local cluster = {}
cluster.__index = cluster

local function program()
  return process.binary:gsub('[^/]+$', 'kafka_cluster')
end

--- nil, or why it cannot be run.
function kafka.missing()
  local file = io.open(program(), 'rb')
  if not file then
    return 'kafka_cluster is not built (LAUDIT_ENGINE)'
  end
  file:close()
end

--- Starts two brokers; `brokers` are their addresses as a Lua list.
function kafka.start()
  local self = setmetatable({ folder = peer.folder(), asked = 0, topics = {} }, cluster)
  assert(os.execute(('mkfifo %s/commands'):format(self.folder)) == 0)
  self.pid = peer.start(("env -u LD_PRELOAD sh -c 'exec %s 2 <%s/commands'"):format(program(),
    self.folder), self.folder .. '/answers')
  self.commands = assert(io.open(self.folder .. '/commands', 'w'))
  self.addresses = assert(peer.wait(function()
    return peer.read(self.folder .. '/answers'):match '^[^\n]+\n'
  end), 'the mock cluster does not start'):sub(1, -2)
  self.brokers = "{ '" .. self.addresses:gsub(',', "', '") .. "' }"
  return self
end

--- Gives commands and waits until they are obeyed; returns the number of the last answer.
function cluster:tell(...)
  for _, command in ipairs { ... } do
    self.commands:write(command, '\n')
    self.commands:flush()
    self.asked = self.asked + 1
    local answer = assert(peer.wait(function()
      local count, last = 0, nil
      for line in peer.read(self.folder .. '/answers'):gmatch '(%l+[^\n]*)\n' do
        count, last = count + 1, line
      end
      return count == self.asked and last
    end), command .. ': no answer')
    self.answer = assert(tonumber((answer:match '^ok (%d+)')), command)
  end
  return self.answer
end

--- Makes a topic and reads along.
function cluster:read(topic, partitions)
  self:tell(('create %s %d'):format(topic, partitions or 1),
    ('read %s %s/read-%s'):format(topic, self.folder, topic))
end

--- What came to the topics that are read, once it is `count` messages (or more):
--- a list of { offset, key, headers, body } of `topic`.
function cluster:messages(topic, count)
  peer.wait(function() return self:tell 'count' >= count end)
  local messages = {}
  for line in peer.read(self.folder .. '/read-' .. topic):gmatch '[^\n]+' do
    local offset, key, headers, body = line:match '^(%d+)\t([^\t]*)\t([^\t]*)\t(.*)$'
    table.insert(messages, { offset = tonumber(offset), key = key, headers = headers,
      body = body })
  end
  return messages
end

--- A topic's batches: a list of { first, count, codec, identity }.
function cluster:batches(topic)
  self:tell(('batches %s %s/batches'):format(topic, self.folder))
  local batches = {}
  for line in peer.read(self.folder .. '/batches'):gmatch '[^\n]+' do
    local first, count, codec, identity = line:match '^(%d+) (%d+) (%d) (.*)$'
    table.insert(batches, { first = tonumber(first), count = tonumber(count),
      codec = CODECS[tonumber(codec)], identity = identity })
  end
  return batches
end

--- The messages that a broker would have kept: without the batches of a producer, epoch and
--- sequence that it already had. Returns also how many batches those were.
function cluster:kept(topic, messages)
  local seen, away, doubled = {}, {}, 0
  for _, batch in ipairs(self:batches(topic)) do
    if seen[batch.identity] then
      doubled = doubled + 1
      for offset = batch.first, batch.first + batch.count - 1 do
        away[offset] = true
      end
    end
    seen[batch.identity] = true
  end
  local kept = {}
  for _, message in ipairs(messages) do
    if not away[message.offset] then
      table.insert(kept, message)
    end
  end
  return kept, doubled
end

function cluster:remove()
  self.commands:close()
  peer.stop(self.pid, peer.SIGKILL)
  peer.shell('rm -rf ' .. self.folder)
end

--- The bodies, a line each.
function kafka.bodies(messages)
  local lines = {}
  for _, message in ipairs(messages) do
    table.insert(lines, message.body .. '\n')
  end
  return table.concat(lines)
end

return kafka
