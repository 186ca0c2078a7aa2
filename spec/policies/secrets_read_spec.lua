package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = 'high: User 1000 as root opened %s with %s (pid N)'

local function play(name)
  return (scenes.play('secrets-read', name))
end

describe('policy secrets-read', function()
  it('speaks up when an unexpected program opens the password hashes', function()
    local said, result = scenes.play('secrets-read', 'shadow')
    assert.same({ SAID:format('/etc/shadow', '/usr/bin/cat') }, said)
    assert.same({ 'T1003.008' }, result.alerts[1].alert.TAGS)
  end)

  it('is not deceived by relative names, detours, symlinks or openat2', function()
    assert.same({ SAID:format('/etc/shadow', '/usr/bin/head') }, play 'relative')
    assert.same({ SAID:format('/etc/shadow', '/usr/bin/tail') }, play 'detour')
    assert.same({ SAID:format('/tmp/innocent', '/usr/bin/cat') }, play 'symlink')
    assert.same({ SAID:format('/etc/shadow', '/usr/local/bin/odd') }, play 'openat2')
  end)

  it('knows the hashes by their mode on Red Hat, and sees 32-bit calls', function()
    assert.same({ SAID:format('/tmp/innocent', '/usr/bin/cat') }, (scenes.said('secrets-read',
      scenes.changed(scenes.lines('secrets-read', 'symlink'),
        { ['mode=0100640 ouid=0 ogid=42'] = 'mode=0100000 ouid=0 ogid=0' }))))
    assert.same({ SAID:format('/etc/shadow', '/usr/bin/cat') }, (scenes.said('secrets-read',
      scenes.changed(scenes.lines('secrets-read', 'shadow'),
        { ['arch=c000003e syscall=257'] = 'arch=40000003 syscall=295' }))))
  end)

  it('speaks up about private ssh keys', function()
    local said, result = scenes.play('secrets-read', 'key')
    assert.same({ SAID:format('/home/bob/.ssh/id_ed25519', '/usr/bin/cat') }, said)
    assert.same({ 'T1552.004' }, result.alerts[1].alert.TAGS)
    assert.same({ SAID:format('/home/bob/.ssh/id_ed25519', '/usr/bin/cp') }, play 'key relative')
  end)

  it('tells what was refused, with less severity', function()
    assert.same({ 'medium: A service running as user 33 was refused /etc/shadow with ' ..
      '/usr/bin/cat (pid N)' }, play 'refused')
  end)

  it('says it once for each program and file', function()
    local lines = scenes.lines('secrets-read', 'shadow')
    assert.equal(1, #scenes.said('secrets-read', scenes.joined(lines, lines, lines)))
  end)

  it('is silent about the programs whose work it is', function()
    assert.same({}, play 'not unexpected')
  end)

  it('is silent about public keys, namesakes and files that are not there', function()
    assert.same({}, play 'not private')
    assert.same({}, play 'not the shadow')
    assert.same({}, play 'not there')
  end)
end)
