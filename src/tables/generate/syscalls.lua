--- System calls of each architecture, from its asm/unistd.h.
local rows = require 'rows'

local syscalls = {}

-- The columns of syscalls.inc.
local ARCHITECTURES = {
  'x86_64', 'i386', 'x32', 'aarch64', 'arm', 'ppc64le', 'ppc', 's390x', 's390', 'riscv64',
}
local X32_BIT = 0x40000000
local MARKERS = { syscalls = true, arch_specific_syscall = true }
local NONE = -1

local function read_architecture(headers, architecture)
  local macros = headers:macros(architecture, 'asm/unistd.h')
  local calls = {}
  for macro, text in pairs(macros) do
    local name = macro:match '^__NR_([%l%d_]+)$'
    if name and not MARKERS[name] then
      local value = assert(headers.number(macros, text), macro)
      if architecture == 'x32' then value = value - X32_BIT end
      calls[name] = { number = value, alias = text:find '^__NR_' ~= nil }
    end
  end
  return calls
end

--- Rows of { name, numbers by architecture, aliases by architecture }, by name.
function syscalls.read(headers)
  local by_name = {}
  for _, architecture in ipairs(ARCHITECTURES) do
    for name, call in pairs(read_architecture(headers, architecture)) do
      local row = by_name[name] or { name = name, numbers = {}, aliases = {} }
      row.numbers[architecture] = call.number
      row.aliases[architecture] = call.alias
      by_name[name] = row
    end
  end

  local list = {}
  for i, name in ipairs(rows.sorted_keys(by_name)) do
    list[i] = by_name[name]
  end
  return list
end

function syscalls.format_rows(list)
  return rows.format('asm/unistd.h; ' .. table.concat(ARCHITECTURES, ', '), list, function(row)
    local numbers = {}
    for i, architecture in ipairs(ARCHITECTURES) do
      numbers[i] = row.numbers[architecture] or NONE
    end
    return ('SYSCALL("%s", %s)'):format(row.name, table.concat(numbers, ', '))
  end)
end

--- For each architecture the rows by number; 0 is none, 1 the first row.
function syscalls.format_lookup(list)
  local parts = { rows.header 'rows of syscalls.inc by number, from 1; 0 is none' }
  for _, architecture in ipairs(ARCHITECTURES) do
    local by_number, last = {}, 0
    for i, row in ipairs(list) do
      local value = row.numbers[architecture]
      if value and not row.aliases[architecture] then
        assert(not by_number[value], row.name)
        by_number[value] = i
        last = math.max(last, value)
      end
    end

    local dense = {}
    for value = 0, last do
      dense[value + 1] = by_number[value] or 0
    end
    parts[#parts + 1] = ('static const uint16_t %s_rows[] = {\n%s};\n')
      :format(architecture, rows.numbers(dense))
  end
  return table.concat(parts)
end

return syscalls
