package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local function play(name)
  return (scenes.play('kernel-module', name))
end

describe('policy kernel-module', function()
  it('speaks up when a person loads or unloads a module', function()
    assert.same({ 'high: User 1000 as root loaded the kernel module dummy with /usr/bin/kmod: ' ..
      '/usr/sbin/insmod /dev/shm/diag.ko (pid N)' }, play 'insmod')
    assert.same({ 'high: User 1000 as root unloaded the kernel module dummy with ' ..
      '/usr/bin/kmod: /usr/sbin/rmmod dummy (pid N)' }, play 'rmmod')
  end)

  it('tells an attempt that failed, with less severity', function()
    local said = play 'refused'
    assert.equal(1, #said)
    assert.is_truthy(said[1]:find('^medium: User 1001 tried to load a kernel module with ' ..
      '/usr/bin/kmod: /usr/sbin/insmod '), said[1])
  end)

  it('is most severe about a program that is no loader', function()
    local program = scenes.lines('kernel-module', 'program')
    local call = 'arch=c000003e syscall=175'
    assert.same({ 'medium: A service running as root tried to load a kernel module with ' ..
      '/usr/local/bin/odd: /usr/local/bin/odd module (pid N)' },
      (scenes.said('kernel-module', program)))
    assert.same({ 'critical: A service running as root loaded a kernel module with ' ..
      '/usr/local/bin/odd: /usr/local/bin/odd module (pid N)' },
      (scenes.said('kernel-module', scenes.changed(program,
        { [call .. ' success=no exit=-8'] = 'arch=40000003 syscall=128 success=yes exit=0' }))))
  end)

  it('is silent when the machine loads modules for itself', function()
    assert.same({}, play 'not a person')
  end)

  it('is silent about a module that is there already', function()
    assert.same({}, play 'not twice')
  end)
end)
