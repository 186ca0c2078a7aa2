--- The words of a configuration as they are when it runs for its outputs' `on` and `transform`
-- alone: everything else was read before. `found` is the list that the words fill.
local check_on = require 'audit.selector'

local found = {}

local function nothing()
end

local function output(name)
  return function(options)
    local mistakes = {}
    found[#found + 1] = {
      name = name,
      transform = options.transform,
      mistakes = mistakes,
      on = check_on(options.on, function(path, sentence)
        mistakes[#mistakes + 1] = { path, sentence }
      end),
    }
    if options.transform ~= nil and type(options.transform) ~= 'function' then
      mistakes[#mistakes + 1] = { { 'transform' },
        'transform: expected a function, found a ' .. type(options.transform) }
    end
  end
end

return {
  found = found,
  words = {
    kernel = nothing,
    rules = nothing,
    policies = nothing,
    output = output,
    metrics = nothing,
    rule = require 'audit.rule',
    audit = require 'audit',
  },
}
