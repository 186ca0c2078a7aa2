--- Against auditctl 3.0.9: every line of spec/fixtures/rules through our reader, wire and writer.
---
--- Where laudit does something else on purpose, DEVIATIONS says what and why, and how many lines
--- that is; a line that deviates in no such way fails.
local json = require 'cjson'
local engine = require 'laudit_engine'
local rules, tables, wire = engine.rules, engine.tables, engine.wire

local X86_64, I386 = 0xC000003E, 0x40000003
local WATCH, DIR, ARCH = 105, 107, 11

--- The objects of files of spec/fixtures/rules.
local function entries(...)
  local list = {}
  for _, name in ipairs { ... } do
    local pipe = assert(io.popen('zstd -dcq spec/fixtures/rules/' .. name .. '.jsonl.zst', 'r'))
    for line in pipe:lines() do
      list[#list + 1] = json.decode(line)
    end
    pipe:close()
  end
  return list
end

local BYTES = {}
for byte = 0, 255 do
  BYTES[('%02x'):format(byte)] = string.char(byte)
end

local function from_hex(text)
  return (text:gsub('..', BYTES))
end

--- The number of 32 bits at `offset` of a payload.
local function number_at(payload, offset)
  local a, b, c, d = payload:byte(offset + 1, offset + 4)
  return a + b * 2 ^ 8 + c * 2 ^ 16 + d * 2 ^ 24
end

--- The fields of a payload, the last of each kind: { [ARCH] = 0xC000003E, ... }.
local function fields_of(payload)
  local fields = {}
  for i = 0, number_at(payload, 8) - 1 do
    fields[number_at(payload, 268 + 4 * i)] = number_at(payload, 524 + 4 * i)
  end
  return fields
end

--- The words, spelled so that they mean here what they meant in the guest: a directory of -w or -W
--- has a slash at its end, and user chrony is 994.
local function words_of(entry)
  local words, sent = {}, from_hex(entry.sent or '')
  for i, word in ipairs(entry.args) do
    local option = entry.args[i - 1]
    if (option == '-w' or option == '-W') and entry.sent then
      if number_at(sent, 268) == DIR and word:sub(-1) ~= '/' then
        word = word .. '/'
      elseif number_at(sent, 268) == WATCH then
        word = word:gsub('(.)/+$', '%1')
      end
    end
    words[i] = word:gsub('uid=chrony$', 'uid=994')
  end
  return words
end

local function show(words)
  local list = {}
  for i, word in ipairs(words) do
    list[i] = #word > 60 and word:sub(1, 57) .. '...' or word
  end
  return table.concat(list, ' ')
end

local function compile(entry)
  local arch = tables.arch_find(entry.machine or 'x86_64')
  return rules.compile(words_of(entry), { arch = arch, features = entry.features })
end

--- Checks that every difference is of one of `deviations` { reason, test, count } and that each is
--- as frequent as it says; of a difference { line, ... } what follows the line goes to the test.
local function explain(deviations, differences)
  local counts, odd = {}, {}
  for _, difference in ipairs(differences) do
    local known
    for _, deviation in ipairs(deviations) do
      if deviation[2](unpack(difference, 2)) then
        known = deviation[1]
        break
      end
    end
    if known then
      counts[known] = (counts[known] or 0) + 1
    else
      odd[#odd + 1] = difference[1]
    end
  end
  assert.same({}, odd)
  local wanted = {}
  for _, deviation in ipairs(deviations) do
    wanted[deviation[1]] = deviation[3]
  end
  assert.same(wanted, counts)
end

--- A test for our sentence of refusal.
local function says(...)
  local patterns = { ... }
  return function(sentence)
    for _, pattern in ipairs(patterns) do
      if sentence and sentence:find(pattern) then
        return true
      end
    end
    return false
  end
end

local REFUSED_BY_US = {
  { 'auditctl takes of a number what strtoul takes: "1a" is 1, "nonsense" is 0',
    says "is no number$", 229 },
  { 'auditctl lets go of the upper bits of a number', says('is too large', 'is negative$'), 80 },
  { 'auditctl makes family 0 of a word', says 'unknown address family', 12 },
  { 'nobody could ask for an empty key', says('a key cannot be empty', '-k : a key needs'), 7 },
  { 'byte 0x01 parts keys', says 'parts keys', 14 },
  { 'a watch without permissions would watch nothing', says 'permissions are one to four', 1 },
  { 'numbers of calls from 2032 on are classes to the kernel, 2048 is the end of the mask',
    says 'no call has the number', 29 },
  { 'auditctl takes of the number of a call what strtol takes', says "unknown call '1x'", 4 },
  { 'the kernel has 25 pairs', says 'the pairs 1 to 25', 30 },
  { 'calls that the kernel does not have there (spec/tables/syscalls_spec.lua)',
    says "^%-S .*: %w+ has no call '[%w_]+'$", 21 },
}

local OTHER_BYTES = {
  { 'auditctl makes family 0 of a name', function(sent)
    return fields_of(sent)[113] == 0
  end, 12 },
}

local OTHER_TEXT = {
  { 'the name of another machine, where auditctl says b32 or b64', function(_, _, kept)
    local arch = fields_of(kept)[ARCH]
    return arch and arch ~= X86_64 and arch ~= I386
  end, 537 },
  { '-a for what -w cannot say', function(text, ours)
    return text:find '^ ?%-[wp] ' and ours:find '^%-a '
  end, 63 },
  { 'the operator of exe and key', function(text, ours)
    return text == ours:gsub('exe!=', 'exe='):gsub('key!=', 'key=')
  end, 47 },
  { 'the name of a file type', function(text, ours)
    return text:find 'filetype!?=%d' and ours:find 'filetype!?=%a'
  end, 36 },
  { 'a pair that has no name, where auditctl leaves the field out', function(text, ours)
    return text == ours:gsub(' %-F field_compare!?=%d+$', '')
  end, 39 },
  { 'what parts keys, where there is no key beside it', function(_, ours)
    return ours:find '\\x01'
  end, 7 },
  { "the kernel's name of a call, where libaudit has another", function(text, ours)
    return text == ours:gsub('pread64,pwrite64', 'pread,pwrite')
        :gsub('kexec_load', 'sys_kexec_load')
        :gsub('sched_rr_get_interval_time64', 'sched_rr_get_interval64')
  end, 3 },
  { 'fields before arch stay there, for order counts to the kernel', function(_, ours)
    return ours:find '%-F %S+ %-F arch='
  end, 1 },
  { 'a number without the sign that nobody could read', function(text, ours)
    return ours == text:gsub('=(%-%d+)', function(number)
      return ('=%.0f'):format(2 ^ 32 + number)
    end)
  end, 112 },
  { '-C where -C can be said', function(text, ours)
    return text:find ' %-C ' and ours:find ' field_compare'
  end, 4 },
  { 'quotes, so that it can be read again', function(text)
    return text:find '[\'"\\%c\127]' or text:find '[/=] ?two words' or text:find 'k two words'
  end, 73 },
  { 'without arch the names of this machine; auditctl takes those of the line before',
    function(_, _, kept)
      return not fields_of(kept)[ARCH]
    end, 19 },
}

--- What the kernel took of auditctl, and no line of ours can say.
local UNSAYABLE = {
  { 'a class of calls that is empty', function(_, sent, kept)
    return sent:sub(13, 268) ~= kept:sub(13, 268) and not kept:sub(13, 268):find '[^%z]'
  end, 18 },
  { 'calls on a list that looks at none', function(line)
    return line:find '^%-a never,[ufe][^ ,]+$' and not line:find 'exit'
  end, 12 },
  { 'a watch of no permission', function(line)
    return line:find 'perm=$'
  end, 1 },
  { 'a pair that has no name', function(line)
    return line:find 'field_compare'
  end, 39 },
  { 'byte 0x01 at the end of a key, or in one that is not', function(line)
    return line:find '\\x01'
  end, 9 },
}

local TAKEN_BY_US = {
  { '-0 is a number', function(words)
    return words:find '=%-0$'
  end, 29 },
  { 'io_uring is a list since 4.0', function(words)
    return words:find 'io_uring'
  end, 233 },
  { 'the kernel takes 64 fields; auditctl takes 63', function(_, said)
    return said:find 'Too many fields'
  end, 2 },
  { 'machines and file systems of newer versions', function(_, said)
    return said:find 'arch elf mapping not found' or said:find 'file system type is unknown'
      or said:find 'Error detecting machine type'
  end, 30 },
  { '-R is read later', function(words)
    return words:find '^%-R '
  end, 2 },
}

describe('every line that auditctl accepts', function()
  local accepted = entries('accepted', 'labels')

  it('becomes the bytes that auditctl sends', function()
    local refusals, others = {}, {}
    for _, entry in ipairs(accepted) do
      local verb, payload = compile(entry)
      local sent = from_hex(entry.sent)
      if not verb then
        refusals[#refusals + 1] = { show(entry.args) .. ': ' .. payload, payload }
      elseif payload ~= sent then
        others[#others + 1] = { show(entry.args), sent, payload or '' }
      end
    end
    explain(REFUSED_BY_US, refusals)
    explain(OTHER_BYTES, others)
  end)

  it('is shown by the kernel as the same rule', function()
    local others = {}
    for _, entry in ipairs(accepted) do
      local kept = from_hex(entry.kept or entry.sent)
      if wire.encode(wire.decode(from_hex(entry.sent))) ~= wire.encode(wire.decode(kept)) then
        others[#others + 1] = { show(entry.args), entry.args }
      end
    end
    explain({ { 'classes of calls', function(args)
      return table.concat(args, ' '):find '%-S 20[34]%d'
    end, 25 } }, others)
  end)

  it('is written as auditctl -l writes it', function()
    local others = {}
    for _, entry in ipairs(accepted) do
      local kept = from_hex(entry.kept or entry.sent)
      local ours = wire.write(kept, X86_64)
      if ours ~= entry.list then
        others[#others + 1] = { entry.list .. ' | ' .. ours, entry.list, ours, kept }
      end
    end
    explain(OTHER_TEXT, others)
  end)
end)

describe('every rule that auditctl makes', function()
  local accepted = entries('accepted', 'labels')

  local function kept_of(entry)
    return from_hex(entry.kept or entry.sent)
  end

  it('is written with names as auditctl -l -i writes it', function()
    local others = {}
    for _, entry in ipairs(accepted) do
      local ours = wire.write(kept_of(entry), X86_64, true)
      local theirs = entry.interpreted or entry.list
      if wire.write(kept_of(entry), X86_64) == entry.list and ours ~= theirs then
        others[#others + 1] = { theirs .. ' | ' .. ours, theirs, ours }
      end
    end
    explain({ { 'words for the arguments of a call', function(theirs, ours)
      theirs = theirs:gsub('a%d&?=?[%u_|]+ ', ''):gsub('a0=root ', '')
      return theirs == ours:gsub('a%d&?=?0x%x+ ', '')
    end, 32 } }, others)
  end)

  it('reads as itself again, from its line and from its JSON', function()
    local others = {}
    for _, entry in ipairs(accepted) do
      local kept = kept_of(entry)
      local same = wire.encode(wire.decode(kept))
      local line = wire.write(kept, X86_64, false, true)
      local of_line = rules.read_text(line, 'line', { arch = X86_64 })
      local of_json = rules.read_json('[' .. wire.write_json(kept, X86_64) .. ']', 'json',
        { arch = X86_64 })
      if #of_line ~= 1 or wire.encode(of_line[1].rule) ~= same or #of_json ~= 1 or
          wire.encode(of_json[1].rule) ~= same then
        others[#others + 1] = { line, line, from_hex(entry.sent), kept }
      end
    end
    explain(UNSAYABLE, others)
  end)
end)

describe('every line that auditctl refuses', function()
  it('is refused', function()
    local taken = {}
    for _, entry in ipairs(entries 'refused') do
      if compile(entry) then
        local words = show(entry.args)
        taken[#taken + 1] = { words .. ': ' .. (entry.said or ''), words, entry.said or '' }
      end
    end
    explain(TAKEN_BY_US, taken)
  end)
end)

describe('every line that the kernel refuses', function()
  it('is refused, or becomes the bytes that auditctl sends', function()
    local others = {}
    for _, entry in ipairs(entries 'refused_by_kernel') do
      local verb, payload = compile(entry)
      if verb and payload ~= from_hex(entry.sent) then
        others[#others + 1] = show(entry.args)
      end
    end
    assert.same({}, others)
  end)

  it('is refused here when the rule itself is what the kernel refuses', function()
    local INVALID, LEFT = 22, { [2] = 'the path is not there', [36] = 'a name in it is too long',
      [95] = 'this kernel does not have it' }
    local sent_in_vain, seen = {}, 0
    for _, entry in ipairs(entries 'refused_by_kernel') do
      local verb = compile(entry)
      seen = seen + (entry.errno == INVALID and 1 or 0)
      if verb and not LEFT[entry.errno] then
        sent_in_vain[#sent_in_vain + 1] = ('%s: errno %d'):format(show(entry.args), entry.errno)
      end
    end
    assert.same({}, sent_in_vain)
    assert.is_true(seen > 100, seen)
  end)
end)
