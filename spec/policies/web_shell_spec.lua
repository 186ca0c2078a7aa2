package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = "critical: The web server's account 33 started a shell (pid N): "

local function play(name)
  return (scenes.play('web-shell', name))
end

describe('policy web-shell', function()
  it('speaks up with the whole command', function()
    assert.same({ SAID .. '/usr/bin/sh -c id; uname -a' }, play 'command')
  end)

  it('says it once for each shell', function()
    local lines = scenes.lines('web-shell', 'again')
    assert.same({ SAID .. '/usr/bin/sh -c true', SAID .. '/usr/bin/bash -i' },
      (scenes.said('web-shell', scenes.joined(lines, lines))))
  end)

  it('sees 32-bit shells and the account of Red Hat', function()
    assert.same({ SAID .. '/usr/bin/sh -c id; uname -a' }, (scenes.said('web-shell', scenes.changed(
      scenes.lines('web-shell', 'command'),
      { ['arch=c000003e syscall=59'] = 'arch=40000003 syscall=11' }))))
    assert.equal(1, #scenes.said('web-shell',
      scenes.changed(scenes.lines('web-shell', 'command'), { [' uid=33 '] = ' uid=48 ' })))
  end)

  it('lets a known command through, but nothing that is appended to it', function()
    assert.same({}, play 'not a surprise')
    assert.same({ SAID .. '/usr/bin/sh -c /usr/sbin/sendmail -t -i; id' }, play 'appended')
  end)

  it('is silent about cron jobs, other accounts and other programs', function()
    assert.same({}, play 'not the server')
    assert.same({}, play 'not a shell')
  end)
end)
