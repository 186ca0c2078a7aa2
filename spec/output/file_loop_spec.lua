--- What a file does beside the loop, as the kernel sees it; and when it syncs.
package.path = 'spec/output/?.lua;' .. package.path
local file = require('laudit_engine').file
local files = require 'files'
local peer = require 'spec.output.peer'

local function temporary()
  local folder = os.tmpname()
  os.remove(folder)
  files.run('mkdir %s', folder)
  finally(function()
    files.run('rm -rf %s', folder)
  end)
  return folder .. '/events.json'
end

--- The system calls of file_traced.lua, a line each behind the thread's id; and the process's id.
--- nil where strace cannot trace.
local function traced(sync, seconds)
  if not files.run 'strace -o /dev/null true':find('status 0', 1, true) then
    return nil
  end
  local path = temporary()
  local said = files.run('strace -f -qq -e trace=write,fdatasync,fsync -o %s.trace ' ..
    'luajit spec/output/file_traced.lua %s %s %s', path, path, sync, seconds)
  local pid = said:match '^(%d+)\nticked\nclosed\nstatus 0\n$'
  assert(pid, said)
  assert.equal(table.concat(files.numbered(1, 60), '\n') .. '\n', files.read(path))
  return files.read(path .. '.trace'), pid
end

--- How many syncs there are in the text, whose lines strace may have cut in two.
local function syncs(text)
  local whole = select(2, text:gsub('f[dat]*sync%(', ''))
  return whole
end

describe('a file on a loop', function()
  it('is written and synced by other threads than the loop\'s', function()
    local trace, pid = traced('batch', 0)
    if not trace then
      return pending 'strace cannot trace here'
    end
    local writes = 0
    for thread, call in trace:gmatch '(%d+) +(%w+%([^\n]*)\n' do
      local is_line = call:find('^write%(%d+, "{\\"n\\":') ~= nil
      writes = writes + (is_line and 1 or 0)
      if is_line or call:find '^fdatasync' then
        assert.not_equal(pid, thread, call)
      end
    end
    assert.equal(20, writes)
  end)

  it('goes on being written while an older one is compressed', function()
    local path = temporary()
    local function open()
      return assert(file.open { path = path, size = 1e9, keep = 2, compress = 'gzip',
        loop = true })
    end
    files.run('truncate -s 500G %s.1', path) -- of zeros, which takes minutes
    local log = open()
    assert.equal(1, (log:send { 'a' })) -- looks for older files at its end
    assert(peer.wait(function() return files.exists(path .. '.packing') end))
    for _ = 1, 20 do
      assert.equal(1, (log:send { 'b' }))
    end
    assert.is_true(files.exists(path .. '.packing'))
    assert.equal('a\n' .. ('b\n'):rep(20), files.read(path))
    log:close()
    assert.is_false(files.exists(path .. '.packing'))
    assert.is_true(files.exists(path .. '.1'))
    files.run('truncate -s 1000 %s.1', path)
    log = open()
    assert.equal(1, (log:send { 'c' }))
    log:turn()
    log:close()
    assert.is_false(files.exists(path .. '.1'))
    assert.equal(('\0'):rep(1000), files.generation(path, 1))
  end)
end)

describe('the sync of a file', function()
  it('is never, with none', function()
    local trace = traced('none', 0)
    if not trace then
      return pending 'strace cannot trace here'
    end
    assert.equal(0, syncs(trace))
  end)

  it('comes with each batch, with batch', function()
    local trace = traced('batch', 1000)
    if not trace then
      return pending 'strace cannot trace here'
    end
    assert.equal(20, syncs(trace))
  end)

  it('comes once an interval and at the end, with interval', function()
    local trace = traced('interval', 1000)
    if not trace then
      return pending 'strace cannot trace here'
    end
    assert.equal(1, syncs(trace)) -- at the end
    assert.equal(0, syncs(trace:match '^.-write%(1, "ticked'))
    trace = traced('interval', 0.02)
    assert.truthy(syncs(trace) >= 1)
    local before = trace:match '^(.*)write%(1, "ticked'
    local behind = before:match '.*write%(%d+, "{\\"n\\":58(.*)'
    assert.truthy(syncs(behind) == 1, 'what was written last is not on the disk')
    assert.equal(syncs(before), syncs(trace)) -- nothing was left for the end
  end)
end)
