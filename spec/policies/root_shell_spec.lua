package.path = 'spec/policies/?.lua;' .. package.path
local scenes = require 'scenes'

local SAID = 'medium: User 1000 has a root shell: %s without a terminal (pid N)'

local function play(name)
  return scenes.play('root-shell', name)
end

describe('policy root-shell', function()
  it('speaks up when an ordinary login gets a root shell', function()
    assert.same({ SAID:format '/usr/bin/bash' }, play 'bash')
  end)

  it('names the person and the terminal where the log has them', function()
    local lines = {}
    for line in io.lines 'examples/intrusion.log' do
      lines[#lines + 1] = line
    end
    assert.same({ 'medium: alice has a root shell: /usr/bin/bash on pts1 (pid N)' },
      (scenes.said('root-shell', lines)))
  end)

  it('is not deceived by options, a pipe or busybox', function()
    assert.same({ SAID:format '/usr/bin/bash' }, play 'options')
    assert.same({ SAID:format '/usr/bin/bash' }, play 'norc')
    assert.same({ SAID:format '/usr/bin/dash' }, play 'pipe')
    assert.same({ SAID:format '/usr/bin/busybox' }, play 'busybox')
  end)

  it('sees 32-bit shells, execveat and shells that were deleted', function()
    local lines = scenes.lines('root-shell', 'bash')
    local call = 'arch=c000003e syscall=59'
    assert.same({ SAID:format '/usr/bin/bash' },
      (scenes.said('root-shell', scenes.changed(lines, { [call] = 'arch=40000003 syscall=11' }))))
    assert.same({ SAID:format '/usr/bin/bash' },
      (scenes.said('root-shell', scenes.changed(lines, { [call] = 'arch=c000003e syscall=322' }))))
    assert.same({ SAID:format '/usr/bin/zsh (deleted)' }, (scenes.said('root-shell',
      scenes.changed(lines, { ['exe="/usr/bin/bash"'] = 'exe="/usr/bin/zsh (deleted)"' }))))
  end)

  it('is silent about commands, scripts, root itself and other programs', function()
    assert.same({}, play 'not a command')
    assert.same({}, play 'not a script')
    assert.same({}, play 'not root')
    assert.same({}, play 'not a shell')
  end)
end)
