--- Reads logs for specs, a record at a time, without the engine.
local logs = {}

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

--- A fixture of spec/fixtures/records.
function logs.fixture(name)
  return logs.lines('spec/fixtures/records/' .. name .. '.log')
end

--- Paths of the logs that whole-log specs run over: the fixtures, and those of $LAUDIT_CORPUS (a
--- file, or a folder of mix.log and enriched.log).
function logs.corpora()
  local paths = {}
  for _, name in ipairs { 'exec', 'odd_arguments', 'long_arguments', 'call32', 'hex_name', 'keys',
    'signal', 'socket', 'lone', 'user', 'enriched', 'interleaved', 'older' } do
    paths[#paths + 1] = 'spec/fixtures/records/' .. name .. '.log'
  end
  local corpus = os.getenv 'LAUDIT_CORPUS'
  for _, name in ipairs { '', '/mix.log', '/enriched.log' } do
    local file = corpus and io.open(corpus .. name)
    if file and file:read(1) then
      paths[#paths + 1] = corpus .. name
    end
    if file then
      file:close()
    end
  end
  return paths
end

return logs
