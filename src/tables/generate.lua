--- Writes the tables of src/tables from Debian's packaged headers.
--
--   luajit src/tables/generate.lua [--check] [--headers FOLDER] [fields]
--
-- Without arguments all tables are written. `fields` writes only what is derived from fields.inc
-- and needs no headers: run it after every change there. `--check` writes nothing; it names the
-- files that would differ, and the exit status is 1 if there are any; 3 if a package cannot be had.
--
-- Needs on Debian 12: luajit, a C preprocessor called `cc`, apt-get and dpkg-deb. The packages
-- (generate/headers.lua names them) are downloaded and unpacked once into FOLDER
-- (build/headers), never installed.

local USAGE = 'usage: luajit src/tables/generate.lua [--check] [--headers FOLDER] [fields]\n'

local here = arg[0]:match '^(.*)/[^/]*$' or '.'
package.path = here .. '/generate/?.lua;' .. package.path

local kernel = require 'kernel'
local lookup = require 'lookup'
local rows = require 'rows'
local syscalls = require 'syscalls'

local function read(path)
  local file = io.open(path, 'rb')
  local text = file and file:read '*a'
  if file then file:close() end
  return text
end

local function write(path, text)
  local file = assert(io.open(path, 'wb'))
  file:write(text)
  assert(file:close())
end

--- What follows from fields.inc alone: interpreted names, and the hash that finds both.
local function fields_products(products)
  local fields = {}
  for symbol, name in read(here .. '/fields.inc'):gmatch 'FIELD%(([%w_]+), "([^"]+)"' do
    fields[#fields + 1] = { symbol = symbol, name = name }
  end
  products['fields_upper.inc'] = rows.format('the interpreted name of each field', fields,
    function(field) return ('UPPER(%s, "%s")'):format(field.symbol, field.name:upper()) end)
  products['fields_lookup.inc'] = lookup.format('fields.inc', fields)
end

local function kernel_products(products, headers)
  local types = kernel.record_types(headers)
  products['record_types.inc'] = rows.format(
    'record types of linux/audit.h, libaudit.h and newer kernels', types,
    function(row) return ('RECORD_TYPE(%s, %d)'):format(row.name, row.number) end)
  products['record_types_lookup.inc'] = lookup.format('record_types.inc', types)

  local function named(file, what, macro, list)
    products[file] = rows.format(what, list,
      function(row)
        return ('%s("%s", %s)'):format(row.macro or macro, row.name, row.text or row.number)
      end)
  end
  named('archs.inc', 'AUDIT_ARCH_* of linux/audit.h', 'ARCH', kernel.architectures(headers))
  named('signals.inc', 'asm-generic/signal.h', 'SIGNAL', kernel.signals(headers))
  named('capabilities.inc', 'linux/capability.h', 'CAPABILITY', kernel.capabilities(headers))
  named('families.inc', 'PF_* of bits/socket.h', 'FAMILY', kernel.families(headers))

  local errnos, aliases = kernel.errnos(headers)
  for _, alias in ipairs(aliases) do
    alias.macro = 'ERRNO_ALIAS'
    errnos[#errnos + 1] = alias
  end
  named('errnos.inc', 'asm-generic/errno.h', 'ERRNO', errnos)

  local calls = syscalls.read(headers)
  products['syscalls.inc'] = syscalls.format_rows(calls)
  products['syscalls_lookup.inc'] = syscalls.format_lookup(calls)
end

local function parse(arguments)
  local options = { headers = 'build/headers' }
  local i = 1
  while arguments[i] do
    if arguments[i] == '--headers' and arguments[i + 1] then
      i = i + 1
      options.headers = arguments[i]
    elseif arguments[i] == '--check' then
      options.check = true
    elseif arguments[i] == 'fields' then
      options.fields = true
    else
      io.stderr:write(USAGE)
      os.exit(2)
    end
    i = i + 1
  end
  return options
end

local options = parse(arg)
local products = {}

fields_products(products)
if not options.fields then
  local headers, problem = require 'headers'.open(options.headers)
  if not headers then
    io.stderr:write(problem, '\n')
    os.exit(3)
  end
  kernel_products(products, headers)
end

local differing = 0
for _, name in ipairs(rows.sorted_keys(products)) do
  local path = here .. '/' .. name
  if read(path) ~= products[name] then
    differing = differing + 1
    print((options.check and 'differs: ' or 'written: ') .. path)
    if not options.check then write(path, products[name]) end
  end
end
os.exit(options.check and differing > 0 and 1 or 0)
