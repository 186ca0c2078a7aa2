local spooling = require 'spec.output.spooling'
local spool = require('laudit_engine').spool

local run, folder, segments = spooling.run, spooling.folder, spooling.segments
local read_file, write_file = spooling.read_file, spooling.write_file
local read_all, open, filled = spooling.read_all, spooling.open, spooling.filled
local numbers = spooling.numbers
local EWOULDBLOCK, EPERM, ENOSPC, EMSGSIZE = 11, 1, 28, 90

after_each(spooling.clean)

describe('a batch', function()
  it('keeps what waits, in order, with its facts', function()
    local messages = { 'a', { body = 'b', key = 'k' }, 'c', { body = 'd', topic = '' }, 'e' }
    local left = spool.batch(messages, { false, false, true, false, true }, 1)
    assert.equal(2, #left)
    assert.equal('b', left[1].body)
    assert.equal('k', left[1].key)
    assert.is_nil(left[1].topic)
    assert.equal('d', left[2].body)
    assert.equal('', left[2].topic)
    assert.is_nil(left[2].key)
  end)

  it('can be dropped whole', function()
    assert.same({}, spool.batch({ 'a', 'b' }, {}, 2))
    assert.same({}, spool.batch({ 'a', 'b' }, { true, true }, 0))
  end)
end)

describe('a spool', function()
  it('gives back what it was given, in order', function()
    local queue = open(folder())
    assert(queue:append(numbers(1, 3)))
    assert(queue:append(numbers(4, 4)))
    assert.same(numbers(1, 3), queue:read())
    assert(queue:append(numbers(5, 9)))
    assert.same(numbers(4, 4), queue:read())
    assert.same(numbers(5, 9), queue:read())
    assert.is_false(queue:read())
    assert.equal(9, queue:stats().messages)
    assert(queue:acknowledge())
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().bytes)
  end)

  it('keeps facts and any byte of a body', function()
    local queue = open(folder())
    local full = { body = 'x\0\n\255y', node = 'n', key = 'k', topic = 't', headers = 'H: v\r\n',
      time = 1700000000123, serial = 4294967295, severity = 4, alert = true }
    local bare = { body = 'z', time = 0, serial = 0, severity = 0, alert = false, key = '' }
    assert(queue:append { full, 'plain', bare })
    assert.same({ full, 'plain', bare }, queue:read())
  end)

  it('goes on after a restart, and counts what it found', function()
    local path = filled { numbers(1, 2), numbers(3, 5) }
    local queue = open(path)
    assert.equal(5, queue:stats().found)
    assert.equal(0, queue:stats().again)
    assert(queue:append(numbers(6, 6)))
    assert.same(numbers(1, 6), read_all(queue, true))
    queue:close()
    assert.equal(0, open(path):stats().found)
  end)

  it('makes its folder, for itself alone', function()
    local path = folder() .. '/above/spool'
    open(path)
    assert.truthy(run('stat -c %%a %s', path):find('^700\n'))
  end)

  it('is locked for everybody else', function()
    local path = folder()
    local queue = open(path)
    local other, why, code = spool.open(path, 1e6)
    assert.is_nil(other)
    assert.equal(EWOULDBLOCK, code)
    assert.truthy(why:find('another output or another laudit uses the folder', 1, true))
    queue:close()
    open(path)
  end)

  it('does not trust a folder that others may write to', function()
    local path = folder()
    run('mkdir -m 770 %s', path)
    local queue, why, code = spool.open(path, 1e6)
    assert.is_nil(queue)
    assert.equal(EPERM, code)
    assert.truthy(why:find('others may write to the folder (mode 0770)', 1, true))
  end)

  it('does not follow links', function()
    local path = folder()
    run('mkdir -m 700 %s', path)
    write_file(path .. '.file', 'precious\n')
    run('ln -s %s.file %s/position', path, path)
    local queue = spool.open(path, 1e6)
    assert.is_nil(queue)
    assert.equal('precious\n', read_file(path .. '.file'))
    os.remove(path .. '.file')
  end)

  it('takes no more than its bound, and goes on when there is room', function()
    local queue = open(folder(), 300000)
    local batch, count = { ('y'):rep(9000) }, 0
    local done, why, code = true
    while done do
      done, why, code = queue:append(batch)
      count = count + (done and 1 or 0)
    end
    assert.equal(ENOSPC, code)
    assert.truthy(why:find('it is full', 1, true))
    assert.truthy(count * 9000 > 250000 and queue:stats().file_bytes <= 300000)
    for _ = 1, count / 2 do
      assert(queue:read())
    end
    assert(queue:acknowledge())
    for _ = 1, count / 4 do
      assert(queue:append(batch))
    end
    assert.truthy(queue:stats().file_bytes <= 300000)
  end)

  it('refuses a batch that it would not believe itself', function()
    local queue = open(folder(), 1e9)
    local done, _, code = queue:append { ('z'):rep(64 * 1048576) }
    assert.is_nil(done)
    assert.equal(EMSGSIZE, code)
    assert(queue:append { ('z'):rep(32 * 1048576) })
    assert.equal(32 * 1048576, #queue:read()[1])
  end)

  it('deletes the segments that are acknowledged', function()
    local path = folder()
    local queue = open(path, 1e6) -- segments of 64 KiB
    for number = 1, 60 do
      assert(queue:append { number .. (' '):rep(9000) })
    end
    assert.equal(8, #segments(path))
    for _ = 1, 20 do
      queue:read()
    end
    assert.equal(8, #segments(path))
    assert(queue:acknowledge())
    assert.equal(6, #segments(path))
    assert.equal(40, #read_all(queue, true))
    assert.equal(0, #segments(path))
    assert.equal(0, queue:stats().file_bytes)
    assert(queue:append { 'more' })
    assert.same({ 'more' }, queue:read())
  end)

  it('survives a file system that is full', function()
    if not run 'unshare -m true':find('status 0', 1, true) then
      return pending 'needs the right to make a mount namespace'
    end
    local path = folder()
    run('mkdir %s', path)
    assert.equal('whole\nstatus 0\n', run([[unshare -m sh -c 'mount -t tmpfs -o size=400k none %s &&
      luajit spec/output/full_spool.lua %s']], path, path))
  end)
end)

describe('what was read from a spool and not acknowledged', function()
  it('is handed out again after a restart, and counted', function()
    local path = filled { numbers(1, 2), numbers(3, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    assert(queue:acknowledge())
    queue:read()
    queue:close()
    queue = open(path)
    assert.equal(5, queue:stats().found)
    assert.equal(3, queue:stats().again)
    assert.same(numbers(3, 7), read_all(queue))
    queue:close()
    assert.equal(5, open(path):stats().again)
  end)

  it('can be returned whole', function()
    local queue = open(filled { numbers(1, 2), numbers(3, 5) })
    queue:read()
    assert.same(numbers(3, 5), queue:read())
    assert(queue:give_back())
    assert(queue:acknowledge())
    assert.equal(3, queue:stats().messages)
    assert.same(numbers(3, 5), queue:read())
    assert.is_false(queue:read())
  end)

  it('can be returned in part, again and again', function()
    local path = filled { numbers(1, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    queue:settle(1, 2, 4)
    assert(queue:give_back())
    assert.equal(4, queue:stats().messages)
    assert.same({ numbers(3, 3)[1], numbers(5, 5)[1] }, queue:read())
    queue:settle(1)
    assert(queue:give_back())
    assert(queue:acknowledge())
    assert.same(numbers(5, 7), read_all(queue, true))
    assert.equal(0, queue:stats().messages)
    assert.equal(0, queue:stats().file_bytes)
    assert.is_nil(io.open(path .. '/rest'))
  end)

  it('stays returned in part over a restart', function()
    local path = filled { numbers(1, 5), numbers(6, 7) }
    local queue = open(path)
    queue:read()
    queue:settle(1, 2, 4)
    assert(queue:give_back())
    queue:close()
    queue = open(path)
    assert.equal(4, queue:stats().found)
    assert.equal(2, queue:stats().again)
    local expected = { numbers(3, 3)[1], unpack(numbers(5, 7)) }
    assert.same(expected, read_all(queue, true))
    queue:close()
    assert.equal(0, open(path):stats().found)
  end)

  it('does not count when it was never sent', function()
    local path = filled { numbers(1, 5) }
    local queue = open(path)
    queue:read()
    queue:settle(1)
    assert(queue:give_back(true))
    queue:close()
    queue = open(path)
    assert.equal(4, queue:stats().found)
    assert.equal(0, queue:stats().again)
    assert.same(numbers(2, 5), queue:read())
  end)
end)
