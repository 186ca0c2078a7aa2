--- What a policy needs: require 'audit'.
-- policy{...} says what the file is, alert(...) what check returns; set, window and match help to
-- decide. Types and meanings are in docs/policies.md.
local _, native = ...

--- Makes a table refuse what it does not have, with what was probably meant.
local function refuse_others(given, title)
  local names = {}
  for name in require 'audit.sorted' (given) do
    names[#names + 1] = name
  end
  return setmetatable(given, {
    __metatable = false,
    __index = function(_, name)
      local meant = type(name) == 'string' and native.nearest(name, names)
      error(("%s has no '%s'%s"):format(title, tostring(name),
        meant and (" (did you mean '%s'?)"):format(meant) or ''), 2)
    end,
  })
end

return refuse_others({
  policy = require 'audit.policy',
  alert = require 'audit.alert',
  set = require 'audit.set',
  window = require 'audit.window',
  transform = refuse_others(require 'audit.transform', 'audit.transform'),
  sorted = require 'audit.sorted',
  match = refuse_others(native.match, 'audit.match'),
  rule = refuse_others(require 'audit.rule', 'audit.rule'),
  now = native.now,
}, 'audit')
