--- Paths as the kernel meant them: whole, without '.', '..' and the detour over /proc/PID/root.

local path = {}

local KNOWN_MOST = 500
local known, known_count = {}, 0 -- whole names, by what the kernel wrote

local function make_whole(name)
  local parts = {}

  for part in name:gmatch '[^/]+' do
    if part == '..' then
      parts[#parts] = nil
    elseif part ~= '.' then
      parts[#parts + 1] = part
    end
    if part == 'root' and #parts == 3 and parts[1] == 'proc' then
      parts = {}
    end
  end
  return '/' .. table.concat(parts, '/')
end

--- '../etc//shadow' in '/tmp' is '/etc/shadow'.
function path.whole(name, cwd)
  local whole = known[name]

  if whole then
    return whole
  elseif name:sub(1, 1) ~= '/' then
    return make_whole((cwd or '') .. '/' .. name)
  elseif known_count == KNOWN_MOST then
    known, known_count = {}, 0
  end
  whole = make_whole(name)
  known[name] = whole
  known_count = known_count + 1
  return whole
end

--- The file an event is about: the first of its paths that is not only the folder it lies in.
function path.record(event)
  for _, record in ipairs(event.paths) do
    if record.nametype ~= 'PARENT' then
      return record
    end
  end
end

--- Its whole name; where the call named none (fchmod), its inode.
function path.of(record, event)
  if record.name then
    return path.whole(record.name, event.cwd)
  end
  return ('inode %s on device %s'):format(record.inode, record.dev)
end

return path
