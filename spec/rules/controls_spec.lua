--- Against auditctl 3.0.9: the lines that are no rule (spec/fixtures/rules/controls.jsonl.zst).
---
--- What our reader makes of a line is put into the messages that it stands for, and these are
--- compared with those that auditctl sent. Where laudit refuses on purpose REFUSED says why.
local json = require 'cjson'
local netlink = require 'spec.kernel.messages'
local rules = require('laudit_engine').rules

local SET, USER, TRIM, MAKE_EQUIVALENT, SET_FEATURE = 1001, 1005, 1014, 1015, 1018

--- The words of struct audit_status: its mask, and the place of the value.
local STATUS_WORDS = 11
local STATUS = {
  enabled = { 0x01, 1 }, failure = { 0x02, 2 }, rate_limit = { 0x08, 4 },
  backlog_limit = { 0x10, 5 }, backlog_wait_time = { 0x20, 9 },
  reset_lost = { 0x40 }, reset_wait_time_actual = { 0x80 },
}

local function entries()
  local list = {}
  local pipe = assert(io.popen('zstd -dcq spec/fixtures/rules/controls.jsonl.zst', 'r'))
  for line in pipe:lines() do
    list[#list + 1] = json.decode(line)
  end
  pipe:close()
  return list
end

local function hex(bytes)
  return (bytes:gsub('.', function(byte)
    return ('%02x'):format(byte:byte())
  end))
end

local function words(...)
  return hex(netlink.words(...))
end

local function status_message(command)
  local mask, place = unpack(STATUS[command.verb])
  local members = {}
  for i = 1, STATUS_WORDS do
    members[i] = 0
  end
  members[1] = mask
  if place then
    members[place + 1] = command.number
  end
  return { SET, words(unpack(members)) }
end

--- The message that a command stands for, or nil where it only asks or tells laudit something.
local function message_of(command)
  if STATUS[command.verb] then
    return status_message(command)
  elseif command.verb == 'loginuid_immutable' then
    return { SET_FEATURE, words(0, 2, 2, 2) }
  elseif command.verb == 'trim' then
    return { TRIM, '' }
  elseif command.verb == 'equivalent' then
    local mount, subtree = command.text:match '^(.-),(.*)$'
    return { MAKE_EQUIVALENT, words(#mount, #subtree) .. hex(mount .. subtree .. '\0') }
  elseif command.verb == 'message' then
    return { USER, hex('text=' .. command.text ..
      ' exe="/ram/auditctl" hostname=? addr=? terminal=? res=success\0') }
  end
  return nil
end

local function messages_of(commands)
  local messages = {}
  for _, command in ipairs(commands) do
    messages[#messages + 1] = message_of(command)
  end
  return messages
end

--- Of a message nobody reads beyond its NUL; behind an empty text auditctl sends two.
local function theirs_of(entry)
  local messages = entry.others or {}
  for _, message in ipairs(messages) do
    if message[1] == USER then
      message[2] = message[2]:gsub('00(00)$', '%1')
    end
  end
  return messages
end

--- Our sentence, by the line; auditctl takes of a number what strtoul takes, drops its upper
--- bits, and looks at a word too many when it has sent the others.
local REFUSED = {
  ['-b 1k'] = "-b 1k: '1k' is no number",
  ['-b 4294967296'] = "-b 4294967296: '4294967296' is too large: the kernel compares 32 bits",
  ['-r 99999999999'] = "-r 99999999999: '99999999999' is too large: the kernel compares 32 bits",
  ['-e 1 extra'] = "'extra': a word without an option before it",
  ['-t x'] = "'x': a word without an option before it",
  ['--reset-lost x'] = "'x': a word without an option before it",
  ['-q ,/ram'] = '-q ,/ram: needs MOUNT,SUBTREE with a comma between',
  ['-D -k '] = '-D: only one -k KEY can stand behind it',
  ['-l -k '] = '-l: only -i and one -k KEY can stand behind it',
  ['-D -k k...'] = '-k k...: a key has at most 256 bytes',
  ['-l -k k...'] = '-k k...: a key has at most 256 bytes',
  ['-v'] = '-v: unknown option',
}

local function short(text)
  return (text:gsub(('k'):rep(100) .. 'k*', 'k...'))
end

describe('every line of auditctl that is no rule', function()
  it('becomes the messages that auditctl sends', function()
    local refused, others = {}, {}
    for _, entry in ipairs(entries()) do
      local line = table.concat(entry.args, ' ')
      local commands, sentence = rules.read_words(entry.args)
      if not commands then
        refused[short(line)] = short(sentence)
      else
        local ours, theirs = json.encode(messages_of(commands)), json.encode(theirs_of(entry))
        if ours ~= theirs then
          others[line] = { ours, theirs }
        end
      end
    end
    assert.same({}, others)
    assert.same(REFUSED, refused)
  end)

  it('says of a listing or a deletion which key is meant', function()
    local count = 0
    for _, entry in ipairs(entries()) do
      local option, with_key, key = unpack(entry.args)
      local commands = with_key == '-k' and rules.read_words(entry.args)
      if commands then
        count = count + 1
        assert.equal(option == '-D' and 'delete_all' or 'list', commands[1].verb)
        assert.equal(key, commands[1].text)
      end
    end
    assert.is_true(count > 20, count)
  end)
end)
