local kernel = require('laudit_engine').kernel

local OPEN = 'type=SYSCALL msg=audit(1795223103.960:3): arch=c000003e syscall=44 success=yes'
local PATH = 'type=PATH msg=audit(1795223103.960:3): item=0 name="/etc/passwd" inode=1'
local EOE = 'type=EOE msg=audit(1795223103.960:3): '
local LIMIT = 8 * 1024 * 1024

local made = {}

--- Writes `text` to a file that after_each removes; returns its path.
local function file(text)
  local path = os.tmpname()
  local handle = assert(io.open(path, 'wb'))
  handle:write(text)
  handle:close()
  made[#made + 1] = path
  return path
end

local function texts(result)
  local list = {}
  for i, record in ipairs(result.records) do
    list[i] = record.text
  end
  return list
end

--- A log that does not pack well.
local function random_log()
  local text = {}
  math.randomseed(1)
  for i = 1, 20000 do
    text[i] = ('type=PATH msg=audit(1.000:%d): name="%d"\n'):format(i, math.random(1e9))
  end
  return table.concat(text)
end

--- Every line has to be somewhere in the account.
local function assert_closed(stats)
  assert.equal(stats.lines, stats.records + stats.garbage + stats.overlong + stats.blank)
end

local function read(text)
  local result = kernel.logfile { file(text) }
  assert_closed(result.stats)
  return result
end

describe('a log file', function()
  after_each(function()
    for _, path in ipairs(made) do
      os.remove(path)
    end
    made = {}
  end)

  it('gives each line as type, number and text', function()
    local result = read(OPEN .. '\n' .. PATH .. '\n')
    assert.equal(2, #result.records)
    local record = result.records[1]
    assert.equal('SYSCALL', record.token)
    assert.equal(1300, record.type)
    assert.equal('', record.node)
    assert.equal(0, record.arrival)
    assert.equal('audit(1795223103.960:3): arch=c000003e syscall=44 success=yes', record.text)
    assert.equal(1302, result.records[2].type)
    assert.same({}, result.errors)
    assert.equal('', result.log)
  end)

  it('keeps the blank at the end of an EOE', function()
    assert.equal('audit(1795223103.960:3): ', read(EOE .. '\n').records[1].text)
  end)

  it('keeps a type that it does not know', function()
    local records = read('type=UNKNOWN[1999] msg=audit(1.000:1): a=1\n' ..
      'type=TOMORROWS_INVENTION msg=audit(1.000:2): a=1\n' ..
      'type=TOMORROWS_INVENTION msg=audit(1.000:3): a=1\n').records
    assert.equal('UNKNOWN[1999]', records[1].token)
    assert.equal(1999, records[1].type)
    assert.equal('TOMORROWS_INVENTION', records[2].token)
    assert.equal(0, records[2].type)
    assert.equal(0, records[3].type)
  end)

  it('keeps a token that is longer than any type', function()
    local long = ('X'):rep(300)
    local records = read(('type=%s msg=audit(1.000:1): a=1\n'):format(long)).records
    assert.equal(long, records[1].token)
    assert.equal(0, records[1].type)
  end)

  it('reads the node', function()
    local record = read('node=web1.example ' .. OPEN .. '\n').records[1]
    assert.equal('web1.example', record.node)
    assert.equal('SYSCALL', record.token)
  end)

  it('keeps the ENRICHED tail', function()
    local tail = '\29ARCH=x86_64 UID="root"'
    assert.equal(tail, read(OPEN .. tail .. '\n').records[1].text:match '\29.*')
  end)

  it('reads lines that end in CRLF', function()
    local result = read(OPEN .. '\r\n' .. PATH .. '\r\n\r\n')
    assert.equal(2, #result.records)
    assert.equal(PATH, 'type=PATH msg=' .. result.records[2].text)
    assert.equal(1, result.stats.blank)
  end)

  it('reads a last line without newline', function()
    assert.same(texts(read(OPEN .. '\n' .. PATH .. '\n')), texts(read(OPEN .. '\n' .. PATH)))
  end)

  it('counts and reports what is no record, with file and line', function()
    local result = read(OPEN .. '\nwhat is this?\27[31m\n\n' .. PATH .. '\ntype=PATH msg=\n')
    assert.equal(2, #result.records)
    assert.equal(2, result.stats.garbage)
    assert.equal(1, result.stats.blank)
    assert.truthy(result.log:find([[:2: no audit record: 'what is this?\x1B[31m']], 1, true))
    assert.truthy(result.log:find(":5: no audit record: 'type=PATH msg='", 1, true))
    assert.truthy(result.log:find(made[#made], 1, true))
  end)

  it('reports a record whose header is malformed, with file and line', function()
    local result = read(OPEN .. '\ntype=SYSCALL msg=audit(1.100:7\n' .. PATH .. '\n')
    assert.equal(3, result.stats.records)
    assert.truthy(result.log:find(
      made[#made] .. ":2: malformed record: 'type=SYSCALL msg=audit(1.100:7'", 1, true))
  end)

  it('reports the first five bad lines, and the number of all', function()
    local result = read(('rubbish\n'):rep(1000) .. OPEN)
    assert.equal(1, #result.records)
    assert.equal(1000, result.stats.garbage)
    local _, lines = result.log:gsub('\n', '')
    assert.equal(6, lines)
    assert.truthy(result.log:find '1000 lines in all were left out')
  end)

  it('finds the record behind the hole that a power failure left', function()
    local result = read(OPEN .. '\n' .. ('\0'):rep(5000) .. PATH .. '\n')
    assert.equal(2, #result.records)
    assert.equal(0, result.stats.garbage)
  end)

  it('reads lines up to 8 MiB and leaves out longer ones', function()
    local head = 'type=EXECVE msg=audit(1.000:1): a0='
    local longest = head .. ('a'):rep(LIMIT - #head)
    local result = read(longest .. '\n' .. longest .. 'b\n' .. ('c'):rep(3 * LIMIT) .. '\n' .. OPEN)
    assert.equal(2, #result.records)
    assert.equal(#longest - #'type=EXECVE msg=', #result.records[1].text)
    assert.equal(2, result.stats.overlong)
    assert.equal(4, result.stats.lines)
    assert.truthy(result.log:find ':2: longer than 8 MiB')
  end)

  it('loses nothing where its blocks end', function()
    local lines = {}
    for i = 1, 20000 do
      lines[i] = ('type=PATH msg=audit(1.000:%d): name="%s"'):format(i, ('x'):rep(i % 97))
    end
    local result = read(table.concat(lines, '\n') .. '\n')
    assert.equal(20000, #result.records)
    for i, record in ipairs(result.records) do
      assert.equal(lines[i], 'type=PATH msg=' .. record.text)
    end
  end)

  it('is read through gzip and zstd, whatever its name', function()
    local text = (OPEN .. '\n' .. PATH .. '\n'):rep(5000)
    local plain = texts(read(text))
    assert.equal(10000, #plain)
    assert.same(plain, texts(read(kernel.gzip(text))))
    assert.same(plain, texts(read(kernel.zstd(text))))
  end)

  it('may consist of several gzip members or zstd frames', function()
    local a, b = OPEN .. '\n' .. PATH:sub(1, 20), PATH:sub(21) .. '\n'
    local plain = texts(read(a .. b))
    assert.equal(2, #plain)
    assert.same(plain, texts(read(kernel.gzip(a) .. kernel.gzip(b))))
    assert.same(plain, texts(read(kernel.gzip(a) .. kernel.gzip(b) .. ('\0'):rep(512))))
    assert.same(plain, texts(read(kernel.zstd(a) .. kernel.zstd(b))))
  end)

  it('gives what is whole of compressed data that ends too early, and says so', function()
    local text = random_log()
    for _, packed in ipairs { kernel.gzip(text), kernel.zstd(text) } do
      local result = kernel.logfile { file(packed:sub(1, -3000)) }
      assert.truthy(#result.records > 10000)
      assert.equal(1, #result.errors)
      assert.truthy(result.errors[1]:find 'ends in the middle of its compressed data')
      assert_closed(result.stats)
    end
  end)

  it('says that compressed data is damaged', function()
    local gzip, zstd = kernel.gzip(random_log()), kernel.zstd(random_log())
    local result = kernel.logfile { file(gzip:sub(1, -9) .. '\0\0\0\0' .. gzip:sub(-4)) }
    assert.equal(20000, #result.records) -- only the checksum is wrong
    assert.truthy(result.errors[1]:find 'gzip data is damaged')
    result = kernel.logfile { file(zstd:sub(1, -9000) .. ('\255'):rep(4000) .. zstd:sub(-4999)) }
    assert.truthy(#result.records > 10000)
    assert.truthy(result.errors[1]:find 'zstd data is damaged')
  end)

  it('names the tool for what it does not unpack', function()
    assert.truthy(read('\253' .. '7zXZ\0rest').errors[1]:find 'xz %-dc')
    assert.truthy(read('BZh91AY').errors[1]:find 'bzip2 %-dc')
  end)

  it('names the tool for a window over its limit', function()
    local frame = '\40\181\47\253\0\144\1\0\0' -- one empty block, a window of 256 MiB
    local result = read(frame)
    assert.truthy(result.errors[1]:find('needs a window over 128 MiB: use zstd -dc --long=31', 1,
      true))
    assert.same({}, read((frame:gsub('\144', '\136'))).errors)
  end)

  it('may be empty', function()
    local result = read ''
    assert.equal(0, result.stats.lines)
    assert.same({}, result.errors)
  end)
end)

describe('several log files', function()
  after_each(function()
    for _, path in ipairs(made) do
      os.remove(path)
    end
    made = {}
  end)

  it('are read in order, each new one announced', function()
    local packed = file(kernel.gzip(PATH .. '\n'))
    local result = kernel.logfile { file(OPEN), packed, file '', file(EOE) }
    assert.equal(3, #result.records)
    assert.equal('SYSCALL', result.records[1].token)
    assert.equal('PATH', result.records[2].token)
    assert.equal('EOE', result.records[3].token)
    assert.equal(3, result.new_files)
  end)

  it('say how much of them is read', function()
    local a, b = kernel.zstd((OPEN .. '\n'):rep(1000)), (PATH .. '\n'):rep(10)
    local stats = kernel.logfile({ file(a), file(b) }).stats
    assert.equal(#a + #b, stats.total)
    assert.equal(#a + #b, stats.read)
    assert.equal(#(OPEN .. '\n') * 1000 + #b, stats.text)
  end)

  it('are looked at before the first is read', function()
    local result, message = kernel.logfile { file(OPEN), '/nonexistent/audit.log' }
    assert.is_nil(result)
    assert.equal('/nonexistent/audit.log: No such file or directory', message)
  end)

  it('go on behind one that cannot be read', function()
    local result = kernel.logfile { '/tmp', file(OPEN) }
    assert.equal('/tmp: is a directory', result.errors[1])
    assert.equal(1, #result.records)
  end)
end)

describe('a pipe', function()
  it('is not waited for until a block is full', function()
    local half = math.floor(#PATH / 2)
    assert.same({ 1, 1, 2, 4, 5 }, kernel.piped {
      OPEN .. '\n',
      PATH:sub(1, half),
      PATH:sub(half + 1) .. '\n',
      OPEN .. '\n' .. PATH .. '\n' .. EOE, -- the last one is complete when the pipe ends
    })
  end)

  it('may hold compressed data', function()
    local packed = kernel.zstd(OPEN .. '\n' .. PATH .. '\n')
    assert.same({ 0, 2, 2 }, kernel.piped { packed:sub(1, 30), packed:sub(31) })
  end)
end)
