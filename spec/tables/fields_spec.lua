local tables = require('laudit_engine').tables
local deviations = require 'spec.tables.deviations'
local peers = require 'spec.tables.peers'

-- Every name that a record of the recorded logs carries.
local RECORDED = [[
a0 a1 a2 a3 a4 a5 abs_timeout_nsec abs_timeout_sec acct addr arch argc audit_backlog_limit
audit_backlog_wait_time audit_enabled audit_failure auid cap_fe cap_fi cap_fp cap_frootid cap_fver
cap_pa cap_pe cap_pi cap_pp cipher cmd cmdline code comm compat cwd dev direction egid euid exe exit
fd fd0 fd1 flags format fp fsgid fsuid fver gid grantors hostname id inode ip item items kernel key
kind ksize laddr list lost lport mac mode mq_curmsgs mq_flags mq_maxmsg mq_msgsize mqdes msg msg_len
msg_prio name nametype nargs new oauid obj ocomm oflag ogid old old-auid old-ses old_prom op opid
oses ouid path permissive pfs pid ppid proctitle prog-id prom qbytes rdev res resolve rport saddr
saddr_fam sauid scontext ses sgid sig sigev_signo spid subj success suid syscall tclass tcontext
terminal text tty type uid unit ver]]

local RECORDED_UPPER = [[
ARCH AUID EGID EUID FSGID FSUID GID ID OAUID OGID OLD-AUID OUID SADDR SAUID SGID SUID SYSCALL UID]]

-- libauparse's types by number (auparse_type_t of auparse-defs.h), and the kinds they are here.
local KINDS_OF_LIBAUPARSE = {
  'UID', 'GID', 'SYSCALL', 'ARCH', 'EXIT', 'ESCAPED', 'PERM', 'MODE', 'SOCKADDR', 'MMAP_FLAGS',
  'PROMISCUOUS', 'CAPABILITY', 'SUCCESS', 'HEX', 'HEX', 'HEX', 'HEX', 'SIGNAL', 'LIST', 'TTY_DATA',
  'SESSION', 'CAP_SET', 'NET_FAMILY', 'ICMP_TYPE', 'PROTOCOL', 'ADDRESS', 'PERSONALITY', 'SECCOMP',
  'OPEN_FLAGS', 'MMAP_FLAGS', 'MODE', 'LABEL', 'PROCTITLE', 'NET_HOOK', 'NET_ACTION',
  'MAC_PROTOCOL', 'IOCTL', 'KEY', 'ESCAPED', 'FANOTIFY', 'MULTICAST_GROUP', 'RESOLVE',
}
local KIND_DEVIATIONS = {
  ['res RESULT SUCCESS  result RESULT SUCCESS'] = 'success, failed, 1 or 0; success is yes or no',
}

--- Name to kind, as the rows of fields.inc say.
local function kinds()
  local found = {}
  for line in io.lines 'src/tables/fields.inc' do
    local name, kind = line:match '^FIELD%([%w_]+, "([^"]+)", KIND_([%u_]+)%)$'
    if name then
      assert.is_nil(found[name], 'twice: ' .. name)
      found[name] = kind
    end
  end
  return found
end

describe('the table of fields', function()
  it('has each name once, and finds it under its own number', function()
    local fields = tables.fields()
    local count = 0
    for name in pairs(kinds()) do
      local id = assert(tables.field_find(name), name)
      assert.equal(name, fields[id].name)
      count = count + 1
    end
    assert.equal(count, #fields + 1) -- they count from 0
  end)

  it('finds interpreted names, in capitals alone', function()
    for id = 0, #tables.fields() do
      local field = tables.fields()[id]
      assert.equal(field.name:upper(), field.upper)
      assert.equal(id, tables.field_find_upper(field.upper))
      assert.is_nil(tables.field_find(field.upper))
      assert.is_nil(tables.field_find_upper(field.name))
    end
  end)

  it('does not find what is no field', function()
    local known, tried = kinds(), 0
    local function try(name)
      if not known[name] then
        assert.is_nil(tables.field_find(name), name)
        tried = tried + 1
      end
    end
    for name in pairs(known) do
      try(name .. 'x')
      try('x' .. name)
      try(name:sub(1, -2))
      try(name:sub(1, -2) .. '\255')
      try(name:gsub('^.', string.upper))
      try(name .. '\0')
      try(name:gsub('^(' .. ('.'):rep(math.floor(#name / 2)) .. ').', '%1~')) -- its middle
    end
    assert.is_true(tried > 1000)
  end)

  it('is not confused by an empty, a long or a binary name', function()
    for _, name in ipairs { '', '=', '\0', ('a'):rep(10000), ('\255'):rep(63), 'a0 ', 'auid=' } do
      assert.is_nil(tables.field_find(name))
      assert.is_nil(tables.field_find_upper(name))
    end
  end)

  it('knows every name of the recorded logs', function()
    for name in RECORDED:gmatch '%S+' do
      assert.is_number(tables.field_find(name), name)
    end
    for name in RECORDED_UPPER:gmatch '%S+' do
      assert.is_number(tables.field_find_upper(name), name)
    end
  end)

  it('says how a value looks as data', function()
    local function shape(name)
      return tables.fields()[tables.field_find(name)].shape
    end
    assert.equal(shape 'pid', shape 'exit')
    assert.equal(shape 'a0', shape 'per')
    assert.equal(shape 'mode', shape 'oflag')
    assert.equal(shape 'comm', shape 'proctitle')
    assert.not_equal(shape 'comm', shape 'tty')
    assert.not_equal(shape 'pid', shape 'a0')
  end)

  it('offers the field somebody meant', function()
    assert.equal('exe', tables.field_nearest 'exee')
    assert.equal('auid', tables.field_nearest 'aiud')
    assert.equal('old-auid', tables.field_nearest 'old_auid')
    assert.is_nil(tables.field_nearest 'nothing-like-this')
  end)

  peers.it('has the fields that libauparse interprets, of the same kinds', function()
    local ours, names = kinds(), {}
    local function theirs(name)
      return KINDS_OF_LIBAUPARSE[peers.field_type(name)]
    end
    for name in pairs(peers.words_of_libauparse()) do
      if theirs(name) then names[#names + 1] = name end
    end
    assert.is_true(#names > 100)
    assert.same({}, deviations.beyond(KIND_DEVIATIONS, names, function(name)
      return ours[name]
    end, theirs))
  end)
end)
