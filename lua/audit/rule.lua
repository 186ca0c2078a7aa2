--- Kernel rules as tables: each function gives a line of auditctl's language, quoted where needed.
-- Known to policies as audit.rule and to the configuration as rule. It calls no method of a string,
-- because the configuration's strings have none.
local gsub, find, format = string.gsub, string.find, string.format
local concat, sort = table.concat, table.sort

local WATCH = { perm = true, key = true }
local SYSCALL = {
  list = true, action = true, prepend = true, arch = true, calls = true, fields = true,
  compare = true, key = true,
}

local function wrong(...)
  error(format(...), 0)
end

local function check_options(given, known)
  if type(given) ~= 'table' then
    wrong('expected a table of options, found a %s', type(given))
  end
  for name in pairs(given) do
    if not known[name] then
      local names = {}
      for each in pairs(known) do
        names[#names + 1] = each
      end
      sort(names)
      wrong("unknown option '%s'; it has %s", tostring(name), concat(names, ', '))
    end
  end
end

--- A word as a shell reads it back.
local function quoted(word)
  if find(word, '[%z\n]') then
    wrong 'a rule holds neither NUL nor newline'
  elseif find(word, '^[%w/._=,:+@%%!<>&-]+$') then
    return word
  end
  return "'" .. gsub(word, "'", "'\\''") .. "'"
end

--- The names among the keys of a table that is also a list; refuses holes and emptiness, because
--- what is left out of a rule makes it a wider one.
local function names_of(list, title)
  local names, count = {}, 0

  for key in pairs(list) do
    if type(key) == 'string' then
      names[#names + 1] = key
    else
      count = count + 1
    end
  end
  if count + #names == 0 then
    wrong('%s: expected a text or a list of texts, found an empty table', title)
  elseif count ~= #list then
    wrong('%s: expected a text or a list of texts, found a list with holes', title)
  end
  sort(names)
  return names
end

--- A text or number, or a list of them, as a list; nothing as an empty one.
local function list_of(value, title)
  local list = type(value) == 'table' and value or { value }

  if list == value and #names_of(list, title) > 0 then
    wrong('%s: expected a text or a list of texts, found a table with names', title)
  end
  for _, each in ipairs(list) do
    if type(each) ~= 'string' and type(each) ~= 'number' then
      wrong('%s: expected a text or a list of texts, found a %s', title, type(each))
    end
  end
  return list
end

--- Adds OPTION VALUE for a text or number, or for each of a list of them.
local function add(words, option, value, title)
  for _, each in ipairs(list_of(value, title)) do
    words[#words + 1] = option
    words[#words + 1] = quoted(tostring(each))
  end
end

--- fields = { 'auid>=1000', exe = '/usr/bin/sh' }: those with names stand for equality, sorted.
local function add_fields(words, fields)
  if type(fields) ~= 'table' then
    add(words, '-F', fields, 'fields')
    return
  end
  local names, unnamed = names_of(fields, 'fields'), {}
  for place, field in ipairs(fields) do
    unnamed[place] = field
  end
  add(words, '-F', #unnamed > 0 and unnamed or nil, 'fields')
  for _, name in ipairs(names) do
    local value = fields[name]
    if type(value) ~= 'string' and type(value) ~= 'number' then
      wrong('fields.%s: expected a text or a number, found a %s', name, type(value))
    end
    add(words, '-F', name .. '=' .. value, name)
  end
end

--- given[name], of the type that is expected, else `otherwise`.
local function option_of(given, name, otherwise)
  local value = given[name]

  if value == nil then
    return otherwise
  elseif type(value) ~= type(otherwise) then
    wrong('%s: expected a %s, found a %s', name, type(otherwise), type(value))
  end
  return value
end

local function syscall_line(given, arch)
  local words = {
    option_of(given, 'prepend', false) and '-A' or '-a',
    quoted(option_of(given, 'action', 'always') .. ',' .. option_of(given, 'list', 'exit')),
  }

  if arch ~= nil then
    add(words, '-F', 'arch=' .. arch, 'arch')
  end
  add(words, '-S', given.calls, 'calls')
  add_fields(words, given.fields)
  add(words, '-C', given.compare, 'compare')
  add(words, '-k', given.key, 'key')
  return concat(words, ' ')
end

--- watch(path, { perm = 'wa', key = 'k' }) -> "-w path -p wa -k k"
local function watch(path, options)
  local words = {}

  if type(path) ~= 'string' then
    wrong('expected a path, found a %s', type(path))
  end
  check_options(options or {}, WATCH)
  add(words, '-w', path, 'path')
  add(words, '-p', options and options.perm, 'perm')
  add(words, '-k', options and options.key, 'key')
  return concat(words, ' ')
end

--- syscall { calls = {...}, arch = {...}, ... } -> one line for each architecture
local function syscall(given)
  local lines = {}

  check_options(given, SYSCALL)
  for _, arch in ipairs(list_of(given.arch, 'arch')) do
    lines[#lines + 1] = syscall_line(given, arch)
  end
  if given.arch == nil then
    lines[1] = syscall_line(given)
  end
  return concat(lines, '\n')
end

--- The function, with mistakes that name the line of its caller.
local function public(name, make)
  return function(...)
    local is_good, result = pcall(make, ...)

    if not is_good then
      error(name .. ': ' .. tostring(result), 2)
    end
    return result
  end
end

return { watch = public('rule.watch', watch), syscall = public('rule.syscall', syscall) }
