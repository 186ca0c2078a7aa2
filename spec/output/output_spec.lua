local ffi = require 'ffi'
local output = require('laudit_engine').output

ffi.cdef [[
  typedef void (*sighandler_t)(int);
  sighandler_t signal(int number, sighandler_t handler);
  int open(const char *path, int flags, ...);
  int close(int fd);
  long read(int fd, void *data, size_t len);
]]

local SIGPIPE, SIG_IGN = 13, ffi.cast('sighandler_t', 1)
local O_RDONLY_NONBLOCK = 2048

local function temporary()
  local path = os.tmpname()
  os.remove(path)
  finally(function()
    os.remove(path)
    os.remove(path .. '.1')
  end)
  return path
end

local function contents(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
end

local function shell(command)
  local pipe = assert(io.popen(command .. ' 2>&1; echo "status $?"'))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

local function closes(stats)
  return stats.accepted == stats.delivered + stats.queued + stats.full + stats.error + stats.reload
    + stats.closed
end

describe('an output to a file', function()
  it('appends whole lines and counts them', function()
    local path = temporary()
    write(path, 'before\n')
    local out = assert(output.open { name = 'o', path = path })
    out:take('one\n')
    out:take('two\n')
    out:take('three\n')
    assert.equal(3, out:stats().queued)
    out:flush()
    assert.equal('before\none\ntwo\nthree\n', contents(path))
    local stats = out:close()
    assert.equal(3, stats.accepted)
    assert.equal(3, stats.delivered)
    assert.equal(14, stats.bytes)
  end)

  it('gathers what it takes into big writes', function()
    local path = temporary()
    local out = assert(output.open { name = 'o', path = path })
    local line = ('x'):rep(1023) .. '\n'
    for _ = 1, 1023 do
      out:take(line)
    end
    assert.equal('', contents(path))
    out:take(line)
    assert.equal(1024 * 1024, #contents(path))
    out:close()
  end)

  it('makes the file with the mode that was asked for, whatever the umask', function()
    local path = temporary()
    assert(output.open { name = 'o', path = path, mode = tonumber('664', 8) }):close()
    assert.equal('664\n', shell('stat -c %a ' .. path):match '^[^\n]*\n')
  end)

  it('cuts a line that an earlier process left torn', function()
    local path = temporary()
    write(path, '{"torn":')
    local out = assert(output.open { name = 'o', path = path })
    assert.equal('{"torn":', contents(path))
    out:take('{}\n')
    out:close()
    assert.equal('{}\n', contents(path))
  end)

  it('is not led astray by a symbolic link', function()
    local path = temporary()
    assert(shell(('ln -s /etc/hostname %s'):format(path)))
    local out, sentence = output.open { name = 'o', path = path }
    assert.is_nil(out)
    assert.matches('symbolic link', sentence)
  end)

  it('says why it cannot open', function()
    local _, sentence = output.open { name = 'o', path = '/nowhere/events.json' }
    assert.equal("cannot open '/nowhere/events.json': No such file or directory", sentence)
    _, sentence = output.open { name = 'o', path = '/tmp' }
    assert.equal("cannot open '/tmp': Is a directory", sentence)
  end)

  it('goes on in a new file when it is opened anew', function()
    local path = temporary()
    local out = assert(output.open { name = 'o', path = path })
    out:take('old\n')
    os.rename(path, path .. '.1')
    assert.is_nil(out:reopen())
    out:take('new\n')
    out:close()
    assert.equal('old\n', contents(path .. '.1'))
    assert.equal('new\n', contents(path))
  end)

  it('keeps the old file when the new one cannot be had', function()
    local path = temporary()
    local out = assert(output.open { name = 'o', path = path })
    os.rename(path, path .. '.1')
    shell('mkdir ' .. path)
    assert.matches("output 'o': cannot open '.*': Is a directory", out:reopen())
    shell('rmdir ' .. path)
    out:take('still\n')
    out:close()
    assert.equal('still\n', contents(path .. '.1'))
  end)

  it('opens a file in the place of a pipe with whole lines', function()
    local path = temporary()
    shell('mkfifo ' .. path)
    local reader = ffi.C.open(path, O_RDONLY_NONBLOCK)
    local out = assert(output.open { name = 'o', path = path })
    local line = ('x'):rep(100000) .. '\n'
    out:take(line)
    out:flush()
    assert.equal(1, out:stats().queued)
    os.remove(path)
    assert.is_nil(out:reopen())
    out:retry()
    assert.equal(1, out:close().delivered)
    ffi.C.close(reader)
    assert.is_true(contents(path) == line)
  end)
end)

describe('an output that cannot write', function()
  it('keeps what fits into its queue, drops the rest and counts it (ENOSPC)', function()
    local out = assert(output.open { name = 'o', path = '/dev/full', queue = 1000 })
    for _ = 1, 30 do
      out:take(('x'):rep(99) .. '\n')
      assert.is_true(closes(out:stats()))
    end
    out:flush()
    out:retry()
    local stats = out:stats()
    assert.equal(30, stats.accepted)
    assert.equal(0, stats.delivered)
    assert.is_true(stats.full >= 19 and stats.queued <= 11)
    assert.is_true(stats.no_space >= 2)
    stats = out:close()
    assert.equal(0, stats.queued)
    assert.equal(30, stats.full + stats.error)
  end)

  it('counts other failures apart (EIO)', function()
    local out = assert(output.open { name = 'o', path = '/proc/self/mem' })
    out:take('x\n')
    out:retry()
    assert.equal(1, out:stats().other_failures)
    assert.equal(1, out:stats().queued)
    assert.equal(1, out:close().error)
  end)

  it('resumes by itself, and no line is torn, twice there or missing without a count', function()
    local text = shell [[
      unshare -m sh -ec '
        mount -t tmpfs -o size=64k none /mnt
        luajit spec/output/full_disk.lua /mnt
      ']]
    assert.matches('status 0', text)
    assert.matches('whole', text)
  end)
end)

describe('an output that a reload opens anew while its disk is full', function()
  for _, room_comes in ipairs { 'after', 'before' } do
    it(('leaves no line in part, with room %s'):format(room_comes), function()
      local text = shell(([[
        unshare -m sh -ec '
          mount -t tmpfs -o size=64k none /mnt
          luajit spec/output/full_reload.lua /mnt %s
        ']]):format(room_comes))
      assert.matches('whole', text)
      assert.matches('status 0', text)
    end)
  end
end)

describe('an output to a pipe', function()
  local function fifo()
    ffi.C.signal(SIGPIPE, SIG_IGN)
    local path = temporary()
    shell('mkfifo ' .. path)
    return path, ffi.C.open(path, O_RDONLY_NONBLOCK)
  end

  it('never waits for a slow reader: it queues, then drops', function()
    local path, reader = fifo()
    local out = assert(output.open { name = 'o', path = path, queue = 10000 })
    local line = ('x'):rep(999) .. '\n'
    for _ = 1, 1000 do
      out:take(line)
      out:flush()
      assert.is_true(closes(out:stats()))
    end
    local stats = out:stats()
    assert.is_true(stats.delivered >= 60 and stats.delivered <= 66)
    assert.is_true(stats.full > 900)

    local room = ffi.new('char[?]', 100000)
    local got = {}
    repeat
      local len = tonumber(ffi.C.read(reader, room, 100000))
      if len > 0 then
        got[#got + 1] = ffi.string(room, len)
      end
      out:flush()
    until out:stats().queued == 0 and len <= 0
    stats = out:close()
    assert.equal(line:rep(stats.delivered), table.concat(got))
    ffi.C.close(reader)
  end)

  it('counts a reader that went away', function()
    local path, reader = fifo()
    local out = assert(output.open { name = 'o', path = path })
    ffi.C.close(reader)
    out:take('x\n')
    out:flush()
    assert.equal(1, out:stats().other_failures)
    assert.is_false(out:is_closed())
    assert.equal(1, out:close().error)
  end)

  it('says that nobody reads', function()
    local path, reader = fifo()
    ffi.C.close(reader)
    local _, sentence = output.open { name = 'o', path = path }
    assert.matches('it is a pipe that nobody reads', sentence)
  end)
end)
