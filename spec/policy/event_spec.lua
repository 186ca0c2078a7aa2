package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

local LOGIN = { 'type=USER_LOGIN msg=audit(1700000000.000:1): pid=9 uid=0 auid=4294967295 ' ..
  "ses=4294967295 msg='op=login acct=\"root\" uid=7 exe=\"/usr/sbin/sshd\" hostname=? " ..
  "addr=203.0.113.7 terminal=ssh res=failed'" }

local function sees(cases, lines)
  for expression, answer in pairs(cases) do
    assert.equal(answer, tools.ask(expression, lines), expression)
  end
end

describe('an event', function()
  teardown(tools.clean)

  it('has values by kind', function()
    sees {
      ['type(event.pid) .. event.pid'] = 'number91', ['type(event.a0) .. event.a0'] = 'string0x55',
      ['event.arch'] = '0xc000003e', ['event.ARCH'] = 'x86_64', ['event.syscall'] = '59',
      ['event.SYSCALL'] = 'execve', ['event.success'] = 'yes', ['event.exit'] = '0',
      ['event.EXIT'] = 'nil', ['event.exe'] = '/usr/bin/sh', ['event.mode'] = '0o100755',
      ['event.MODE'] = 'file,755', ['event.key'] = 'exec', ['event.tty'] = 'pts0',
      ['event.name'] = '/usr/bin/sh', ['event.cap_fp'] = '0x0', ['event.dev'] = '08:01',
      ['event.acct'] = 'nil', ['event.nametype'] = 'NORMAL', ['event.EXE'] = 'nil',
    }
    assert.equal('EACCES', tools.ask('event.EXIT', tools.execs(1, { exit = -13 })))
    assert.equal('unset', tools.ask('event.AUID', tools.execs(1, { auid = 4294967295 })))
    assert.equal('4294967295', tools.ask('event.auid', tools.execs(1, { auid = 4294967295 })))
    assert.equal('9007199254740993', tools.ask('event.pid', tools.execs(1,
      { pid = '9007199254740993' })))
    assert.equal('a b', tools.ask('event.exe',
      { (tools.exec(1):gsub('exe="[^"]*"', 'exe=612062')) }))
    assert.equal('nil', tools.ask('event.key', tools.execs(1, { key = '(null)' })))
  end)

  it("has laudit's own names", function()
    sees {
      ['event.id'] = '1700000001.250:1001', ['event.serial'] = '1001', ['event.type'] = 'SYSCALL',
      ['("%.3f"):format(event.time)'] = '1700000001.250', ['event.node'] = 'nil',
      ['event.cwd'] = '/home/alice', ['event.proctitle'] = 'sh -i', ['event.address'] = 'nil',
      ['table.concat(event.argv, "|")'] = 'sh|-i', ['event.argv == event.argv'] = 'true',
      ['table.concat(event.keys, "|")'] = 'exec', ['#event.paths'] = '2',
      ['event.paths[1].name'] = '/usr/bin/sh', ['event.paths[1].MODE'] = 'file,755',
      ['event.paths[1].NAMETYPE'] = 'nil', ['event.paths[2].name'] = 'nil',
      ['event.paths[2].inode'] = '43', ['event.paths[1].type'] = 'PATH',
      ['#event:records()'] = '6', ['#event:records "PATH"'] = '2', ['#event:records "AVC"'] = '0',
      ['event:records("EXECVE")[1].a1'] = '-i', ['event:records("EXECVE")[1].body:sub(1, 7)'] =
        'argc=2 ', ['event.field.exe'] = '/usr/bin/sh',
      ['event.field.proctitle'] = 'sh\0-i', ['tostring(event)'] = 'event 1700000001.250:1001',
    }
    assert.equal('web1', tools.ask('event.node', { (('\n' .. tools.exec(1)):gsub('\ntype',
      '\nnode=web1 type'):sub(2)) }))
    assert.equal(tools.exec(1), tools.ask 'event:text()')
  end)

  it('lets no program forge what the kernel said', function()
    sees({ ['event.uid'] = '0', ['event.acct'] = 'root', ['event.addr'] = '203.0.113.7',
      ['event.res'] = 'failed', ['event.type'] = 'USER_LOGIN', ['event.AUID'] = 'unset',
      ['event.hostname'] = '?', ['event:records()[1].uid'] = '0', ['event.argv'] = 'nil' }, LOGIN)
  end)

  it('reads addresses', function()
    local lines = {
      'type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=42 success=yes exit=0 a0=3',
      'type=SOCKADDR msg=audit(1700000000.000:1): saddr=020001BBCB0071070000000000000000',
      'type=PROCTITLE msg=audit(1700000000.000:1): proctitle=6E63',
    }
    sees({ ['event.address.ip'] = '203.0.113.7', ['event.address.port'] = '443',
      ['event.address.family'] = 'inet', ['event.address.path'] = 'nil',
      ['event.saddr'] = '020001BBCB0071070000000000000000' }, lines)
  end)

  it('gives a field laudit does not know when the event has it', function()
    local lines = { 'type=USER_LOGIN msg=audit(1700000000.000:1): pid=9 strange=5 odd="a b"' }
    sees({ ['event.strange + 1'] = '6', ['event.odd'] = 'a b', ['event.field.strange'] = '5' },
      lines)
  end)

  it('can be copied and kept', function()
    local path = tools.write('keeper.lua', [[
      local audit = require 'audit'
      local kept
      return audit.policy { name = 'keeper', check = function(event)
        if not kept then kept = event:copy() return end
        return audit.alert('%s %s %s %s %s %s %d %s %s', kept.exe, kept.SYSCALL, kept.id,
          kept.argv[2], kept.paths[1].name, kept.paths[1].MODE, #kept.records, kept.type, kept.cwd)
      end }]])
    assert.equal('/usr/bin/sh execve 1700000001.250:1001 -i /usr/bin/sh file,755 6 SYSCALL ' ..
      '/home/alice',
      test.replay(tools.execs(2), { policy = path }).alerts[1].message)
  end)

  it('agrees with its JSON', function()
    local result = tools.run [[
      local copy = event:copy()
      local record = event:records 'SYSCALL'[1]:copy()
      record.text, record.type = nil, nil
      event:set('record', record)]]
    local json = result.events[1]
    local attribute = json.ATTRIBUTES.record
    for name, value in pairs(attribute) do
      if not name:find '^a%d$' then -- JSON has them as ARGV, as laurel does
        assert.equal(json.SYSCALL[name], value, name)
      end
    end
    assert.is_true(attribute.exe == '/usr/bin/sh' and attribute.SYSCALL == 'execve')
  end)
end)

describe('verbs', function()
  teardown(tools.clean)

  it('set attributes and tags that later policies and outputs see', function()
    local first = tools.write('first.lua', tools.policy([[
      event:set('topic', 'shell')
      event:set('list', { 1, 'two', false })
      event:set('map', { b = 1, a = { c = 'x' } })
      event:set('number', 1.5)
      event:tag 'odd' event:tag 'odd' event:tag 'new']]):gsub("'probe'", "'first'"))
    local second = tools.write('second.lua', tools.policy [[
      local list, map = event:get 'list', event:get 'map'
      event:set('seen', ('%s %s %s %s %s %s'):format(event:get 'topic', list[2], tostring(list[3]),
        map.a.c, event:get 'number', tostring(event:get 'none')))
      event:set('topic', 'changed')]])
    local event = test.replay(tools.execs(1), { policies = { first, second } }).events[1]
    assert.same({ topic = 'changed', list = { 1, 'two', false }, map = { b = 1, a = { c = 'x' } },
      number = 1.5, seen = 'shell two false x 1.5 nil' }, event.ATTRIBUTES)
    assert.same({ 'odd', 'new' }, event.TAGS)
  end)

  local OUTPUTS = { outputs = { 'local', 'soc', 'disk' }, defaults = { 'local' } }

  local function route(body, more)
    local options = { outputs = OUTPUTS.outputs, defaults = OUTPUTS.defaults, more = more }
    local result = tools.run(body, nil, options)
    assert.equal(0, result.stats.policies[1].errors, result.stats.policies[1].last_error)
    return result.routes[1], result
  end

  it('choose outputs, whatever their order', function()
    assert.same({ 'local' }, (route ''))
    assert.same({ 'soc' }, (route 'event:route "soc"'))
    assert.same({ 'local', 'soc' }, (route 'event:send "soc"'))
    assert.same({ 'soc', 'disk' }, (route 'event:route "soc" event:route "disk"'))
    assert.same({ 'soc', 'disk' }, (route 'event:route "soc" event:send "disk"'))
    assert.same({ 'soc', 'disk' }, (route 'event:send "disk" event:route "soc"'))
    assert.same({ 'soc', 'disk' }, (route 'event:route("soc", "disk")'))
  end)

  it('add up over policies', function()
    local a = tools.write('a.lua', tools.policy('event:send "disk"'):gsub("'probe'", "'a'"))
    local b = tools.write('b.lua', tools.policy('event:route "soc"'):gsub("'probe'", "'b'"))
    for _, order in ipairs { { a, b }, { b, a } } do
      assert.same({ 'soc', 'disk' }, test.replay(tools.execs(1), { policies = order,
        outputs = OUTPUTS.outputs }).routes[1])
    end
  end)

  it('know outputs by name', function()
    assert.same({ "wrong.lua:4: unknown output 'sco' (did you mean 'soc'?)",
      "wrong.lua:5: unknown output 'nowhere'" }, tools.mistakes(tools.policy(
      "event:send 'sco'\nevent:route('soc', \"nowhere\") -- :send 'comment'\n" ..
      "local s = [[ :send 'text' ]]")))
    assert.same({ "wrong.lua:4: unknown output 'sco' (did you mean 'soc'?)",
      "wrong.lua:5: unknown output 'nope'", "wrong.lua:8: unknown output 'none'" }, tools.mistakes(
        tools.policy("local a = audit.alert { 'x', outputs = 'sco' }\n" ..
          "return { a, audit.alert { outputs = { 'soc', \"nope\" },\n'x' }, audit.alert {\n" ..
          "'y', severity = 'low', outputs\n = { 'none', x } } } -- { outputs = 'comment' }")))
    assert.equal(0, tools.run("local outputs = 'a' local t = { outputs = 'a' .. 'b' } " ..
      "outputs = 'c' if t.outputs == 'd' then error '{ outputs = \"e\" }' end").stats.policies[1]
      .errors)
    assert.equal(0, tools.run("local x = 'x' if not event then event:send(x) end").stats.policies[1]
      .errors)
    assert.is_truthy(tools.failure("event:send('s' .. 'oc' .. 'k')"):find(
      "unknown output 'sock'", 1, true))
    assert.is_truthy(tools.failure('event:send()'):find('needs the name of an output', 1, true))
  end)

  it('drop an event, not the alerts', function()
    local first = tools.write('first.lua', tools.policy([[
      event:send 'disk'
      return audit.alert 'before']]):gsub("'probe'", "'first'"))
    local dropper = tools.write('dropper.lua', tools.policy([[
      event:drop 'noise' event:send 'soc'
      return { audit.alert 'with', audit.alert { 'named', outputs = 'soc' } }]])
      :gsub("'probe'", "'dropper'"))
    local last = tools.write('last.lua', tools.policy "return audit.alert 'never'")
    local result = test.replay(tools.execs(1), { policies = { first, dropper, last },
      outputs = OUTPUTS.outputs })
    assert.same({}, result.events)
    assert.equal(3, #result.alerts)
    assert.same({ 'local', 'disk' }, result.alerts[1].route)
    assert.same({ 'local', 'disk' }, result.alerts[2].route)
    assert.same({ 'soc' }, result.alerts[3].route)
    local stats = result.stats
    assert.same({ 1, 0, 1, 3 }, { stats.seen, stats.routed, stats.dropped, stats.alerts })
    assert.same({ 1, 0, 0 }, { stats.policies[2].drops, stats.policies[3].calls,
      stats.policies[3].skipped })
  end)
end)

describe('alerts', function()
  teardown(tools.clean)

  it('leave before their event, with what the policy said', function()
    local result = tools.run([[
      event:set('topic', 'x')
      return { audit.alert('%s %d %s %5.2f %%', event.exe, event.pid, event.acct, 1.5),
        audit.alert { '%s', 'two', severity = 'critical', fields = { b = 1, a = { 2 } } },
        audit.alert { message = '100% plain', outputs = { 'soc', 'local' } } }]], nil,
      { more = "severity = 'low'," })
    assert.same({ 'alert', 'alert', 'alert', 'event' }, result.order)
    local one, two, three = unpack(result.alerts)
    assert.equal('/usr/bin/sh 91 ?  1.50 %', one.message)
    assert.equal('1700000001.250:1001/probe/1', one.id)
    assert.equal('1700000001.250:1001/probe/2', two.id)
    assert.same({ 'low', 'critical', 'low' }, { one.severity, two.severity, three.severity })
    assert.same({ b = 1, a = { 2 } }, two.fields)
    assert.is_truthy(two.json:find('"fields":{"a":[2],"b":1}', 1, true), two.json)
    assert.equal('100% plain', three.message)
    assert.same({ 'local', 'soc' }, three.route)
    assert.same({ one.id, two.id, three.id }, result.events[1].ALERTS)
    assert.equal('x', one.alert.ATTRIBUTES.topic)
  end)

  it('print ? for what is not there, whatever the letter', function()
    for body, message in pairs {
      ["audit.alert('%d %s %x %q %5.1f', nil, nil, nil, nil, nil)"] = '? ? ? ? ?',
      ["audit.alert('%s and %s', event.acct, 'b')"] = '? and b',
      ["audit.alert('%s and %s', 'a')"] = 'a and ?',
      ["audit.alert('%s', false)"] = 'false', ["audit.alert('100%%')"] = '100%%',
      ["audit.alert { '%s %s %s', 1, nil, 3 }"] = '1 ? 3',
    } do
      assert.equal(message, tools.run('return ' .. body).alerts[1].message)
    end
  end)
end)
