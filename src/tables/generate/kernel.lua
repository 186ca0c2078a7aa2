--- Names and numbers that the headers define once for all architectures.
local number = require 'headers'.number

local kernel = {}

-- linux/audit.h of kernels after 6.1.
local NEWER_TYPES = {
  IPE_ACCESS = 1420,            -- 6.12
  IPE_CONFIG_CHANGE = 1421,     -- 6.12
  IPE_POLICY_LOAD = 1422,       -- 6.12
  LANDLOCK_ACCESS = 1423,       -- 6.15
  LANDLOCK_DOMAIN = 1424,       -- 6.15
  MAC_TASK_CONTEXTS = 1425,     -- 6.18
  MAC_OBJ_CONTEXTS = 1426,      -- 6.18
  INTEGRITY_USERSPACE = 1808,   -- 6.13
}
-- Second names of SIGABRT and SIGSYS.
local OTHER_SIGNALS = { SIGIOT = true, SIGUNUSED = true }
-- Macros that records carry under another name.
local TYPE_NAMES = { AA = 'APPARMOR' }

local function by_number(a, b)
  if a.number ~= b.number then return a.number < b.number end
  return a.name < b.name
end

local function sorted(map)
  local list = {}
  for name, value in pairs(map) do
    list[#list + 1] = { name = name, number = value }
  end
  table.sort(list, by_number)
  return list
end

local function is_marker(name)
  return name:find '^FIRST_' or name:find '_FIRST_' or name:find '^LAST_' or name:find '_LAST_'
end

function kernel.record_types(headers)
  local types, taken = {}, {}
  local function add(name, value)
    if is_marker(name) or value < 1000 or value > 2999 then return end
    name = TYPE_NAMES[name] or name
    assert(not taken[value] or taken[value] == name, name)
    types[name], taken[value] = value, name
  end

  for _, header in ipairs { 'linux/audit.h', 'libaudit.h' } do
    local text = '\n' .. headers:text(header)
    for name, value in text:gmatch '\n#define%s+AUDIT_([%u%d_]+)%s+(%d%d%d%d)%f[%D]' do
      add(name, tonumber(value))
    end
  end
  for name, value in pairs(NEWER_TYPES) do
    add(name, value)
  end
  return sorted(types)
end

function kernel.architectures(headers)
  local macros = headers:macros('x86_64', 'linux/audit.h')
  local architectures = {}
  for name, text in pairs(macros) do
    local token = name:match '^AUDIT_ARCH_([%u%d_]+)$'
    if token then architectures[token:lower()] = assert(number(macros, text), name) end
  end

  local list = sorted(architectures)
  for _, row in ipairs(list) do
    row.text = ('0x%08x'):format(row.number)
  end
  return list
end

--- The errnos, then the aliases: names whose macro is another name.
function kernel.errnos(headers)
  local macros = headers:macros('x86_64', 'asm/errno.h')
  local errnos, aliases = {}, {}
  for name, text in pairs(macros) do
    if name:find '^E[%u%d]+$' then
      local list = text:find '^%d+$' and errnos or aliases
      list[name] = number(macros, text)
    end
  end

  return sorted(errnos), sorted(aliases)
end

function kernel.signals(headers)
  local macros = headers:macros('x86_64', 'asm/signal.h')
  local signals = {}
  for name, text in pairs(macros) do
    local value = name:find '^SIG[%u%d]+$' and tonumber(text)
    if value and value < 32 and not OTHER_SIGNALS[name] then signals[name] = value end
  end
  return sorted(signals)
end

function kernel.capabilities(headers)
  local macros = headers:macros('x86_64', 'linux/capability.h')
  local capabilities = {}
  for name, text in pairs(macros) do
    local word = name:match '^CAP_([%u_]+)$'
    if word and text:find '^%d+$' then capabilities[word:lower()] = tonumber(text) end
  end
  return sorted(capabilities)
end

--- The kernel's own list (include/linux/socket.h) is not packaged; the C library repeats it.
function kernel.families(headers)
  local families = {}
  local text = headers:text 'x86_64-linux-gnu/bits/socket.h'
  for name, value in text:gmatch '\n#define%s+PF_([%w_]+)%s+(%d+)%f[%D]' do
    if name ~= 'MAX' and name ~= 'UNSPEC' then families[name:lower()] = tonumber(value) end
  end
  return sorted(families)
end

return kernel
