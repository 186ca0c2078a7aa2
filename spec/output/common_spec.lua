--- What docs/outputs.md says of all outputs: options, the example, TLS and secrets.
local certificates = require 'spec.output.certificates'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local web = require 'spec.output.web'
local control = require('laudit_engine').control

local UNITS = { M = 2 ^ 20, G = 2 ^ 30 }

local folder

before_each(function()
  folder = peer.folder()
end)

after_each(function()
  peer.shell('rm -rf ' .. folder)
end)

local function absolute(path)
  return process.shell('realpath ' .. path):match '[^\n]+'
end

local function run(command, environment)
  local text, status = peer.shell(('cd %s; env -u LD_PRELOAD %s %s %s'):format(folder,
    environment or '', absolute(process.binary), command))
  return text, tonumber(status)
end

--- The part of docs/outputs.md below a heading.
local function section(heading)
  local docs = '\n' .. peer.read 'docs/outputs.md'
  local begin = assert(docs:find('\n' .. heading .. '\n', 1, true), heading)
  return docs:sub(begin + #heading + 2, docs:find('\n## ', begin + 2, true))
end

--- What stands in a cell, as the program has it: a text without its quotes, a size in bytes.
local function unquoted(cell)
  local text = cell:gsub("^'(.*)'$", '%1')
  local count, unit = text:match '^(%d+)([MG])iB$'
  return count and ('%d'):format(count * UNITS[unit]) or text
end

local function names_in(text)
  local names = {}
  for name in text:gmatch '`([a-z_]+)`' do table.insert(names, name) end
  return names
end

--- All options that every output has, those of tables too.
local OPTIONS = {
  type = "'file', path = 'x'", default = 'true', format = "'json'", on = '{ pid = 1 }',
  alerts = 'true', transform = false, connect_timeout = '10', send_timeout = '30',
  dead_letter = "'dead'", drain = '5',
  queue = { events = '65536', bytes = "'8MiB'", full = "'spool'" },
  spool = { path = "'spool'", bytes = "'1GiB'", sync = 'false' },
  batch = { events = '10', bytes = "'1MiB'", seconds = '1' },
  retry = { first = '0.5', most = '60', attempts = '0' },
  breaker = { failure_ratio = '0.05', observations = '10', window = '5', cooldown = '1' },
}

local function listed(options)
  local found = {}
  for name, value in pairs(options) do
    value = type(value) == 'table' and '{ ' .. listed(value) .. ' }' or value
    if value then table.insert(found, name .. ' = ' .. value) end
  end
  return table.concat(found, ', ')
end

describe('what all outputs have', function()
  it('is what the table names, and is known', function()
    local seen = {}
    local table_of = section('## What all outputs have'):match '^(.-)<!%-%-'
    for row in table_of:gmatch '\n(| `[^\n]+)' do
      local cells = {}
      for cell in row:gmatch '| ([^|]*)' do table.insert(cells, cell) end
      for _, name in ipairs(names_in(cells[1])) do
        assert.is_not_nil(OPTIONS[name], name)
        seen[name] = true
        for inner in pairs(type(OPTIONS[name]) == 'table' and OPTIONS[name] or {}) do
          assert.truthy(row:find('`' .. inner .. '`', 1, true), name .. ': ' .. inner)
        end
      end
    end
    for name in pairs(OPTIONS) do assert.is_true(seen[name], name) end
    peer.write(folder .. '/laudit.lua', ("output 'a' { %s }"):format(listed(OPTIONS)))
    assert.same({ 'laudit.lua: good\n', 0 }, { run 'check -c laudit.lua' })
  end)

  it('are the types that the first table names', function()
    local named, known = {}, {}
    for name in section('# Outputs'):gmatch "\n| `'(%l+)'` |" do table.insert(named, name) end
    peer.write(folder .. '/laudit.lua', "output 'a' { type = 'none' }")
    local said = run('check -c laudit.lua'):match 'expected one of ([^\n]-), found'
    for name in said:gmatch "'(%l+)'" do table.insert(known, name) end
    table.sort(named)
    table.sort(known)
    assert.same(known, named)
  end)

  it('has the defaults that the table names', function()
    peer.write(folder .. '/laudit.lua', [[
      output 'bare' { type = 'file', path = 'x' }
      output 'NAME' { type = 'file', path = 'y', spool = {} }
    ]])
    local settings = control.settings(folder .. '/laudit.lua')
    settings.bare.spool = settings.NAME.spool
    for name, default in pairs(settings.bare) do
      local row = section '## What all outputs have':match('\n(| `' .. name .. '` [^\n]+)')
      if type(default) == 'table' then
        for inner, value in pairs(default) do
          local said = row:match('`' .. inner .. '` %(`?([^`)]+)`?%)')
          assert.equal(tostring(value), unquoted(said), name .. ': ' .. inner)
        end
      else
        assert.equal(tostring(default), row:match '^|[^|]*|[^|]*| `([^`]*)` |', name)
      end
    end
    assert.equal('spool', settings.NAME.queue.full)
  end)

  it('is wrong where it says too little or too much', function()
    for options, sentence in pairs {
      ["queue = { full = 'sppol' }"] = "queue: full: expected one of 'drop_oldest', ",
      ["queue = '8MiB'"] = 'queue: expected a table',
      ["retry = { frist = 1 }"] = "unknown option 'frist' (did you mean 'first'?)",
      ["queue = { full = 'hold' }, spool = {}"] = "spool: has no use with queue = { full = 'hold'",
    } do
      peer.write(folder .. '/laudit.lua', ("output 'a' { type = 'stdout', %s }"):format(options))
      local text, status = run 'check -c laudit.lua'
      assert.truthy(text:find(sentence, 1, true), text)
      assert.equal(1, status)
    end
  end)
end)

describe('the example of what all outputs have', function()
  if web.missing() then
    return pending(web.missing())
  end

  --- The messages in a text, without their order of arrival being lost.
  local function count(text)
    return select(2, text:gsub('\n', ''))
  end

  it('spools while its server is away, and delivers when it is back', function()
    certificates.authority(folder, 'ca')
    certificates.sign(folder, 'ca', 'server', 'IP:127.0.0.1')
    certificates.sign(folder, 'ca', 'host', 'DNS:host')
    peer.write(folder .. '/soc.token', 'sesame\n')
    local server = web.start { tls = folder .. '/server', clients = folder .. '/ca.pem' }
    finally(function() server:remove() end)
    server:stop()
    local text = section('## What all outputs have'):match '```lua\n(.-)```'
    text = text:gsub('https://[^/]+/', server:url '/'):gsub('/etc/laudit', folder)
      :gsub('/var/l[iobg]+/laudit', folder):gsub('default = true', '%0, drain = 4')
    peer.write(folder .. '/laudit.lua', text)
    local log = absolute 'examples/intrusion.log'
    local said, status = run('replay -c laudit.lua --no-progress ' .. log)
    local file = peer.read(folder .. '/events.json')
    assert.equal(0, status, said)
    assert.truthy(count(file) > 50)
    assert.truthy(said:find(('output soc: accepted %d = delivered 0 + dropped 0 + queued %d')
      :format(count(file), count(file)), 1, true), said)
    server:begin()
    peer.write(folder .. '/one.log', process.event(1))
    said, status = run 'replay -c laudit.lua --no-progress one.log'
    assert.equal(0, status, said)
    assert.equal(peer.read(folder .. '/events.json'), server:bodies())
    assert.equal('Bearer sesame', server:request(1)['header authorization'])
    assert.truthy(said:find(('output soc: accepted %d = delivered %d + dropped 0 + queued 0')
      :format(count(file) + 1, count(file) + 1), 1, true), said)
  end)
end)

describe('a secret', function()
  local SECRETS = { 'sup3rs3cret', 'an0therS3cret', 'c3VwM3JzM2NyZXQ' } -- and of base64

  local CONFIG = [[
    local file, env = { file = 'password' }, { env = 'TOKEN' }
    local http = 'http://127.0.0.1:1/'
    output 'bearer' { type = 'http', url = http, drain = 0.2, bearer = file, dead_letter = 'd1' }
    output 'basic' { type = 'http', url = http, drain = 0.2,
      basic = { user = 'u', password = file } }
    output 'proxy' { type = 'http', url = http, drain = 0.2, proxy = http,
      proxy_basic = { user = 'u', password = env } }
    output 'field' { type = 'http', url = http, drain = 0.2, headers = { ['X-Key'] = env } }
    output 'hec' { type = 'http', url = http, drain = 0.2, body = 'hec', hec = { token = file } }
    output 'mqtt' { type = 'mqtt', address = '127.0.0.1:1', drain = 0.2, user = 'u',
      password = file }
    output 'kafka' { type = 'kafka', brokers = '127.0.0.1:1', drain = 0.2,
      sasl = { user = 'u', password = file } }
    output 'exec' { type = 'exec', command = { '/bin/sh', '-c', 'cat >fed; exit 1' },
      drain = 0.2, environment = { OWN = file, TOKEN = env } }
  ]]

  local function assert_unsaid(text)
    for _, secret in ipairs(SECRETS) do
      assert.is_nil(text:find(secret, 1, true), text)
    end
  end

  before_each(function()
    peer.write(folder .. '/password', SECRETS[1] .. '\n')
    peer.write(folder .. '/laudit.lua', CONFIG)
    peer.write(folder .. '/log', process.log(1, 3))
  end)

  it('is named by its place in check, never shown', function()
    local text, status = run('check -c laudit.lua', 'TOKEN=' .. SECRETS[2])
    assert.equal(0, status, text)
    assert_unsaid(text)
    for name, place in pairs { bearer = 'bearer is read from file password',
      proxy = 'password is read from environment variable TOKEN',
      field = 'is read from environment variable TOKEN', mqtt = 'password is read from file ',
      kafka = 'sasl: password is read from file ', exec = 'environment is read from ',
      hec = 'token is read from file ', basic = 'password is read from file ' } do
      local line = text:match("note: [^\n]*output '" .. name .. "'[^\n]*")
      assert.truthy(line and line:find(place, 1, true), text)
    end
  end)

  it('is in no log, no ledger and no file, whether it works or not', function()
    local text = run('replay -c laudit.lua --no-progress --summary=json log',
      'TOKEN=' .. SECRETS[2]) .. run('replay -c laudit.lua --no-progress log',
      'TOKEN=' .. SECRETS[2]) .. run 'replay -c laudit.lua --no-progress log'
    assert.truthy(text:find("output 'bearer': Failed to connect", 1, true), text)
    assert.truthy(text:find('the environment variable TOKEN is not set', 1, true), text)
    assert_unsaid(text)
    for _, secret in ipairs(SECRETS) do
      assert.equal(folder .. '/password\n', (peer.shell(('grep -rl "%s" %s; echo %s/password')
        :format(secret, folder, folder)):gsub('^(.+\n)%1$', '%1')))
    end
  end)

  it('that cannot be had is a mistake of check', function()
    os.remove(folder .. '/password')
    local text, status = run('check -c laudit.lua', 'TOKEN=x')
    assert.equal(1, status)
    assert.truthy(text:find("bearer: cannot read 'password': No such file", 1, true), text)
    assert.truthy(text:find('6 mistakes', 1, true), text)
  end)
end)
