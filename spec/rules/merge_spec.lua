--- A folder of rules is merged as augenrules does it, by augenrules itself (with busybox's awk, for
--- mawk does not know the \s of its patterns).
local process = require 'spec.cli.process'
local engine = require('laudit_engine').plan

local SEED = 7
local peers = os.getenv 'LAUDIT_PEERS' or 'build/peers'
local scratch

--- A new folder with these files.
local function folder_of(files)
  local folder = scratch .. '/rules.d'
  os.execute(('rm -rf %s && mkdir %s'):format(folder, folder))
  for name, text in pairs(files) do
    process.write(folder .. '/' .. name, text)
  end
  return folder
end

local function texts(lines)
  local out = {}
  for index, line in ipairs(lines) do
    out[index] = line.text
  end
  return out
end

--- Whole lines that augenrules writes for a folder, without its own comment and empty lines.
local function augenrules(folder)
  local file = assert(io.open(peers .. '/sbin/augenrules'))
  local script = file:read '*a'
  file:close()
  script = script:gsub('/etc/audit/rules%.d', function()
    return folder
  end):gsub('DestinationFile=/etc/audit/audit%.rules', function()
    return 'DestinationFile=' .. scratch .. '/merged'
  end):gsub('/tmp/aurules', function()
    return scratch .. '/aurules'
  end):gsub('restorecon', 'no-restorecon')
  assert(not script:find '\n[^#\n]*/etc/audit/')
  process.write(scratch .. '/augenrules', script)
  os.execute(('rm -f %s/merged; PATH=%s:$PATH sh %s/augenrules >/dev/null'):format(scratch, scratch,
    scratch))
  local lines = {}
  for line in io.lines(scratch .. '/merged') do
    if line ~= '' and line:sub(1, 2) ~= '##' then
      table.insert(lines, line)
    end
  end
  return lines
end

local SAMPLES = {
  ['10-base.rules'] = '## first\n-D\n\n-b 8192\n  # more\n-f 1\n-e 1\n',
  ['9-early.rules'] = '-w /etc/nine -p wa -k nine\n-D -k nine\n  -e 2\n-b 10\n',
  ['30-b.rules'] = '-a always,exit -S open -k b\n\t-f 2\n-D \n',
  ['30-b2.rules'] = '-w /etc/b2\n',
  ['30-b10.rules'] = '-w /etc/b10\n--backlog_wait_time 0\n \n',
  ['.hidden.rules'] = '-w /etc/hidden\n',
  ['readme.txt'] = 'no rules\n',
  ['old.rules.bak'] = '-w /etc/old\n',
}

describe('rules of a folder', function()
  setup(function()
    math.randomseed(SEED)
    scratch = os.tmpname()
    os.remove(scratch)
    os.execute(('mkdir %s && ln -s /usr/bin/busybox %s/awk'):format(scratch, scratch))
  end)

  teardown(function()
    os.execute('rm -r ' .. scratch)
  end)

  it('are merged: -D -b -f first, -e last, of each the last', function()
    assert.same({ '-D ', '-b 8192', '\t-f 2', '-w /etc/nine -p wa -k nine', '-D -k nine',
      '-a always,exit -S open -k b', '-w /etc/b2', '-w /etc/b10', '--backlog_wait_time 0', ' ',
      '-e 1' }, texts(engine.merge(folder_of(SAMPLES))))
  end)

  it('know the file and the line they come from', function()
    local folder = folder_of(SAMPLES)
    local lines = engine.merge(folder .. '/')
    assert.same({ text = '-b 8192', file = folder .. '/10-base.rules', line = 4 }, lines[2])
    assert.same({ text = '-e 1', file = folder .. '/10-base.rules', line = 7 }, lines[#lines])
  end)

  it('are what augenrules makes of them', function()
    if peers == '' then
      return pending 'auditd could not be fetched'
    end
    local folder = folder_of(SAMPLES)
    assert.same(augenrules(folder), texts(engine.merge(folder)))
  end)

  it('are what augenrules makes of all sample files of auditd', function()
    if peers == '' then
      return pending 'auditd could not be fetched'
    end
    local folder = peers .. '/usr/share/doc/auditd/examples/rules'
    local ours = texts(engine.merge(folder))
    assert.is_true(#ours > 200)
    assert.same(augenrules(folder), ours)
  end)

  it('end with their file, though its last line has no end', function()
    local folder = folder_of { ['1.rules'] = '-w /a', ['2.rules'] = '-w /b' }
    assert.same({ '-w /a', '-w /b' }, texts(engine.merge(folder)))
  end)

  it('may be none, but not without a file', function()
    assert.same({}, engine.merge(folder_of { ['1.rules'] = '' }))
    local lines, sentence = engine.merge(folder_of { ['1.rule'] = '-w /a' })
    assert.is_nil(lines)
    assert.matches('this folder has no file %*.rules$', sentence)
  end)

  it('of a folder that is not there are a sentence', function()
    local lines, sentence = engine.merge '/nowhere'
    assert.is_nil(lines)
    assert.equal('/nowhere: No such file or directory', sentence)
  end)
end)

describe('the natural order', function()
  it('is that of ls -v (2000 random names)', function()
    local folder = os.tmpname()
    os.remove(folder)
    os.execute('mkdir ' .. folder)
    local names, parts = {}, { '0', '1', '9', '10', '007', 'a', 'B', 'z', '-', '_', '.', '~', '+',
      '.rules', '.x', '%' }
    for _ = 1, 2000 do
      local name = 'x'
      for _ = 1, math.random(6) do
        name = name .. parts[math.random(#parts)]
      end
      if not names[name] then
        names[name] = true
        table.insert(names, name)
        process.write(folder .. '/' .. name, '')
      end
    end
    table.sort(names, function(a, b)
      return engine.natural(a, b) < 0
    end)
    local listed = process.shell('LC_ALL=C ls -1v ' .. folder)
    os.execute('rm -r ' .. folder)
    assert.equal(table.concat(names, '\n') .. '\n', listed)
  end)
end)
