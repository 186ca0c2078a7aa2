--- Replays logs with an output of a spec's beside one to a file, for comparison.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local sending = {}

local function write_config(folder, options, policy)
  local lines = { ("output 'file' { type = 'file', path = '%s/file', default = true, " ..
    'drain = 0.1, format = %s }'):format(folder, options:match 'format = (%b\'\')' or "'json'") }
  table.insert(lines, ("output 'peer' { default = true, %s }"):format(options))
  if policy then
    peer.write(folder .. '/policy.lua', policy)
    table.insert(lines, "policies 'policy.lua'")
  end
  peer.write(folder .. '/laudit.lua', table.concat(lines, '\n'))
end

--- Starts a replay of the text `log`; `options` are Lua, of the output `peer`. An `environment`
--- goes before it. Returns what sending.finish wants.
function sending.start(options, log, policy, environment)
  local folder = peer.folder()
  write_config(folder, options, policy)
  if log then
    peer.write(folder .. '/log', log)
  else
    peer.shell(('mkfifo %s/log'):format(folder))
  end
  local self = { folder = folder }
  self.pid = peer.start(("env -u LD_PRELOAD %s sh -c 'cd %s && %s replay -c laudit.lua log; " ..
    "echo status $? >>%s/status'"):format(environment or '', folder,
    process.shell('realpath ' .. process.binary):match '[^\n]+', folder), folder .. '/err')
  return self
end

--- The same of a log that is written bit by bit into `pipe`, and ends when that is closed.
function sending.feed(options)
  local self = sending.start(options, nil)
  self.pipe = assert(io.open(self.folder .. '/log', 'r+be')) -- e: what is started has it not
  self.pipe:setvbuf 'no'
  return self
end

--- The counts of the output `peer` in a summary.
local function counts(err)
  local line = err:match 'output peer: [^\n]+' or ''
  local found = { dropped = tonumber(line:match 'dropped (%d+)') }
  for name, count in line:gmatch '([%a-]+) (%d+)' do
    found[name] = found[name] or tonumber(count)
  end
  return found
end

--- Waits for its end: { err, status, file (the other output's text), and the counts }.
function sending.finish(self)
  local is_over = peer.wait(function() return not peer.is_alive(self.pid) end, 900)
  if not is_over then
    peer.stop(self.pid, peer.SIGKILL)
  end
  local result = { err = peer.read(self.folder .. '/err'), file = peer.read(self.folder .. '/file'),
    status = tonumber(peer.read(self.folder .. '/status'):match '%d+'),
    dead = peer.read(self.folder .. '/dead') }
  result.counts = counts(result.err)
  peer.shell('rm -rf ' .. self.folder)
  assert(is_over, 'the replay does not end: ' .. result.err)
  return result
end

function sending.replay(...)
  return sending.finish(sending.start(...))
end

--- The options of the first output in a section of docs/outputs.md, for an output `peer`, with
--- other words for some that stand there.
function sending.example(section, changes)
  local text = assert((peer.read 'docs/outputs.md' .. '\n## '):match('\n## ' .. section ..
    '\n(.-)\n## '))
  local inside = assert(text:match "\n```lua\noutput '%w+' {\n(.-)\n}\n```")
  for from, to in pairs(changes) do
    assert(inside:find(from, 1, true), 'not in the example: ' .. from)
    inside = inside:gsub(from:gsub('%p', '%%%0'), (to:gsub('%%', '%%%%')))
  end
  return (inside:gsub('default = true,', ''))
end

--- The lines of a text.
function sending.lines(text)
  local lines = {}
  for line in text:gmatch '[^\n]+' do
    table.insert(lines, line)
  end
  return lines
end

return sending
