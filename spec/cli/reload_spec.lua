local cjson = require 'cjson'
local process = require 'spec.cli.process'

local SWAPS, BROKEN = 100, 10
local SECONDS = 20 -- of a pipe that never rests

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

local function path(name)
  return folder .. '/' .. name
end

local function count(text, pattern)
  return select(2, text:gsub(pattern, ''))
end

local function policy(text)
  process.write(path 'policies/p.lua', ([[
    local audit = require 'audit'
    return audit.policy {
      name = 'p', severity = 'low', on = { SYSCALL = 'execve' },
      check = function(event)
        %s
      end,
    }]]):format(text))
end

local function send(pid, signal, sentence, times)
  process.signal(pid, signal)
  process.wait(('%q was said %d times'):format(sentence, times), function()
    return count(process.read(path 'err'), sentence) >= times
  end)
end

local function finish(pid)
  process.wait('laudit has ended', function()
    return not process.is_running(pid)
  end)
  return process.read(path 'err')
end

-- Starts a replay from a pipe, behind the words of `wrapper`; returns its pid and the pipe's end.
local function start(wrapper)
  process.shell('mkfifo ' .. path 'in')
  local command = 'exec %s $laudit replay -c laudit.lua --summary=json in 2>err >out'
  local pid = process.start(command:format(wrapper or ''), folder)
  return pid, assert(io.open(path 'in', 'wb'))
end

local function ledger_of(err)
  return cjson.decode(err:match '{"records".*')
end

-- One output stays, one changes its mode, one its file, one comes and goes.
local function configure(swap)
  process.write(path 'laudit.lua', ([[
    policies 'policies/*.lua'
    output 'stays' { type = 'file', path = 'stays.json' }
    output 'mode' { type = 'file', path = 'mode.json', mode = '06%d0' }
    output 'moves' { type = 'file', path = 'moves.%d.json' }
    %soutput 'guest' { type = 'file', path = 'guest.json' }
  ]]):format(swap % 2 * 4, swap % 3, swap % 2 == 0 and '--' or ''))
  policy(("event:set('swap', %d)"):format(swap % 5))
end

local function check_serials(last)
  local all = {}
  for serial = 1, last do
    all[serial] = serial
  end
  assert.same(all, process.serials(process.read(path 'stays.json')))
  assert.same(all, process.serials(process.read(path 'mode.json')))
  local moved = process.serials(process.read(path 'moves.0.json')
    .. process.read(path 'moves.1.json') .. process.read(path 'moves.2.json'))
  table.sort(moved)
  assert.same(all, moved)
end

describe('SIGHUP', function()
  before_each(function()
    process.shell('mkdir ' .. path 'policies')
  end)

  it('swaps outputs and policies a hundred times; nothing is lost, nothing comes twice', function()
    configure(0)
    local pid, pipe = start()
    local serial, refused = 0, 0
    for swap = 1, SWAPS do
      pipe:write(process.log(serial + 1, serial + 20))
      serial = serial + 20
      pipe:flush()
      configure(swap)
      send(pid, 'HUP', 'laudit: reloaded\n', swap)
      if swap % (SWAPS / BROKEN) == 0 then
        refused = refused + 1
        if refused % 2 == 0 then
          process.write(path 'laudit.lua', 'output "stays" { type = "file", pth = "x" }')
        else
          policy 'return return'
        end
        send(pid, 'HUP', 'reload refused', refused)
        configure(swap)
      end
    end
    pipe:write(process.log(serial + 1, serial + 20))
    serial = serial + 20
    pipe:close()
    local err = finish(pid)

    check_serials(serial)
    local ledger = ledger_of(err)
    assert.is_true(ledger.closes)
    assert.equal(SWAPS, ledger.beside.reloads)
    assert.equal(BROKEN, ledger.beside.refused_reloads)
    local seen = {}
    for _, output in ipairs(ledger.outputs) do
      seen[output.name] = output
    end
    for _, name in ipairs { 'stays', 'mode', 'moves' } do
      assert.equal(serial, seen[name].delivered, name)
    end
    assert.equal(#process.serials(process.read(path 'guest.json')), seen.guest.delivered)
    assert.matches("laudit.lua:1: output 'stays': unknown option 'pth'", err)
    assert.matches('p.lua:5: ', err)
  end)

  it('does so while a log that never stands still flows through', function()
    process.write(path 'laudit.lua', "output 'o' { type = 'stdout' }\npolicies 'policies/*.lua'\n")
    process.write(path 'source.lua', [[
      local process = require 'spec.cli.process'
      local serial = 0
      repeat
        io.write(process.log(serial + 1, serial + 100))
        serial = serial + 100
        local stop = io.open(arg[1])
      until stop
      io.stderr:write(serial)
    ]])
    process.write(path 'count.lua', [[
      local expected = 0
      for line in io.lines() do
        expected = expected + 1
        local serial = tonumber(line:match '"ID":"%d+%.%d+:(%d+)"')
        assert(serial == expected, ('%s after %d'):format(serial, expected - 1))
      end
      io.write(expected)
    ]])
    policy "event:set('swap', 0)"
    local root = process.shell 'pwd':match '[^\n]+'
    process.start(([[LUA_PATH="%s/?.lua;;"; export LUA_PATH
      luajit source.lua stop 2>sent |
      sh -c 'echo $$ >pid; exec '$laudit' replay -c laudit.lua --summary=json 2>err' |
      luajit count.lua >counted 2>trouble; echo >done]]):format(root), folder)
    local pid = process.wait('laudit has a pid', function()
      local file = io.open(path 'pid')
      return file and tonumber(file:read '*a', nil)
    end)
    process.wait('the log flows', function()
      local status = process.read(('/proc/%d/io'):format(pid))
      return tonumber(status:match 'wchar: (%d+)') > 100000
    end)

    local began, swaps, refused = os.time(), 0, 0
    while swaps < SWAPS or os.time() - began < SECONDS do
      swaps = swaps + 1
      policy(("event:set('swap', %d)"):format(swaps))
      send(pid, 'HUP', 'laudit: reloaded\n', swaps)
      if swaps % 10 == 0 and refused < BROKEN then
        refused = refused + 1
        policy 'end end'
        send(pid, 'HUP', 'reload refused', refused)
      end
    end
    process.write(path 'stop', '')
    process.wait('all has ended', function()
      return io.open(path 'done')
    end)

    assert.equal('', process.read(path 'trouble'))
    assert.equal(process.read(path 'sent'), process.read(path 'counted'))
    local ledger = ledger_of(process.read(path 'err'))
    assert.is_true(ledger.closes)
    assert.equal(swaps, ledger.beside.reloads)
    assert.equal(BROKEN, ledger.beside.refused_reloads)
  end)

  -- Reloads into a configuration of which one output cannot be had; nothing else may come of it.
  local function refuse(wrapper, wrong, sentence)
    process.write(path 'laudit.lua', "output 'was' { type = 'file', path = 'was.json' }\n")
    process.write(path 'was.json', '{"torn":')
    process.write(path 'there.json', '{"torn":')
    process.shell('chmod 600 ' .. path '*.json')
    local pid, pipe = start(wrapper)
    process.write(path 'laudit.lua', [[
      output 'was' { type = 'file', path = 'was.json', mode = '0644' }
      output 'there' { type = 'file', path = 'there.json', mode = '0640' }
      output 'fresh' { type = 'file', path = 'fresh.json' }
      output 'wrong' ]] .. wrong)
    local listed = ('cd %s; stat -c "%%n %%a %%u %%s" *.json wrong*'):format(folder)
    process.write(path 'wrong.file', '')
    local before = process.shell(listed)
    send(pid, 'HUP', 'reload refused', 1)
    assert.equal(before, process.shell(listed))
    pipe:write(process.log(1, 20))
    pipe:close()
    assert.matches(sentence, finish(pid))
    assert.equal(20, #process.serials(process.read(path 'was.json')))
  end

  it('leaves all files as they are when an output cannot be opened', function()
    process.shell('mkfifo ' .. path 'wrong')
    refuse('', "{ type = 'file', path = 'wrong' }",
      "laudit.lua:4: output 'wrong': .*it is a pipe that nobody reads")
  end)

  it('leaves all files as they are when an output cannot have its owner', function()
    refuse('unshare --user --map-root-user',
      "{ type = 'file', path = 'wrong.file', mode = '0640', owner = 4321 }",
      "laudit.lua:4: output 'wrong': cannot give '.*wrong.file' its owner: Invalid argument")
  end)

  it('keeps the counters of a policy that did not change', function()
    process.write(path 'laudit.lua', "output 'o' { type = 'stdout' }\npolicies 'policies/*.lua'\n")
    process.write(path 'policies/p.lua', [[
      local audit = require 'audit'
      local seen = 0
      return audit.policy {
        name = 'p', severity = 'low', on = { SYSCALL = 'execve' },
        check = function(event)
          seen = seen + 1
          event:set('seen', seen)
        end,
      }]])
    local pid, pipe = start()
    for swap = 1, 3 do
      pipe:write(process.event(swap))
      pipe:flush()
      process.wait('the event is written', function()
        return #process.serials(process.read(path 'out')) == swap - 1 -- the next one ends it
      end)
      send(pid, 'HUP', 'laudit: reloaded\n', swap)
    end
    pipe:close()
    local err = finish(pid)
    assert.matches('"seen":3', process.read(path 'out'))
    assert.equal(3, ledger_of(err).policies[1].calls)
  end)
end)

describe('SIGUSR1', function()
  it('opens files anew, so that logrotate can move them', function()
    process.write(path 'laudit.lua', "output 'o' { type = 'file', path = 'o.json' }\n")
    local pid, pipe = start()
    pipe:write(process.log(1, 11)) -- an event ends where the next one begins
    pipe:flush()
    process.wait('ten events are written', function()
      local file = io.open(path 'o.json')
      return file and #process.serials(file:read '*a') == 10
    end)
    os.rename(path 'o.json', path 'o.json.1')
    process.signal(pid, 'USR1')
    process.wait('the new file is there', function()
      return io.open(path 'o.json')
    end)
    pipe:write(process.log(12, 20))
    pipe:close()
    finish(pid)
    assert.equal(10, #process.serials(process.read(path 'o.json.1')))
    assert.same({ 11, 12, 13, 14, 15, 16, 17, 18, 19, 20 },
      process.serials(process.read(path 'o.json')))
  end)
end)
