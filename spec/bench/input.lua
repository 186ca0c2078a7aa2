--- input.lua LOG FOLDER MEGABYTES - what the benchmark reads: LOG again and again.
--
-- Each time is a thousand seconds later. Writes FOLDER/log, and FOLDER/log.eoe with an EOE record
-- behind each event that has a SYSCALL: laurel closes events at EOE alone, which auditd leaves out
-- of its files. Prints the number of events.
local source, folder, megabytes = arg[1], arg[2], tonumber(arg[3])
local SHIFT = 1000 -- seconds

local function read_lines(path)
  local lines = {}
  for line in io.lines(path) do
    local before, second, after = line:match '^(.-msg=audit%()(%d+)(.*)$'
    assert(before, 'no audit record: ' .. line:sub(1, 80))
    lines[#lines + 1] = { before, tonumber(second), after .. '\n' }
  end
  return lines
end

local function count_events(lines)
  local seen, count = {}, 0
  for _, line in ipairs(lines) do
    local id = line[2] .. line[3]:match '^[^)]*'
    if not seen[id] then
      seen[id], count = true, count + 1
    end
  end
  return count
end

local lines = read_lines(source)
local plain = assert(io.open(folder .. '/log', 'w'))
local closed = assert(io.open(folder .. '/log.eoe', 'w'))
local rounds, written = 0, 0

while written < megabytes * 1e6 do
  for _, line in ipairs(lines) do
    local text = line[1] .. (line[2] + rounds * SHIFT) .. line[3]
    plain:write(text)
    closed:write(text)
    written = written + #text
    if line[1]:find('type=PROCTITLE', 1, true) then
      local id = line[3]:match '^([^)]*)%)'
      closed:write('type=EOE msg=audit(', line[2] + rounds * SHIFT, id, '): \n')
    end
  end
  rounds = rounds + 1
end
plain:close()
closed:close()
print(count_events(lines) * rounds)
