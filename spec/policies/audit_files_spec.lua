package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = 'high: User 1000 as root %s with %s (pid N)'
local LOG = '/var/log/audit/audit.log'

local function play(name)
  return (scenes.play('audit-files', name))
end

describe('policy audit-files', function()
  it('speaks up when the log is opened for writing, deleted or renamed', function()
    assert.same({ SAID:format('opened ' .. LOG .. '.1 for writing', '/usr/bin/truncate') },
      play 'truncate')
    assert.same({ SAID:format('deleted ' .. LOG .. '.2', '/usr/bin/rm') }, play 'delete')
    assert.same({ SAID:format('renamed ' .. LOG .. '.3', '/usr/bin/mv') }, play 'rename')
  end)

  it('is not deceived by relative names, and sees 32-bit calls', function()
    assert.same({ SAID:format('opened ' .. LOG .. '.1 for writing', '/usr/bin/dash') },
      play 'relative')
    assert.same({ SAID:format('opened ' .. LOG .. '.1 for writing', '/usr/bin/truncate') },
      (scenes.said('audit-files', scenes.changed(scenes.lines('audit-files', 'truncate'),
        { ['arch=c000003e syscall=257'] = 'arch=40000003 syscall=295' }))))
  end)

  it('speaks up about the configuration, once for one act', function()
    local said, result = scenes.play('audit-files', 'configuration')
    assert.equal(1, #said)
    assert.is_truthy(said[1]:find('^high: User 1000 as root opened /etc/audit/sed%w+ for writing'))
    assert.same({ 'T1562.012' }, result.alerts[1].alert.TAGS)
  end)

  it('tells what was refused, with less severity', function()
    assert.same({ 'medium: User 1000 was refused, but would have opened ' .. LOG ..
      '.1 for writing with /usr/bin/truncate (pid N)' },
      (scenes.said('audit-files', scenes.changed(scenes.lines('audit-files', 'truncate'),
        { ['success=yes exit=3'] = 'success=no exit=-13', [' euid=0 '] = ' euid=1000 ' }))))
  end)

  it('is silent about reading and about package managers', function()
    assert.same({}, play 'not changed')
    assert.same({}, play 'not a person')
  end)
end)
