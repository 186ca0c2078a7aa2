local ffi = require 'ffi'
local spooling = require 'spec.output.spooling'

local folder, read_all, open = spooling.folder, spooling.read_all, spooling.open

ffi.cdef 'int kill(int pid, int number);'

local SIGKILL = 9

after_each(spooling.clean)

--- Starts the script, reads `count` lines of what it says and kills it there; returns all it said.
local function kill_within(script, arguments, count)
  local pipe = assert(io.popen(('exec luajit spec/output/%s %s 2>&1'):format(script, arguments)))
  local pid, said = tonumber(pipe:read '*l'), {}
  assert(pid, 'it did not start')
  for line in pipe:lines() do
    table.insert(said, line)
    if #said == count then
      ffi.C.kill(pid, SIGKILL)
    end
  end
  pipe:close()
  return said
end

describe('kill -9', function()
  it('of one who writes loses nothing whose append returned', function()
    local path = folder()
    local first = 1
    for round = 1, 25 do
      local said = kill_within('spool_writer.lua', path .. ' ' .. first, round * 7 % 23 + 1)
      local last = assert(tonumber(said[#said]), said[#said])
      local queue = open(path)
      local stats = queue:stats()
      local all = read_all(queue, true)
      assert.equal(#all, stats.found)
      assert.equal(0, stats.damaged_frames)
      assert.truthy(#all / 2 >= last - first + 1, 'accepted and lost')
      assert.truthy(#all / 2 <= last - first + 2)
      for i = 1, #all, 2 do
        local number = first + (i - 1) / 2
        assert.equal(('%d %s'):format(number, ('x'):rep(number * 7919 % 300000)), all[i])
        assert.equal('small', all[i + 1])
      end
      first = first + #all / 2
      queue:close()
    end
    assert.truthy(first > 100)
  end)

  it('of one who reads loses nothing and counts what may come twice', function()
    local path = folder()
    local queue = open(path)
    local total = 400
    for number = 1, total do
      assert(queue:append { ('%d %s'):format(number, ('x'):rep(number % 3000)) })
    end
    queue:close()
    local expected, before = 1, 0 -- `before`: handed out by those who were killed
    for round = 1, 30 do
      local said = kill_within('spool_reader.lua', path, round * 11 % 17 + 1)
      local done, read = expected - 1, expected - 1
      for _, line in ipairs(said) do
        local word, number = line:match '^(%a+) (%d+)$'
        if word == 'done' then
          done = tonumber(number)
        elseif word == 'read' then
          read = tonumber(number)
        end
      end
      queue = open(path)
      local stats = queue:stats()
      local next_one = total - stats.found + 1
      assert.truthy(next_one > done and next_one <= read + 1, 'lost')
      local handed = next_one + stats.again - 1
      assert.truthy(handed >= math.max(before, read), 'not counted')
      assert.truthy(handed <= math.max(before, read + 1), 'counted and not handed out')
      expected, before = next_one, handed
      queue:close()
      if said[#said] == 'end' then
        break
      end
    end
    queue = open(path)
    for number = expected, total do
      assert.equal(tostring(number), queue:read()[1]:match '^%d+')
    end
    assert.is_false(queue:read())
  end)
end)
