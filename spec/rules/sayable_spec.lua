--- Which rules the language can say: what their line reads as is the same rule.
local generate = dofile 'spec/rules/generate.lua'
local wire = require('laudit_engine').wire
local X86_64, AARCH64 = 0xC000003E, 0xC00000B7

local function can_be_said(...)
  return wire.can_be_said(wire.encode(generate.rule(...)), X86_64)
end

describe('a line', function()
  it('can say what people write', function()
    assert.is_true(can_be_said('always,exit', { 59 }, { 'arch', '=', X86_64 }, { 'key', '=', 'a' }))
    assert.is_true(can_be_said('always,exit', { 59 }, { 'arch', '=', AARCH64 }))
    assert.is_true(can_be_said('always,exit', 'all', { 'dir', '=', '/etc' }, { 'perm', '=', 2 }))
    assert.is_true(can_be_said('never,user', 'all', { 'uid', '=', 7 }))
    assert.is_true(can_be_said('always,exit', 'all', { 'subj_sen', '=', '=s0' }))
    assert.is_true(can_be_said('always,exit', 'all', { 'subj_sen', '<=', '=s0' }))
    assert.is_true(can_be_said('always,exit', 'all', { 'key', '=', 'a\1b' }))
  end)

  it('cannot say calls that are not those of -S', function()
    assert.is_false(can_be_said('always,exit', nil, { 'uid', '=', 0 }))
    assert.is_false(can_be_said('never,user', nil, { 'uid', '=', 0 }))
    assert.is_false(can_be_said('never,user', { 1 }, { 'uid', '=', 0 }))
    assert.is_false(can_be_said('always,exit', { 2040 }, { 'uid', '=', 0 }))
  end)

  it('cannot say a key before other fields, or an empty one among several', function()
    assert.is_false(can_be_said('always,exit', 'all', { 'key', '=', 'a' }, { 'uid', '=', 0 }))
    assert.is_false(can_be_said('always,exit', 'all', { 'key', '=', 'a\1\1b' }))
  end)

  it('cannot say a text that begins as another operator would go on', function()
    for _, name in ipairs { 'subj_sen', 'subj_clr', 'obj_lev_low', 'obj_lev_high' } do
      for _, op in ipairs { '<', '>' } do
        assert.is_false(can_be_said('always,exit', 'all', { name, op, '=x' }), name .. op)
        assert.is_true(can_be_said('always,exit', 'all', { name, op, 'x=' }), name .. op)
      end
    end
  end)

  it('cannot say what nobody knows', function()
    assert.is_false(can_be_said('always,exit', 'all', { 'perm', '=', 0 }))
    assert.is_false(can_be_said('always,exit', 'all', { '250', '=', 3 }))
    assert.is_false(can_be_said('always,exit', 'all', { 'field_compare', '=', 99 }))
  end)
end)
