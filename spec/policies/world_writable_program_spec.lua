package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = 'medium: %s ran %s (pid N): everybody may write there'
local IN_MEMORY = 'high: User 1000 ran /memfd:kworker (deleted) (pid N): ' ..
  'a program that is in memory alone'

local function play(name)
  return (scenes.play('world-writable-program', name))
end

describe('policy world-writable-program', function()
  it('speaks up about programs', function()
    assert.same({ SAID:format('User 1000', '/tmp/tool') }, play 'tmp')
    assert.same({ SAID:format('A service running as user 33', '/dev/shm/.x/kworker') },
      play 'hidden')
  end)

  it('speaks up about scripts, by whatever name they are called', function()
    assert.same({ SAID:format('User 1000', '/var/tmp/job.sh') }, play 'script')
    assert.same({ SAID:format('User 1000', '/var/tmp/job.sh') }, play 'relative script')
  end)

  it('speaks up about programs that are no file', function()
    assert.same({ IN_MEMORY }, play 'memfd')
    assert.same({ IN_MEMORY }, play 'procfd')
  end)

  it('sees 32-bit programs and programs that were deleted', function()
    local lines = scenes.lines('world-writable-program', 'tmp')
    assert.same({ SAID:format('User 1000', '/tmp/tool') },
      (scenes.said('world-writable-program', scenes.changed(lines,
        { ['arch=c000003e syscall=59'] = 'arch=40000003 syscall=11' }))))
    assert.same({ SAID:format('User 1000', '/dev/shm/x (deleted)') },
      (scenes.said('world-writable-program', scenes.changed(lines, {
        ['exe="/tmp/tool"'] = 'exe="/dev/shm/x (deleted)"',
        ['name="/tmp/tool"'] = 'name="/proc/self/fd/3"',
      }))))
  end)

  it('says it once for each file', function()
    local lines = scenes.lines('world-writable-program', 'tmp')
    assert.equal(1, #scenes.said('world-writable-program', scenes.joined(lines, lines)))
  end)

  it('is silent about ordinary programs that run while somebody is in /tmp', function()
    assert.same({}, play 'not from there')
    assert.same({}, play 'not the interpreter')
  end)
end)
