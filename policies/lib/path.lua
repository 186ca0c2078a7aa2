--- Paths as the kernel meant them: whole, without '.', '..' and the detour over /proc/PID/root.

local path = {}

--- '../etc//shadow' in '/tmp' is '/etc/shadow'.
function path.whole(name, cwd)
  local parts = {}

  if name:sub(1, 1) ~= '/' then
    name = (cwd or '') .. '/' .. name
  end
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
