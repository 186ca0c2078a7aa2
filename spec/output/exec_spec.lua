--- The kind exec: a real program at the other end, laurel and an auditd plugin among them.
local cjson = require 'cjson'
local ffi = require 'ffi'
local logs = require 'spec.logs'
local process = require 'spec.cli.process'

ffi.cdef 'unsigned int geteuid(void);'

local run, write, read = process.run, process.write, process.read
local HERE = process.shell('pwd'):match '[^\n]+'
local PROGRAMS = HERE .. '/spec/output/programs/'
local PEERS = process.shell('realpath ' .. (os.getenv 'LAUDIT_PEERS' or 'build/peers'))
  :match '[^\n]+'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

--- The configuration: an exec output with these options beside a file with all lines.
local function configure(options)
  write(folder .. '/laudit.lua', ([[
    local F = %q
    output 'all' { type = 'file', path = 'all', format = 'audisp', default = true }
    output 'program' { type = 'exec', default = true, %s }
  ]]):format(folder, options))
end

--- Replays; returns what `run` returns and the ledger's page of the output.
local function replay(log, prefix)
  local done = run(('cd %s; %s laudit replay -c %s/laudit.lua --summary=json %s'):format(HERE,
    prefix or '', folder, log))
  local ledger = done.err:match '(%b{})%s*$'
  assert.truthy(ledger, done.err)
  for _, output in ipairs(cjson.decode(ledger).outputs) do
    if output.name == 'program' then
      return done, output
    end
  end
end

--- How often each line of a file is there.
local function lines_of(path)
  local lines, count = {}, 0
  for line in io.lines(path) do
    lines[line] = (lines[line] or 0) + 1
    count = count + 1
  end
  return lines, count
end

local function small_log()
  local path = folder .. '/audit.log'
  write(path, process.log(1, 500))
  return path
end

local function recorded()
  return logs.recorded()
end

describe('an exec output', function()
  it('gives laurel every event of the recorded logs, and laurel has no complaint', function()
    if not logs.peer 'laurel' then return pending 'laurel is not unpacked (spec/peers)' end
    if #recorded() == 0 then return pending 'LAUDIT_CORPUS is not set' end
    for _, log in ipairs(recorded()) do
      process.shell(('rm -rf %s/laurel; mkdir %s/laurel'):format(folder, folder))
      write(folder .. '/laurel.toml', ('directory = "%s/laurel"\n[auditlog]\nfile = "log"\n' ..
        'size = 1000000000\n'):format(folder))
      configure(("command = { '%s/env', 'laurel', '-c', F .. '/laurel.toml' }"):format(PEERS))
      local done, output = replay(log.path)
      assert.equal(0, done.status, done.err)
      assert.matches('processed %d+ lines %d+ events with 0 errors in total', done.err)
      assert.equal(output.accepted, output.delivered)

      local ids = {}
      for line in io.lines(folder .. '/laurel/log') do
        local id = cjson.decode(line).ID
        assert.is_nil(ids[id], id)
        ids[id] = true
      end
      local wanted = {}
      for line in log.text:gmatch '[^\n]+' do
        wanted[line:match 'msg=audit%(([^)]+)%)'] = true
      end
      assert.same(wanted, ids)
    end
  end)

  it('runs laurel as docs/outputs.md prints it', function()
    if not logs.peer 'laurel' then return pending 'laurel is not unpacked (spec/peers)' end
    process.shell(('mkdir %s/laurel'):format(folder))
    write(folder .. '/laurel.toml', ('directory = "%s/laurel"\n[auditlog]\nfile = "log"\n' ..
      'size = 1000000000\n'):format(folder))
    local example = read 'docs/outputs.md':match '\n## exec\n.-\n```lua\n(.-)```'
    write(folder .. '/laudit.lua', (example:gsub("'/usr/sbin/laurel'",
      ("'%s/env', 'laurel'"):format(PEERS)):gsub('/etc/laurel/config', folder .. '/laurel')))
    local done = run(('laudit replay -c %s/laudit.lua %s'):format(folder, small_log()))
    assert.equal(0, done.status, done.err)
    local _, count = lines_of(folder .. '/laurel/log')
    assert.equal(500, count)
  end)

  it('gives auparse, as plugins of auditd use it, every event', function()
    if not logs.peer 'ausearch' then return pending 'auditd is not unpacked (spec/peers)' end
    if #recorded() == 0 then return pending 'LAUDIT_CORPUS is not set' end
    for _, log in ipairs(recorded()) do
      os.remove(folder .. '/events')
      configure(("command = { '%s/env', 'luajit', '%sauparse.lua', F .. '/events' }"):format(PEERS,
        PROGRAMS))
      assert.equal(0, replay(log.path).status)
      local wanted, found = {}, {}
      for line in log.text:gmatch '[^\n]+' do
        wanted[line:match 'msg=audit%(([^)]+)%)'] = true
      end
      for line in io.lines(folder .. '/events') do
        found[line:match '^%S+'] = true
      end
      assert.same(wanted, found)
    end
  end)

  it('gives each line once, in order', function()
    configure(("command = { '/usr/bin/luajit', '%scopier.lua', F .. '/copy' }"):format(PROGRAMS))
    local done, output = replay(small_log())
    assert.equal(0, done.status)
    assert.equal(read(folder .. '/all'), read(folder .. '/copy'))
    assert.equal(output.accepted, output.delivered)
  end)

  it('starts the program again when it was killed: nothing is lost, what is doubled is counted',
    function()
      for _, lines in ipairs { 1, 100, 777, 1500 } do
        process.shell(('rm -f %s/copy* %s/all'):format(folder, folder))
        configure(("command = { '/usr/bin/luajit', '%scopier.lua', F .. '/copy', '%d' }, " ..
          "batch = { events = 200 }"):format(PROGRAMS, lines))
        local done, output = replay(small_log())
        assert.equal(0, done.status, done.err)
        assert.matches('was ended by signal 9', done.err)
        local copied, count = lines_of(folder .. '/copy')
        local all, wanted = lines_of(folder .. '/all')
        for line in pairs(all) do
          assert.truthy(copied[line], line)
        end
        assert.is_true(count - wanted <= output.repeated + output.again,
          ('%d lines more, %d and %d counted'):format(count - wanted, output.repeated,
            output.again))
        assert.equal(output.accepted, output.delivered)
      end
    end)

  it('ends a program that reads nothing, and gives another one all', function()
    write(folder .. '/lazy', ('#!/bin/sh\n[ -e %s/slept ] || { >%s/slept; exec sleep 1000; }\n' ..
      'exec cat >%s/copy\n'):format(folder, folder, folder))
    process.shell('chmod +x ' .. folder .. '/lazy')
    configure "command = { F .. '/lazy' }, send_timeout = 2, grace = 1"
    local done, output = replay(small_log())
    assert.equal(0, done.status, done.err)
    assert.matches("lazy' does not read what it is given", done.err)
    assert.equal(read(folder .. '/all'), read(folder .. '/copy'))
    assert.equal(output.accepted, output.delivered)
  end)

  it('hands nothing of its own down: descriptors, signals, environment, session', function()
    write(folder .. '/nosy', ([[#!/bin/sh
      cd %s
      ls -l /proc/self/fd >fd
      grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status >signals
      tr '\0' '\n' </proc/$$/environ >environment
      cut -d' ' -f1,6 /proc/$$/stat >session
      pwd >directory
      exec cat >/dev/null
    ]]):format(folder))
    process.shell('chmod +x ' .. folder .. '/nosy')
    write(folder .. '/token', 'geheim\n')
    configure [[command = { F .. '/nosy' }, environment = { COLOR = 'red',
      TOKEN = { file = F .. '/token' } }]]
    local done = replay(small_log(), 'exec 7</dev/null; trap "" PIPE; SECRET=mine')
    assert.equal(0, done.status, done.err)
    local descriptors = {}
    for number in read(folder .. '/fd'):gmatch ' (%d+) %->' do
      descriptors[#descriptors + 1] = number
    end
    assert.same({ '0', '1', '2', '3' }, descriptors) -- 3 is the folder that ls reads
    local signals = read(folder .. '/signals')
    assert.matches('SigBlk:%s+0+\n', signals)
    -- libc keeps 32 and 33 to itself: nobody can set them right
    assert.equal(0, tonumber(signals:match 'SigIgn:%s+(%x+)', 16) % 2 ^ 31)
    local environment = read(folder .. '/environment')
    assert.matches('COLOR=red\n', environment)
    assert.matches('TOKEN=geheim\n', environment)
    assert.matches('PATH=/usr/local/sbin:', environment)
    assert.not_matches('SECRET', environment)
    assert.not_matches('HOME', environment)
    local pid, session = read(folder .. '/session'):match '(%d+) (%d+)'
    assert.equal(pid, session)
  end)

  it('runs it as another user', function()
    if ffi.C.geteuid() ~= 0 then return pending 'only root can become another user' end
    process.shell('chmod 777 ' .. folder)
    configure [[command = { '/bin/sh', '-c', 'id >id; cat >/dev/null' }, user = 'daemon',
      directory = F]]
    assert.equal(0, replay(small_log()).status)
    assert.equal('uid=1(daemon) gid=1(daemon) groups=1(daemon)\n', read(folder .. '/id'))
  end)

  it('logs what it says on standard error: a line each, bounded, harmless', function()
    write(folder .. '/loud', [[#!/bin/sh
      cat >/dev/null
      printf 'one\nt\033[31mwo\n' >&2
      head -c 2000 /dev/zero | tr '\0' x >&2; echo >&2
      i=0; while [ $i -lt 100 ]; do echo "line $i" >&2; i=$((i + 1)); done
      printf end >&2
    ]])
    process.shell('chmod +x ' .. folder .. '/loud')
    configure "command = { F .. '/loud' }"
    local err = replay(small_log()).err
    assert.matches("output 'program': its program says: one\n", err)
    assert.matches('says: t\\x1B%[31mwo\n', err)
    assert.matches('says: ' .. ('x'):rep(500) .. ' %.%.%.\n', err)
    assert.matches('line 16\n', err)
    assert.not_matches('line 17\n', err)
    assert.matches('84 more lines of its program are left out', err)
  end)

  it('goes on without a program that cannot be started', function()
    configure "command = { '/nowhere/program' }, retry = { first = 0.01, attempts = 2 }"
    local done = replay(small_log())
    assert.matches("cannot start '/nowhere/program': No such file or directory", done.err)
    local _, lines = lines_of(folder .. '/all')
    assert.is_true(lines > 0)
    local check = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.equal(1, check.status)
    assert.matches("cannot start '/nowhere/program'", check.err .. check.out)
  end)

  it('wants an absolute path', function()
    configure "command = { 'laurel' }"
    local check = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.equal(1, check.status)
    assert.matches("command: expected the program's absolute path first, found 'laurel'\n1 mistake",
      check.err)
    configure 'command = 5, environment = 5'
    check = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.matches('2 mistakes', check.err)
    configure ''
    check = run(('laudit check -c %s/laudit.lua'):format(folder))
    assert.matches("command: expected { 'PROGRAM', 'ARGUMENT', %.%.%. }, found nothing\n1 mistake",
      check.err)
  end)
end)
