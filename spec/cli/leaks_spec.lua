--- The binary frees what it took: its commands under LeakSanitizer, which the other specs do
--- without (LuaJIT, which runs them, is not made for it).
local process = require 'spec.cli.process'

local LEAKED = 23
local OPTIONS = ('export ASAN_OPTIONS=detect_leaks=1:exitcode=%d; '):format(LEAKED)

local folder

--- Runs a shell command with the leaks of its programs seen; $F is the folder of this spec.
local function run(command)
  return process.run(OPTIONS .. (command:gsub('%$F', folder):gsub('%$LAUDIT',
    process.quote(process.binary))))
end

--- Runs laudit, and fails when it leaks or does not exit with `status`.
local function keeps(status, arguments)
  local done = run('laudit ' .. arguments .. ' </dev/null')
  assert.is_nil(done.err:match 'LeakSanitizer.*', arguments)
  assert.equal(status, done.status, arguments .. '\n' .. done.err)
end

local function write(name, text)
  process.write(folder .. '/' .. name, text)
end

describe('laudit under LeakSanitizer', function()
  local is_sanitized = process.shell('grep -c __asan_init ' .. process.quote(process.binary))
    ~= '0\n'

  before_each(function()
    folder = process.folder()
  end)

  after_each(function()
    process.remove(folder)
  end)

  local function leaks(name, check)
    it(name, function()
      if not is_sanitized then return pending 'this laudit is built without sanitizers' end
      check()
    end)
  end

  leaks('would be caught', function()
    write('leak.c', 'void *malloc(unsigned long);\n'
      .. 'int main(void) { return *(volatile char *)malloc(9) == 1; }\n')
    local done = run 'gcc -w -fsanitize=address -o $F/leak $F/leak.c && $F/leak'
    assert.equal(LEAKED, done.status)
    assert.matches('9 byte%(s%) leaked', done.err)
  end)

  leaks('helps', function()
    for _, words in ipairs { 'help', 'version', 'replay -h', 'rules help', 'help output http' } do
      keeps(0, words)
    end
    keeps(2, 'replay --formt')
    keeps(2, 'help nosuch')
  end)

  leaks('replays in each format', function()
    for _, format in ipairs { 'json', 'raw', 'audisp', 'records', 'text', 'go-audit', 'pauditd',
      'gelf', 'cef', 'none' } do
      keeps(0, ('replay -q -r -p policies -f %s examples/intrusion.log'):format(format))
    end
    keeps(1, 'replay -q nosuch.log')
  end)

  leaks('bears policies that fail', function()
    write('loop.lua', "return require 'audit'.policy { name = 'loop', check = function() "
      .. 'while true do end end }')
    write('memory.lua', "return require 'audit'.policy { name = 'memory', check = function(event) "
      .. 'local all = {} for i = 1, 1e9 do all[i] = event:text() .. i end end }')
    write('syntax.lua', 'return return')
    keeps(1, 'replay -q -p $F/loop.lua -p $F/memory.lua examples/intrusion.log')
    keeps(1, 'replay -q -p policies -p $F/syntax.lua examples/intrusion.log')
  end)

  leaks('reads configurations, good and bad', function()
    write('bad.lua', [[
kernel { receive_buffer = 'much' }
output 'local' { type = 'file' }
output 'x' { type = 'stdout', fromat = 'raw' }
rules '-a nonsense'
polices 'x'
]])
    keeps(1, 'check -c $F/bad.lua')
    keeps(0, 'check -p policies')
    keeps(1, 'rules compile $F/bad.lua')
    keeps(0, 'rules compile -f json examples/intrusion.rules')
    keeps(0, 'import spec/fixtures/import/go-audit.yaml')
    keeps(0, 'rules import spec/fixtures/import/pauditd.yaml')
  end)

  leaks('writes to several outputs, and reloads', function()
    write('laudit.lua', ([[
policies '%s/policies/*.lua'
output 'all' { type = 'file', path = 'all.json', default = true, batch = { events = 10 } }
output 'some' { type = 'exec', command = { '/bin/cat' }, on = { type = 'SYSCALL' } }
output 'high' { type = 'file', path = 'high.gelf', format = 'gelf', alerts = 'high',
  default = true }
]]):format(process.shell('pwd'):match '[^\n]+'))
    local done = run [[
      mkfifo $F/pipe
      $LAUDIT replay -q -c $F/laudit.lua <$F/pipe & pid=$!
      exec 3>$F/pipe
      cat examples/intrusion.log >&3 # more than a pipe holds: laudit reads when cat is done
      kill -HUP $pid
      cat examples/intrusion.log >&3
      exec 3>&-
      wait $pid]]
    assert.is_nil(done.err:match 'LeakSanitizer.*')
    assert.equal(0, done.status, done.err)
    assert.matches('reload', done.err)
  end)
end)
