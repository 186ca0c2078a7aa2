--- What the specs of files share: the lines of a log and of its older files.
local files = {}

files.never, files.hour, files.day, files.week = 0, 1, 2, 3
files.sync_none, files.sync_interval, files.sync_batch = 0, 1, 2
files.wait, files.delete_oldest, files.warn = 0, 1, 2

function files.run(command, ...)
  local pipe = assert(io.popen((command .. ' 2>&1; echo "status $?"'):format(...)))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

function files.exists(path)
  local file = io.open(path, 'rb')
  if file then
    file:close()
  end
  return file ~= nil
end

function files.read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

function files.write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

local function unpacked(program, path)
  local pipe = assert(io.popen(('%s -dc %s'):format(program, path)))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

--- The text of an older file, in whatever form; nil when there is none.
function files.generation(path, number)
  local name = ('%s.%d'):format(path, number)
  if files.exists(name) then
    return files.read(name)
  elseif files.exists(name .. '.zst') then
    return unpacked('zstd', name .. '.zst')
  elseif files.exists(name .. '.gz') then
    return unpacked('gzip', name .. '.gz')
  end
end

--- Everything that was ever written, the oldest first; and how many older files there are.
function files.all(path)
  local parts, count = { files.read(path) }, 0
  for number = 1, 999 do
    local text = files.generation(path, number)
    if text then
      table.insert(parts, 1, text)
      count = number
    end
  end
  return table.concat(parts), count
end

function files.numbered(first, last)
  local lines = {}
  for number = first, last do
    table.insert(lines, ('{"n":%d,"pad":"%s"}'):format(number, ('p'):rep(number * 37 % 90)))
  end
  return lines
end

return files
