--- What logs seldom hold, from real ones: node=, EOE, URINGOP, OPENAT2, x32, UNKNOWN[n] (by
--- spec/live/record_rare), and i386's socketcall and an inet6 address.
local engine = require 'laudit_engine'
local ausearch = require 'spec.interpret.ausearch'
local deviations = require 'spec.interpret.deviations'
local logs = require 'spec.logs'
local process = require 'spec.cli.process'

local function path_of(name)
  return ('spec/fixtures/records/%s.log'):format(name)
end

--- The events of a fixture as interpretation sees them: fields by name in records by type.
local function events_of(name)
  local events = engine.interpret.events(assert(logs.read(path_of(name))), false)
  for _, event in ipairs(events) do
    for _, record in ipairs(event) do
      event[record.type] = record
      for _, field in ipairs(record) do record[field.name or ''] = field end
    end
  end
  return events
end

describe('a log with node= and EOE', function()
  it('gives the events that the kernel ended, and what comes alone', function()
    local assembler = engine.event.assembler 'file'
    local found = {}
    local function gather(events)
      for _, event in ipairs(events) do
        local types = {}
        for place, record in ipairs(event.records) do types[place] = record.token end
        found[#found + 1] = ('%s %s %s'):format(event.node, event.id:match ':(%d+)$',
          table.concat(types, ' '))
      end
    end
    for _, line in ipairs(logs.fixture 'rare') do
      gather(assembler:take(logs.parse(line)))
    end
    gather(assembler:flush())
    assert.same({
      'guest 10 URINGOP SYSCALL CWD PATH PROCTITLE',
      'guest 11 SYSCALL OPENAT2 CWD PATH PROCTITLE',
      'guest 12 SYSCALL PROCTITLE',
      'guest 13 SYSCALL PROCTITLE',
      'guest 14 SYSCALL PROCTITLE',
      'guest 16 UNKNOWN[1199]',
      'guest 15 SECCOMP',
    }, found)
    assert.equal(5, assembler:stats().eoe)
    assert.equal(0, assembler:stats().malformed)
  end)
end)

describe('the rare records', function()
  it('are named', function()
    local said = {}
    for _, event in ipairs(events_of 'rare') do
      for _, record in ipairs(event) do
        for _, field in ipairs(record) do
          if field.name == 'syscall' or field.name == 'uring_op' then
            said[#said + 1] = ('%s %s'):format(record.type, field.said or field.value)
          end
        end
      end
    end
    assert.same({ 'URINGOP 18', 'SYSCALL io_uring_enter', 'SYSCALL openat2',
      'SYSCALL set_robust_list', 'SYSCALL getpid', 'SYSCALL exit_group', 'SECCOMP getpid' }, said)
  end)

  it('of i386 are read by its own table', function()
    local event = events_of 'socketcall'[1]
    assert.equal('i386', event.SYSCALL.arch.said)
    assert.equal('socketcall', event.SYSCALL.syscall.said)
    assert.equal('3', event.SOCKETCALL.nargs.value)
    assert.equal('saddr_fam=inet laddr=127.0.0.1 lport=53', event.SOCKADDR.saddr.said)
  end)

  it('of inet6 have an address and a port', function()
    assert.equal('saddr_fam=inet6 laddr=::1 lport=38732', events_of 'inet6'[1].SOCKADDR.saddr.said)
  end)

  for _, name in ipairs { 'rare', 'socketcall', 'inet6' } do
    it('are what ausearch -i says: ' .. name, function()
      local command = logs.peer('ausearch -i -if ' .. path_of(name))
      if not command then return pending 'auditd is not unpacked (spec/peers)' end
      local report = ausearch.compare(logs.read(path_of(name)), logs.output(command), deviations)
      assert.same({}, report.unnamed)
      assert.is_true(report.compared > 10)
    end)
  end

  it('leave as they came in the format raw', function()
    local done = process.run('laudit replay -q -f raw ' .. path_of 'rare')
    local function sorted(text)
      local lines = {}
      for line in text:gmatch '[^\n]+' do lines[#lines + 1] = line end
      table.sort(lines)
      return lines
    end
    assert.same(sorted(logs.read(path_of 'rare')), sorted(done.out))
    assert.equal(0, done.status)
  end)
end)
