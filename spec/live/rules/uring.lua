-- uring.lua - a file of rules for io_uring, which auditctl 3.0.9 does not know, and for labels of
-- subjects and objects, which User-Mode Linux's kernel refuses and Debian's does not.
--
--   luajit uring.lua OPERATIONS OUT      OPERATIONS: names of io_uring's, one a line
--
-- Of the generated set, those that laudit takes; and each operation, by name and by number.
local rules = require 'laudit_engine'.rules
local has_label = require 'labels'
local lines = require 'lines'

local PREPEND = 0x10 -- in the first byte, with the list

local operations, out = ...
local file = assert(io.open(out, 'wb'))
local seen, count = {}, 0

local function add(words)
  local line = table.concat(words, ' ')
  local verb, payload = rules.compile(words)
  local rule = payload and string.char(payload:byte() % PREPEND) .. payload:sub(2)
  if (verb == 'add' or verb == 'prepend') and not seen[rule] then
    seen[rule] = true
    file:write(line, '\n')
    count = count + 1
  end
end

for _, words in ipairs(lines) do
  local line = table.concat(words, ' ')
  if #line < 200 and (line:find 'io_uring' or has_label(words)) then
    add(words)
  end
end
local number = 0
for name in io.lines(operations) do
  add { '-a', 'always,io_uring', '-S', name, '-F', 'key=' .. name }
  add { '-a', 'never,io_uring', '-S', tostring(number) }
  number = number + 1
end
file:close()
print(count .. ' lines')
