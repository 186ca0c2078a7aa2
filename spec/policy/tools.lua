--- Policies from text and events from a few words, for the specs of this folder.
local test = require 'audit.test'

local tools = {}

--- Events without a program that begins.
tools.LOGIN = { 'type=USER_LOGIN msg=audit(1700000000.000:1): pid=9 uid=0 auid=4294967295 ' ..
  "ses=4294967295 msg='op=login acct=\"root\" auid=0 exe=\"/usr/sbin/sshd\" hostname=? " ..
  "addr=203.0.113.7 terminal=ssh res=failed'" }
tools.CONNECT = {
  'type=SYSCALL msg=audit(1700000000.000:1): arch=c000003e syscall=42 success=no exit=-115 a0=3 ' ..
    'a1=7f a2=10 a3=0 items=0 ppid=1 pid=2 auid=1000 uid=1000 euid=1000 comm="nc" exe="/bin/nc" ' ..
    'key=61016263',
  'type=SOCKADDR msg=audit(1700000000.000:1): saddr=020001BBCB0071070000000000000000',
  'type=PROCTITLE msg=audit(1700000000.000:1): proctitle=6E63',
}

--- A folder that the spec fills with policy files; removed by tools.clean.
local folder

local function fresh_folder()
  local pipe = assert(io.popen 'mktemp -d')
  folder = pipe:read '*l'
  pipe:close()
end

function tools.clean()
  if folder then
    os.execute(("rm -r '%s'"):format(folder))
    folder = nil
  end
end

--- Writes a file beside the policies and returns its path.
function tools.write(name, text)
  if not folder then
    fresh_folder()
  end
  local path = folder .. '/' .. name
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  file:close()
  return path
end

--- A policy whose check has `body`; `more` are further keys of the policy.
function tools.policy(body, more)
  return ([[
local audit = require 'audit'
return audit.policy { name = 'probe', %s
  check = function(event)
%s
  end,
}
]]):format(more or '', body)
end

--- The records of an execve by alice; `second` makes its time and serial.
function tools.exec(second, fields)
  fields = fields or {}
  local stamp = ('audit(%d.250:%d)'):format(1700000000 + second, 1000 + second)
  return table.concat({
    ('type=SYSCALL msg=%s: arch=c000003e syscall=%s success=%s exit=%s a0=55 a1=7ffd a2=0 a3=8 ' ..
      'items=2 ppid=90 pid=%s auid=%s uid=0 gid=0 euid=%s suid=0 fsuid=0 egid=0 sgid=0 fsgid=0 ' ..
      'tty=pts0 ses=3 comm="sh" exe="%s" key=%s'):format(stamp, fields.syscall or 59,
      fields.success or 'yes', fields.exit or 0, fields.pid or 91, fields.auid or 1000,
      fields.euid or 0, fields.exe or '/usr/bin/sh', fields.key or '"exec"'),
    ('type=EXECVE msg=%s: argc=2 a0="sh" a1="-i"'):format(stamp),
    ('type=CWD msg=%s: cwd="/home/alice"'):format(stamp),
    ('type=PATH msg=%s: item=0 name="%s" inode=42 dev=08:01 mode=0100755 ouid=0 ogid=0 ' ..
      'rdev=00:00 nametype=NORMAL cap_fp=0 cap_fi=0 cap_fe=0 cap_fver=0'):format(stamp,
      fields.name or '/usr/bin/sh'),
    ('type=PATH msg=%s: item=1 name=(null) inode=43 dev=08:01 mode=0100755 ouid=0 ogid=0 ' ..
      'rdev=00:00 nametype=NORMAL'):format(stamp),
    ('type=PROCTITLE msg=%s: proctitle=7368002D69'):format(stamp),
  }, '\n')
end

--- `count` such events, a second apart.
function tools.execs(count, fields)
  local lines = {}
  for second = 1, count do
    lines[second] = tools.exec(second, fields)
  end
  return lines
end

--- A login by a program, one event in one record.
function tools.login(second, serial, program)
  return ('type=USER_LOGIN msg=audit(%d.000:%d): pid=9 uid=0 auid=4294967295 ses=4294967295 ' ..
    "msg='op=login acct=\"root\" exe=\"%s\" hostname=? addr=203.0.113.7 res=failed'")
    :format(1700000000 + second, serial, program)
end

--- Replays `lines` (one exec by default) through a policy whose check has `body`.
function tools.run(body, lines, options)
  options = options or {}
  local path = tools.write('probe.lua', tools.policy(body, options.more))
  return test.replay(lines or tools.execs(1), { policy = path, outputs = options.outputs,
    defaults = options.defaults, resolve = options.resolve })
end

--- The value an expression about `event` has, as text.
function tools.ask(expression, lines, options)
  local result = tools.run(('return audit.alert("%%s", tostring(%s))'):format(expression), lines,
    options)
  local alert = result.alerts[1]
  return alert and alert.message or 'failed: ' .. result.stats.policies[1].last_error
end

--- The sentence with which a check of `body` fails; nil when it does not.
function tools.failure(body, lines, options)
  local result = tools.run(body, lines, options)
  local policy = result.stats.policies[1]
  return policy.errors > 0 and policy.last_error:match '^[^\n]*' or nil, policy, result
end

--- The mistakes a file is refused for.
function tools.mistakes(text, options)
  options = options or {}
  options.policy = tools.write('wrong.lua', text)
  local session, mistakes = test.open(options)
  assert(not session, 'the policy was loaded')
  for i, mistake in ipairs(mistakes) do
    mistakes[i] = mistake:gsub('^' .. folder:gsub('%p', '%%%0') .. '/', '')
  end
  return mistakes
end

--- True when a selector wants the events of `lines` (one exec by default).
function tools.wants(on, lines)
  local path = tools.write('wants.lua', ([[
    local audit = require 'audit'
    local match = audit.match
    return audit.policy { name = 'wants', on = { %s },
      check = function() return audit.alert 'yes' end }]]):format(on))
  local result = test.replay(lines or tools.execs(1), { policy = path })
  assert(result.stats.policies[1].errors == 0, result.stats.policies[1].last_error)
  return #result.alerts > 0
end

--- The first mistake of a policy that selects so.
function tools.mistake_in_on(on)
  return tools.mistakes(([[
local audit = require 'audit'
local match = audit.match
return audit.policy {
  name = 'wrong',
  on = {
    %s
  },
  check = function() end,
}]]):format(on))[1]
end

return tools
