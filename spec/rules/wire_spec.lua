--- Rules as the kernel's bytes, and any bytes as rules.
local ffi = require 'ffi'
local wire = require 'laudit_engine'.wire
local generate = dofile 'spec/rules/generate.lua'
local rule = generate.rule

ffi.cdef [[
struct audit_rule_data_of_spec {
  uint32_t flags, action, field_count, mask[64], fields[64], values[64], fieldflags[64], buflen;
};
]]
local HEAD = ffi.sizeof 'struct audit_rule_data_of_spec'

--- The head of a payload, to look at or to change.
local function head_of(payload)
  local head = ffi.new 'struct audit_rule_data_of_spec'
  ffi.copy(head, payload, HEAD)
  return head
end

local function with_head(payload, change)
  local head = head_of(payload)
  change(head)
  return ffi.string(head, HEAD) .. payload:sub(HEAD + 1)
end

local watch = rule('always,exit', 'all', { 'path', '=', '/etc/shadow' }, { 'perm', '=', 10 },
  { 'key', '=', 'shadow' })

describe('the bytes of a rule', function()
  it('are the head of struct audit_rule_data and the texts in the order of their fields', function()
    local payload = wire.encode(watch)
    local head = head_of(payload)
    assert.equal(1040, HEAD)
    assert.equal('/etc/shadowshadow', payload:sub(HEAD + 1))
    assert.same({ 4, 2, 3, 17 }, { head.flags, head.action, head.field_count, head.buflen })
    assert.same({ 105, 106, 210 }, { head.fields[0], head.fields[1], head.fields[2] })
    assert.same({ 11, 10, 6 }, { head.values[0], head.values[1], head.values[2] })
    assert.equal(0x40000000, head.fieldflags[2])
    assert.equal(0xFFFFFFFF, head.mask[62])
    assert.equal(0xFFFFFFFF, head.mask[63])
  end)

  it('have a call at its bit', function()
    local head = head_of(wire.encode(rule('always,exit', { 0, 59, 322, 2047 })))
    assert.same({ 1, 2 ^ 27, 4 }, { head.mask[0], head.mask[1], head.mask[10] })
    assert.equal(2 ^ 31, head.mask[63])
  end)

  it('say that a rule goes to the front, which the rule itself does not', function()
    local front, back = wire.encode(watch, true), wire.encode(watch)
    assert.equal(0x14, head_of(front).flags)
    assert.is_true(wire.decode(front).prepended)
    assert.is_false(wire.decode(back).prepended)
    assert.equal(4, wire.decode(front).list)
  end)

  it('have no place for a value of a field that is not there', function()
    local head = head_of(wire.encode(rule('never,task', nil, { 'uid', '=', -1 })))
    assert.same({ 1, 0xFFFFFFFF }, { head.field_count, head.values[0] })
    assert.same({ 0, 0, 0 }, { head.fields[1], head.values[1], head.fieldflags[1] })
  end)
end)

describe('bytes that came as a rule', function()
  local payload = wire.encode(watch)

  it('are refused when they are cut anywhere', function()
    for len = 0, #payload - 1 do
      local decoded, status = wire.decode(payload:sub(1, len))
      assert.is_nil(decoded)
      assert.equal(-74, status)
    end
  end)

  it('may have more behind their end', function()
    assert.same(wire.decode(payload), wire.decode(payload .. '\0\0\0'))
  end)

  it('are refused with more fields than there are places', function()
    assert.is_nil(wire.decode(with_head(payload, function(head) head.field_count = 65 end)))
    assert.is_nil(wire.decode(with_head(payload, function(head) head.field_count = 2 ^ 32 - 1 end)))
    assert.is_table(wire.decode(with_head(payload, function(head) head.field_count = 64 end)))
  end)

  it('are refused with a text that is longer than what there is', function()
    assert.is_nil(wire.decode(with_head(payload, function(head) head.values[2] = 7 end)))
    assert.is_nil(wire.decode(with_head(payload, function(head) head.values[0] = 2 ^ 32 - 1 end)))
    assert.is_nil(wire.decode(with_head(payload, function(head) head.buflen = 16 end)))
    assert.is_nil(wire.decode(with_head(payload, function(head) head.buflen = 2 ^ 32 - 1 end)))
  end)

  it('keep fields, operators, lists and actions that nobody knows', function()
    local odd = wire.decode(with_head(payload, function(head)
      head.flags, head.action = 0x80000021, 77
      head.fields[1], head.fieldflags[1] = 4000, 5
    end))
    assert.same({ 0x80000021, 77 }, { odd.list, odd.action })
    assert.same({ field = 4000, op = 5, value = 10 }, odd.fields[2])
    assert.equal('shadow', odd.fields[3].text)
  end)

  it('give the same bytes again', function()
    for name in pairs(generate.FIELDS) do
      for op in pairs(generate.OPERATORS) do
        for list in pairs(generate.LISTS) do
          local value = wire.decode(wire.encode(rule('always,' .. list, nil, { name, op, 'x' })))
          local kept = value.fields[1].text or value.fields[1].value
          local again = wire.encode(rule('always,' .. list, { 3 }, { name, op, kept }))
          assert.equal(again, wire.encode(wire.decode(again)))
        end
      end
    end
  end)
end)
