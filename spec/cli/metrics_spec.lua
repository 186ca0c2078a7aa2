--- Metrics of a laudit that runs: a page that is fetched, datagrams that arrive, reloads, SIGUSR2.
local cjson = require 'cjson'
local ffi = require 'ffi'

local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local rows = require 'spec.control.metric_rows'

ffi.cdef [[
  long recv(int fd, void *buffer, size_t size, int flags);
  int connect(int fd, const void *address, unsigned len);
  long send(int fd, const void *buffer, size_t size, int flags);
]]

local PROMTOOL = (os.getenv 'LAUDIT_PEERS' or '') .. '/prometheus/usr/bin/promtool'
local AF_INET, LOOPBACK, DATAGRAM, STREAM = 2, 0x0100007f, 2, 1
local DONTWAIT, NOSIGNAL = 0x40, 0x4000

local function address_of(port)
  return ffi.new('struct peer_address', { AF_INET, bit.bor(bit.lshift(bit.band(port, 255), 8),
    bit.rshift(port, 8)), LOOPBACK })
end

--- A listener on a port of its own: what arrived is a list of datagrams.
local function udp_listener()
  local listener = { port = tonumber(peer.port 'udp'), datagrams = {} }
  local fd = ffi.C.socket(AF_INET, DATAGRAM, 0)
  local address, room = address_of(listener.port), ffi.new('char[65536]')
  assert(ffi.C.bind(fd, address, ffi.sizeof(address)) == 0)
  function listener.read()
    local len = tonumber(ffi.C.recv(fd, room, 65536, DONTWAIT))
    while len >= 0 do
      table.insert(listener.datagrams, ffi.string(room, len))
      len = tonumber(ffi.C.recv(fd, room, 65536, DONTWAIT))
    end
    return listener.datagrams
  end
  --- name → what was counted altogether; gauges as they were told last.
  function listener.sums()
    local sums = {}
    for _, datagram in ipairs(listener.read()) do
      for name, value, type in datagram:gmatch '([^\n:]+):([%d.]+)|(%a+)' do
        sums[name] = tonumber(value) + (type == 'c' and sums[name] or 0)
      end
    end
    return sums
  end
  function listener.close()
    ffi.C.close(fd)
  end
  return listener
end

--- A replay that reads a pipe which stays open: it lives until it is closed.
local Running = {}
Running.__index = Running

local function start(config, options)
  local self = setmetatable({ folder = process.folder() }, Running)
  process.shell('mkfifo ' .. self.folder .. '/pipe')
  self:configure(config)
  self.pid = process.start(('exec $laudit replay -c laudit.lua --no-progress %s pipe 2>err >out')
    :format(options or '--summary json'), self.folder)
  self.pipe = assert(io.open(self.folder .. '/pipe', 'r+')) -- waits for nobody
  return self
end

function Running:configure(config)
  process.write(self.folder .. '/laudit.lua', config)
end

--- Writes to the pipe through another process: a replay that died would block this one for good.
function Running:feed(first, last)
  process.write(self.folder .. '/log', process.log(first, last))
  local writer = process.start('exec cat log >pipe', self.folder)
  process.wait('the log is taken', function() return not process.is_running(writer) end)
end

function Running:said()
  return process.read(self.folder .. '/err')
end

function Running:reload(config, sentence)
  local before = select(2, self:said():gsub(sentence, ''))
  self:configure(config)
  process.signal(self.pid, 'HUP')
  process.wait('it says ' .. sentence, function()
    return select(2, self:said():gsub(sentence, '')) > before
  end)
end

--- Closes the pipe, so that the replay comes to its end.
function Running:finish()
  self.pipe:close()
  process.wait('it ends', function() return not process.is_running(self.pid) end)
end

function Running:remove()
  process.signal(self.pid, 'KILL')
  pcall(self.pipe.close, self.pipe)
  process.remove(self.folder)
end

--- What curl gets: body and status, or nil.
local function fetch(url, options)
  local said = process.shell(('curl -s --max-time 60 -w "\\n%%{http_code}" %s %s'):format(
    options or '', url))
  local body, status = said:match '^(.*)\n(%d+)$'
  return status ~= '000' and body or nil, tonumber(status)
end

local function page(port)
  return fetch(('http://127.0.0.1:%d/metrics'):format(port))
end

local function value_of(text, series)
  return tonumber((text or ''):match('\n' .. series:gsub('%p', '%%%0') .. ' (%S+)\n'))
end

--- Waits until the page counts so many records.
local function wait_for_records(port, count)
  process.wait('the page counts ' .. count, function()
    return value_of(page(port), 'laudit_records_seen_total') == count
  end)
end

--- Calls `body` with a running replay and takes it away, whatever happens.
local function with(config, options, body)
  local running = start(config, options)
  local is_good, why = pcall(body, running)
  running:remove()
  if not is_good then
    error(why, 0)
  end
end

local function require_promtool()
  local file = io.open(PROMTOOL)
  if not file then
    pending('promtool could not be fetched')
  end
  file:close()
end

local OUTPUT = "output 'o' { type = 'file', path = 'events', default = true }\n"

describe("the page for Prometheus", function()
  it('agrees with the ledger of SIGUSR2, number for number', function()
    local port = tonumber(peer.port())
    with(OUTPUT .. ("metrics { prometheus = '127.0.0.1:%d' }\n"):format(port), nil,
      function(running)
        running:feed(1, 500)
        wait_for_records(port, 1000)
        local text = page(port)
        process.signal(running.pid, 'USR2')
        local ledger = process.wait('the ledger comes', function()
          return running:said():match '{.*}\n$'
        end)
        local wrong, count = rows.compare(cjson.decode(ledger), text)
        assert.same({}, wrong)
        assert.is_true(count > 50)
        assert.equal(1000, cjson.decode(ledger).records.seen)
        assert.is_true(value_of(text, 'laudit_output_delivered_messages_total{output="o"}') > 400)
        assert.equal(value_of(text, 'laudit_output_delivered_messages_total{output="o"}'),
          value_of(text, 'laudit_output_latency_seconds_count{output="o"}'))
        running:feed(501, 600)
        wait_for_records(port, 1200)
        running:finish()
        assert.equal(1200, cjson.decode(running:said():match '.*\n({.*}\n)$').records.seen)
        assert.is_nil(page(port))
      end)
  end)

  it('is what promtool finds no fault with, whatever the names are', function()
    require_promtool()
    local port = tonumber(peer.port())
    local config = OUTPUT .. ([[
output 'a"b\\c\nd{}, le="1"' { type = 'file', path = 'events1' }
output 'x\255\254' { type = 'file', path = 'events2' }
output '\226\130\172 \t\r' { type = 'file', path = 'events3' }
policies 'policy.lua'
metrics { prometheus = '127.0.0.1:%d' }
]]):format(port)
    local folder = process.folder()
    process.write(folder .. '/policy.lua',
      "return require('audit').policy { name = 'p.q-r_s', on = { type = 'SYSCALL' }, "
      .. 'check = function() end }')
    with(config:gsub('policy.lua', folder .. '/policy.lua'), nil, function(running)
      running:feed(1, 50)
      wait_for_records(port, 100)
      local done = process.run(('curl -s http://127.0.0.1:%d/metrics | %s check metrics'):format(
        port, PROMTOOL))
      assert.equal('', done.out .. done.err)
      assert.equal(0, done.status)
      assert.is_truthy(page(port):find([[{output="a\"b\\c\nd{}, le=\"1\""}]], 1, true))
      running:finish()
    end)
    process.remove(folder)
  end)

  it('is one page, to be read only', function()
    local port = tonumber(peer.port())
    with(OUTPUT .. ("metrics { prometheus = '[::1]:%d' }\n"):format(port), nil, function(running)
      local url = ('http://[::1]:%d'):format(port)
      process.wait('it is served', function() return fetch(url .. '/metrics', '-g') end)
      local expected = { [''] = 404, ['/metrics/'] = 404, ['/metrics'] = 200,
        ['/metrics?x=1'] = 200, ['/../metrics'] = 200 }
      for path, status in pairs(expected) do
        assert.same({ path, status }, { path, select(2, fetch(url .. path, '-g')) })
      end
      for _, options in ipairs { '-g -X POST -d x=1', '-g -X DELETE', '-g -X PUT -T /dev/null' } do
        assert.equal(405, select(2, fetch(url .. '/metrics', options)))
      end
      local head = process.shell(('curl -sgI %s/metrics'):format(url))
      assert.matches('^HTTP/1.1 200 OK', head)
      assert.matches('Content%-Type: text/plain; version=0.0.4; charset=utf%-8', head)
      running:finish()
    end)
  end)

  it('is a unix socket for owner and group, gone at the end', function()
    with(OUTPUT .. "metrics { prometheus = 'unix:metrics.sock' }\n", nil, function(running)
      local path = running.folder .. '/metrics.sock'
      local options = '--unix-socket ' .. path
      process.wait('it is served', function() return fetch('http://h/metrics', options) end)
      assert.equal('srw-rw----', process.shell('stat -c %A ' .. path):match '%S+')
      -- another one cannot have it
      local second = process.run(('cd %s && laudit replay -q -c laudit.lua /dev/null'):format(
        running.folder):gsub('laudit replay', process.shell('realpath ' .. process.binary)
        :match '%S+' .. ' replay'))
      assert.equal(1, second.status)
      assert.matches("laudit.lua: metrics: prometheus = 'unix:metrics.sock': cannot listen: "
        .. 'Address already in use', second.err)
      assert.is_truthy(fetch('http://h/metrics', options))
      running:finish()
      assert.equal('', process.shell('ls ' .. path .. ' 2>/dev/null'))
    end)
  end)

  it('takes the socket of one that was killed', function()
    with(OUTPUT .. "metrics { prometheus = 'unix:metrics.sock' }\n", nil, function(running)
      local path = running.folder .. '/metrics.sock'
      process.wait('it is served', function()
        return fetch('http://h/metrics', '--unix-socket ' .. path)
      end)
      process.signal(running.pid, 'KILL')
      process.wait('it is gone', function() return not process.is_running(running.pid) end)
      assert.equal(path, process.shell('ls ' .. path):match '%S+')
      local again = process.run(('cd %s && %s replay -q -c laudit.lua /dev/null'):format(
        running.folder, process.shell('realpath ' .. process.binary):match '%S+'))
      assert.same({ 0, '' }, { again.status, again.err })
    end)
  end)

  it('never holds up the rest, however visitors behave', function()
    local port = tonumber(peer.port())
    with(OUTPUT .. ("metrics { prometheus = '127.0.0.1:%d' }\n"):format(port), nil,
      function(running)
        running:feed(1, 10)
        wait_for_records(port, 20)
        local visitors = {}
        for i, text in ipairs { '', 'GET', 'GET /metrics HTTP/1.1\r\n', '\0\0\0', 'x\r\n\r\n',
          'GET /metrics HTTP/1.1\r\nA: ' .. ('x'):rep(100000), 'GET /metrics HTTP/9.9\r\n\r\n',
          'POST /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n',
          'GET /metrics HTTP/1.1\r\n', 'GET /metrics HTTP/1.1\r\n', 'G', 'E', 'T' } do
          visitors[i] = ffi.C.socket(AF_INET, STREAM, 0)
          local address = address_of(port)
          assert(ffi.C.connect(visitors[i], address, ffi.sizeof(address)) == 0)
          ffi.C.send(visitors[i], text, #text, bit.bor(DONTWAIT, NOSIGNAL))
        end
        running:feed(11, 100)
        assert.equal(200, select(2, page(port))) -- once the silent ones were sent away
        wait_for_records(port, 200)
        running:finish()
        assert.is_true(cjson.decode(running:said()).closes)
        for _, fd in ipairs(visitors) do
          ffi.C.close(fd)
        end
      end)
  end)
end)

describe('statsd', function()
  local function config(port, more)
    return OUTPUT .. ("metrics { statsd = '127.0.0.1:%d', prefix = 't.', interval = 1%s }\n")
      :format(port, more or '')
  end

  it('is told what the ledger says at the end', function()
    local listener = udp_listener()
    with(config(listener.port), nil, function(running)
      running:feed(1, 300)
      process.wait('it is told', function() return listener.sums()['t.messages.total'] == 600 end)
      running:feed(301, 1000)
      running:finish()
      local ledger, sums = cjson.decode(running:said()), listener.sums()
      assert.equal(2000, sums['t.messages.total'])
      assert.equal(ledger.events['in'], sums['t.events.in'])
      assert.equal(1000, sums['t.output.o.delivered'])
      assert.equal(ledger.outputs[1].bytes, sums['t.output.o.bytes'])
      assert.equal(0, sums['t.output.o.queued'])
      assert.is_true(#listener.datagrams >= 2)
      for _, datagram in ipairs(listener.datagrams) do
        assert.is_true(#datagram <= 1432)
      end
    end)
    listener.close()
  end)

  it('costs nothing when nobody listens', function()
    local port = tonumber(peer.port 'udp')
    with(config(port), nil, function(running)
      running:feed(1, 1000)
      running:finish()
      local ledger = cjson.decode(running:said())
      assert.is_true(ledger.closes)
      assert.equal(1000, ledger.outputs[1].delivered)
    end)
  end)

  it('is left alone by a reload that does not concern it, and told once', function()
    local first, second = udp_listener(), udp_listener()
    with(config(first.port), nil, function(running)
      running:feed(1, 300)
      process.wait('it is told', function() return first.sums()['t.messages.total'] == 600 end)
      running:reload(config(first.port) .. '-- nothing new\n', 'reloaded\n')
      running:feed(301, 400)
      process.wait('it is told', function() return first.sums()['t.messages.total'] == 800 end)
      running:reload(config(second.port), 'reloaded\n')
      running:feed(401, 500)
      process.wait('the other one is told', function()
        return second.sums()['t.messages.total'] == 200
      end)
      running:reload(OUTPUT, 'reloaded\n')
      running:feed(501, 600)
      running:finish()
      assert.equal(800, first.sums()['t.messages.total'])
      assert.equal(200, second.sums()['t.messages.total'])
    end)
    first.close()
    second.close()
  end)
end)

describe('a reload', function()
  local function config(port)
    return OUTPUT .. ("metrics { prometheus = '127.0.0.1:%d' }\n"):format(port)
  end

  it('moves the page, or leaves it where it is', function()
    local first, second = tonumber(peer.port()), tonumber(peer.port())
    with(config(first), nil, function(running)
      running:feed(1, 10)
      wait_for_records(first, 20)
      running:reload(config(first) .. '-- nothing new\n', 'reloaded\n')
      assert.equal(1, value_of(page(first), 'laudit_reloads_total'))
      running:reload(config(second), 'reloaded\n')
      assert.is_nil(page(first))
      assert.equal(20, value_of(page(second), 'laudit_records_seen_total'))
      running:reload(OUTPUT, 'reloaded\n')
      assert.is_nil(page(second))
      running:reload(config(first), 'reloaded\n')
      assert.equal(4, value_of(page(first), 'laudit_reloads_total'))
      running:finish()
    end)
  end)

  it('is refused where the page cannot be had, and all stays as it was', function()
    local first, taken = tonumber(peer.port()), tonumber(peer.port())
    local fd = ffi.C.socket(AF_INET, STREAM, 0)
    local address = address_of(taken)
    assert(ffi.C.bind(fd, address, ffi.sizeof(address)) == 0)
    with(config(first), nil, function(running)
      running:feed(1, 10)
      wait_for_records(first, 20)
      running:reload(config(taken), 'reload refused')
      assert.matches(("laudit.lua: metrics: prometheus = '127.0.0.1:%d': cannot listen: "):format(
        taken):gsub('%p', '%%%0'), running:said())
      assert.equal(1, value_of(page(first), 'laudit_reloads_refused_total'))
      running:reload(config(0), 'reload refused')
      assert.equal(2, value_of(page(first), 'laudit_reloads_refused_total'))
      running:finish()
    end)
    ffi.C.close(fd)
  end)
end)

describe('the example of docs/metrics.md', function()
  local text = process.read 'docs/metrics.md':match '\n## An example\n(.-)\n## '

  it('gives what it says', function()
    local port, listener = tonumber(peer.port()), udp_listener()
    local function with_ports(words)
      return (words:gsub(':9321', ':' .. port):gsub(':8125', ':' .. listener.port))
    end
    local command, expected = text:match '```console\n$ (.-)\n(.-)```'
    with(with_ports(text:match '```lua\n(.-)```'), nil, function(running)
      running:feed(1, 500)
      wait_for_records(port, 1000)
      assert.equal(expected, process.shell(with_ports(command)))
      running:finish()
      local sums = listener.sums()
      for name, value in text:match('\n```\n(laudit%..-)```'):gmatch '([^\n:]+):(%d+)|%a\n' do
        assert.equal(tonumber(value), sums[name], name)
        sums[name] = nil
      end
      assert.is_nil(sums['laudit.web1.messages.total'])
    end)
    listener.close()
  end)

  it('has rules that promtool takes', function()
    require_promtool()
    local folder = process.folder()
    process.write(folder .. '/rules.yaml', text:match '```yaml\n(.-)```')
    local done = process.run(('%s check rules %s/rules.yaml'):format(PROMTOOL, folder))
    process.remove(folder)
    assert.matches('SUCCESS: 2 rules found', done.out)
    for name in text:gmatch 'laudit_[a-z_]+' do
      assert(rows.documented()[name:gsub('_bucket$', '')] or name:match '_$', name)
    end
  end)
end)

describe('laudit check', function()
  local function check(options)
    local folder = process.folder()
    process.write(folder .. '/laudit.lua', OUTPUT .. options)
    local done = process.run('laudit check -c ' .. folder .. '/laudit.lua')
    process.remove(folder)
    return done.status, ((done.out .. done.err):gsub('/tmp/[^/]*/', ''))
  end

  it('takes what can be meant', function()
    for _, options in ipairs { "metrics { prometheus = 'localhost:9321' }",
      "metrics { statsd = 'h:1' }\noutput 't' { type = 'stdout', transform = function() end }",
      "metrics { statsd = 'stats.example.org:8125', prefix = 'pauditd.{host}.', interval = 1.5 }",
      "metrics { prometheus = 'unix:/run/laudit/metrics.sock', statsd = '[::1]:8125' }" } do
      assert.same({ 0, 'laudit.lua: good\n' }, { check(options) })
    end
  end)

  it('says what is wrong with it', function()
    for options, sentence in pairs {
      ['metrics {}'] = 'metrics: expected prometheus, statsd or both, found neither',
      ["metrics 'x'"] = "metrics: expected a table of options, found 'x'",
      ["metrics { prometheus = '0.0.0.0:9321' }"] = 'metrics: prometheus: expected a loopback '
        .. "address such as '127.0.0.1:9321' or 'unix:/run/laudit/metrics.sock', found one that "
        .. "other hosts can reach: '0.0.0.0:9321'",
      ["metrics { statsd = '8125' }"] = "metrics: statsd: expected HOST:PORT, such as "
        .. "'127.0.0.1:8125', found '8125'",
      ["metrics { statsd = 'h:1', prefix = 'a b' }"] = "metrics: prefix: expected letters, digits, "
        .. "'.', '-', '_' and {host}, found ' b'",
      ["metrics { statsd = 'h:1', interval = 0 }"] = 'metrics: interval: expected 1 to 3600 '
        .. 'seconds, found 0',
      ["metrics { statsd = 'h:1', sample_rate = 1 }"] = "metrics: unknown option 'sample_rate'",
    } do
      assert.same({ 1, 'laudit.lua:2: ' .. sentence .. '\n1 mistake\n' }, { check(options) })
    end
    assert.matches('laudit.lua:3: metrics: was given before', select(2, check(
      "metrics { statsd = 'h:1' }\nmetrics { statsd = 'h:1' }")))
  end)
end)
