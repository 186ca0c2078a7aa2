--- Says a thing once: true when the words, five at most, were not heard for `seconds`.
local audit = require 'audit'

local WORDS_MOST, BYTES_MOST = 5000, 4194304 -- remembered twice over: the latest, those before

local NAMES = { [true] = 'true', [false] = 'false' }

return function(seconds)
  local latest, before = {}, {} -- when words were heard last
  local count, bytes = 0, 0 -- of the latest

  return function(a, b, c, d, e)
    local words = (NAMES[a] or a or 'nil') .. '\0' .. (NAMES[b] or b or 'nil') .. '\0' ..
      (NAMES[c] or c or 'nil') .. '\0' .. (NAMES[d] or d or 'nil') .. '\0' ..
      (NAMES[e] or e or 'nil')
    local now, last = audit.now(), latest[words]

    if not last then
      last = before[words]
      if count == WORDS_MOST or bytes > BYTES_MOST then
        latest, before, count, bytes = {}, latest, 0, 0
      end
      count, bytes = count + 1, bytes + #words
    end
    latest[words] = last and last > now and last or now
    return not last or last <= now - seconds
  end
end
