local control = require('laudit_engine').control
local output = require('laudit_engine').output

local folder

local function shell(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

local function write(name, text)
  local file = assert(io.open(folder .. '/' .. name, 'wb'))
  file:write(text)
  file:close()
end

-- The config that `source` makes; its mistakes and notes without the folder's name.
local function load(source)
  write('laudit.lua', source)
  local config, mistakes, notes = control.config(folder .. '/laudit.lua')
  for _, list in ipairs { mistakes, notes } do
    for i, sentence in ipairs(list) do
      list[i] = sentence:gsub(folder:gsub('%p', '%%%0') .. '/', '')
    end
  end
  return config, mistakes, notes
end

local OUTPUT = "output 'o' { type = 'stdout' }\n"

describe('config.lua', function()
  before_each(function()
    folder = shell('mktemp -d'):match '%S+'
  end)

  after_each(function()
    shell('rm -r ' .. folder)
  end)

  it('says what is wrong with an output of no kind, too', function()
    local _, mistakes = load [[
      output 'local' { typ = 'file', fromat = 'json', path = 'events.json' }
      output 'soc' { type = 'htp', url = 'https://soc.example', batch = { evnts = 5 }, drain = 'x',
        format = 'jsn', alerts = 5, on = 5 }
    ]]
    local kinds = require('laudit_engine').output.kinds()
    local formats = mistakes[8] and mistakes[8]:match 'one of (.*), found'
    assert.same({
      ("laudit.lua:1: output 'local': type: expected one of %s, found nothing"):format(kinds),
      "laudit.lua:1: output 'local': unknown option 'fromat' (did you mean 'format'?)",
      "laudit.lua:1: output 'local': unknown option 'typ' (did you mean 'type'?)",
      "laudit.lua:2: output 'soc': batch: unknown option 'evnts' (did you mean 'events'?)",
      "laudit.lua:2: output 'soc': drain: expected a number of seconds, at most a day, found 'x'",
      ("laudit.lua:2: output 'soc': type: expected one of %s, found 'htp'"):format(kinds),
      "laudit.lua:3: output 'soc': alerts: expected true, false, 'info', 'low', 'medium', " ..
        "'high' or 'critical', found number 5",
      ("laudit.lua:3: output 'soc': format: expected one of %s, found 'jsn'"):format(formats),
      "laudit.lua:3: output 'soc': on: expected a table of fields, found number 5",
    }, mistakes)
  end)

  it('says what runs', function()
    write('b.lua', '')
    write('a.lua', '')
    write('a_spec.lua', '')
    local config, mistakes = load [[
      -- /etc/laudit/laudit.lua
      kernel { enabled = true, backlog_limit = 8192, backlog_wait_time = 0, failure = 'printk',
        receive_buffer = '16MiB' }
      rules 'rules.d/*.rules'
      rules [=[-w /etc/passwd -p wa]=]
      policies '*.lua'
      output 'local' { type = 'file', path = 'events.json', mode = '0640', owner = 'root',
        group = 0, queue = { bytes = '4 MiB' }, drain = 1.5, default = true }
      output 'soc' { type = 'stdout', format = 'raw' }
    ]]
    assert.same({}, mistakes)
    assert.equal(16 * 1024 * 1024, config.receive_buffer)
    assert.is_false(config.multicast)
    assert.same({ enabled = 1, backlog_limit = 8192, backlog_wait_time = 0, failure = 1,
      immutable = false, enforce = false, changes = true }, config.kernel)
    assert.same({ 'rules.d/*.rules', '-w /etc/passwd -p wa' }, config.rules)
    assert.same({ folder .. '/a.lua', folder .. '/b.lua', folder .. '/laudit.lua' },
      config.policies)
    assert.same({
      name = 'local', path = folder .. '/events.json', format = 'json', stdout = false,
      default = true, mode = tonumber('640', 8), queue = 4 * 1024 * 1024, drain = 1.5, uid = 0,
      gid = 0,
    }, config.outputs[1])
    assert.equal('raw', config.outputs[2].format)
    assert.is_false(config.outputs[2].default)
  end)

  it('says how the kernel is to be set', function()
    local function kernel(options)
      local config, mistakes = load(('kernel { %s }\n'):format(options) ..
        "output 'a' { type = 'stdout' }")
      return config.kernel, mistakes
    end
    assert.same({ rate_limit = 0, failure = 2, enabled = 0, only_unset_loginuid = 'off',
      loginuid_immutable = 'locked', immutable = false, enforce = true, changes = true },
      (kernel [[rate_limit = 0, failure = 'panic', enabled = false, only_unset_loginuid = false,
        loginuid_immutable = 'locked', enforce = true]]))
    assert.same({ loginuid_immutable = 'on', immutable = true, enforce = false, changes = true },
      (kernel 'immutable = true, loginuid_immutable = true'))
    assert.is_false(kernel "multicast = true, receive_buffer = '1MiB'".changes)
    assert.same({
      "laudit.lua:1: kernel: enabled: expected true or false (for what holds until the next boot: "
        .. 'immutable), found number 2',
      "laudit.lua:2: kernel: failure: expected 'silent', 'printk' or 'panic', found '2'",
      "laudit.lua:3: kernel: loginuid_immutable: expected true, false or 'locked' (on until the "
        .. "next boot), found 'lock'",
      'laudit.lua:4: kernel: immutable: expected true or false, found number 1',
      'laudit.lua:5: kernel: rate_limit: expected a whole number that is not negative, found '
        .. 'number -1',
    }, select(2, kernel [[enabled = 2,
      failure = '2',
      loginuid_immutable = 'lock',
      immutable = 1,
      rate_limit = -1]]))
  end)

  it('sets the kernel in one way only', function()
    local _, mistakes = load [[
kernel {
  multicast = true,
  backlog_limit = 64,
  only_unset_loginuid = true,
  receive_buffer = '1MiB',
}
output 'a' { type = 'stdout' }
]]
    local other = ': has no place beside multicast = true: the audit daemon that runs has set the '
      .. 'kernel'
    assert.same({ 'laudit.lua:3: kernel: backlog_limit' .. other,
      'laudit.lua:4: kernel: only_unset_loginuid' .. other }, mistakes)
    _, mistakes = load "kernel { enabled = false, immutable = true } output 'a' { type = 'stdout' }"
    assert.same({ "laudit.lua:1: kernel: immutable: would lock the kernel's audit with enabled = "
      .. 'false' }, mistakes)
  end)

  it('makes every output a default where none says a word about it', function()
    local config = load "output 'a' { type = 'stdout' } output 'b' { type = 'file', path = 'b' }"
    assert.is_true(config.outputs[1].default)
    assert.is_true(config.outputs[2].default)
    config = load "output 'a' { type = 'stdout', default = false }"
    assert.is_false(config.outputs[1].default)
  end)

  it('is Lua: locals, loops and arithmetic', function()
    local config, mistakes = load [[
      local names = { 'a', 'b', 'c' }
      for i = 1, #names do
        output(names[i]) { type = 'file', path = names[i] .. '.json', queue = { bytes = 1024 * i } }
      end
    ]]
    assert.same({}, mistakes)
    assert.equal(3, #config.outputs)
    assert.equal(3072, config.outputs[3].queue)
  end)

  it('reports every mistake at once: line, what was expected, what was found', function()
    local _, mistakes = load [[
kernel { backlog_limit = 'many', recieve_buffer = '16MiB' }
output 'local' {
  type = 'file',
  path = 'events.json', -- mode = here is a comment
  mode = 640,
  formt = 'json',
  queue = { bytes = '3 parsecs' },
}
output 'soc' { type = 'htp', url = 'https://soc.example' }
output 'local' { type = 'stdout', path = '/x' }
ouptut 'x' { type = 'stdout' }
output 'late' { type = 'file', path = 'x', strange = { size = '1MiB' }, owner = 'nobody-at-all' }
output 'alone'
policies(7)
path = '/var/log'
policies 'missing.lua'
]]
    assert.same({
      "laudit.lua:1: kernel: backlog_limit: expected a whole number that is not negative, "
        .. "found 'many'",
      "laudit.lua:1: kernel: unknown option 'recieve_buffer' (did you mean 'receive_buffer'?)",
      "laudit.lua:5: output 'local': mode: expected octal digits in quotes such as '0640', "
        .. 'found number 640',
      "laudit.lua:6: output 'local': unknown option 'formt' (did you mean 'format'?)",
      "laudit.lua:7: output 'local': queue: bytes: expected a size such as '16MiB' or a number of "
        .. "bytes, found '3 parsecs'",
      "laudit.lua:9: output 'soc': type: expected one of " .. output.kinds() .. ", found 'htp'",
      "laudit.lua:10: output 'local': path: is only for type 'file', 'unix'",
      "laudit.lua:10: output 'local': the name is taken by another output",
      "laudit.lua:11: unknown word 'ouptut' (did you mean 'output'?)",
      "laudit.lua:12: output 'late': unknown option 'strange'",
      "laudit.lua:13: output 'alone': expected { type = ... } behind the name, found nothing",
      "laudit.lua:14: policies: expected a path or a pattern such as 'dir/*.lua', found number 7",
      "laudit.lua:15: 'path' is set, but only kernel, rules, policies, output and metrics mean "
        .. 'something here; write local path = ... for a value of your own',
      'laudit.lua:16: policies: missing.lua: No such file or directory',
      "laudit.lua:12: output 'late': owner: there is no user 'nobody-at-all'",
    }, mistakes)
  end)

  it('notes a pattern that matches nothing', function()
    shell('mkdir ' .. folder .. '/policies')
    local _, mistakes, notes = load(OUTPUT .. "policies 'policies/*.lua'")
    assert.same({}, mistakes)
    assert.same({ "laudit.lua:2: policies: no file matches 'policies/*.lua'" }, notes)
  end)

  it('refuses a pattern of a folder that is not there', function()
    local _, mistakes = load(OUTPUT .. "policies 'policies/*.lua'")
    assert.same({ 'laudit.lua:2: policies: policies/*.lua: No such file or directory' }, mistakes)
  end)

  local function one_mistake(source)
    local _, mistakes = load(source)
    assert.equal(1, #mistakes)
    return mistakes[1]
  end

  it('needs an output', function()
    assert.matches('laudit.lua:1: expected at least one output', one_mistake 'rules "x"')
  end)

  it('says where the syntax is wrong', function()
    assert.equal("laudit.lua:2: unexpected symbol near '='", one_mistake(OUTPUT .. '= 3'))
  end)

  it('ends a loop for ever', function()
    assert.equal('laudit.lua:2: took more than 10000000 instructions',
      one_mistake(OUTPUT .. 'while true do end'))
  end)

  it('ends a memory bomb', function()
    assert.equal('laudit.lua:3: took more than 32 MiB of memory', one_mistake(OUTPUT .. [[
      local s = 'xxxxxxxxxxxxxxxx'
      for _ = 1, 60 do s = s .. s end]]))
  end)

  it('has nothing in reach but its words', function()
    for _, word in ipairs { 'os', 'io', 'require', 'string', 'ffi', 'load', 'pcall', '_G' } do
      local _, mistakes = load(OUTPUT .. 'local x = ' .. word)
      assert.matches("^laudit.lua:2: unknown word '" .. word .. "'", mistakes[1])
    end
    assert.matches("attempt to index", one_mistake(OUTPUT .. "local x = ('x'):rep(9)"))
  end)

  it('makes one mistake of one slip', function()
    local _, mistakes = load [[output 'o' { type = 'file', path = os.getenv 'HOME' .. '/x' }]]
    assert.same({ "laudit.lua:1: unknown word 'os'; known are kernel, rules, policies, output, "
      .. 'metrics' }, mistakes)
  end)

  it('runs no bytecode', function()
    local _, mistakes = load(string.dump(function() end))
    assert.same({ 'laudit.lua: is compiled Lua; laudit reads the text it was made from' }, mistakes)
  end)

  it('reports what came before an error, and the error', function()
    local _, mistakes = load [[
kernel { recieve_buffer = '16MiB' }
output 'a' { type = 'file', path = 'x', mode = 640 }
output 'b' { type = 'stdout', format = nil .. 'json' }
output 'c' { type = 'htp' }
]]
    assert.same({
      'laudit.lua:3: attempt to concatenate a nil value',
      "laudit.lua:1: kernel: unknown option 'recieve_buffer' (did you mean 'receive_buffer'?)",
      "laudit.lua:2: output 'a': mode: expected octal digits in quotes such as '0640', "
        .. 'found number 640',
    }, mistakes)
    assert.equal('laudit.lua:1: attempt to index a nil value', select(2, load '(nil).y()')[1])
  end)

  it('refuses two outputs to one place, and more than 64', function()
    assert.matches("laudit.lua:2: output 'b': writes to the same place as 'a'", one_mistake [[
output 'a' { type = 'stdout' }
output 'b' { type = 'stdout' }]])
    shell(('cd %s; mkdir o; ln -s o p; echo >one; ln one two'):format(folder))
    for first, second in pairs { x = 'x', ['o/x'] = './o//x', ['x.json'] = 'o/../x.json',
      ['o/y'] = 'p/y', one = 'two' } do
      assert.equal("laudit.lua:2: output 'b': path: writes to the same file as 'a'",
        one_mistake(([[
output 'a' { type = 'file', path = '%s' }
output 'b' { type = 'file', path = '%s' }]]):format(first, second)))
    end
    for _, other in ipairs { 'o/x.1', 'p/x.3.zst', 'o/x.12.gz', 'o/x.fresh', 'o/x.packing' } do
      assert.matches("output 'b': path: is in the way of the rotation of 'a'", one_mistake(([[
output 'a' { type = 'file', path = 'o/x', rotate = { size = 9 } }
output 'b' { type = 'file', path = '%s' }]]):format(other)))
    end
    assert.matches('more than 64 outputs', one_mistake [[
      local name = ''
      for i = 1, 70 do
        name = name .. 'n'
        local short = i <= 35 and name or 'm' .. i
        output(short) { type = 'file', path = short }
      end]])
  end)

  it('says that there is no such file', function()
    local _, mistakes = control.config '/nowhere/laudit.lua'
    assert.same({ '/nowhere/laudit.lua: No such file or directory' }, mistakes)
  end)

  it('reads regular files only, and waits for nobody', function()
    shell('mkfifo ' .. folder .. '/pipe')
    for _, path in ipairs { folder .. '/pipe', folder, '/dev/zero' } do
      local _, mistakes = control.config(path)
      assert.same({ path .. ': is no regular file' }, mistakes)
    end
    assert.equal('laudit.lua:2: policies: pipe: is no regular file',
      one_mistake(OUTPUT .. "policies 'pipe'"))
  end)

  it('says that the folder of an output is missing, or is the path', function()
    assert.matches("laudit.lua:1: output 'a': path: the folder '/nowhere': No such file",
      one_mistake "output 'a' { type = 'file', path = '/nowhere/x.json' }")
    shell(('ln -s elsewhere %s/link'):format(folder))
    assert.equal("laudit.lua:1: output 'a': path: 'link' is a symbolic link; name the file itself",
      one_mistake "output 'a' { type = 'file', path = 'link' }")
    assert.matches("'/tmp' is a folder", one_mistake "output 'a' { type = 'file', path = '/tmp' }")
  end)
end)
