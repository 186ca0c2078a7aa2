--- Rules for the specs, as tables that wire.encode takes: parts by name, and random ones by a seed.
local generate = {}

local LISTS = { user = 0, task = 1, exit = 4, exclude = 5, filesystem = 6, io_uring = 7 }
local ACTIONS = { never = 0, always = 2 }
local OPERATORS = {
  ['='] = 0x40000000, ['!='] = 0x30000000, ['>'] = 0x20000000, ['>='] = 0x60000000,
  ['<'] = 0x10000000, ['<='] = 0x50000000, ['&'] = 0x08000000, ['&='] = 0x48000000,
}
local FIELDS = {
  pid = 0, uid = 1, euid = 2, suid = 3, fsuid = 4, gid = 5, egid = 6, sgid = 7, fsgid = 8,
  auid = 9, pers = 10, arch = 11, msgtype = 12, subj_user = 13, subj_role = 14, subj_type = 15,
  subj_sen = 16, subj_clr = 17, ppid = 18, obj_user = 19, obj_role = 20, obj_type = 21,
  obj_lev_low = 22, obj_lev_high = 23, sessionid = 25, fstype = 26, devmajor = 100, devminor = 101,
  inode = 102, exit = 103, success = 104, path = 105, perm = 106, dir = 107, filetype = 108,
  obj_uid = 109, obj_gid = 110, field_compare = 111, exe = 112, saddr_fam = 113, a0 = 200,
  a1 = 201, a2 = 202, a3 = 203, key = 210,
}

--- Calls as the mask of "-S all" has them.
local function all_calls()
  local calls = {}
  for number = 0, 63 * 32 + 15 do
    calls[#calls + 1] = number
  end
  return calls
end

--- { 'uid', '!=', 0 } or { 'path', '=', '/etc' } as a field.
function generate.field(name, op, value)
  local field = {
    field = assert(FIELDS[name] or tonumber(name), name), op = assert(OPERATORS[op], op),
  }
  if type(value) == 'string' then
    field.text = value
  else
    field.value = value % 2 ^ 32
  end
  return field
end

--- rule('always,exit', { 59 } or 'all' or nil, { 'uid', '=', 0 }, ...)
function generate.rule(where, calls, ...)
  local action, list = where:match '^(%w+),([%w_]+)$'
  local rule = {
    list = LISTS[list], action = ACTIONS[action], fields = {},
    calls = calls == 'all' and all_calls() or calls or {},
  }
  for place, field in ipairs { ... } do
    rule.fields[place] = generate.field(unpack(field))
  end
  return rule
end

generate.LISTS, generate.ACTIONS = LISTS, ACTIONS
generate.OPERATORS, generate.FIELDS = OPERATORS, FIELDS
return generate
