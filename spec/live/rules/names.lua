-- names.lua - the words that libaudit itself knows, asked one number after the other.
local ffi = require 'ffi'

ffi.cdef [[
const char *audit_msg_type_to_name(int);
const char *audit_errno_to_name(int);
const char *audit_machine_to_name(int);
const char *audit_syscall_to_name(int, int);
]]
local audit = ffi.load 'libaudit.so.1'

-- What `name` says for the numbers from `first` to `last`: { 'EPERM', ... }.
local function collect(name, first, last, ...)
  local names = {}
  for number = first, last do
    local text = name(number, ...)
    if text ~= nil then
      names[#names + 1] = ffi.string(text)
    end
  end
  return names
end

local names = {
  record_types = collect(audit.audit_msg_type_to_name, 0, 3000),
  errnos = collect(audit.audit_errno_to_name, 0, 4096),
  machines = collect(audit.audit_machine_to_name, 0, 31),
  calls = {}, -- by machine
}

for number = 0, 31 do
  local machine = audit.audit_machine_to_name(number)
  if machine ~= nil then
    names.calls[ffi.string(machine)] = collect(function(call)
      return audit.audit_syscall_to_name(call, number)
    end, 0, 2047)
  end
end

return names
