package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = "critical: User 1001 ran /usr/local/bin/.update with root's rights: it is setuid, " ..
  'and not a known one (pid N)'

describe('policy setuid-program', function()
  it('speaks up when an unknown setuid program lends root', function()
    local said, result = scenes.play('setuid-program', 'planted')
    assert.same({ SAID }, said)
    assert.same({ 'T1548.001' }, result.alerts[1].alert.TAGS)
  end)

  it('sees 32-bit programs', function()
    assert.same({ SAID }, (scenes.said('setuid-program', scenes.changed(
      scenes.lines('setuid-program', 'planted'),
      { ['arch=c000003e syscall=59'] = 'arch=40000003 syscall=11' }))))
  end)

  it('is silent about su, and about what root runs as root', function()
    assert.same({}, scenes.play('setuid-program', 'not planted'))
    assert.same({}, (scenes.said('setuid-program', scenes.lines('root-shell', 'bash'))))
  end)
end)
