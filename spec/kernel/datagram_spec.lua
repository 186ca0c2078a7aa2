local ffi = require 'ffi'
local kernel = require('laudit_engine').kernel

local SYSCALL, PATH, REPLACE, AUDIT_GET, LOGIN, ACKNOWLEDGEMENT = 1300, 1302, 1329, 1000, 1006, 2
local TEXT = 'audit(1795223103.960:3): arch=c000003e syscall=44'

--- A datagram with a netlink header that says `length` in this host's byte order.
local function datagram(type, payload, length, sequence)
  local words = ffi.new('uint32_t[4]', length, 0, sequence or 0, 0)
  ffi.cast('uint16_t *', words)[2] = type
  return { bytes = ffi.string(words, 16) .. payload, arrival = 7 }
end

local function u32(number)
  return ffi.string(ffi.new('uint32_t[1]', number), 4)
end

describe('a datagram of the audit socket', function()
  it('is a whole record, sent to us alone (nlmsg_len without the header)', function()
    local message = kernel.datagram(datagram(SYSCALL, TEXT, #TEXT))
    assert.equal(SYSCALL, message.type)
    assert.equal(TEXT, message.record.text)
    assert.equal(SYSCALL, message.record.type)
    assert.equal('', message.record.token)
    assert.equal(7, message.record.arrival)
    assert.is_false(message.answer)
  end)

  it('is a whole record, sent to a group (nlmsg_len with the header)', function()
    assert.equal(TEXT, kernel.datagram(datagram(SYSCALL, TEXT, #TEXT + 16)).record.text)
  end)

  it('is a record as long as what came, whatever nlmsg_len says', function()
    for _, length in ipairs { 0, 5, 17, 4294967295 } do
      assert.equal(TEXT, kernel.datagram(datagram(PATH, TEXT, length)).record.text)
    end
  end)

  it('loses the newlines and NULs at its end', function()
    assert.equal('audit(1.000:1): a=1',
      kernel.datagram(datagram(1107, 'audit(1.000:1): a=1\n\0\0', 0)).record.text)
    assert.equal('', kernel.datagram(datagram(1107, '\n\0', 0)).record.text)
    assert.equal('', kernel.datagram(datagram(1107, '', 0)).record.text)
  end)

  it('may be a LOGIN, whose type is among those of the answers', function()
    assert.equal(LOGIN, kernel.datagram(datagram(LOGIN, TEXT, #TEXT)).record.type)
  end)

  it('may be an answer, as long as nlmsg_len says', function()
    local message = kernel.datagram(datagram(AUDIT_GET, ('x'):rep(44) .. 'pad', 16 + 44, 9))
    assert.is_true(message.answer)
    assert.is_nil(message.record)
    assert.equal(9, message.sequence)
    assert.equal(44, #message.payload)
    assert.is_true(kernel.datagram(datagram(ACKNOWLEDGEMENT, u32(0), 20)).answer)
  end)

  it('is no answer if it promises more than came, or less than its header', function()
    assert.is_nil(kernel.datagram(datagram(AUDIT_GET, 'x', 18)))
    assert.is_nil(kernel.datagram(datagram(AUDIT_GET, 'x', 15)))
    assert.is_nil(kernel.datagram(datagram(ACKNOWLEDGEMENT, u32(0), 4294967295)))
  end)

  it('is nothing without a whole header', function()
    local whole = datagram(SYSCALL, '', 0).bytes
    for len = 0, 15 do
      assert.is_nil(kernel.datagram { bytes = whole:sub(1, len) })
    end
    assert.is_truthy(kernel.datagram { bytes = whole })
  end)

  it('may name a rival in binary, which is no record', function()
    local message = kernel.datagram(datagram(REPLACE, u32(4711), 20))
    assert.equal(4711, message.rival)
    assert.is_nil(message.record)
    assert.is_nil(kernel.datagram(datagram(REPLACE, 'abc', 19)).rival)
  end)

  it('is no record outside of 1000 to 2999', function()
    assert.is_nil(kernel.datagram(datagram(999, TEXT, #TEXT + 16)).record)
    assert.is_nil(kernel.datagram(datagram(3000, TEXT, #TEXT + 16)).record)
    assert.equal(2999, kernel.datagram(datagram(2999, TEXT, #TEXT + 16)).record.type)
  end)
end)

describe('a capture', function()
  local path

  before_each(function()
    path = os.tmpname()
    os.remove(path)
  end)

  after_each(function()
    os.remove(path)
  end)

  local captured = {
    { bytes = datagram(SYSCALL, TEXT, #TEXT).bytes, arrival = 1795223103960000 },
    { bytes = datagram(REPLACE, u32(4711), 20).bytes, arrival = 1795223103970000 },
    { bytes = datagram(PATH, 'audit(1.000:1): name="a\nb"\n', 0).bytes, arrival = 1795223103980000,
      truncated = true },
    { bytes = datagram(1320, 'audit(1.000:1): ', 0).bytes, arrival = 1795223103990000 },
  }

  local function rewrite(change)
    local file = assert(io.open(path, 'rb'))
    local text = change(file:read '*a')
    file:close()
    file = assert(io.open(path, 'wb'))
    file:write(text)
    file:close()
    return kernel.logfile { path }
  end

  it('gives back what the kernel sent, with the time of its arrival', function()
    assert.is_true(kernel.capture(path, captured))
    local result = kernel.logfile { path }
    assert.same({}, result.errors)
    assert.equal(3, #result.records)
    assert.equal(SYSCALL, result.records[1].type)
    assert.equal(TEXT, result.records[1].text)
    assert.equal(1795223103960000, result.records[1].arrival)
    assert.equal('audit(1.000:1): name="a\nb"', result.records[2].text)
    assert.equal(1320, result.records[3].type)
    assert.equal(4, result.stats.lines)
    assert.equal(1, result.stats.blank) -- REPLACE
    assert.equal(1, result.stats.truncated)
  end)

  it('may be compressed, and longer than a block', function()
    local many = {}
    for i = 1, 5000 do
      many[i] = captured[i % 4 + 1]
    end
    kernel.capture(path, many)
    assert.equal(3750, #kernel.logfile({ path }).records)
    assert.equal(3750, #rewrite(kernel.zstd).records)
  end)

  it('does not wait for its reader, and keeps no more for it than it may', function()
    local one = { bytes = ('x'):rep(8192 - 24) }
    local full, bytes, why = kernel.capture_piped(one, 2047, true)
    assert.same({ false, 16 + 2047 * 8192 }, { full, bytes })
    assert.is_nil(why)
    full, bytes = kernel.capture_piped(one, 2100, true)
    assert.same({ true, 16 + 2100 * 8192 }, { full, bytes })
  end)

  it('gives up a reader that takes nothing, at the end', function()
    local _, bytes, why = kernel.capture_piped({ bytes = ('x'):rep(8192 - 24) }, 1000, false)
    assert.equal(('standard output: nobody reads it; its last %d bytes are missing'):format(
      16 + 1000 * 8192 - bytes), why)
  end)

  it('may hold nothing', function()
    kernel.capture(path, {})
    local result = kernel.logfile { path }
    assert.equal(0, result.stats.lines)
    assert.same({}, result.errors)
  end)

  it('does not overwrite a file', function()
    assert.is_true(kernel.capture(path, {}))
    local done, why = kernel.capture(path, {})
    assert.is_nil(done)
    assert.equal(path .. ': File exists', why)
  end)

  it('says when it cannot be written', function()
    local _, why = kernel.capture('/nonexistent/file', {})
    assert.equal('/nonexistent/file: No such file or directory', why)
  end)

  it('keeps what came before a torn end, and says where it is torn', function()
    kernel.capture(path, captured)
    for cut = 1, 24 + 16 do
      local result = rewrite(function(text)
        return text:sub(1, -2)
      end)
      assert.equal(cut <= 24 + 32 and 2 or 3, #result.records)
      assert.truthy(result.errors[1]:find 'torn after 3 datagrams')
    end
  end)

  it('is told from another version, byte order and damage', function()
    kernel.capture(path, captured)
    assert.truthy(rewrite(function(text)
      return text:sub(1, 14) .. '2' .. text:sub(16)
    end).errors[1]:find 'of a version that this laudit does not know')
    assert.truthy(rewrite(function(text)
      return text:sub(1, 14) .. '1x' .. text:sub(17)
    end).errors[1]:find 'other byte order')
    os.remove(path)
    kernel.capture(path, captured)
    local damaged = rewrite(function(text)
      return text:sub(1, 17) .. '?' .. text:sub(19)
    end)
    assert.truthy(damaged.errors[1]:find 'damaged after 0 datagrams')
    assert.equal(0, #damaged.records)
  end)
end)
