--- What the specs of spools share: folders of their own, spools in them, messages.
local spool = require('laudit_engine').spool

local spooling = {}

local folders, queues = {}, {}

function spooling.run(command, ...)
  local pipe = assert(io.popen((command .. ' 2>&1; echo "status $?"'):format(...)))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

--- A path for a folder; spooling.clean takes it away.
function spooling.folder()
  local path = os.tmpname()
  os.remove(path)
  table.insert(folders, path)
  return path
end

--- Closes what was opened here and removes the folders: after each spec.
function spooling.clean()
  for _, queue in ipairs(queues) do
    pcall(queue.close, queue)
  end
  for _, path in ipairs(folders) do
    spooling.run('rm -rf %s', path)
  end
  folders, queues = {}, {}
end

function spooling.read_file(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

function spooling.write_file(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

--- The paths of its segments, in order.
function spooling.segments(path)
  local found = {}
  for name in spooling.run('ls %s', path):gmatch '%x+%.segment' do
    table.insert(found, path .. '/' .. name)
  end
  return found
end

--- All that can be read, as one list; acknowledges when `is_over`.
function spooling.read_all(queue, is_over)
  local all = {}
  for messages in function() return queue:read() or nil end do
    for _, message in ipairs(messages) do
      table.insert(all, message)
    end
  end
  if is_over then
    assert(queue:acknowledge())
  end
  return all
end

--- `most`: how many messages, and bytes, are read at once; nil: each frame alone.
function spooling.open(path, bytes, most, most_bytes)
  local queue = assert(spool.open(path, bytes or 1e8, false, most, most_bytes))
  table.insert(queues, queue)
  return queue
end

--- A spool of these batches, closed again.
function spooling.filled(batches)
  local path = spooling.folder()
  local queue = spooling.open(path)
  for _, batch in ipairs(batches) do
    assert(queue:append(batch))
  end
  queue:close()
  return path
end

function spooling.numbers(first, last)
  local list = {}
  for number = first, last do
    table.insert(list, ('message %d %s'):format(number, ('.'):rep(number * 31 % 100)))
  end
  return list
end

return spooling
