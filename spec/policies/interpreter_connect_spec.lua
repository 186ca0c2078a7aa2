package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local PERL = "/usr/bin/perl -MSocket -e socket(S,PF_INET,SOCK_STREAM,6); " ..
  "connect(S,sockaddr_in(%d,inet_aton('203.0.113.66')))"

local function play(name)
  return (scenes.play('interpreter-connect', name))
end

--- What it says of perl's connection when the address is another one.
local function to(saddr)
  local changed = {}
  for i, line in ipairs(scenes.lines('interpreter-connect', 'perl')) do
    changed[i] = line:gsub('saddr=0200115C%x+', 'saddr=' .. saddr)
  end
  return scenes.said('interpreter-connect', changed)[1]
end

describe('policy interpreter-connect', function()
  it('speaks up about shells, whoever runs them and on every port', function()
    assert.same({ 'high: A service running as user 33 connected to 203.0.113.66 port 4444 with ' ..
      '/usr/bin/bash: /usr/bin/bash -c echo </dev/tcp/203.0.113.66/4444 (pid N)' }, play 'bash')
    assert.same({ 'medium: User 1000 tried to connect to 203.0.113.66 port 53 with ' ..
      '/usr/bin/bash: /usr/bin/bash -c echo </dev/tcp/203.0.113.66/53 (pid N)' }, play 'bash on 53')
  end)

  it('speaks up about scripts in a session', function()
    assert.same({ ('high: User 1000 connected to 203.0.113.66 port 4444 with /usr/bin/perl: ' ..
      '%s (pid N)'):format(PERL:format(4444)) }, play 'perl')
  end)

  it('counts a connection that is under way, and fast open', function()
    assert.is_truthy(play 'under way' [1]:find('high: User 1000 as root connected to', 1, true))
    assert.is_truthy(play 'fast open' [1]:find('high: User 1001 connected to', 1, true))
  end)

  it('tells what was refused, with less severity', function()
    assert.same({ ('medium: User 1000 tried to connect to 203.0.113.66 port 4445 with ' ..
      '/usr/bin/perl: %s (pid N)'):format(PERL:format(4445)) }, play 'refused')
  end)

  it('sees busybox, versions of interpreters, IPv6 and 32-bit calls', function()
    assert.same({ 'high: User 1000 connected to 203.0.113.66 port 4444 with ' ..
      '/usr/bin/busybox: busybox nc 203.0.113.66 4444 (pid N)' }, play 'busybox')
    local lines = scenes.lines('interpreter-connect', 'perl')
    for _, exe in ipairs { '/usr/bin/python3.11', '/usr/bin/php8.2', '/opt/x/node',
      '/bin/nc.openbsd' } do
      assert.equal(1, #scenes.said('interpreter-connect',
        scenes.changed(lines, { ['exe="/usr/bin/perl"'] = ('exe="%s"'):format(exe) })))
    end
    assert.equal(1, #scenes.said('interpreter-connect', scenes.changed(lines,
      { ['arch=c000003e syscall=42'] = 'arch=40000003 syscall=362' })))
    assert.is_truthy(to '0A00115C0000000020010DB800000000000000000000006600000000'
      :find('2001:db8::66 port 4444', 1, true))
    assert.is_truthy(to '0A00115C0000000000000000000000000000FFFFCB00714200000000'
      :find('203.0.113.66 port 4444', 1, true))
  end)

  it('tells connect from the other calls that socketcall makes', function()
    local lines = scenes.lines('interpreter-connect', 'perl')
    local changed = {}
    for i, line in ipairs(lines) do
      changed[i] = line:gsub('arch=c000003e syscall=42 (.-) a0=%x+',
        'arch=40000003 syscall=102 %1 a0=3')
    end
    assert.equal(1, #scenes.said('interpreter-connect', changed))
    for i, line in ipairs(changed) do
      changed[i] = line:gsub(' a0=3 ', ' a0=2 ')
    end
    assert.same({}, (scenes.said('interpreter-connect', changed)))
  end)

  it('says it once for each address', function()
    local lines = scenes.lines('interpreter-connect', 'perl')
    assert.equal(1, #scenes.said('interpreter-connect', scenes.joined(lines, lines)))
  end)

  it('is silent about this machine itself', function()
    assert.same({}, play 'not outgoing')
    assert.is_nil(to '0200115C7F0000010000000000000000')
    assert.is_nil(to '0A00115C000000000000000000000000000000000000000100000000')
    assert.is_nil(to '0A00115C0000000000000000000000000000FFFF7F00000100000000')
  end)

  it('is silent about services, other programs, name servers and what goes nowhere', function()
    assert.same({}, play 'not a session')
    assert.same({}, play 'not an interpreter')
    assert.same({}, play 'not a connection')
    assert.same({}, play 'not reachable')
  end)
end)
