--- source.lua SETTINGS CONDITION [CAPTURE] - run the live source in the guest, see what it gives.
--
-- SETTINGS go to the engine's live.run; CONDITION is a Lua expression that has to hold. It sees
-- the run's `stats`, `types` (records by type), `untidy`, `log` and `refusal`, and as `replayed`
-- the records by type in the file CAPTURE. Prints all of that, so that `check` shows it.
local engine = require 'laudit_engine'

local settings, condition, capture = ...

local cmdline = assert(io.open '/proc/cmdline'):read '*a'
assert(cmdline:find 'guest%.out=', 'this takes the audit socket: only in a guest kernel')

local result, refusal = engine.live.run(assert(loadstring('return {' .. settings .. '}'))())
local seen = result or { stats = {}, types = {}, log = '' }
seen.refusal = refusal

if capture then
  seen.replayed = setmetatable({}, { __index = function() return 0 end })
  for _, record in ipairs(engine.kernel.logfile({ capture }).records) do
    seen.replayed[record.type] = seen.replayed[record.type] + 1
  end
end

for _, name in ipairs { 'stats', 'types', 'replayed' } do
  for key, value in pairs(seen[name] or {}) do
    print(('%s.%s = %s'):format(name, key, value))
  end
end
print('untidy = ' .. tostring(seen.untidy))
print('refusal = ' .. tostring(refusal))
print(seen.log)

seen.same = function(a, b)
  for key, value in pairs(a) do
    if b[key] ~= value then
      return false
    end
  end
  return true
end
os.exit(setfenv(assert(loadstring('return ' .. condition)), seen)() and 0 or 1)
