local ffi = require 'ffi'
local live = require('laudit_engine').live

local function record(text)
  local header = ffi.new('uint32_t[4]', 16 + #text, 0, 0, 0)
  ffi.cast('uint16_t *', header)[2] = 1300
  return ffi.string(header, 16) .. text
end

describe('the live source', function()
  it('says once that its socket cannot be read any more', function()
    local records, failures, why = live.torn(record 'audit(1.000:1): arch=c000003e')
    assert.same({ 1, 1 }, { records, failures })
    assert.equal('cannot read the audit socket any more: connection reset by peer', why)
  end)
end)
