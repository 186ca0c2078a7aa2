--- The logs that specs compare over: recorded ones where there are any, and the project's own
--- fixture.

local logs = {}

local function read(path)
  local file = io.open(path, 'rb')
  if not file then return nil end
  local text = file:read '*a'
  file:close()
  return text
end

logs.read = read

--- LAUDIT_CORPUS names a folder with raw.log and enriched.log, or one log.
function logs.each()
  local found = { { name = 'peculiar.log', path = 'spec/interpret/peculiar.log' } }
  local corpus = os.getenv 'LAUDIT_CORPUS'

  for _, name in ipairs(corpus and { '', '/raw.log', '/enriched.log', '/mix.log' } or {}) do
    local path = corpus .. name
    if read(path) then found[#found + 1] = { name = path:match '[^/]*$', path = path } end
  end
  for _, log in ipairs(found) do
    log.text = assert(read(log.path), log.path)
  end
  return found
end

--- The command line that runs an unpacked program; nil where the peers are not there.
function logs.peer(command)
  local peers = os.getenv 'LAUDIT_PEERS'
  if not peers then peers = 'build/peers' end
  if peers == '' or not read(peers .. '/env') then return nil end
  return ('TZ=UTC LC_ALL=C %s/env %s'):format(peers, command)
end

--- What a command writes to its standard output.
function logs.output(command)
  local pipe = assert(io.popen(command .. ' 2>/dev/null', 'r'))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

return logs
