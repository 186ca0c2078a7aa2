--- Files as laudit's own configuration has them.
local cjson = require 'cjson'
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

--- Replays the events `first` to `last` through the configuration; returns the ledger and what else
--- was said.
local function replay(config, first, last)
  process.write(folder .. '/laudit.lua', config)
  process.write(folder .. '/audit.log', process.log(first, last))
  local result = process.run(('cd %s && laudit replay -c laudit.lua --summary=json ' ..
    '--no-progress audit.log'):format(folder))
  assert.equal(0, result.status, result.err)
  return cjson.decode(result.err:match '{"records".*').outputs[1], result.err
end

local function serials(first, last)
  local list = {}
  for serial = first, last do
    list[#list + 1] = serial
  end
  return list
end

--- What all files together hold, the oldest first.
local function all_serials()
  return process.serials(process.shell(('cd %s; for n in $(seq 99 -1 1); do for f in ' ..
    'events.json.$n*; do case $f in *.gz) gzip -dc $f;; *.zst) zstd -dcq $f;; *[0-9]) cat $f;; ' ..
    'esac 2>/dev/null; done; done; cat events.json'):format(folder)))
end

describe('a file of the configuration', function()
  it('has mode, owner and group as they are said, and so have the older ones', function()
    if process.shell 'id -u' ~= '0\n' then
      return pending 'only root can give files away'
    end
    replay([[
      output 'o' { type = 'file', path = 'events.json', mode = '0640', owner = 'daemon',
        group = 'mail', rotate = { size = '20KiB', keep = 3, compress = 'gzip' } }
    ]], 1, 300)
    local said = process.shell(('cd %s && stat -c "%%n %%a %%U %%G" events.json*'):format(folder))
    local count = 0
    for rights in said:gmatch '[^\n]+' do
      assert.matches('^events%.json[%.%dgz]* 640 daemon mail$', rights)
      count = count + 1
    end
    assert.equal(4, count, said)
  end)

  it('keeps and packs older files, and nothing is lost between them', function()
    for _, compress in ipairs { 'zstd', 'gzip', 'none' } do
      local ledger = replay(([[
        output 'o' { type = 'file', path = 'events.json',
          rotate = { size = '20KiB', keep = 99, compress = '%s' } }
      ]]):format(compress), 1, 300)
      assert.same(serials(1, 300), all_serials())
      assert.truthy(ledger.rotations > 3)
      process.shell(('rm %s/events.json*'):format(folder))
    end
  end)

  it('cuts a line that an earlier run was killed in, and the ledger says so', function()
    process.write(folder .. '/events.json', '{"whole":1}\n{"ID":"1')
    local ledger, said = replay("output 'o' { type = 'file', path = 'events.json' }", 1, 2)
    assert.equal(1, ledger.torn_lines)
    assert.matches("output 'o': cut 8 bytes of a line off 'events.json'", said)
    assert.matches('^{"whole":1}\n{[^\n]*}\n{[^\n]*}\n$', process.read(folder .. '/events.json'))
  end)
end)

describe('a file on a disk that is full', function()
  local scenes = {
    ['without a floor'] = { '', 'No space left on device' },
    ['with a floor in MiB'] = { "free = { floor = '1MiB' },", 'below its floor' },
    ['with a floor in percent'] = { "free = { floor = '25%' },", 'below its floor' },
  }
  for name, scene in pairs(scenes) do
    it('goes on by itself when there is room, ' .. name, function()
      if not process.shell 'unshare -m true && echo yes':find 'yes' then
        return pending 'needs the right to make a mount namespace'
      end
      local said = peer.shell(([[mkdir %s/small; unshare -m sh -c '
        mount -t tmpfs -o size=4m none %s/small && luajit spec/output/file_resume.lua "$@"
        ' - %s/small %s %s %s]]):format(folder, folder, folder, folder, process.quote(scene[1]),
        process.quote(scene[2])))
      assert.equal('as expected\n', said)
    end)
  end
end)
