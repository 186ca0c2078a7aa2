local cjson = require 'cjson'
local ffi = require 'ffi'
local kernel = require('laudit_engine').kernel
local process = require 'spec.cli.process'

local run = process.run
local folder, log

before_each(function()
  folder = process.folder()
  log = folder .. '/audit.log'
  process.write(log, process.log(1, 50))
end)

after_each(function()
  process.remove(folder)
end)

-- Runs a command in which $F is the folder.
local function here(command)
  return run(('F=%s; %s'):format(folder, command))
end

local function serials_of(first, last)
  local serials = {}
  for serial = first, last do
    serials[#serials + 1] = serial
  end
  return serials
end

describe('laudit replay', function()
  it('writes events as JSON and the ledger beside them', function()
    local done = here 'laudit replay $F/audit.log'
    assert.equal(0, done.status)
    assert.same(serials_of(1, 50), process.serials(done.out))
    for line in done.out:gmatch '[^\n]+' do
      assert.equal('/usr/bin/x', cjson.decode(line).SYSCALL.exe)
    end
    assert.matches('^50 events from 100 records in ', done.err)
    assert.matches('\nrecords: seen 100 = assembled 100 %+ malformed 0 %+ EOE 0 %+ cut 0', done.err)
    assert.matches('\nevents: in 50 = routed 50 %+ dropped by policy 0', done.err)
    assert.matches('\noutput stdout: accepted 50 = delivered 50 %+ dropped 0 %+ queued 0', done.err)
    assert.not_matches('does not close', done.err)
  end)

  it('gives the ledger as JSON', function()
    local done = here 'laudit replay --summary=json $F/audit.log'
    local ledger = cjson.decode(done.err)
    assert.is_true(ledger.closes)
    assert.same({ seen = 100, assembled = 100, malformed = 0, eoe = 0, cut = 0, in_flight = 0 },
      ledger.records)
    assert.equal(50, ledger.events.routed)
    assert.equal('stdout', ledger.outputs[1].name)
    assert.equal(50, ledger.outputs[1].delivered)
    assert.equal(#done.out, ledger.outputs[1].bytes)
  end)

  it('exits with 1 when a policy fails on an event', function()
    process.write(folder .. '/good.lua', [[return require 'audit'.policy { name = 'good',
      check = function() end }]])
    process.write(folder .. '/bad.lua', [[return require 'audit'.policy { name = 'bad',
      check = function(event) if event.serial == 7 then error 'no idea' end end }]])
    assert.equal(0, here('laudit replay -q -p $F/good.lua $F/audit.log').status)
    local done = here 'laudit replay -q -p $F/bad.lua -p $F/good.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.same(serials_of(1, 50), process.serials(done.out))
    assert.matches('policy bad: ', done.err)
  end)

  it('says at the end, also when it is quiet, how often a policy failed', function()
    process.write(folder .. '/bad.lua', [[return require 'audit'.policy { name = 'bad',
      check = function(event) if event.serial % 10 == 3 then error(event.serial) end end }]])
    local done = here 'laudit replay -q -p $F/bad.lua $F/audit.log'
    assert.matches('\npolicy bad: 5 failures; the last: [^\n]*bad%.lua:2: 43\n$', done.err)
    assert.equal(1, select(2, done.err:gsub('failure %d', '')))
  end)

  it('ends at the event at which a critical policy fails', function()
    process.write(folder .. '/vital.lua', [[return require 'audit'.policy { name = 'vital',
      critical = true, check = function(event) if event.serial == 7 then error 'no' end end }]])
    local done = here 'laudit replay --summary=json -p $F/vital.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.same(serials_of(1, 7), process.serials(done.out))
    assert.matches('error: critical policy vital failed: [^\n]*vital%.lua:2: no\n', done.err)
    local ledger = cjson.decode(done.err:match '{"records".*')
    assert.is_true(ledger.closes)
    assert.same({ 7, ledger.events['in'] - 7, 7 }, { ledger.events.routed, ledger.events.in_flight,
      ledger.outputs[1].delivered })
  end)

  it('says once when policies name users and the log does not', function()
    for _, name in ipairs { 'a', 'b' } do
      process.write(('%s/%s.lua'):format(folder, name), ([[return require 'audit'.policy {
        name = '%s', on = { UID = 'root' },
        check = function() return require 'audit'.alert 'seen' end }]]):format(name))
    end
    local command = 'laudit replay -qa -p $F/a.lua -p $F/b.lua %s $F/audit.log'
    local done = here(command:format '')
    assert.equal(0, done.status)
    assert.equal(('laudit: warning: %s/a.lua:2: on.UID: a RAW log holds no names; ask for the '
      .. "number ('uid'), or replay with --resolve (and 1 more)\n"):format(folder), done.err)
    assert.equal('', done.out)
    done = here(command:format '--resolve')
    assert.equal('', done.err)
    assert.equal(100, select(2, done.out:gsub('"seen"', '')))

    local text = process.read(log)
    process.write(log, (text:gsub('key=%(null%)', '%0\29AUID="alice" UID="root"')))
    done = here(command:format '')
    assert.equal('', done.err)
    assert.equal(100, select(2, done.out:gsub('"seen"', '')))
  end)

  it('is quiet when asked', function()
    assert.equal('', here('laudit replay -q $F/audit.log').err)
    assert.equal('', here('laudit replay --summary none $F/audit.log').err)
  end)

  it('takes several logs in order, options anywhere, packed or from standard input', function()
    process.write(folder .. '/b.log', process.log(51, 60))
    process.shell(('gzip -k %s && zstd -q %s/b.log'):format(log, folder))
    for _, command in ipairs {
      'laudit replay $F/audit.log -q $F/b.log',
      'laudit replay $F/audit.log.gz $F/b.log.zst -q',
      'cat $F/b.log | laudit replay -q -- $F/audit.log -',
      'cat $F/audit.log $F/b.log | laudit replay -q',
      'cat $F/audit.log.gz | laudit replay -q - $F/b.log',
    } do
      local done = here(command)
      assert.equal('', done.err)
      assert.equal(0, done.status)
      assert.same(serials_of(1, 60), process.serials(done.out), command)
    end
  end)

  it('gives the same bytes twice', function()
    local command = 'laudit replay -q $F/audit.log'
    assert.equal(here(command).out, here(command).out)
  end)

  it('gives a log back as it was with --format raw', function()
    assert.equal(process.read(log), here('laudit replay -q -f raw $F/audit.log').out)
  end)

  it('colours text on a terminal, or as --color says, unless NO_COLOR', function()
    local plain = here('laudit replay -q -f text $F/audit.log').out
    local colored = here('laudit replay -q -f text --color always $F/audit.log').out
    assert.not_matches('\27', plain)
    assert.matches('\27', colored)
    assert.equal(plain, (colored:gsub('\27%[[%d;]*m', '')))
    local terminal = 'script -qec "%s replay -q -f text $F/audit.log" /dev/null'
    assert.matches('\27', here(terminal:format(process.binary)).out)
    assert.not_matches('\27', here('export NO_COLOR=1; ' .. terminal:format(process.binary)).out)
  end)

  it('writes nothing with --format none, but counts', function()
    local done = here 'laudit replay -f none $F/audit.log'
    assert.equal('', done.out)
    assert.matches('events: in 50 = routed 50', done.err)
    assert.matches('\noutputs: none\n', done.err)
  end)

  it('says which log it cannot read, and fails', function()
    local done = here 'laudit replay $F/audit.log $F/missing.log'
    assert.equal(1, done.status)
    assert.matches('missing%.log: No such file or directory', done.err)
    assert.equal('', done.out)
  end)

  it('counts lines that are no records, and goes on', function()
    process.write(log, 'garbage\n' .. process.log(1, 3) .. '\0\255\n')
    local done = here 'laudit replay $F/audit.log'
    assert.equal(0, done.status)
    assert.same({ 1, 2, 3 }, process.serials(done.out))
    assert.matches('lines that are no records 2', done.err)
  end)

  it('says where a malformed record is', function()
    process.write(log, process.log(1, 1) .. 'type=SYSCALL msg=audit(1.100:7\n' .. process.log(2, 2))
    local done = here 'laudit replay $F/audit.log'
    assert.equal(0, done.status)
    assert.matches("audit%.log:3: malformed record: 'type=SYSCALL msg=audit%(1%.100:7'", done.err)
    assert.matches('malformed 1', done.err)
  end)

  it('counts the records of a capture that were cut when they were received', function()
    local text = 'audit(1.000:1): arch=c000003e'
    local header = ffi.new('uint32_t[4]', 16 + #text, 0, 0, 0)
    ffi.cast('uint16_t *', header)[2] = 1300
    local bytes = ffi.string(header, 16) .. text
    assert(kernel.capture(folder .. '/capture', { { bytes = bytes, truncated = true },
      { bytes = bytes } }))
    assert.matches('too long 0, truncated 1\n', here('laudit replay $F/capture').err)
    assert.matches('"truncated":1[,}]', here('laudit replay --summary json $F/capture').err)
  end)

  it('takes every line up to 8 MiB whole, and fails for a longer one', function()
    local head = 'type=EXECVE msg=audit(1.000:1): argc=1 a0='
    local argument = ('4'):rep(8 * 1024 * 1024 - #head - 1) .. 'G'
    process.write(log, head .. argument .. '\n' .. process.log(2, 3))
    local done = here 'laudit replay -q $F/audit.log'
    assert.same({ 0, '', { 1, 2, 3 } }, { done.status, done.err, process.serials(done.out) })
    assert.truthy(done.out:find('"ARGV":["' .. argument .. '"]', 1, true))

    process.write(log, process.log(2, 3) .. head .. argument .. 'G\n' .. process.log(4, 4))
    done = here 'laudit replay -q $F/audit.log'
    assert.same({ 1, { 2, 3, 4 } }, { done.status, process.serials(done.out) })
    assert.matches('audit%.log:5: longer than 8 MiB: ', done.err)
    assert.equal(1, here('laudit replay --summary=json $F/audit.log').status)
  end)

  it('takes the longest arguments that the kernel does, in as many records as it likes', function()
    local id, lines = 'audit(1.000:1): ', {}
    for part = 0, 1699 do
      lines[part] = ('type=EXECVE msg=%s%sa0[%d]=%s\n'):format(id,
        part == 0 and 'argc=1 a0_len=12580000 ' or '', part, ('41'):rep(3700))
    end
    process.write(log, 'type=SYSCALL msg=' .. id .. 'arch=c000003e syscall=59\n'
      .. table.concat(lines, '', 0) .. 'type=PROCTITLE msg=' .. id .. 'proctitle="x"\n')
    local done = here 'laudit replay -q $F/audit.log'
    assert.same({ 0, '' }, { done.status, done.err })
    assert.truthy(done.out:find('"ARGV":["' .. ('A'):rep(1700 * 3700) .. '"]', 1, true))
  end)

  it('says which records an event had no room for, and fails', function()
    local lines = {}
    for part = 1, 3 do
      lines[part] = ('type=PATH msg=audit(1.000:1): item=%d name=%s\n'):format(part,
        ('x'):rep(6 * 1024 * 1024))
    end
    process.write(log, table.concat(lines) .. process.log(2, 3))
    for _, option in ipairs { '', '-q' } do
      local done = here('laudit replay -f none $F/audit.log ' .. option)
      assert.equal(1, done.status)
      assert.matches('\n1 record is missing: an event holds 16 MiB of text and 4096 records\n',
        '\n' .. done.err)
    end
    process.write(log, ('type=PATH msg=audit(1.000:1): item=0\n'):rep(4098))
    local done = here 'laudit replay $F/audit.log'
    assert.equal(1, done.status)
    assert.matches('"MARKS":%["cut"%]', done.out)
    assert.matches('\n2 records are missing: an event holds 16 MiB', done.err)
  end)

  it('fails when no line is a record, but not for an empty log', function()
    process.write(log, 'Dear diary,\n\ntoday nothing happened.\n')
    for _, option in ipairs { '', '-q' } do
      local done = here('laudit replay $F/audit.log ' .. option)
      assert.equal(1, done.status)
      assert.matches('\nno line of the logs is an audit record\n$', '\n' .. done.err)
    end
    assert.equal(1, here('laudit replay --summary=json $F/audit.log').status)
    assert.equal(0, here('laudit replay -q </dev/null').status)
  end)

  it('ends quietly when nobody reads any more', function()
    process.write(log, process.log(1, 5000))
    local done = here 'laudit replay -q $F/audit.log | head -n 1'
    assert.equal(1, #process.serials(done.out))
    done = here '{ laudit replay $F/audit.log; echo "status $?" >&2; } | head -n 1'
    assert.matches('status 0', done.err)
    assert.matches('dropped %d+ %(closed %d+%)', done.err)
    assert.not_matches('does not close', done.err)
  end)

  it('fails when standard output is a full disk', function()
    local done = here 'laudit replay $F/audit.log >/dev/full'
    assert.equal(1, done.status)
    assert.matches("output 'stdout': cannot write: No space left on device", done.err)
    assert.matches('dropped 50 %(error 50%)', done.err)
  end)

  it('waits for a slow reader and loses nothing', function()
    process.write(log, process.log(1, 3000))
    local done = here 'laudit replay -q $F/audit.log | dd bs=100 2>/dev/null'
    assert.same(serials_of(1, 3000), process.serials(done.out))
  end)

  it('shows progress on a terminal only', function()
    process.write(log, process.log(1, 5000))
    process.write(folder .. '/pause.lua', [[
      local ffi = require 'ffi'
      ffi.cdef 'int poll(void *, unsigned long, int);'
      ffi.C.poll(nil, 0, 300)
    ]])
    process.write(folder .. '/long', ([[
      { cat %s; luajit %s/pause.lua; cat %s; } | %s replay - >/dev/null
    ]]):format(log, folder, log, process.quote(process.shell('realpath ' .. process.binary)
      :match '[^\n]+')))
    local shown = here 'script -qec "sh $F/long" /dev/null </dev/null'
    assert.matches('\r.*MB/s.*events\27%[K', shown.out)
    assert.not_matches('\r', here('sh $F/long').err)
  end)

  it('drains and gives the ledger at SIGINT and SIGTERM', function()
    for _, signal in ipairs { 'INT', 'TERM' } do
      process.shell(('mkfifo %s/in%s'):format(folder, signal))
      local pid = process.start(('exec $laudit replay in%s >out%s 2>err%s'):format(signal, signal,
        signal), folder)
      local fifo = io.open(folder .. '/in' .. signal, 'wb')
      fifo:write(process.log(1, 10), (process.event(11):gsub('type=PROCTITLE.*', '')))
      fifo:flush()
      local out, err = folder .. '/out' .. signal, folder .. '/err' .. signal
      process.wait('ten events are written', function()
        return #process.serials(process.read(out)) == 10
      end)
      process.signal(pid, signal)
      process.wait('it has ended', function()
        return not process.is_running(pid)
      end)
      fifo:close()
      assert.same(serials_of(1, 11), process.serials(process.read(out)))
      assert.matches('stopped by a signal', process.read(err))
      assert.matches('events: in 11 = routed 11', process.read(err))
    end
  end)
end)

-- The signals that wait for a process, as a mask.
local function pending(pid)
  return process.read(('/proc/%d/status'):format(pid)):match 'ShdPnd:%s*(%x+)'
end

-- The processor time that a process has used outside the kernel.
local function seconds_of(pid)
  local stat = process.read(('/proc/%d/stat'):format(pid))
  return tonumber(stat:match('%) %a' .. (' %S+'):rep(10) .. ' (%d+)')) / 100
end

describe('a second SIGINT or SIGTERM', function()
  for _, first in ipairs { 'INT', 'TERM' } do
    it('ends a replay at once that a policy keeps busy, after SIG' .. first, function()
      process.write(log, process.log(1, 2000))
      process.write(folder .. '/slow.lua', [[
        local audit = require 'audit'
        return audit.policy {
          name = 'slow', severity = 'low', on = { SYSCALL = 'execve' },
          check = function()
            local sum = 0
            for i = 1, 300000 do
              sum = sum + i
            end
          end,
        }]])
      process.start('$laudit replay -q -f none -p slow.lua audit.log & echo $! >pid; wait $!; '
        .. 'echo $? >status', folder)
      local pid = process.wait('laudit has a pid', function()
        local file = io.open(folder .. '/pid')
        return file and tonumber(file:read '*a', nil)
      end)
      process.wait('a policy is busy', function()
        return seconds_of(pid) > 0.3
      end)
      process.signal(pid, first)
      process.wait('the first signal was taken, and waits', function()
        return pending(pid):match '[^0]%x%x%x%x%x%x%x%x$' -- laudit's own, one of the upper 32
      end)
      process.signal(pid, 'TERM')
      process.wait('it has ended', function()
        return io.open(folder .. '/status')
      end)
      assert.equal('143\n', process.read(folder .. '/status'))
    end)
  end
end)

describe('laudit replay -p', function()
  it('takes any output without a configuration, and writes what goes there once', function()
    process.write(folder .. '/p.lua', [[local audit = require 'audit'
return audit.policy { name = 'p', check = function(event)
  event:route('soc', 'local')
  event:send 'pager'
  return audit.alert { 'seen', outputs = 'pager' }
end }]])
    local done = here 'laudit replay -q -p $F/p.lua $F/audit.log'
    assert.equal('', done.err)
    assert.equal(0, done.status)
    assert.same(serials_of(1, 50), process.serials((done.out:gsub('{"ALERT":[^\n]*\n', ''))))
    assert.equal(50, select(2, done.out:gsub('{"ALERT":', '')))
    process.write(folder .. '/laudit.lua', "output 'local' { type = 'stdout' }\n")
    done = here 'laudit replay -q -c $F/laudit.lua -p $F/p.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.matches("p%.lua:3: unknown output 'soc'", done.err)
  end)

  it('says the line of a policy that is called as a file of laudit is', function()
    process.write(folder .. '/audit.lua', [[local audit = require 'audit'
return audit.policy { name = 'p', check = function()
  error('plain', 0)
end }]])
    process.shell(('mkdir %s/audit && cp %s/audit.lua %s/audit/alert.lua'):format(folder, folder,
      folder))
    for _, path in ipairs { 'audit.lua', './audit.lua', 'audit/alert.lua' } do
      local done = here(('at=$(realpath %s); cd $F && "$at" replay -p %s audit.log')
        :format(process.quote(process.binary), path))
      assert.is_truthy(done.err:find(path .. ':3: plain\n', 1, true), done.err)
    end
  end)
end)

describe('laudit replay -c', function()
  local function config(text)
    process.write(folder .. '/laudit.lua', text)
  end

  it('writes to the outputs of the configuration', function()
    config [[
      output 'all' { type = 'file', path = 'all.json', mode = '0640' }
      output 'raw' { type = 'file', path = 'raw.log', format = 'raw' }
      output 'here' { type = 'stdout', format = 'records' }
    ]]
    local done = here 'laudit replay -c $F/laudit.lua $F/audit.log'
    assert.equal(0, done.status)
    assert.same(serials_of(1, 50), process.serials(process.read(folder .. '/all.json')))
    assert.equal(process.read(log), process.read(folder .. '/raw.log'))
    assert.matches('output all: accepted 50 = delivered 50', done.err)
    assert.matches('output raw: accepted 100 = delivered 100', done.err)
    local lines = select(2, done.out:gsub('\n', ''))
    assert.equal(100, lines)
    assert.equal('640\n', process.shell('stat -c %a ' .. folder .. '/all.json'))
  end)

  it('writes to standard output instead with --format', function()
    config "output 'all' { type = 'file', path = 'all.json' }"
    local done = here 'laudit replay -q -c $F/laudit.lua -f json $F/audit.log'
    assert.same(serials_of(1, 50), process.serials(done.out))
    assert.is_nil(io.open(folder .. '/all.json'))
  end)

  it('says every mistake and starts nothing', function()
    config [[
      output 'a' { type = 'file', path = 'a.json' }
      output 'b' { type = 'fiel' }
      output 'c' { path = 3 }
      output 'd' { type = 'file', path = 3, mode = 4 }
    ]]
    local done = here 'laudit replay -c $F/laudit.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.matches('laudit.lua:2: ', done.err)
    assert.matches('laudit.lua:3: ', done.err)
    assert.matches('laudit.lua:4: .*laudit.lua:4: ', done.err)
    assert.is_nil(io.open(folder .. '/a.json'))
  end)

  it('leaves no file behind when an output cannot be opened', function()
    config [[
      output 'a' { type = 'file', path = 'a.json' }
      output 'b' { type = 'file', path = 'b' }
    ]]
    process.shell(('mkfifo %s/b'):format(folder))
    local done = here 'laudit replay -c $F/laudit.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.matches("laudit.lua:2: output 'b': .*it is a pipe that nobody reads", done.err)
    assert.is_nil(io.open(folder .. '/a.json'))
  end)

  it('goes on when one output is a full disk, and says so', function()
    config [[
      output 'full' { type = 'file', path = '/dev/full', queue = { bytes = 2000 } }
      output 'all' { type = 'file', path = 'all.json' }
    ]]
    local done = here 'laudit replay -c $F/laudit.lua $F/audit.log'
    assert.equal(1, done.status)
    assert.same(serials_of(1, 50), process.serials(process.read(folder .. '/all.json')))
    assert.matches("output 'full': cannot write to '/dev/full': No space left on device", done.err)
    assert.matches('output full: accepted 50 = delivered 0 %+ dropped 50', done.err)
    assert.not_matches('does not close', done.err)
  end)
end)
