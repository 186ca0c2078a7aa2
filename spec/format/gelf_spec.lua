local format = require('laudit_engine').format
local cjson = require 'cjson'
local hostile = require 'spec.format.hostile'
local logs = require 'spec.logs'

local call = 'type=SYSCALL msg=audit(1615114232.075:15558): arch=c000003e syscall=59 ' ..
  'success=no exit=-13 a0=7f a1=0 ppid=1 pid=2 auid=1000 uid=0 comm="sh" exe="/usr/bin/sh" ' ..
  'key=(null)\29AUID="alice" UID="root"\n' ..
  'type=EXECVE msg=audit(1615114232.075:15558): argc=3 a0="sh" a1="-c" a2=61220A62\n' ..
  'type=PATH msg=audit(1615114232.075:15558): item=0 name="/usr/bin/sh" mode=0100755 ouid=0\n' ..
  'type=PATH msg=audit(1615114232.075:15558): item=1 name="/lib/ld.so" mode=0100644 ouid=0\n'

local function message(record, options)
  local log = record:gsub('^(%S+) ', 'type=%1 msg=audit(1615114232.375:15558): ') .. '\n'
  return cjson.decode((format.render(log, 'gelf', options)))
end

--- What GELF 1.1 asks of a message: names and kinds of values.
local function is_gelf(line)
  local known = { version = 'string', host = 'string', short_message = 'string',
    timestamp = 'number', level = 'number' }
  local fields = cjson.decode(line)
  for name, value in pairs(fields) do
    if known[name] then
      assert.equal(known[name], type(value), name)
    else
      assert.matches('^_[%w_%.%-]+$', name)
      assert.is_true(name ~= '_id' and (type(value) == 'string' or type(value) == 'number'), name)
    end
  end
  for name in pairs(known) do
    assert.is_not_nil(fields[name], name)
  end
  assert.is_true(fields.short_message ~= '' and fields.host ~= '')
end

describe('format gelf', function()
  it('says what happened, when and where', function()
    local text = format.render(call, 'gelf', { hostname = 'web1' })
    assert.truthy(text:find('{"version":"1.1","host":"web1","timestamp":1615114232.075,' ..
      '"level":6,"short_message":"execve alice as root failed(EACCES) pid=2 exe=/usr/bin/sh ' ..
      'argv=[sh -c \\"a\\\\x22\\\\x0Ab\\"] paths=[/usr/bin/sh /lib/ld.so]",', 1, true))
    assert.equal('execve alice as root failed(EACCES) pid=2 exe=/usr/bin/sh argv=[sh -c ' ..
      '"a\\x22\\x0Ab"] paths=[/usr/bin/sh /lib/ld.so]',
      cjson.decode(text).short_message)
  end)

  it('has a field for each name, with what a person would say beside it', function()
    local fields = cjson.decode(format.render(call, 'gelf'))
    assert.same({ 59, 'execve', -13, 'EACCES', 1000, 'alice', '0x7f', 'sh', '0o100755',
      '/usr/bin/sh' },
      { fields._syscall, fields._SYSCALL, fields._exit, fields._EXIT, fields._auid, fields._AUID,
        fields._a0, fields._comm, fields._mode, fields._name })
    assert.same({ '1615114232.075:15558', 'SYSCALL', 'sh -c a"\nb', '/usr/bin/sh /lib/ld.so' },
      { fields._event, fields._record_type, fields._ARGV, fields._PATHS })
    assert.is_nil(fields._key)
  end)

  it("keeps GELF's own _id free", function()
    local fields = message 'SYSCALL id=7'
    assert.equal(7, fields._field_id)
    assert.is_nil(fields._id)
  end)

  it('takes what a program said last', function()
    local fields = message [[USER_LOGIN pid=9 uid=0 msg='op=login acct="root" uid=7 addr=::1']]
    assert.same({ 0, 'root', '::1' }, { fields._uid, fields._acct, fields._addr })
  end)

  it('says addresses as one would type them', function()
    assert.equal('203.0.113.66:4444',
      message('SOCKADDR saddr=0200115CCB0071420000000000000000')._SADDR)
    assert.equal('/tmp/x', message('SOCKADDR saddr=01002F746D702F7800')._SADDR)
  end)

  it('has a host where the log names none', function()
    assert.equal(logs.output('uname -n'):match '%S+', message('CWD cwd="/"').host)
    assert.equal('h1', cjson.decode((format.render(
      'node=h1 type=CWD msg=audit(1.000:1): cwd="/"\n', 'gelf', { hostname = 'web1' }))).host)
  end)

  it('has what policies added, as far as GELF can say it', function()
    local fields = cjson.decode((format.render('type=CWD msg=audit(1.000:1): cwd="/"\n', 'gelf', {
      attributes = { { 'topic', '"x"' }, { 'n', '-1.5' }, { 'list', '[1,"a"]' }, { 'yes', 'true' },
        { 'no name', '1' } },
      tags = { 'one', 'two' }, alerts = { '1.000:1/p/1' } })))
    assert.same({ 'x', -1.5, '[1,"a"]', 'true', 'one two', '1.000:1/p/1' },
      { fields._attribute_topic, fields._attribute_n, fields._attribute_list,
        fields._attribute_yes, fields._TAGS, fields._ALERTS })
  end)

  it('has no colours', function()
    assert.equal(format.render(call, 'gelf'), format.render(call, 'gelf', { color = true }))
  end)

  it('writes an alert with its level', function()
    for severity, level in pairs { critical = 1, high = 3, medium = 4, low = 5, info = 6 } do
      local text = format.alert(call, 'gelf', { id = '1/p/1', policy = 'p', severity = severity,
        message = 'say "no"\n', fields = '{"x":1}' })
      local fields = cjson.decode(text)
      is_gelf(text)
      assert.same({ level, 'say "no"\n', '1/p/1', 'p', severity, '{"x":1}', 'alice' },
        { fields.level, fields.short_message, fields._alert, fields._alert_policy,
          fields._alert_severity, fields._alert_fields, fields._AUID })
    end
  end)

  it('makes the golden', function()
    local path = 'spec/format/golden/peculiar.gelf'
    local text = format.render(logs.read 'spec/interpret/peculiar.log', 'gelf', { hostname = 'h' })
    if os.getenv 'GOLDEN' == 'write' then
      local file = assert(io.open(path, 'wb'))
      file:write(text)
      file:close()
    end
    assert.equal(logs.read(path), text)
  end)

  local function is_sound(log, options)
    local text = format.render(log, 'gelf', options)
    local lines, wrong = format.strict(text)
    assert.is_nil(wrong)
    assert.equal(format.strict(format.render(log, 'json', options)), lines)
    for line in text:gmatch '[^\n]+' do
      is_gelf(line)
    end
  end

  for what, log in pairs(hostile) do
    it('is one sound message an event of ' .. what, function()
      is_sound(log, {})
      is_sound(log, { resolve = true, live = true })
    end)
  end

  for _, log in ipairs(logs.each()) do
    it('is one sound message an event of ' .. log.name, function()
      is_sound(log.text, {})
    end)
  end
end)
