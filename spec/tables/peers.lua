--- libaudit as an oracle: its own answers, from the packages that spec/peers unpacks.
local busted = require 'busted'
local ffi = require 'ffi'

local FOLDER = os.getenv 'LAUDIT_PEERS' or 'build/peers'
local LIBRARIES = FOLDER .. '/lib/x86_64-linux-gnu'

ffi.cdef [[
  const char *audit_msg_type_to_name(int type);
  const char *audit_errno_to_name(int number);
  const char *audit_flag_to_name(int list);
  const char *audit_machine_to_name(int machine);
  int audit_elf_to_machine(unsigned elf);

  typedef struct opaque auparse_state_t;
  auparse_state_t *auparse_init(int source, const char *text);
  int auparse_first_record(auparse_state_t *state);
  const char *auparse_find_field(auparse_state_t *state, const char *name);
  const char *auparse_interpret_field(auparse_state_t *state);
  int auparse_get_field_type(auparse_state_t *state);
  void auparse_destroy(auparse_state_t *state);
]]

local AUPARSE_BUFFER = 3 -- AUSOURCE_BUFFER of auparse.h

local peers = {}

--- Why there is no oracle, nil when there is one.
function peers.missing()
  local file = io.open(FOLDER .. '/usr/bin/ausyscall')
  if not file then return ('no ausyscall in %s'):format(FOLDER) end
  file:close()
end

--- `it`, or `pending` with the reason where there is no oracle.
function peers.it(name, body)
  local reason = peers.missing()
  if reason then
    busted.pending(name .. ': ' .. reason)
  else
    busted.it(name, body)
  end
end

local function text(pointer)
  return pointer ~= nil and ffi.string(pointer) or nil
end

local audit, auparse

local function load_audit()
  audit = audit or ffi.load(LIBRARIES .. '/libaudit.so.1', true)
  return audit
end

function peers.record_type_name(type)
  return text(load_audit().audit_msg_type_to_name(type))
end

function peers.errno_name(number)
  return text(load_audit().audit_errno_to_name(number))
end

function peers.filter_list_name(list)
  return text(load_audit().audit_flag_to_name(list))
end

--- The name of an AUDIT_ARCH_* value.
function peers.arch_name(arch)
  local machine = load_audit().audit_elf_to_machine(arch)
  return machine >= 0 and text(audit.audit_machine_to_name(machine)) or nil
end

--- What `ausyscall ARCH --dump` prints: number to name.
function peers.syscalls(arch)
  local command = "env -u LD_PRELOAD LD_LIBRARY_PATH='%s' '%s/usr/bin/ausyscall' %s --dump"
  local pipe = assert(io.popen(command:format(LIBRARIES, FOLDER, arch)))
  local calls = {}
  for line in pipe:lines() do
    local number, name = line:match '^(%d+)%s+(%S+)'
    if number then calls[tonumber(number)] = name end
  end
  pipe:close()
  return calls
end

--- Calls `look` with the parser standing on field `name` of a record.
local function at_field(type, name, value, look)
  load_audit() -- libauparse's own dependency
  auparse = auparse or ffi.load(LIBRARIES .. '/libauparse.so.0')
  local record = ('type=%s msg=audit(1.000:1): first=1 %s=%s\n'):format(type, name, value)
  local state = auparse.auparse_init(AUPARSE_BUFFER, record)
  assert(auparse.auparse_first_record(state) > 0)
  local found = auparse.auparse_find_field(state, name) ~= nil
  local answer = found and look(auparse, state) or nil
  auparse.auparse_destroy(state)
  return answer
end

--- How libauparse interprets a field, nil when it says that it does not know.
function peers.interpret(type, name, value)
  local answer = at_field(type, name, value, function(library, state)
    return text(library.auparse_interpret_field(state))
  end)
  return answer and not answer:find '^unknown' and answer or nil
end

--- The number of libauparse's type for a field (auparse-defs.h); 0 is unclassified.
function peers.field_type(name)
  return at_field('USER_AVC', name, '1', function(library, state)
    return library.auparse_get_field_type(state)
  end)
end

--- The words in a library that may be names of fields.
function peers.words_of_libauparse()
  local file = assert(io.open(LIBRARIES .. '/libauparse.so.0', 'rb'))
  local words = {}
  for word in file:read('*a'):gmatch '%z([%l][%l%d_-]+)%f[%z]' do
    words[word] = true
  end
  file:close()
  return words
end

return peers
