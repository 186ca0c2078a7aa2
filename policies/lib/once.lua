--- Says a thing once: true when the words were not heard for `seconds`.
local audit = require 'audit'

return function(seconds)
  local heard = audit.window { seconds = seconds }

  return function(...)
    local words = { ... }

    for i = 1, select('#', ...) do
      words[i] = tostring(words[i])
    end
    return (heard:reached(table.concat(words, '\0'), 1))
  end
end
