--- The kind unix: a socket from which other programs read, each at its own pace.
local cjson = require 'cjson'
local process = require 'spec.cli.process'
local river = require('laudit_engine').river

local run, write, read = process.run, process.write, process.read
local HERE = process.shell('pwd'):match '[^\n]+'
local READER = HERE .. '/spec/output/programs/reader.lua'

local folder, socket, started

before_each(function()
  folder = process.folder()
  socket = folder .. '/events.sock'
  started = {}
end)

after_each(function()
  for _, pid in ipairs(started) do
    if process.is_running(pid) then process.signal(pid, 'KILL') end
  end
  process.remove(folder)
end)

local function exists(path)
  return process.shell(('test -e %s && echo yes'):format(path)) == 'yes\n'
end

local function start(command)
  local pid = process.start(command, folder)
  started[#started + 1] = pid
  return pid
end

local function configure(options)
  write(folder .. '/laudit.lua', ([[
    local F = %q
    output 'all' { type = 'file', path = 'all', format = 'audisp', default = true }
    output 'socket' { type = 'unix', path = 'events.sock', format = 'audisp', default = true, %s }
  ]]):format(folder, options or ''))
end

--- Starts a replay that reads its log once `go` was called, and listens before.
local function replay(first, last)
  write(folder .. '/audit.log', process.log(first, last))
  local pid = start(('(while [ ! -e go ]; do sleep 0.01; done; cat audit.log) | ' ..
    '$laudit replay -c laudit.lua --summary=json - 2>err; echo $? >status'))
  process.wait('laudit listens', function() return exists(socket) end)
  return pid
end

local function go()
  write(folder .. '/go', '')
end

--- Waits for the end; the exit status, what was said, the ledger's page of the output.
local function finish()
  process.wait('laudit has ended', function()
    return exists(folder .. '/status') and read(folder .. '/status'):match '%d'
  end)
  local err = read(folder .. '/err')
  for _, output in ipairs(cjson.decode((assert(err:match '(%b{})%s*$', err))).outputs) do
    if output.name == 'socket' or output.name == 'local' then
      return tonumber(read(folder .. '/status')), err, output
    end
  end
end

local function reader(name, bytes)
  local pid = start(('exec luajit %s %s %s %s'):format(READER, socket, name, bytes or ''))
  process.wait(name .. ' is connected', function()
    return exists(folder .. '/' .. name .. '.connected')
  end)
  return pid
end

local function is_gone(pid)
  return function() return not process.is_running(pid) end
end

describe('a unix output', function()
  it('gives every reader all of it', function()
    configure()
    replay(1, 3000)
    local pids = { reader 'one', reader 'two', reader 'three' }
    go()
    local status, err, output = finish()
    assert.equal(0, status, err)
    for index, name in ipairs { 'one', 'two', 'three' } do
      process.wait(name .. ' has ended', is_gone(pids[index]))
      assert.equal(read(folder .. '/all'), read(folder .. '/' .. name))
    end
    assert.equal(output.accepted, output.delivered)
    assert.is_false(exists(socket))
  end)

  it('works as docs/outputs.md prints it', function()
    local example = read 'docs/outputs.md':match '\n## unix\n.-\n```lua\n(.-)```'
    write(folder .. '/laudit.lua', (example:gsub('/run/laudit', folder)) ..
      "output 'all' { type = 'file', path = 'all', default = true }\n")
    replay(1, 100)
    assert.equal('srw-rw---- adm\n', process.shell('stat -c "%A %G" ' .. socket))
    local pid = reader 'one'
    go()
    assert.equal(0, (finish()))
    process.wait('the reader has ended', is_gone(pid))
    assert.equal(read(folder .. '/all'), read(folder .. '/one'))
  end)

  it('lets go of a reader that is too slow, says so, and the others miss nothing', function()
    configure "reader_queue = '3MiB'"
    replay(1, 60000)
    local slow, quick = reader('slow', 1000), reader 'quick'
    go()
    local status, err, output = finish()
    assert.equal(0, status, err)
    process.wait('both have ended', function()
      return is_gone(slow)() and is_gone(quick)()
    end)
    assert.matches(("output 'socket': the reader with pid %d is too slow; %%d+ bytes are " ..
      'left unread'):format(slow), err)
    local all = read(folder .. '/all')
    assert.is_true(#all > 8000000)
    assert.equal(all:sub(1, 1000), read(folder .. '/slow'))
    assert.equal(output.accepted, output.delivered)
  end)

  it('lets a reader close its own direction', function()
    configure()
    replay(1, 3000)
    local pid = reader('one', 'half')
    go()
    assert.equal(0, (finish()))
    process.wait('the reader has ended', is_gone(pid))
    assert.equal(read(folder .. '/all'), read(folder .. '/one'))
  end)

  it('says of ten readers at once that they were too slow, and how many more there were', function()
    configure "reader_queue = '64KiB'"
    write(folder .. '/audit.log', process.log(1, 30000))
    local out = assert(river.open(folder .. '/laudit.lua', folder .. '/err'))
    local pids = {}
    for index = 1, 12 do
      pids[index] = reader('slow' .. index, 1000)
    end
    out:read(folder .. '/audit.log')
    local function socket_counts()
      return cjson.decode(out:ledger()).outputs[2]
    end
    process.wait('all were too slow', function()
      out:turn(5) -- the second in which they are counted does not end by itself
      return socket_counts().readers_lost == 12
    end)
    assert.equal(10, select(2, read(folder .. '/err'):gsub('is too slow', '')))
    assert.not_matches('more lines', read(folder .. '/err'))
    out:tick()
    assert.matches('2 more lines about readers are left out', read(folder .. '/err'))
    while out:turn(5) do end
    local output = socket_counts()
    assert.is_true(output.accepted > output.delivered) -- nobody was left
    out:close()
    for _, pid in ipairs(pids) do
      process.wait('the reader has ended', is_gone(pid))
    end
  end)

  it('drops what nobody reads, and counts it', function()
    configure()
    replay(1, 100)
    go()
    local _, err, output = finish()
    assert.equal(0, output.delivered)
    assert.matches('"unread":' .. output.accepted, err)
  end)

  it('keeps it for the first reader when it is told to', function()
    configure "unread = 'wait'"
    replay(1, 100)
    go()
    process.wait('the file has it', function() return exists(folder .. '/all') end)
    local pid = reader 'late'
    local status, err = finish()
    assert.equal(0, status, err)
    process.wait('the reader has ended', is_gone(pid))
    assert.equal(read(folder .. '/all'), read(folder .. '/late'))
  end)

  it('turns readers away when there are enough', function()
    configure 'readers_most = 1'
    replay(1, 100)
    local one = reader 'one'
    local two = reader 'two'
    go()
    local _, err = finish()
    process.wait('both have ended', function()
      return is_gone(one)() and is_gone(two)()
    end)
    assert.matches("output 'socket': 1 read already %(readers_most%); others are turned away", err)
    assert.equal(read(folder .. '/all'), read(folder .. '/one'))
    assert.equal('', read(folder .. '/two'))
  end)

  it('has the mode and owner that were asked for', function()
    configure "mode = '0620', group = 'adm'"
    replay(1, 1)
    assert.equal('srw--w---- adm\n', process.shell('stat -c "%A %G" ' .. socket))
    go()
    finish()
  end)

  it('replaces a socket that nobody listens to', function()
    configure()
    process.shell(("luajit -e \"local f = require 'ffi' f.cdef'int socket(int, int, int); " ..
      'struct a { unsigned short family; char path[108]; }; ' ..
      'int bind(int, const struct a *, unsigned);' ..
      "' local a = f.new('struct a', 1) f.copy(a.path, '%s') " ..
      'assert(f.C.bind(f.C.socket(1, 1, 0), a, f.sizeof(a)) == 0)"'):format(socket))
    assert.is_true(exists(socket))
    local before = process.shell('stat -c %i ' .. socket)
    replay(1, 10)
    process.wait('it is another', function()
      return process.shell('stat -c %i ' .. socket) ~= before
    end)
    local pid = reader 'one'
    go()
    assert.equal(0, (finish()))
    process.wait('the reader has ended', is_gone(pid))
    assert.equal(read(folder .. '/all'), read(folder .. '/one'))
  end)

  it('is well while laudit runs, says check', function()
    configure()
    replay(1, 1)
    local check = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.equal(0, check.status, check.err .. check.out)
    go()
    finish()
  end)

  it('refuses what is not its own', function()
    local function complaint()
      local done = run(('cd %s; laudit replay -c laudit.lua </dev/null'):format(folder))
      assert.not_equal(0, done.status)
      return done.err
    end
    configure()
    write(socket, 'a file')
    assert.matches("events.sock' is there and is no socket", complaint())
    assert.equal('a file', read(socket))
    process.shell(('ln -sf /nowhere %s'):format(socket))
    assert.matches("events.sock' is a symbolic link; name the ", complaint())
    os.remove(socket)
    replay(1, 1)
    assert.matches('process %d+ listens at ', complaint())
    go()
    finish()
  end)

  it('listens anew on SIGUSR1 when somebody has taken the socket away', function()
    configure()
    local function laudit_pid()
      return tonumber(process.shell(('for p in /proc/[0-9]*; do ' ..
        '[ "$(readlink $p/cwd)" = %s ] && ' ..
        'readlink $p/exe | grep -q laudit && echo ${p#/proc/}; done'):format(folder))
        :match '%d+')
    end
    replay(1, 100)
    local one = reader 'one'
    os.remove(socket)
    process.signal(process.wait('laudit is found', laudit_pid), 'USR1')
    process.wait('laudit listens anew', function() return exists(socket) end)
    local two = reader 'two'
    go()
    finish()
    for name, pid in pairs { one = one, two = two } do
      process.wait('the reader has ended', is_gone(pid))
      assert.equal(read(folder .. '/all'), read(folder .. '/' .. name), name)
    end
  end)

  it('can still be found when a reload was refused that would have changed it', function()
    local function config(name, options)
      write(folder .. '/' .. name, ([[
        output 'socket' { type = 'unix', path = 'events.sock', format = 'audisp', %s
      ]]):format(options))
      return folder .. '/' .. name
    end
    local laudit = assert(river.open(config('laudit.lua', "mode = '0620', default = true }"),
      folder .. '/said'))
    assert.matches('is there and is no socket', laudit:reload(config('other.lua',
      "mode = '0600' } output 'other' { type = 'unix', path = 'said' }")))
    assert.equal('srw--w----\n', process.shell('stat -c %A ' .. socket))
    local pid = reader 'one'
    laudit:turn(100)
    assert.equal(1, cjson.decode(laudit:ledger()).outputs[1].readers)
    laudit:close()
    process.wait('the reader has ended', is_gone(pid))
    assert.equal('', process.shell('ls ' .. folder .. ' | grep sock'))
  end)
end)
