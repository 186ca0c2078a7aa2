--- What stands in examples/ is used as it is.
local process = require 'spec.cli.process'

describe('examples/laudit.service', function()
  it('lets laudit write wherever the examples and the defaults of the outputs do', function()
    local unit = '\n' .. process.read 'examples/laudit.service'
    local writable = {}
    for kind, root in pairs { Logs = '/var/log/', State = '/var/lib/', Runtime = '/run/' } do
      local name = unit:match('\n' .. kind .. 'Directory=(%S+)\n')
      if name then
        table.insert(writable, root .. name .. '/')
      end
    end
    local seen = {}
    for root, rest in process.read 'docs/outputs.md':gmatch "'/(%l+)/([^'\n]+)'" do
      local path = '/' .. root .. '/' .. rest
      if root == 'var' or root == 'run' then
        local is_within = false
        for _, folder in ipairs(writable) do
          is_within = is_within or path:sub(1, #folder) == folder
        end
        assert(is_within, path .. ' cannot be written with examples/laudit.service')
        table.insert(seen, path:match '^/%l+/%l+/')
      end
    end
    for _, root in ipairs { '/var/log/', '/var/lib/', '/run/laudit/' } do
      assert(table.concat(seen, ' '):find(root, 1, true), root)
    end
  end)

  it('names what outputs of type exec need beyond it', function()
    local unit, docs = process.read 'examples/laudit.service', process.read 'docs/outputs.md'
    local exec = docs:match '\n## exec\n(.-)\n## '
    for _, capability in ipairs { 'CAP_SETUID', 'CAP_SETGID', 'CAP_KILL' } do
      assert.matches('\n#[^\n]*' .. capability, unit)
      assert.matches('`' .. capability .. '`', exec)
    end
  end)

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
