--- Netlink messages in bytes, as the kernel sends them.
local ffi = require 'ffi'

local ACKNOWLEDGEMENT = 2

local messages = {}

--- Numbers of 32 bits; those below 0 too.
function messages.words(...)
  local count = select('#', ...)
  local words = ffi.new('int32_t[?]', count)
  for i = 1, count do
    words[i - 1] = bit.tobit((select(i, ...)))
  end
  return ffi.string(words, 4 * count)
end

function messages.of(type, sequence, payload)
  local header = ffi.new('uint32_t[4]', 16 + #payload, 0, sequence, 0)
  ffi.cast('uint16_t *', header)[2] = type
  return ffi.string(header, 16) .. payload
end

--- Of request `sequence`; `code` is 0 or an errno below it.
function messages.acknowledgement(sequence, code)
  return messages.of(ACKNOWLEDGEMENT, sequence, messages.words(code or 0, 0, 0, 0, 0))
end

return messages
