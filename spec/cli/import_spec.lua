--- laudit import: what becomes of the configurations of go-audit and pauditd.
local process = require 'spec.cli.process'

local FIXTURES = 'spec/fixtures/import/'

local folder

--- Imports `yaml`, a text; returns what is printed, what is said, and the status.
local function import(yaml, options)
  process.write(folder .. '/x.yaml', yaml)
  local done = process.run(('cd %s && laudit import %s x.yaml'):format(folder, options or ''))
  return done.out, done.err, done.status
end

local MINIMAL = 'rules: [ -w /etc/passwd ]\noutput: { stdout: { enabled: true } }\n'

--- The mistakes in a minimal configuration with `more`.
local function mistakes(more)
  local out, err, status = import(MINIMAL .. more)
  assert.same({ '', 1 }, { out, status })
  return (err:gsub('%d+ mistakes?\n$', ''))
end

--- Imports a fixture into folder/name, checks it, and returns its laudit.lua.
local function import_fixture(name)
  local target = folder .. '/' .. name
  local done = process.run(('laudit import -o %s %s%s.yaml'):format(target, FIXTURES, name))
  assert.equal(0, done.status, done.err)
  return process.read(target .. '/laudit.lua'), done
end

--- `laudit check` of the imported configuration: its status and mistakes.
local function check(name)
  local done = process.run(('laudit check -c %s/%s/laudit.lua'):format(folder, name))
  return { done.status, done.err }
end

--- What each option of the fixtures is to be found as.
local WORDS = {
  ['go-audit'] = { 'receive_buffer = 16384,', "policies 'policies/message_types.lua'",
    'message_tracking.enabled: ', 'message_tracking.log_out_of_order: ',
    'message_tracking.max_out_of_order: ', "output 'stdout' {\n  type = 'stdout',\n",
    'output.stdout.attempts: ', "  type = 'syslog',\n", 'output.syslog.attempts: ',
    "  network = 'unix',\n  address = '/dev/log',\n  protocol = 'rfc3164',\n" ..
    "  facility = 'local0',\n  severity = 'warning',\n  tag = 'audit-thing',\n",
    "  type = 'file',\n",
    'output.file.attempts: ', 'output.file.path: is seen from the folder of laudit.lua',
    "  path = 'events.log',\n  mode = '0600',\n  owner = 'root',\n  group = 'root',\n",
    "  type = 'gelf',\n", 'output.gelf.attempts: ', "  network = 'udp',\n  address = " ..
    "'127.0.0.1:12201',\n  compression = 'gzip',\n",
    'output.gelf.compression.level: ', 'log.flags: ',
    '\n-a always,exit -F arch=b64 -S execve\n', '\n-w /etc/passwd -p wa -k accounts\n',
    '\n-b 1024\n-e 1\n', "  failure = 'panic',\n", "policies 'policies/filters.lua'",
    'extras.cgroups.enabled: ', 'extras.containers.enabled: ', 'extras.containers.docker: ',
    'extras.containers.docker_api_version: ', 'extras.containers.containerd: ',
    'extras.containers.containerd_sock: ', 'extras.containers.containerd_namespace: ',
    'extras.containers.pid_cache: ', 'extras.containers.docker_cache: ',
    'extras.containers.containerd_cache: ', 'go-audit.yaml:2: canary: ' },
  pauditd = { 'receive_buffer = 4194304,', "policies 'policies/message_types.lua'",
    'message_tracking.enabled: ', 'message_tracking.log_out_of_order: ',
    'message_tracking.max_out_of_order: ', 'output.stdout: not enabled',
    'output.syslog: not enabled', 'output.file: not enabled', "  type = 'http',\n",
    'output.http.attempts: ', "  url = 'https://127.0.0.1:8443/audit',\n",
    '  requests = 10,', "queue = { events = 200, full = 'drop_newest' },",
    "trace_header = 'X-Trace-Id',", 'transform = audit.transform.notification {\n',
    "['environment'] = 'production',", 'output.http.debug: ', 'breaker = { failure_ratio = 0.1, ' ..
    'window = 5, observations = 10, cooldown = 1 },', 'idle_timeout = 90,',
    'output.http.ssl: not enabled', 'log.flags: ',
    "metrics {\n  statsd = '127.0.0.1:8125',", "  prefix = 'pauditd.{host}.',",
    'metrics.sample_rate: ', 'parser.enable_uid_caching: ', 'parser.password_file_path: ',
    '\n-a always,exit -F arch=b64 -S execve -F key=exec\n', '\n-w /etc -p wa -k config\n',
    "policies 'policies/filters.lua'" },
}

describe('laudit import', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  for _, name in ipairs { 'go-audit', 'pauditd' } do
    it(("makes a good configuration of all options of %s"):format(name), function()
      local _, done = import_fixture(name)
      assert.equal(('F/laudit.lua\nF/policies/message_types.lua\nF/policies/filters.lua\n')
        :gsub('F', ('%s/%s'):format(folder, name)), done.out .. '')
      assert.matches(('note: [^\n]*: taken for a configuration of %s; %%d+ comments say what ')
        :format(name:gsub('%-', '%%-'), nil) .. 'differs\n', done.err)
      local text = process.read(('%s/%s/laudit.lua'):format(folder, name)):gsub('\n *%-%- ', ' ')
      for _, word in ipairs(WORDS[name]) do
        local is_comment = word:match '^[%w_.:-]+: '
        assert.truthy((is_comment and text:gsub('\n', ' ') or process.read(
          ('%s/%s/laudit.lua'):format(folder, name))):find(word, 1, true), word)
      end
      assert.same({ 0, '' }, check(name))
    end)
  end

  it('prints a configuration that is Lua, with its policies in comments', function()
    local done = process.run(('laudit import %sgo-audit.yaml'):format(FIXTURES))
    assert(loadstring(done.out))
    assert.matches('\n%-%- ==> policies/filters.lua <==\n%-%-%[=%[\n%-%-%- The filters', done.out)
    local text = done.out:match('%-%- ==> policies/message_types.lua <==\n%-%-%[%[\n(.-)%]%]\n')
    import_fixture 'go-audit'
    assert.equal(process.read(folder .. '/go-audit/policies/message_types.lua'), text)
  end)

  it('overwrites nothing, and leaves nothing behind where it fails', function()
    process.shell(('mkdir -p %s/new/policies'):format(folder))
    for _, name in ipairs { 'laudit.lua', 'policies/filters.lua' } do
      process.write(folder .. '/new/' .. name, 'mine')
      local done = process.run(('laudit import -o %s/new %sgo-audit.yaml'):format(folder, FIXTURES))
      assert.same({ 1, '' }, { done.status, done.out })
      assert.matches(('new/%s: is there already, and stays as it is\n$'):format(name), done.err)
      assert.equal(folder .. '/new/' .. name .. '\n',
        process.shell(('find %s/new -type f'):format(folder)))
      assert.equal('mine', process.read(folder .. '/new/' .. name))
      os.remove(folder .. '/new/' .. name)
    end
    local done = process.run(('laudit import -o %s/x/y %sgo-audit.yaml'):format(folder, FIXTURES))
    assert.same({ 1, '' }, { done.status, done.out })
    done = process.run(('laudit import -o %s/none %s/none.yaml'):format(folder, folder))
    assert.equal(1, done.status)
    assert.equal('', process.shell(('ls -d %s/none 2>/dev/null'):format(folder)))
  end)

  it('takes standard input, and is told whose configuration it is', function()
    local text = 'output: { syslog: { enabled: true, network: udp, address: "h:514" } }'
    local done = process.run(("echo '%s' | laudit import -"):format(text))
    assert.matches("format = 'go%-audit'", done.out)
    assert.matches("tag = 'go%-audit'", done.out)
    assert.matches('^%-%- standard input, the configuration of go%-audit', done.out)
    done = process.run(("echo '%s' | laudit import --from pauditd -"):format(text))
    assert.matches("format = 'pauditd'", done.out)
    assert.matches("tag = 'pauditd'", done.out)
  end)

  it('is misused without FILE, with two, or with another tool', function()
    assert.same({ 2, 2, 2 }, {
      process.run('laudit import').status, process.run('laudit import a b').status,
      process.run('laudit import --from auditd a').status })
    assert.matches('^Usage: laudit import', process.run('laudit import --help').out)
  end)

  it('puts rules in one text, but for -f, which the kernel is told', function()
    local out = import('output: { stdout: { enabled: 1 } }\n' ..
      'rules: [ "-w /x -k ]]", -b 320, -f 2 ]\n')
    assert.matches("kernel {\n  failure = 'panic',\n}", out)
    assert.truthy(out:find('rules [=[\n-w /x -p rwxa -k ]]\n-b 320\n]=]\n', 1, true))
    out = import('output: { stdout: { enabled: yes } }\n')
    assert.matches("rules: none, and so the kernel's rules are left as they are", out)
  end)

  it('has no policy for a range that lets all types through', function()
    assert.is_nil((import(MINIMAL .. 'events: { min: 1000, max: 2999 }')):find 'policies')
    assert.truthy((import(MINIMAL)):find "policies 'policies/message_types.lua'")
    assert.equal('x.yaml:3:9: events: min is more than max\n', mistakes 'events: { min: 1400 }')
  end)
end)

describe('a mistake in what is imported', function()
  before_each(function()
    process.binary = process.shell('realpath ' .. process.binary):match '[^\n]+'
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  it('has file, line and column', function()
    assert.equal("x.yaml:3:27: socket_buffer.receive: expected a number from 1 to 1073741824, " ..
      "found 'much'\n", mistakes 'socket_buffer: { receive: much }')
    assert.equal('x.yaml:3:1: rules: is there twice\n', mistakes 'rules: []')
    assert.equal('x.yaml:3:9: events: expected a mapping, found a list\n', mistakes 'events: []')
    assert.equal('x.yaml:3:5: while parsing a flow mapping\n',
      (mistakes 'x: {'):gsub('%d+:%d+: .*', '3:5: while parsing a flow mapping\n'))
    assert.equal('x.yaml:3:12: filters: regex: is missing\n' ..
      "x.yaml:4:14: filters: syscall: expected the number of a system call, found 'execve'\n",
      mistakes('filters: [ { message_type: 1300 },\n  { syscall: execve, message_type: 1300, ' ..
      'regex: x } ]'))
  end)

  it('is a file that has no place for an output, or none', function()
    local _, err = import 'rules: []\noutput:\n  file: { enabled: true, mode: 600 }\n'
    assert.equal('x.yaml:3:9: output.file.path: is missing\nx.yaml:3:32: output.file.mode: ' ..
      'expected octal digits that begin with 0, such as 0600\n2 mistakes\n', err)
    _, err = import 'rules: []\n'
    assert.equal('x.yaml:1:1: output: none is enabled\n', err)
    _, err = import ''
    assert.equal('x.yaml:1:1: expected a mapping with options\n', err)
  end)

  it('is what Go refuses in a regular expression', function()
    local text = 'filters: [ { message_type: 1300, regex: %s } ]'
    local said = {
      ["'a**'"] = 'at byte 2: Go refuses a repetition of a repetition',
      ["'*a'"] = 'at byte 0: this repeats nothing',
      ["'(a'"] = 'at byte 2: a group is not closed',
      ["'a)'"] = 'at byte 1: this ) closes nothing',
      ["'[a'"] = 'at byte 2: a class is not closed',
      ["'(?=a)'"] = 'at byte 0: Go has no such group',
      ["'(?<=a)'"] = 'at byte 0: Go has no such group',
      ["'a\\C'"] = "at byte 1: \\C is RE2's alone: Go refuses it",
      ["'(a)\\1'"] = 'at byte 4: Go has no references to groups',
      ["'\\Z'"] = 'at byte 0: Go has no such escape',
      ["'a{2,1}'"] = 'at byte 1: Go refuses these counts',
    }
    for regex, sentence in pairs(said) do
      assert.equal('x.yaml:3:41: filters: regex: ' .. sentence .. '\n',
        mistakes(text:format(regex)))
    end
  end)
end)
