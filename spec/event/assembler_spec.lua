local event = require('laudit_engine').event
local logs = require 'spec.logs'

--- Feeds lines, flushes unless told not to; all events in order. The ledger closes after each line.
local function assemble(lines, assembler, keep)
  local events = {}
  local function gather(list)
    for _, each in ipairs(list) do
      events[#events + 1] = each
    end
    assert.equal(0, assembler:stats().balance)
  end
  for _, line in ipairs(lines) do
    gather(assembler:take(logs.parse(line)))
  end
  if not keep then
    gather(assembler:flush())
    assert.equal(0, assembler:stats().in_flight)
  end
  return events
end

local function line(type, second, serial, body, node)
  return ('%stype=%s msg=audit(%d.000:%d): %s'):format(node and 'node=' .. node .. ' ' or '', type,
    second, serial, body or 'pid=1')
end

local function types(one)
  local tokens = {}
  for index, record in ipairs(one.records) do
    tokens[index] = record.token
  end
  return table.concat(tokens, ' ')
end

--- "1:SYSCALL PATH", ... of events.
local function summary(events)
  local words = {}
  for index, one in ipairs(events) do
    words[index] = one.id:match ':(%d+)$' .. ':' .. types(one)
  end
  return words
end

describe('an event of a file', function()
  it('is complete at PROCTITLE after SYSCALL', function()
    local lines = logs.fixture 'exec'
    local assembler = event.assembler 'file'
    assert.equal(0, #assemble(lines, assembler, true))
    assert.same({ '72:SYSCALL EXECVE CWD PATH PATH PROCTITLE' },
      summary(assembler:take('CWD', 'audit(1795223104.428:99): cwd="/"')))
    assert.equal(1, assembler:stats().in_flight)
  end)

  it('goes as soon as the next record is not its own', function()
    local assembler = event.assembler 'file'
    assemble({ line('SYSCALL', 1, 1), line('PROCTITLE', 1, 1) }, assembler, true)
    assert.equal(2, assembler:stats().in_flight)
    assert.same({ '1:SYSCALL PROCTITLE' }, summary(assembler:take('CWD',
      'audit(1.000:2): cwd="/"')))
  end)

  it('keeps its EOE beside its records', function()
    local events = assemble({ line('SYSCALL', 1, 1), line('PROCTITLE', 1, 1), line('EOE', 1, 1,
      '') },
      event.assembler 'file')
    assert.same({ '1:SYSCALL PROCTITLE' }, summary(events))
    assert.same({ 'EOE', 'audit(1.000:1): ' }, { events[1].end_token, events[1].end_text })
  end)

  it('is complete at EOE once one was seen, until another file begins', function()
    local assembler = event.assembler 'file'
    assemble({ line('SYSCALL', 1, 1), line('PROCTITLE', 1, 1), line('EOE', 1, 1),
      line('SYSCALL', 1, 2), line('PROCTITLE', 1, 2), line('CWD', 1, 3) }, assembler, true)
    assert.equal(1, assembler:stats().events)
    assert.same({ '2:SYSCALL PROCTITLE' }, summary(assembler:take('EOE', 'audit(1.000:2): ')))
    assembler:new_file()
    assemble({ line('SYSCALL', 1, 4), line('PROCTITLE', 1, 4), line('CWD', 1, 5) }, assembler, true)
    assert.equal(3, assembler:stats().events)
  end)

  it('waits for its SYSCALL when PROCTITLE comes first', function()
    local assembler = event.assembler 'file'
    assert.same({}, assemble({ line('PROCTITLE', 1, 1), line('CWD', 1, 2) }, assembler, true))
  end)
end)

describe('an event of the kernel itself', function()
  it('is complete at EOE and not before', function()
    local assembler = event.assembler 'live'
    assemble({ line('SYSCALL', 1, 1), line('PROCTITLE', 1, 1), line('CWD', 1, 2) }, assembler, true)
    assert.equal(0, assembler:stats().events)
    assert.same({ '1:SYSCALL PROCTITLE' }, summary(assembler:take('EOE', 'audit(1.000:1): ')))
  end)

  it('that has no terminator goes after two seconds of event time', function()
    for _, type in ipairs { 'LOGIN', 'BPF', 'SECCOMP', 'CONFIG_CHANGE', 'URINGOP', 'ANOM_ABEND',
      'USER', 'UNKNOWN[1999]', 'NO_SUCH_TYPE' } do
      local assembler = event.assembler 'live'
      assert.equal(0, #assembler:take(type, 'audit(10.000:1): pid=1'), type)
      assert.equal(0, #assembler:take('CWD', 'audit(11.999:2): cwd="/"'))
      assert.same({ '1:' .. type }, summary(assembler:take('CWD', 'audit(12.000:3): cwd="/"')))
      assert.equal(1, assembler:stats().timed_out)
    end
  end)

  it('goes by the wall clock when nothing else comes', function()
    local assembler = event.assembler 'live'
    assembler:take('LOGIN', 'audit(10.000:1): pid=1')
    assert.equal(0, #assembler:tick(11999))
    assert.equal(1, #assembler:tick(12000))
    assert.equal(12000, assembler:now())
  end)
end)

describe('a record that stands alone', function()
  it('is an event at once', function()
    for _, type in ipairs { 'USER_AUTH', 'SERVICE_START', 'DAEMON_START', 'KERNEL',
      'CRYPTO_SESSION', 'ANOM_LOGIN_FAILURES', 'UNKNOWN[1100]', 'UNKNOWN[1299]',
        'UNKNOWN[2999]' } do
      assert.equal(1, #event.assembler('live'):take(type, 'audit(10.000:1): pid=1'), type)
    end
  end)

  it('takes along what its event has already', function()
    local events = assemble({ line('CONFIG_CHANGE', 1, 1), line('USER_AVC', 1, 1) },
      event.assembler 'live')
    assert.same({ '1:CONFIG_CHANGE USER_AVC' }, summary(events))
  end)
end)

describe('records that arrive mixed', function()
  it('belong together by node, time and serial', function()
    local events = assemble(logs.fixture 'interleaved', event.assembler 'file')
    assert.same({ '67:SYSCALL MMAP PROCTITLE', '66:SYSCALL MMAP PROCTITLE' }, summary(events))
    events = assemble({ line('SYSCALL', 1, 1, 'pid=1', 'web1'), line('SYSCALL', 1, 1, 'pid=2',
      'web2'),
      line('SYSCALL', 2, 1, 'pid=3', 'web1'), line('CWD', 1, 1, 'cwd="/"', 'web2') },
      event.assembler 'file')
    assert.same({ '1:SYSCALL', '1:SYSCALL CWD', '1:SYSCALL' }, summary(events))
    assert.same({ 'web1', 'web2', 'web1' }, { events[1].node, events[2].node, events[3].node })
  end)

  it('of a completed event make a second one, marked late', function()
    local events = assemble({ line('SYSCALL', 1, 1), line('PROCTITLE', 1, 1), line('CWD', 1, 2),
      line('PATH', 1, 1) }, event.assembler 'file')
    assert.same({ '1:SYSCALL PROCTITLE', '2:CWD', '1:PATH' }, summary(events))
    assert.same({ false, false, true }, { events[1].late, events[2].late, events[3].late })
  end)

  it('are the same events in whatever order the kernel gave them', function()
    math.randomseed(11)
    local by_serial, order = {}, {}
    for serial = 1, 60 do
      local kinds = { 'SYSCALL', 'CWD', 'PATH', 'PATH', 'SOCKADDR' }
      by_serial[serial] = {}
      for index = 1, #kinds do
        local kind = table.remove(kinds, math.random(#kinds))
        by_serial[serial][index] = line(kind, 1, serial, 'item=' .. index)
      end
      table.insert(by_serial[serial], line('PROCTITLE', 1, serial))
    end
    local open = {}
    for serial = 1, 60 do
      open[#open + 1] = serial
      while #open > (serial == 60 and 0 or 4) do
        local pick = math.random(#open)
        table.insert(order, table.remove(by_serial[open[pick]], 1))
        if #by_serial[open[pick]] == 0 then
          table.remove(open, pick)
        end
      end
    end
    local events = assemble(order, event.assembler 'file')
    assert.equal(60, #events)
    for _, one in ipairs(events) do
      local kinds = {}
      for kind in types(one):gmatch '%S+' do
        kinds[#kinds + 1] = kind
      end
      table.sort(kinds)
      assert.same({ 'CWD', 'PATH', 'PATH', 'PROCTITLE', 'SOCKADDR', 'SYSCALL' }, kinds)
      assert.is_true(one.has_syscall)
      assert.is_false(one.late)
    end
  end)
end)

describe('Now', function()
  it('is the highest event time read, and goes with each event', function()
    local assembler = event.assembler 'file'
    assembler:take('CWD', 'audit(10.500:1): cwd="/"')
    assembler:take('CWD', 'audit(9.000:2): cwd="/"')
    assert.equal(10500, assembler:now())
    assert.equal(10500, assembler:flush()[1].now)
  end)

  it('goes back with a clock that went back more than 10 s, after all in flight has left',
    function()
    local assembler = event.assembler 'file'
    assembler:take('CWD', 'audit(100.000:1): cwd="/"')
    assert.equal(0, #assembler:take('CWD', 'audit(90.000:2): cwd="/"'))
    assert.equal(2, #assembler:take('CWD', 'audit(89.999:3): cwd="/"'))
    assert.equal(89999, assembler:now())
    assert.equal(2, assembler:stats().flushed)
  end)
end)

describe('several hosts', function()
  it('keep their events whole however far their clocks are apart', function()
    local lines = {}
    for serial = 1, 20 do
      for _, kind in ipairs { 'SYSCALL', 'CWD', 'PATH', 'PROCTITLE' } do
        lines[#lines + 1] = line(kind, 1000 + serial, serial, 'pid=1', 'web1')
        lines[#lines + 1] = line(kind, 1060 + serial, serial, 'pid=1', 'web2')
      end
    end
    local assembler = event.assembler 'file'
    local events = assemble(lines, assembler)
    assert.equal(40, #events)
    for _, one in ipairs(events) do
      assert.equal('SYSCALL CWD PATH PROCTITLE', types(one))
    end
    assert.same({ 0, 0, 0 }, { assembler:stats().late, assembler:stats().timed_out,
      assembler:stats().gaps })
  end)

  it('wait each by its own clock', function()
    local assembler = event.assembler 'file'
    assert.same({ '1:CWD' }, summary(assemble({ line('LOGIN', 100, 1, nil, 'web1'),
      line('CWD', 160, 1, nil, 'web2'), line('CWD', 170, 2, nil, 'web2') }, assembler, true)))
    assert.same({ '1:LOGIN' }, summary(assemble({ line('CWD', 102, 2, nil, 'web1') }, assembler,
      true)))
  end)

  it('are set back one by one', function()
    local assembler = event.assembler 'file'
    local events = assemble({ line('CWD', 100, 1, nil, 'web1'), line('CWD', 100, 1, nil, 'web2'),
      line('CWD', 89, 2, nil, 'web1') }, assembler, true)
    assert.same({ 'web1' }, { events[1].node, events[2] })
    assert.equal(1, assembler:stats().flushed)
  end)

  it('have one Now: the highest clock, unless it falls silent for more than 10 s', function()
    local assembler = event.assembler 'file'
    local function now(second, node)
      assemble({ line('CWD', second, second, nil, node) }, assembler, true)
      return assembler:now() / 1000
    end
    assert.same({ 900, 960, 960, 961, 961 }, { now(900, 'web1'), now(960, 'web2'),
      now(908, 'web1'), now(961, 'web2'), now(915, 'web1') })
    assert.same({ 961, 926, 927, 962 }, { now(925, 'web1'), now(926, 'web1'), now(927, 'web1'),
      now(962, 'web2') })
  end)

  it('have serials of their own', function()
    local lines = {}
    for second = 1, 3 do
      for host = 1, 40 do
        lines[#lines + 1] = line('USER_AUTH', second, 1000 * host + 2 * second, nil, 'h' .. host)
      end
    end
    local assembler = event.assembler 'file'
    assemble(lines, assembler)
    assert.equal(80, assembler:stats().gaps)
  end)

  it('may be more than are known', function()
    local lines = {}
    for second = 1, 30 do
      for host = 1, 200 do
        lines[#lines + 1] = line('CWD', 50 * (host % 7) + second, second, nil, 'h' .. host)
      end
    end
    assert.equal(6000, #assemble(lines, event.assembler 'file'))
  end)
end)

describe('gaps of a host whose clock goes back', function()
  --- The gaps of events that have these serials, each in a second of its own.
  local function gaps(...)
    local assembler = event.assembler 'file'
    for _, each in ipairs { ... } do
      assemble({ line('USER_AUTH', each[2], each[1]) }, assembler)
    end
    return assembler:stats().gaps
  end

  it('do not begin with a call that waited for long: its time is that of its begin', function()
    assert.equal(0, gaps({ 7, 900 }, { 9, 900 }, { 8, 100 }, { 10, 901 }))
    assert.equal(0, gaps({ 7, 900 }, { 9, 100 }, { 8, 900 }, { 10, 901 }))
    assert.equal(1, gaps({ 7, 900 }, { 8, 100 }, { 10, 901 }))
    assert.equal(1, gaps({ 7, 900 }, { 9, 100 }, { 10, 101 }))
  end)

  it('go on when it was set back', function()
    assert.equal(2, gaps({ 7, 900 }, { 8, 100 }, { 10, 101 }, { 12, 102 }))
    assert.equal(4999, gaps({ 7, 900 }, { 8, 100 }, { 5008, 101 }))
    assert.equal(3, gaps({ 7, 900 }, { 8, 100 }, { 12, 101 }, { 1, 131 }, { 2, 131 }))
  end)

  it('are those of both logs when an older one follows, or one of another host', function()
    assert.equal(3 + 2, gaps({ 100, 900 }, { 104, 901 }, { 90, 100 }, { 93, 101 }))
    assert.equal(3 + 2, gaps({ 100, 900 }, { 104, 901 }, { 104, 100 }, { 107, 101 }))
    assert.equal(3 + 2, gaps({ 100, 900 }, { 104, 901 }, { 5000, 100 }, { 5003, 101 }))
    assert.equal(3 + 2, gaps({ 9000, 900 }, { 9004, 901 }, { 5, 100 }, { 8, 101 }))
  end)
end)

describe('bounds', function()
  it('of events in flight send the oldest away, marked', function()
    local assembler = event.assembler('file', { events = 2 })
    local events = assemble({ line('CWD', 1, 1), line('CWD', 1, 2), line('CWD', 1, 3) }, assembler)
    assert.same({ '1:CWD', '2:CWD', '3:CWD' }, summary(events))
    assert.same({ true, false, false }, { events[1].cut, events[2].cut, events[3].cut })
    assert.equal(1, assembler:stats().evicted)
  end)

  it('of records cut what is too much, counted and marked', function()
    local assembler = event.assembler('file', { records = 2 })
    local events = assemble({ line('PATH', 1, 1), line('PATH', 1, 1), line('PATH', 1, 1) },
      assembler)
    assert.same({ '1:PATH PATH' }, summary(events))
    assert.is_true(events[1].cut)
    assert.equal(1, assembler:stats().cut)
  end)

  it('of bytes hold for one event and for all', function()
    local long = 'name="' .. ('x'):rep(100) .. '"'
    local assembler = event.assembler('file', { bytes = 300, all_bytes = 450 })
    local events = assemble({ line('PATH', 1, 1, long), line('PATH', 1, 1, long),
      line('PATH', 1, 1, long), line('PATH', 1, 2, long), line('PATH', 1, 3, long),
      line('PATH', 1, 4, ('x'):rep(300)) }, assembler)
    assert.same({ '1:PATH PATH', '2:PATH', '3:PATH' }, summary(events))
    assert.is_true(events[1].cut)
    assert.same({ 2, 1 }, { assembler:stats().cut, assembler:stats().evicted })
  end)
end)

describe('the ledger', function()
  it('counts what is malformed and what ends events', function()
    local assembler = event.assembler 'file'
    assembler:take('SYSCALL', 'audit(garbage): a=b')
    assembler:take('EOE', 'audit(1.000:7): ')
    assembler:take('CWD', 'audit(1.000:8): cwd="/"')
    local stats = assembler:stats()
    assert.same({ 3, 1, 1, 1, 0 }, { stats.seen, stats.malformed, stats.eoe, stats.in_flight,
      stats.balance })
  end)
end)

describe('every log', function()
  for _, path in ipairs(logs.paths()) do
    it('has as many events as ids, and loses no record: ' .. path, function()
      local ids, count, records = {}, 0, 0
      local lines = logs.lines(path)
      for _, each in ipairs(lines) do
        local _, text, node = logs.parse(each)
        local id = (node or '') .. text:match '^audit%(([^)]*)%)'
        if not ids[id] then
          ids[id], count = true, count + 1
        end
      end
      local assembler = event.assembler 'file'
      local events = assemble(lines, assembler)
      for _, one in ipairs(events) do
        records = records + #one.records
      end
      assert.equal(count, #events)
      assert.equal(#lines, records + assembler:stats().eoe)
      assert.equal(0, assembler:stats().malformed + assembler:stats().cut + assembler:stats().late)
    end)
  end
end)

describe('a recorded log', function()
  for _, log in ipairs(logs.recorded()) do
    it('has as many records of each type as for ausearch --raw: ' .. log.name, function()
      local command = logs.peer('ausearch --raw -if ' .. log.path)
      if not command then return pending 'auditd is not unpacked (spec/peers)' end
      local theirs, ours, records = {}, {}, 0
      local said, status = logs.output(command)
      assert.equal(0, status)
      for each in said:gmatch '[^\n]+' do
        local token = logs.parse(each)
        theirs[token] = (theirs[token] or 0) + 1
      end
      for _, one in ipairs(assemble(logs.lines(log.path), event.assembler 'file')) do
        for _, record in ipairs(one.records) do
          ours[record.token] = (ours[record.token] or 0) + 1
          records = records + 1
        end
        if one.end_token then ours[one.end_token] = (ours[one.end_token] or 0) + 1 end
      end
      assert.same(theirs, ours)
      assert.is_true(records > 1000)
    end)
  end
end)
