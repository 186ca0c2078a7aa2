--- control.lua QUESTION [ARGUMENT...] - speak with the guest kernel's audit through the engine.
---   luajit control.lua rules           the rules it holds, a line of hex each
---   luajit control.lua add HEX         adds a rule: prints the kernel's code
---   luajit control.lua delete HEX      deletes it
local cmdline = assert(io.open '/proc/cmdline'):read '*a'
assert(cmdline:find 'guest%.out=', 'this changes the kernel: only in a guest')

local kernel = require('laudit_engine').netlink.audit()
local questions = {}

local function to_hex(bytes)
  return (bytes:gsub('.', function(byte) return ('%02x'):format(byte:byte()) end))
end

local function from_hex(text)
  return (text:gsub('..', function(pair) return string.char(tonumber(pair, 16)) end))
end

function questions.rules()
  for _, payload in ipairs(assert(kernel:list_rules())) do
    print(to_hex(payload))
  end
end

function questions.add(rule)
  print(kernel:change_rule('add', from_hex(rule)))
end

function questions.delete(rule)
  print(kernel:change_rule('delete', from_hex(rule)))
end

questions[arg[1]](unpack(arg, 2))
