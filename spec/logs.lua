--- The logs that specs read: fixtures, recorded logs, and what the peers say of them; without the
--- engine.
local logs = {}

local FIXTURES = { 'exec', 'odd_arguments', 'long_arguments', 'call32', 'hex_name', 'keys',
  'signal', 'socket', 'socketcall', 'inet6', 'lone', 'user', 'enriched', 'interleaved', 'older',
  'rare' }

--- token, text, node of one line; nothing when it is no record.
function logs.parse(line)
  local node, rest = line:match '^node=(%S*) (.*)$'
  local token, text = (rest or line):match '^type=(%S+) msg=(.*)$'
  return token, text, node
end

--- All lines of a file.
function logs.lines(path)
  local lines = {}
  for line in io.lines(path) do
    lines[#lines + 1] = line
  end
  return lines
end

--- All of a file; nil when there is none.
function logs.read(path)
  local file = io.open(path, 'rb')
  if not file then return nil end
  local text = file:read '*a'
  file:close()
  return text
end

--- A fixture of spec/fixtures/records.
function logs.fixture(name)
  return logs.lines('spec/fixtures/records/' .. name .. '.log')
end

--- The recorded logs, {name=, path=, text=} each: those of LAUDIT_CORPUS, a folder with raw.log and
--- enriched.log or one log. None where it is not set; where it is, a log that is missing fails.
function logs.recorded()
  local corpus, found = os.getenv 'LAUDIT_CORPUS', {}
  if not corpus then return found end
  local paths = logs.read(corpus) and { corpus } or { corpus .. '/raw.log', corpus ..
    '/enriched.log' }
  for index, path in ipairs(paths) do
    local text = assert(logs.read(path), 'LAUDIT_CORPUS has no ' .. path)
    assert(text:find('type=', 1, true), path .. ' holds no record')
    found[index] = { name = path:match '[^/]*$', path = path, text = text }
  end
  return found
end

--- The recorded logs and, first, the fixture of what is peculiar.
function logs.each()
  local path = 'spec/interpret/peculiar.log'
  local found = { { name = 'peculiar.log', path = path, text = assert(logs.read(path), path) } }
  for _, log in ipairs(logs.recorded()) do
    found[#found + 1] = log
  end
  return found
end

--- Paths of the logs that whole-log specs run over: the fixtures and the recorded logs.
function logs.paths()
  local paths = {}
  for index, name in ipairs(FIXTURES) do
    paths[index] = 'spec/fixtures/records/' .. name .. '.log'
  end
  for _, log in ipairs(logs.recorded()) do
    paths[#paths + 1] = log.path
  end
  return paths
end

--- The command line that runs an unpacked program; nil where the peers are not there.
function logs.peer(command)
  local peers = os.getenv 'LAUDIT_PEERS' or 'build/peers'
  if peers == '' or not logs.read(peers .. '/env') then return nil end
  return ('TZ=UTC LC_ALL=C %s/env %s'):format(peers, command)
end

--- What a command writes to its standard output, and its exit status.
function logs.output(command)
  local pipe = assert(io.popen(command .. ' 2>/dev/null; echo "status $?"', 'r'))
  local text = pipe:read '*a'
  pipe:close()
  local output, status = text:match '^(.-)status (%d+)\n$'
  return output, tonumber(status)
end

return logs
