local record = require('laudit_engine').record
local logs = require 'spec.logs'

local HEADER = 'audit(1490998105.960:1): '

--- "name=value" of the fields of a body, words as they stand; nested ones in [], the tail's in <>.
local function cut(body)
  local words = {}
  for index, field in ipairs((record.cut(HEADER .. body))) do
    local text = field.form == 'word' and field.value or field.name .. '=' .. field.value
    words[index] = field.nested and '[' .. text .. ']' or field.tail and '<' .. text .. '>' or text
  end
  return words
end

--- The field called `name` of the n-th line of a fixture.
local function field_of(fixture, line, name)
  local _, text = logs.parse(logs.fixture(fixture)[line])
  for _, field in ipairs((record.cut(text))) do
    if field.name == name then
      return field
    end
  end
end

describe('cutting a record', function()
  it('tells bare, quoted and empty values', function()
    local fields = record.cut(HEADER .. 'arch=c000003e comm="cat" tty=')
    assert.same({ 'bare', 'quoted', 'bare' }, { fields[1].form, fields[2].form, fields[3].form })
    assert.same({ 'c000003e', 'cat', '' }, { fields[1].value, fields[2].value, fields[3].value })
    assert.same({ 'arch', 'comm', 'tty' }, { fields[1].id, fields[2].id, fields[3].id })
  end)

  it('keeps words that are no fields, and values behind several spaces', function()
    assert.same({ 'avc:', 'denied', '{', 'getattr', '}', 'for', 'pid=2465' },
      cut 'avc:  denied  { getattr } for  pid=2465')
    assert.same({ 'a=1', 'b=2' }, cut '  a=1   b=2  ')
  end)

  it('keeps names the table does not hold, without an id', function()
    local fields = record.cut(HEADER .. 'no_such_field=1')
    assert.equal('no_such_field', fields[1].name)
    assert.is_nil(fields[1].id)
  end)

  it('takes what cannot be a name for a word', function()
    assert.same({ '=x', '"a"=b', 'x/y=z', ('n'):rep(256) .. '=1' },
      cut('=x "a"=b x/y=z ' .. ('n'):rep(256) .. '=1'))
    assert.same({ ('n'):rep(255) .. '=1' }, cut(('n'):rep(255) .. '=1'))
  end)

  it('reads quoted values literally, spaces and equal signs included', function()
    assert.same({ 'reason=memory violation', 'sig=11' }, cut 'reason="memory violation" sig=11')
    assert.same({ 'name=a=b c', 'x=1' }, cut 'name="a=b c" x=1')
  end)

  it('ends an unclosed quote with the text', function()
    assert.same({ 'uid=0', 'comm=aud it' }, cut 'uid=0 comm="aud it')
    assert.same({ 'uid=0', 'comm=' }, cut 'uid=0 comm="')
  end)

  it('does not look behind the end of a cut text for a name it expects', function()
    assert.same({ 'uid=0', 'auid=1' }, cut 'uid=0 auid=1')
    assert.same({ 'uid=0', 'aui' }, cut 'uid=0 aui')
    assert.same({ 'uid=0', 'auid=' }, cut 'uid=0 auid=')
  end)

  it('finds optional fields missing and present again', function()
    for _ = 1, 3 do
      assert.same({ 'a=1', 'b=2', 'c=3', 'd=4' }, cut 'a=1 b=2 c=3 d=4')
      assert.same({ 'a=1', 'd=4' }, cut 'a=1 d=4')
      assert.same({ 'd=4', 'c=3', 'b=2', 'a=1' }, cut 'd=4 c=3 b=2 a=1')
    end
  end)

  it('cuts values and texts of any length', function()
    for _, len in ipairs { 0, 1, 14, 15, 16, 17, 31, 32, 33, 100, 5000, 70000 } do
      local value = ('x'):rep(len)
      assert.same({ 'a=' .. value, 'b=' .. value, 'c=1' }, cut(('a=%s b="%s" c=1'):format(value,
        value)))
    end
    assert.equal(5000, #cut(('w '):rep(5000)))
  end)

  it('stops at the end of a tiny text', function()
    assert.same({}, cut '')
    assert.same({ 'x' }, cut 'x')
    assert.same({ 'x=' }, cut 'x=')
  end)
end)

describe("msg='...'", function()
  it('nests a list of fields behind itself', function()
    assert.same({ 'pid=1', "msg=op=login acct=\"root\" res=failed", '[op=login]', '[acct=root]',
      '[res=failed]' }, cut "pid=1 msg='op=login acct=\"root\" res=failed'")
  end)

  it("lets a program's quotes and marks forge neither a field nor a tail", function()
    for _, forged in ipairs { "x' uid=0 y='", "x' uid=0", "x'\29UID=\"root\"", "x\29UID=\"root\"",
      'x" uid=0', "' uid=0 '" } do
      local fields, kernel = record.cut(HEADER .. "pid=1 msg='" .. forged .. "'")
      assert.equal(#fields, kernel, forged)
      for index = 3, #fields do
        assert.is_true(fields[index].nested, forged)
      end
    end
  end)

  it("is followed by auditd's tail", function()
    assert.same({ 'pid=1', "msg=a=b'\29c=d", "[a=b']", '[c=d]', '<UID=root>' },
      cut "pid=1 msg='a=b'\29c=d'\29UID=\"root\"")
  end)

  it('may be cut short or empty', function()
    assert.same({ 'msg=op=login acct="ro', '[op=login]', '[acct=ro]' },
      cut "msg='op=login acct=\"ro")
    assert.same({ 'msg=' }, cut "msg='")
    assert.same({ 'msg=' }, cut "msg=''")
  end)

  it('loses the punctuation of old PAM messages', function()
    assert.equal('10.1.1.1', field_of('older', 2, 'hostname').value)
    assert.equal('success', field_of('older', 2, 'res').value)
    assert.equal('/usr/sbin/sshd', field_of('older', 2, 'exe').value)
    assert.same({ "msg=tty=(none) x=)", '[tty=(none)]', '[x=]' }, cut "msg='tty=(none) x=)'")
  end)
end)

describe("auditd's tail", function()
  it('names fields in capitals, with the id of the kernel\'s field', function()
    local fields, kernel, at = record.cut(HEADER .. 'auid=1 old-auid=2\29AUID="al" OLD-AUID="bo"')
    assert.equal(2, kernel)
    assert.equal(#HEADER + 17, at)
    assert.same({ 'auid', 'old-auid' }, { fields[3].id, fields[4].id })
    assert.same({ 'al', 'bo' }, { fields[3].value, fields[4].value })
  end)

  it('holds addresses in braces', function()
    local field = field_of('enriched', 9, 'SADDR')
    assert.equal('braced', field.form)
    assert.equal('saddr_fam=local path=/var/run/nscd/socket', field.value)
  end)

  it('ends an address at the last brace: a path may hold others', function()
    assert.same({ 'saddr=01', '<SADDR=path=/tmp/x } AUID="root">' },
      cut 'saddr=01\29SADDR={ path=/tmp/x } AUID="root" }')
    assert.same({ '<SADDR=a=b>' }, cut '\29SADDR={ a=b')
  end)

  it('does not confuse names of tail and kernel, whatever was cut before', function()
    record.cut(HEADER .. 'uid=0\29UID="root"')
    local fields = record.cut(HEADER .. 'UID=0\29uid="root"')
    assert.is_nil(fields[1].id)
    assert.is_nil(fields[2].id)
  end)
end)

describe('a value', function()
  it('is HEX when it is not quoted', function()
    assert.equal('/ram/w/2 dir', field_of('hex_name', 4, 'name').decoded)
    assert.equal('perm_mod\1file_attr', field_of('keys', 1, 'key').decoded)
    assert.equal('\27[31mred\27[0m', field_of('odd_arguments', 2, 'a5').decoded)
  end)

  it('stays as it is when it is quoted, null, a question mark or no HEX', function()
    local fields = record.cut(HEADER .. 'a="4142" b=(null) c=? d=41424 e=414z f=dead g=')
    local decoded = {}
    for index, field in ipairs(fields) do
      decoded[index] = field.decoded
    end
    assert.same({ '4142', '(null)', '?', '41424', '414z', 'dead', '' }, decoded)
  end)

  it('is null when it is (null) or nothing, but not when it is an empty text', function()
    assert.is_true(field_of('exec', 1, 'key').null == false)
    local fields = record.cut(HEADER .. 'a=(null) b= c="" d="(null)" e=0')
    local null = {}
    for index, field in ipairs(fields) do
      null[index] = field.null
    end
    assert.same({ true, true, false, false, false }, null)
    assert.is_false(field_of('odd_arguments', 2, 'a1').null)
  end)

  it('of EXECVE comes with lengths, pieces and in further records', function()
    assert.equal('13576', field_of('long_arguments', 2, 'a4_len').value)
    assert.equal('word with sp', field_of('long_arguments', 2, 'a4[0]').decoded:sub(1, 12))
    assert.is_not_nil(field_of('long_arguments', 3, 'a4[1]'))
  end)
end)

describe('every line of every log', function()
  for _, path in ipairs(logs.paths()) do
    it('joins to what it was: ' .. path, function()
      local lines = 0
      for line in io.lines(path) do
        local _, text = logs.parse(line)
        local joined, is_whole = record.join(text, 1300)
        assert(is_whole and joined == text, line)
        assert(record.header(text), line)
        lines = lines + 1
      end
      assert.is_true(lines > 0)
    end)
  end
end)
