local engine = require 'laudit_engine'
local event = engine.event
local logs = require 'spec.logs'

local function only(lines)
  local assembler = event.assembler 'file'
  local found = {}
  for _, line in ipairs(lines) do
    for _, one in ipairs(assembler:take(logs.parse(line))) do
      found[#found + 1] = one
    end
  end
  for _, one in ipairs(assembler:flush()) do
    found[#found + 1] = one
  end
  assert.equal(1, #found)
  return found[1]
end

describe('the field a bare name means', function()
  it('is that of SYSCALL, wherever SYSCALL stands', function()
    local one = only {
      'type=CONFIG_CHANGE msg=audit(1.000:1): auid=7 op=add_rule',
      'type=SYSCALL msg=audit(1.000:1): auid=1 exe="/bin/a"',
      'type=PATH msg=audit(1.000:1): name="/etc/shadow" auid=9',
    }
    assert.equal('1', one.fields.auid)
    assert.equal('add_rule', one.fields.op)
    assert.equal('/etc/shadow', one.fields.name)
    assert.equal(1300, one.type)
  end)

  it("is never a program's where the kernel said something", function()
    local one = only {
      "type=USER msg=audit(1.000:1): pid=1 auid=4 msg='auid=0 exe=\"/bin/x\" pid=7'",
    }
    assert.same({ '4', '1', '/bin/x' }, { one.fields.auid, one.fields.pid, one.fields.exe })
  end)

  it('is not the name auditd gave', function()
    assert.is_nil(only({ 'type=CWD msg=audit(1.000:1): cwd="/"\29AUID="root"' }).fields.auid)
  end)

  it('may be one the table of fields does not hold', function()
    assert.equal('5', only({ 'type=CWD msg=audit(1.000:1): no_such_field=5' }).fields.no_such_field)
    assert.is_nil(only({ 'type=CWD msg=audit(1.000:1): a=5' }).fields.no_such_field)
  end)
end)

describe('an event', function()
  it('is called by seconds, milliseconds and serial', function()
    assert.equal('1615114232.005:15558',
      only({ 'type=CWD msg=audit(1615114232.005:15558): cwd="/"' }).id)
    assert.equal('0.000:0', only({ 'type=CWD msg=audit(0.000:0): cwd="/"' }).id)
    assert.equal('1.001:4294967295', only({ 'type=CWD msg=audit(1.001:4294967295): x' }).id)
  end)

  it('has the type of its first record when it has no SYSCALL', function()
    assert.equal(1302, only({ 'type=PATH msg=audit(1.000:1): item=0',
      'type=CWD msg=audit(1.000:1): cwd="/"' }).type)
  end)

  it('keeps token and text as read', function()
    local record = only({ 'type=UNKNOWN[1999] msg=audit(1.000:1): a=b\29A="c"' }).records[1]
    assert.same({ 'UNKNOWN[1999]', 1999, 'audit(1.000:1): a=b\29A="c"' },
      { record.token, record.type, record.text })
  end)
end)

describe('notes', function()
  it('replace an attribute in its place and keep each tag and alert once', function()
    assert.same({ 'topic="b"', 'x=1', 'hot', 'cold', '!1.2:3/p/1' }, event.notes {
      { 'set', 'topic', '"a"' }, { 'set', 'x', '1' }, { 'set', 'topic', '"b"' },
      { 'tag', 'hot' }, { 'tag', 'cold' }, { 'tag', 'hot' }, { 'alert', '1.2:3/p/1' },
      { 'alert', '1.2:3/p/1' },
    })
  end)
end)

describe('gaps in serials', function()
  local function gaps(serials, times)
    local zero = {}
    for index = 1, #serials do
      zero[index] = 0
    end
    return event.gaps(times or zero, serials)
  end

  it('are serials nobody has seen', function()
    assert.equal(0, gaps { 5, 6, 7, 7, 6 })
    assert.equal(4, gaps { 5, 10 })
    assert.equal(9999, gaps { 5, 10005 })
  end)

  it('are given back by late arrivals, once', function()
    assert.equal(2, gaps { 5, 10, 7, 8, 8, 7 })
    assert.equal(0, gaps { 1, 4, 2, 3, 5 })
  end)

  it('do not mind that serials wrap', function()
    assert.equal(0, gaps { 4294967294, 4294967295, 0, 1 })
    assert.equal(3, gaps { 4294967294, 2 })
    assert.equal(2, gaps { 4294967294, 2, 4294967295 })
  end)

  it('are none when the host booted and counts anew', function()
    assert.equal(0, gaps({ 500000, 1, 2 }, { 1000, 60000, 60001 }))
  end)

  it('stay when the host booted after few serials', function()
    local serials, times = {}, {}
    local function hear(first, last, step, time)
      for serial = first, last, step do
        serials[#serials + 1], times[#times + 1] = serial, time
      end
    end
    hear(100, 190, 10, 1000)
    assert.equal(81, gaps(serials, times))
    hear(1, 199, 1, 801000)
    assert.equal(81, gaps(serials, times))
    hear(105, 205, 5, 1602000)
    assert.equal(81 + 80, gaps(serials, times))
    assert.equal(0, gaps({ 199, 200, 1, 2, 3 }, { 1000, 1000, 60000, 60001, 60001 }))
    assert.equal(97, gaps({ 200, 1, 99 }, { 1000, 60000, 60001 }))
  end)

  it('may be filled ten seconds later, but not after that', function()
    assert.equal(0, gaps({ 7, 9, 8, 10 }, { 1000, 1000, 11000, 11000 }))
    assert.equal(2, gaps({ 7, 9, 8, 10 }, { 1000, 1000, 11001, 11001 }))
  end)

  it('are none for a straggler from long ago', function()
    assert.equal(0, gaps({ 500000, 1, 500001 }, { 60000, 1000, 60001 }))
  end)
end)
