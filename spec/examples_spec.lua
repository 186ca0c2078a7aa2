--- What stands in examples/ is used as it is.
local process = require 'spec.cli.process'

describe('examples/laudit.service', function()
  it('has nothing that systemd finds wrong', function()
    if process.shell 'command -v systemd-analyze' == '' then
      pending 'there is no systemd-analyze'
      return
    end
    local folder = process.folder()
    local unit = process.read 'examples/laudit.service'
    local binary = process.shell('realpath ' .. process.quote(process.binary)):match '[^\n]+'
    process.write(folder .. '/laudit.service', (unit:gsub('/usr/local/sbin/laudit', binary)))
    local done = process.run('systemd-analyze verify --man=no ' .. folder .. '/laudit.service')
    process.remove(folder)
    assert.equal('', done.err)
    assert.equal(0, done.status)
  end)
end)
