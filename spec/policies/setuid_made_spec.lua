package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = 'high: User 1000 as root made %s (mode %s, owner root) with %s (pid N)'

local function play(name)
  return (scenes.play('setuid-made', name))
end

describe('policy setuid-made', function()
  it('speaks up about a new setuid file, with mode and owner', function()
    assert.same({ SAID:format('/usr/local/bin/.update setuid', '4755', '/usr/bin/chmod') },
      play 'chmod')
    assert.same({ SAID:format('/usr/local/bin/tool setuid', '4755', '/usr/bin/chmod') },
      play 'relative')
  end)

  it('sees fchmod, files born so, fchmodat2 and 32-bit calls', function()
    local said = play 'fchmod'
    assert.equal(1, #said)
    assert.is_truthy(said[1]:find('^high: User 1000 as root made inode %d+ on device %S+ setuid'))
    assert.same({ SAID:format('/usr/local/bin/made setuid', '4755', '/usr/local/bin/odd') },
      play 'create')
    assert.same({ SAID:format('/usr/local/bin/node setuid', '4755', '/usr/local/bin/odd') },
      play 'node')
    for _, call in ipairs { 'arch=c000003e syscall=452', 'arch=40000003 syscall=306' } do
      assert.same({ SAID:format('/usr/local/bin/.update setuid', '4755', '/usr/bin/chmod') },
        (scenes.said('setuid-made', scenes.changed(scenes.lines('setuid-made', 'chmod'),
          { ['arch=c000003e syscall=268'] = call }))))
    end
  end)

  it('tells setgid from setuid, and root from others', function()
    assert.same({ 'high: User 1000 as root made /usr/local/bin/tool setgid (mode 2755, ' ..
      'group root) with /usr/bin/chmod (pid N)' }, play 'group')
    assert.same({ 'medium: User 1000 made /home/alice/tool setuid (mode 4755, owner 1000) ' ..
      'with /usr/bin/chmod (pid N)' }, play 'own')
  end)

  it('speaks up about capabilities', function()
    assert.same({ 'high: User 1000 as root gave /usr/local/bin/job.sh capabilities with ' ..
      '/usr/sbin/setcap (pid N)' }, play 'capability')
  end)

  it('is silent about ordinary modes, folders, package managers and known capabilities', function()
    assert.same({}, play 'not a bit')
    assert.same({}, play 'not a file')
    assert.same({}, play 'not a person')
    assert.same({}, play 'not a capability')
    assert.same({}, (scenes.said('setuid-made', scenes.changed(
      scenes.lines('setuid-made', 'capability'),
      { ['"/usr/local/bin/job.sh"'] = '"/usr/bin/ping"' }))))
  end)

  it('is silent about a file that had the bit before', function()
    assert.same({}, play 'not new')
  end)
end)
