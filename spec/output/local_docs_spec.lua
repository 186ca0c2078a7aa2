--- What docs/outputs.md says of the spool, of standard output and of files.
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local web = require 'spec.output.web'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

--- The first example below a heading of docs/outputs.md, with our folder in the place of the
--- system's.
local function example(heading)
  local docs = peer.read 'docs/outputs.md'
  local _, behind = docs:find('\n## ' .. heading .. '\n', 1, true)
  local text = docs:match('```lua\n(.-)```', behind)
  return (text:gsub('/var/l%w+/laudit', folder))
end

--- Replays these events; returns what is printed, the output's ledger and what else is said.
local function replay(config, first, last)
  process.write(folder .. '/laudit.lua', config)
  process.write(folder .. '/audit.log', process.log(first, last))
  local result = process.run(('cd %s && laudit replay -c laudit.lua --summary=json ' ..
    '--no-progress audit.log'):format(folder))
  assert.equal(0, result.status, result.err)
  return result.out, cjson.decode(result.err:match '{"records".*').outputs[1], result.err
end

describe('docs/outputs.md', function()
  it('has an example of standard output that works', function()
    local out = replay(example 'stdout', 1, 3)
    assert.equal(3, select(2, out:gsub('[^\n]+\n', '')))
    assert.matches('/usr/bin/x', out)
  end)

  it('has an example of a file that works', function()
    if process.shell 'id -u' ~= '0\n' then
      return pending 'only root can give files away'
    end
    process.write(folder .. '/events.json', '{"old":1}\n')
    process.shell(('touch -d yesterday %s/events.json'):format(folder))
    local _, ledger = replay(example 'file', 1, 20)
    local now = process.read(folder .. '/events.json')
    assert.equal(20, #process.serials(now))
    assert.is_nil(now:find('old', 1, true))
    assert.equal(1, ledger.rotations)
    assert.equal('{"old":1}\n', process.shell(('zstd -dcq %s/events.json.1.zst'):format(folder)))
    assert.equal('640 adm\n640 adm\n', process.shell(('stat -c "%%a %%G" %s/events.json*')
      :format(folder)))
  end)

  it('has an example of a spool that works', function()
    local missing = web.missing()
    if missing then
      return pending(missing)
    end
    local server = web.start {}
    finally(function()
      server:remove()
    end)
    server:stop()
    local config = example 'The spool':gsub('https://collector%.example/audit', server:url())
    local _, ledger = replay(config, 1, 30)
    assert.same({ 30, 0, 30 }, { ledger.accepted, ledger.delivered, ledger.spool.messages })
    assert.equal('700\n', process.shell(('stat -c %%a %s/collector'):format(folder)))
    server:begin()
    local said
    _, ledger, said = replay(config, 31, 40)
    assert.same({ 40, 40, 30 }, { ledger.accepted, ledger.delivered, ledger.found })
    assert.matches('spool \'[^\']*/collector\': 30 messages wait from before, %d+ of which may ' ..
      'arrive twice\n', said)
    local serials = process.serials(server:bodies())
    assert.equal(40, #serials)
    for number, serial in ipairs(serials) do
      assert.equal(number, serial)
    end
  end)
end)
