package.path = 'spec/output/?.lua;' .. package.path
local file = require('laudit_engine').file
local files = require 'files'

--- A folder of its own and the path of a log in it.
local function temporary()
  local folder = os.tmpname()
  os.remove(folder)
  files.run('mkdir %s', folder)
  finally(function()
    files.run('rm -rf %s', folder)
  end)
  return folder .. '/events.json', folder
end

local function open(settings)
  local log = assert(file.open(settings))
  finally(function()
    log:close()
  end)
  return log
end

local function list(folder)
  return (files.run('ls %s', folder):gsub('status 0\n', ''):gsub('\n', ' '):gsub(' $', ''))
end

local function text_of(lines)
  return table.concat(lines, '\n') .. '\n'
end

--- Writes lines `first` to `last` in batches of seven; all of them arrive.
local function write(log, first, last)
  for number = first, last, 7 do
    local lines = files.numbered(number, math.min(number + 6, last))
    assert.equal(#lines, (log:send(lines)))
  end
end

for _, loop in ipairs { false, true } do
  describe(loop and 'a file, off the loop,' or 'a file, at once,', function()
    it('is rotated by size, at the ends of lines', function()
      local path, folder = temporary()
      local log = open { path = path, size = 1000, keep = 999, loop = loop }
      write(log, 1, 300)
      local all, count = files.all(path)
      assert.equal(text_of(files.numbered(1, 300)), all)
      assert.truthy(count > 15)
      assert.equal(count, log:counts().rotations)
      for number = 1, count do
        local text = files.generation(path, number)
        assert.truthy(#text <= 1000 and #text > 1000 - 120, #text)
        assert.equal('\n', text:sub(-1))
      end
      assert.is_nil(list(folder):find 'fresh')
    end)

    it('keeps as many older files as it should', function()
      local path, folder = temporary()
      local log = open { path = path, size = 500, keep = 3, loop = loop }
      write(log, 1, 100)
      assert.equal('events.json events.json.1 events.json.2 events.json.3', list(folder))
      local expected = text_of(files.numbered(1, 100))
      local all = files.all(path)
      assert.equal(expected:sub(-#all), all)
      log:close()
      log = open { path = path, size = 500, keep = 0, loop = loop }
      write(log, 101, 120)
      assert.equal('events.json', list(folder))
    end)

    it('spreads a batch over files, and gives a long line one of its own', function()
      local path = temporary()
      local log = open { path = path, size = 300, keep = 999, loop = loop }
      local lines = files.numbered(1, 20)
      lines[10] = ('x'):rep(1000)
      assert.equal(20, (log:send(lines)))
      assert.equal(text_of(lines), (files.all(path)))
      local found = false
      for number = 1, log:counts().rotations do
        found = found or files.generation(path, number) == lines[10] .. '\n'
      end
      assert.is_true(found)
    end)

    it('is compressed when it is older, as the programs for it expect', function()
      for _, compress in ipairs { 'zstd', 'gzip' } do
        local path, folder = temporary()
        local log = open { path = path, size = 2000, keep = 999, compress = compress, mode = 416,
          loop = loop }
        for number = 1, 400, 20 do
          log:send(files.numbered(number, number + 19))
          log:turn()
        end
        assert.equal(text_of(files.numbered(1, 400)), (files.all(path)))
        local suffix = compress == 'zstd' and 'zst' or 'gz'
        assert.is_nil(list(folder):find '%.%d+ ')
        assert.is_nil(list(folder):find 'packing')
        assert.truthy(list(folder):find('events.json.2.' .. suffix, 1, true))
        assert.equal('640\nstatus 0\n', files.run('stat -c %%a %s.1.%s', path, suffix))
        assert.truthy(files.run('%s -tq %s.*.%s', compress, path, suffix):find '^status 0')
      end
    end)

    it('cuts a line that somebody was killed in, and counts it', function()
      local torn = { ['{"whole":1}\n{"torn":'] = '{"whole":1}\n', ['{"torn":'] = '',
        ['a\n' .. ('x'):rep(300000)] = 'a\n' }
      for before, whole in pairs(torn) do
        local path = temporary()
        files.write(path, before)
        local log = open { path = path, loop = loop }
        assert.equal(before, files.read(path)) -- opening changes nothing
        log:send { 'next' }
        assert.equal(whole .. 'next\n', files.read(path))
        assert.equal(1, log:counts().torn)
      end
      local path = temporary()
      files.write(path, 'a\n')
      local log = open { path = path, loop = loop }
      log:send { 'b' }
      assert.equal('a\nb\n', files.read(path))
      assert.equal(0, log:counts().torn)
    end)

    it('is opened anew when it was moved away', function()
      local path = temporary()
      local log = open { path = path, loop = loop }
      log:send { 'a' }
      os.rename(path, path .. '-old')
      log:send { 'b' }
      assert.is_nil(log:reopen())
      log:send { 'c' }
      assert.equal('a\nb\n', files.read(path .. '-old'))
      assert.equal('c\n', files.read(path))
    end)

    it('goes on in a new file when somebody else rotated it', function()
      local path = temporary()
      local log = open { path = path, size = 100, keep = 9, loop = loop }
      log:send { ('a'):rep(90) }
      os.rename(path, path .. '-old')
      log:send { ('b'):rep(90) }
      assert.equal(('a'):rep(90) .. '\n', files.read(path .. '-old'))
      assert.equal(('b'):rep(90) .. '\n', files.read(path))
      assert.equal(0, log:counts().rotations)
    end)
  end)
end

describe('a file that is rotated by time', function()
  it('is another when its last line is of another day', function()
    local path = temporary()
    files.write(path, 'yesterday\n')
    files.run('touch -d yesterday %s', path)
    local log = open { path = path, every = files.day, keep = 2 }
    log:send { 'today' }
    assert.equal('yesterday\n', files.read(path .. '.1'))
    assert.equal('today\n', files.read(path))
    log:send { 'today too' }
    log:tick()
    assert.equal('today\ntoday too\n', files.read(path))
    assert.equal(1, log:counts().rotations)
  end)

  it('is another when its last line is of another hour or week', function()
    for every, before in pairs { [files.hour] = '61 minutes ago', [files.week] = '8 days ago' } do
      local path = temporary()
      files.write(path, 'before\n')
      files.run("touch -d '%s' %s", before, path)
      local log = open { path = path, every = every, keep = 2 }
      log:send { 'now' }
      assert.equal('before\n', files.read(path .. '.1'))
      assert.equal('now\n', files.read(path))
    end
  end)

  it('stays while it is empty', function()
    local path, folder = temporary()
    files.write(path, '')
    files.run('touch -d yesterday %s', path)
    local log = open { path = path, every = files.day, keep = 2 }
    log:send { 'today' }
    assert.equal('events.json', list(folder))
  end)
end)

describe('rotation', function()
  it('keeps mode and owner of the file that was there', function()
    local path = temporary()
    files.write(path, 'a\n')
    files.run('chmod 640 %s; chown 1:2 %s', path, path)
    local before = files.run('stat -c "%%a %%u:%%g" %s', path)
    local log = open { path = path, size = 3, keep = 2 }
    log:send { 'b' }
    assert.equal('b\n', files.read(path))
    assert.equal(before, files.run('stat -c "%%a %%u:%%g" %s', path))
    assert.equal(before, files.run('stat -c "%%a %%u:%%g" %s.1', path))
  end)

  it('goes on in the same file when something foreign is in the way', function()
    for _, make in ipairs { 'mkdir %s', 'ln -s /nowhere %s', 'mkfifo %s' } do
      local path = temporary()
      files.run(make, path .. '.1')
      local log = open { path = path, size = 50, keep = 3 }
      write(log, 1, 20)
      assert.equal(text_of(files.numbered(1, 20)), files.read(path))
      assert.equal(0, log:counts().rotations)
      assert.truthy(files.run('stat -c %%F %s.1', path):find('status 0', 1, true))
    end
  end)

  it('closes a gap that a crash left, and removes what it left half done', function()
    local path, folder = temporary()
    files.write(path, 'current\n')
    files.write(path .. '.2', 'older\n')
    files.write(path .. '.3', 'oldest\n')
    files.write(path .. '.fresh', '')
    files.write(path .. '.packing', 'half')
    local log = open { path = path, size = 9, keep = 3 }
    log:send { 'next' }
    assert.equal('events.json events.json.1 events.json.2 events.json.3', list(folder))
    assert.equal('oldest\nolder\ncurrent\nnext\n', (files.all(path)))
  end)

  it('ends a compression that was ended before the plain file was deleted', function()
    local path, folder = temporary()
    files.write(path, 'current\n')
    files.write(path .. '.1', 'older\n')
    files.run('zstd -q %s.1', path) -- keeps the plain file, and its times
    files.write(path .. '.2', 'oldest\n')
    files.run('zstd -q %s.2', path)
    files.write(path .. '.2', 'something else\n')
    files.run("touch -d '1 hour ago' %s.2", path)
    local log = open { path = path, size = 9, keep = 9 }
    log:send { 'next' }
    assert.equal('events.json events.json.1 events.json.2.zst events.json.3 events.json.3.zst',
      list(folder))
  end)

  it('compresses at the start what an earlier run left plain', function()
    local path, folder = temporary()
    files.write(path .. '.1', 'older\n')
    files.write(path .. '.2', 'oldest\n')
    local log = open { path = path, size = 1000, keep = 9, compress = 'zstd' }
    log:send { 'next' }
    assert.equal('events.json events.json.1.zst events.json.2.zst', list(folder))
    assert.equal('oldest\nolder\nnext\n', (files.all(path)))
  end)

  it('refuses nothing and loses nothing while an older file is being compressed', function()
    local path = temporary()
    local log = open { path = path, size = 100000, keep = 99, compress = 'gzip', loop = true }
    local lines = {}
    for number = 1, 60 do
      lines[number] = ('%d '):format(number) .. ('y'):rep(9000)
      assert.equal(1, (log:send { lines[number] }))
    end
    log:turn()
    assert.equal(text_of(lines), (files.all(path)))
  end)

  it('does not follow a link that stands where the log should be', function()
    local path = temporary()
    files.write(path .. '-real', '')
    files.run('ln -s %s-real %s', path, path)
    local log, why = file.open { path = path, size = 10 }
    assert.is_nil(log)
    assert.truthy(why:find('symbolic link', 1, true))
  end)
end)

--- Runs a script of spec/output under strace with this injection; returns what it said.
local function injected(injection, script, path)
  if not files.run 'strace -o /dev/null true':find('status 0', 1, true) then
    return nil
  end
  return files.run('strace -f -qq -o %s.trace -e inject=%s luajit spec/output/%s %s', path,
    injection, script, path)
end

describe('a disk that fails', function()
  it('stops a rotation at any of its renames, and loses nothing', function()
    for nth = 1, 12 do
      local path = temporary()
      local said = injected('renameat2:error=EIO:when=' .. nth, 'file_rotate.lua', path)
      if not said then
        return pending 'strace cannot trace here'
      end
      assert.equal('60 written\nstatus 0\n', said)
      assert.equal(text_of(files.numbered(1, 60)), (files.all(path)))
    end
  end)

  it('delivers no batch that could not be synced, and writes none twice', function()
    local path = temporary()
    local said = injected('fdatasync:error=EIO:when=2', 'file_sync.lua', path)
    if not said then
      return pending 'strace cannot trace here'
    end
    assert.equal('3 0, 0 5, 3 0, 3 0\nstatus 0\n', said)
    assert.equal(text_of(files.numbered(1, 9)), files.read(path))
    local _, syncs = files.read(path .. '.trace'):gsub('fdatasync%(', '')
    assert.equal(4, syncs)
  end)
end)

describe('a disk that is full', function()
  local function scene(name)
    local folder = select(2, temporary())
    if not files.run 'unshare -m true':find('status 0', 1, true) then
      return nil
    end
    return files.run([[unshare -m sh -c 'mount -t tmpfs -o size=1m none %s &&
      luajit spec/output/file_full.lua %s %s']], folder, folder, name)
  end

  for _, name in ipairs { 'full', 'floor', 'percent', 'oldest', 'oldest_full', 'warn' } do
    it('is met as configured: ' .. name, function()
      local said = scene(name)
      if not said then
        return pending 'needs the right to make a mount namespace'
      end
      assert.equal('as expected\nstatus 0\n', said)
    end)
  end
end)

describe('kill -9 of one who writes, rotates and compresses', function()
  local ffi = require 'ffi'
  ffi.cdef 'int kill(int pid, int number);'

  it('loses no line that was delivered, repeats none, and leaves none in part', function()
    local path, folder = temporary()
    local first = 1
    for round = 1, 25 do
      local command = ('exec luajit spec/output/file_kill.lua %s %d 2>&1'):format(path, first)
      local pipe = assert(io.popen(command))
      local pid, count, last = tonumber(pipe:read '*l'), 0, first - 1
      for line in pipe:lines() do
        last = assert(tonumber(line), line)
        count = count + 1
        if count == round * 7 % 41 + 1 then
          ffi.C.kill(pid, 9)
        end
      end
      pipe:close()
      local log = open { path = path, size = 20000, keep = 999, compress = 'zstd' }
      log:send {} -- what was torn is cut, what was half done is repaired
      log:close()
      local all, expected = files.all(path), first
      for line in all:gmatch '[^\n]*\n' do
        local number = tonumber(line:match '^{"n":(%d+),"pad":"p*"}\n$')
        if number >= first then
          assert.equal(expected, number)
          expected = expected + 1
        end
      end
      assert.truthy(expected > last, 'delivered and lost')
      first = expected
    end
    assert.truthy(first > 100)
    assert.is_nil(list(folder):find 'packing')
  end)
end)
