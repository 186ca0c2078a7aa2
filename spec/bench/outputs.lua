--- outputs.lua FOLDER - replays FOLDER/log to each kind of output (spec/bench/outputs).
local ffi = require 'ffi'

local ends = require 'spec.output.ends'
local peer = require 'spec.output.peer'

ffi.cdef [[
  struct timespec { long tv_sec, tv_nsec; };
  int clock_gettime(int clock, struct timespec *time);
]]

local CLOCK_MONOTONIC, RUNS, PATIENCE = 1, 3, 1200
local MOSQUITTO = 'build/peers/mosquitto/env '

local folder = arg[1]

local function now()
  local time = ffi.new 'struct timespec'
  ffi.C.clock_gettime(CLOCK_MONOTONIC, time)
  return tonumber(time.tv_sec) + tonumber(time.tv_nsec) / 1e9
end

local function run(command)
  local said, status = peer.shell(command)
  assert(status == '0', command .. ': ' .. said)
end

local function replay(output, stdout)
  peer.write(folder .. '/laudit.lua', ("output 'one' { %s, queue = { full = 'hold' }, drain = 60 }")
    :format(output))
  run(('build/laudit replay -c %s/laudit.lua %s/log >%s'):format(folder, folder, stdout or
    '/dev/null'))
end

--- Seconds until the far end has all that `send` sends; fails when it has something else.
local function seconds(kind, send, expected)
  local far = ends.start(kind)
  local start = now()
  send(far)
  local has_all = peer.wait(function()
    return far.size() >= #expected
  end, PATIENCE)
  local took = now() - start
  local got = far.got()
  far.finish()
  assert(has_all and got == expected, kind .. ': not all of it arrived')
  return took
end

local function least(...)
  local best = math.huge
  for _ = 1, RUNS do
    best = math.min(best, seconds(...))
  end
  return best
end

local function place(far)
  return far.options:match "address = '127.0.0.1:(%d+)'"
end

--- A program that brings FOLDER/json or FOLDER/gelf there; librdkafka's package has none.
local plain = {
  stdout = function(far) run(('cat %s/json >%s/stdout'):format(folder, far.folder)) end,
  syslog = function(far)
    run(("bash -c 'cat %s/json >/dev/tcp/127.0.0.1/%s'"):format(folder, place(far)))
  end,
  gelf = function(far)
    run(("bash -c 'tr \"\\n\" \"\\0\" <%s/gelf >/dev/tcp/127.0.0.1/%s'"):format(folder, place(far)))
  end,
  http = function(far)
    run(('curl -sSf -H "Expect:" --data-binary @%s/json %s'):format(folder,
      far.options:match "url = '([^']+)'"))
  end,
  mqtt = function(far)
    run(('%smosquitto_pub -h 127.0.0.1 -p %s -q 1 -t laudit/plain -l <%s/json'):format(MOSQUITTO,
      place(far), folder))
  end,
  unix = function(far)
    run(('socat -u FILE:%s/json UNIX-LISTEN:%s/socket'):format(folder, far.folder))
  end,
  exec = function(far) run(('cat %s/json | cat >%s/got'):format(folder, far.folder)) end,
}

local function timed(send)
  local best = math.huge
  for _ = 1, RUNS do
    os.remove(folder .. '/file')
    local start = now()
    send()
    best = math.min(best, now() - start)
  end
  return best
end

--- laudit's seconds for a file, and cat's.
local function measure_file(bytes)
  local own = timed(function()
    replay(("type = 'file', path = '%s/file'"):format(folder))
  end)
  assert(peer.read(folder .. '/file') == bytes)
  return own, timed(function() run(('cat %s/json >%s/file'):format(folder, folder)) end)
end

local function line(kind, events, bytes, own, other)
  local megabytes = bytes / 1e6
  print(('| %s | %.2f | %.0f | %.0f | %s | %s |'):format(kind, own, events / own / 1000,
    megabytes / own, other and ('%.0f'):format(megabytes / other) or '',
    other and ('%.1f'):format(own / other) or ''))
  io.stdout:flush()
end

local function make(format)
  replay(("type = 'stdout', format = '%s'"):format(format), folder .. '/' .. format)
  return peer.read(folder .. '/' .. format)
end

local texts = { json = make 'json', gelf = make 'gelf' }
local events = select(2, texts.json:gsub('\n', ''))

assert(not ends.missing(), ends.missing())
print(('%d events, %.0f MB of JSON, %.0f MB of GELF\n'):format(events, #texts.json / 1e6,
  #texts.gelf / 1e6))
print('| output | s | 1000 events/s | MB/s | plain program MB/s | laudit / plain |')
print('|---|---|---|---|---|---|')
line('/dev/null', events, #texts.json, timed(function()
  run(('build/laudit replay -f json %s/log >/dev/null'):format(folder))
end))
line('file', events, #texts.json, measure_file(texts.json))
for _, kind in ipairs(ends.KINDS) do
  local text = texts[kind == 'gelf' and 'gelf' or 'json']
  local own = least(kind, function(far)
    replay(far.options, kind == 'stdout' and far.folder .. '/stdout' or nil)
  end, text)
  line(kind, events, #text, own, plain[kind] and least(kind, plain[kind], text) or nil)
end
