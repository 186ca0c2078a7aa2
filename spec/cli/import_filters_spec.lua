--- What imported filters drop and keep, on records of a log.
local process = require 'spec.cli.process'

local folder

--- The lines of one event: { type, body }, ...
local function event(serial, records)
  local lines = {}
  for place, record in ipairs(records) do
    lines[place] = ('type=%s msg=audit(1700000000.000:%d): %s\n'):format(record[1], serial,
      record[2])
  end
  return table.concat(lines)
end

local function syscall(number, more)
  return { 'SYSCALL', ('arch=c000003e syscall=%d success=yes exit=0 a0=0 a1=0 a2=0 a3=0 items=0 ' ..
    'ppid=1 pid=2 auid=1000 uid=1000 %s'):format(number, more or 'comm="x" exe="/x" key=(null)') }
end

--- Imports `yaml` and replays events, each a list of records, numbered from 1; the serials of those
--- that are kept, and the text of the policy.
local function kept(yaml, events)
  process.write(folder .. '/x.yaml', yaml .. '\nrules: [ -w /etc/passwd ]\n' ..
    'output: { stdout: { enabled: true } }\n')
  local lines = {}
  for serial, records in ipairs(events) do
    lines[serial] = event(serial, records)
  end
  process.write(folder .. '/log', table.concat(lines))
  local done = process.run(('cd %s && rm -rf new && laudit import -o new x.yaml && ' ..
    'laudit check -p new/policies && laudit replay -p new/policies log'):format(folder))
  assert.equal(0, done.status, done.err)
  local serials = process.serials(done.out)
  table.sort(serials)
  return serials, process.read(folder .. '/new/policies/filters.lua')
end

describe("imported filters", function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  it("of go-audit drop by system call, type and text", function()
    local yaml = process.read('spec/fixtures/import/go-audit.yaml'):match '\n(filters:.-)\nextras'
    assert.same({ 2, 3, 4, 6, 8, 9, 10 }, (kept(yaml, {
      { syscall(49), { 'SOCKADDR', 'saddr=10000035' } },
      { syscall(49), { 'SOCKADDR', 'saddr=02000035' } },
      { syscall(42), { 'SOCKADDR', 'saddr=10000035' } },                   -- another call
      { { 'SOCKADDR', 'saddr=10000035' } },                                -- no call
      { syscall(59, 'auid=4294967295 ses=1 comm="cron"') },
      { syscall(59, 'auid=4294967295 ses=1 comm="cron" exe="/cron"') },    -- $ is the end
      { { 'PROCTITLE', 'proctitle="idle"' } },
      { syscall(59), { 'PROCTITLE', 'proctitle="idle"' } },                -- has a call
      { { 'PROCTITLE', 'proctitle="IDLER' }, syscall(1) },
      { syscall(42), { 'AVC', 'avc: denied { x } for pid=1' } },           -- out of range
    })))
  end)

  it('ask in every architecture: the number counts, not the name', function()
    local yaml = 'filters: [ { syscall: 5, message_type: 1302, regex: gone } ]'
    local path = { 'PATH', 'item=0 name="/gone"' }
    local other = { 'SYSCALL', (syscall(5)[2]:gsub('c000003e', '40000003')) }
    assert.same({ 3 }, (kept(yaml, { { syscall(5), path }, { other, path },
      { syscall(6), path } })))
  end)

  it('leave only those events that have a record of a type in the range', function()
    assert.same({ 1, 3, 4 }, (kept('events: { max: 1329 }\n' ..
      'filters: [ { syscall: 1, message_type: 1300, regex: nothing } ]', {
      { syscall(49), { 'AVC', 'avc: denied { x } for pid=1' } },
      { { 'USER_LOGIN', "pid=1 uid=0 msg='op=login'" } },
      { { 'PROCTITLE', 'proctitle="x"' } },
      { { 'DAEMON_START', 'op=start' } }, -- laudit's own
      { { 'AVC', 'avc: denied { x } for pid=1' } },
      { { 'UNKNOWN[1399]', 'x=1' } },
    })))
  end)

  it("of pauditd: the first that matches decides, for calls and then for keys", function()
    local yaml = process.read('spec/fixtures/import/pauditd.yaml'):match '\n(filters:.*)'
    local passwd, shadow = { 'PATH', 'name="/etc/passwd"' }, { 'PATH', 'name="/etc/shadow"' }
    local key = 'comm="x" exe="/x" key="%s"'
    assert.same({ 1, 4, 6, 8, 10, 12, 14 }, (kept(yaml, {
      { syscall(59, 'euid=0 exe="/usr/bin/id" key="k"') },
      { syscall(59, 'euid=0 exe="/usr/bin/sh" key="k"') },                  -- drop: uid=0
      { syscall(2, key:format 'config'), passwd },                          -- drop
      { syscall(2, key:format 'config'), passwd, shadow },                  -- kept: shadow first
      { syscall(59, 'euid=0 exe="/usr/bin/id" key="config"'), passwd },     -- keep, but the key
      { syscall(2, key:format 'other'), passwd },
      { syscall(2, key:format 'noise'), { 'EXECVE', 'argc=1 a0="true"' } }, -- drop: of this type
      { syscall(2, key:format 'noise'), { 'PATH', 'name=\'a0="true"\'' } },
      { syscall(2, 'comm="cron" exe="/x" key=(null)') },                    -- drop: no key
      { syscall(2, 'comm="cron" exe="/x" key="a"') },
      { { 'TTY', 'tty pid=1 uid=0 auid=0 ses=1 major=136 minor=0 comm="sh" data=03' } }, -- drop
      { { 'TTY', 'tty pid=1 uid=0 auid=0 ses=1 major=136 minor=0 comm="sh" data=05' } },
      { syscall(2, 'comm="x" exe="/x" key=6E6F69736501636F6E666967'), passwd }, -- two keys: drop
      { syscall(2, 'comm="x" exe="/x" key="configs"'), passwd },
    })))
  end)

  it('that keep, but cannot ask as theirs, keep whatever the text', function()
    local serials, text = kept('filters:\n- { key: a, regex: "[é]", action: keep }\n' ..
      '- { key: a, regex: x }\n- { key: b, regex: "[é]", action: drop }\n', {
      { syscall(1, 'comm="x" key="a"') }, { syscall(1, 'comm="x" key="b"') },
    })
    assert.same({ 1, 2 }, serials)
    assert.matches('x.yaml:2: regex: at byte %d: a class with a character beyond ASCII: has no ' ..
      'like here; so this\n%-%- keeps whatever the text', text)
    assert.matches('x.yaml:4: left out: regex: ', text)
  end)

  it('are made for every event where they ask for too much', function()
    local filters, events = { 'filters:' }, {}
    for number = 1, 70 do
      filters[#filters + 1] = ('- { syscall: %d, message_type: 1300, regex: "syscall=%d " }')
        :format(number, number)
      events[number] = { syscall(number + 1) }
    end
    local serials, text = kept(table.concat(filters, '\n'), events)
    assert.same({ 70 }, serials)
    assert.is_nil(text:find(' on = ', 1, true))
  end)
end)

describe('a regular expression of Go', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  --- What becomes of each expression of a list.
  local function translate(list)
    local filters = { 'rules: []', 'output: { stdout: { enabled: 1 } }', 'filters:' }
    for place, text in ipairs(list) do
      filters[place + 3] = ("- { syscall: %d, message_type: 1300, regex: '%s' }"):format(place,
        text:gsub("'", "''"))
    end
    process.write(folder .. '/x.yaml', table.concat(filters, '\n'))
    local done = process.run(('cd %s && laudit import -o new x.yaml && ' ..
      'laudit check -p new/policies'):format(folder))
    assert.equal(0, done.status, done.err)
    local texts = {}
    for call, text in process.read(folder .. '/new/policies/filters.lua')
      :gmatch "call = (%d+), type = 'SYSCALL',\n    text = regex (.-) },\n" do
      texts[tonumber(call)] = text:match "^'(.*)'$" or text:match '^%[=*%[(.*)%]=*%]$'
    end
    return texts
  end

  it('is said as PCRE2 has to be told', function()
    local pairs_of = {
      { [[^a.*b$]], [[^a.*b\z]] }, { [[(?m)a$]], [[(?m)a$]] }, { [[(?m:a$)b$]], [[(?m:a$)b\z]] },
      { [[\s\S]], '[\\t\\n\\f\\r ][^\\t\\n\\f\\r ]' }, { [=[[\s]]=], [=[[\t\n\f\r ]]=] },
      { [=[[\Sx]]=], [=[[\S\x0bx]]=] }, { [[\v]], [[\x0b]] }, { [[\07\12]], [[\x07\x0a]] },
      { [[\x41\x{42}]], 'AB' }, { [[\xe9+]], [[(?:\xc3\xa9)+]] }, { 'é?', [[(?:\xc3\xa9)?]] },
      { [[\Qa.b\E*]], [[a\.b*]] }, { 'a{,3}', [[a\{,3\}]] }, { 'a{2,3}?', 'a{2,3}?' },
      { '(?P<n>a)(?P<1>b)', '(?P<n>a)(b)' }, { '(?U)a+(?i:b)', '(?U)a+(?i:b)' },
      { '[]a]', [=[[\]a]]=] }, { '[^[a]', [=[[^\[a]]=] }, { '[[:^digit:]-]', [=[[[:^digit:]\-]]=] },
      { [[\pN\P{Lu}]], [[\pN\P{Lu}]] }, { [[\A\b\z]], [[\A\b\z]] }, { [[\d\D\w\W]], [[\d\D\w\W]] },
      { [[\/\"\_\-]], [[/"_\-]] }, { '^*a', '(?:^)*a' }, { "it's", "it's" }, { 'a|b||', 'a|b||' },
      { '[a-z0-9_.-]', [=[[a-z0-9_\.\-]]=] }, { 'saddr=(10..|0A..)', 'saddr=(10..|0A..)' },
    }
    local theirs, ours = {}, {}
    for place, pair in ipairs(pairs_of) do
      theirs[place], ours[place] = pair[1], pair[2]
    end
    assert.same(ours, translate(theirs))
  end)
end)
