-- record.lua - runs auditctl on every line, in the guest, and writes what came of it.
--
--   luajit record.lua SAMPLES OUT [labels]
--
-- SAMPLES is a folder of *.rules, OUT is where the files go; `labels` takes no line but those with
-- labels.
--
-- See spec/fixtures/rules/README.md for the files. Each line is an auditctl of its own, with tap.so
-- between it and the kernel. Rules that were taken are listed some at a time, and then deleted.
local ffi = require 'ffi'
local bit = require 'bit'
local json = require 'cjson'
local has_label = require 'labels'
local lines = require 'lines'

ffi.cdef [[
int posix_spawn_file_actions_init(void *);
int posix_spawn_file_actions_destroy(void *);
int posix_spawn_file_actions_addopen(void *, int fd, const char *path, int flags, unsigned mode);
int posix_spawn_file_actions_adddup2(void *, int fd, int new_fd);
int posix_spawn(int *pid, const char *path, const void *actions, const void *attributes,
  char *const argv[], char *const envp[]);
int waitpid(int pid, int *status, int options);
]]
local C = ffi.C

local ADD_RULE, DELETE_RULE, LIST_RULES, ERROR, GET = 1011, 1012, 1013, 2, 1000
local EXISTS = -17
local TOGETHER = 50 -- rules that are listed at a time
local PREPEND = 0x10

local samples, out, only_labels = ...

-- What auditctl thinks of the world: see tap.c. The second result keeps the first alive.
local function environment_of(world)
  local variables = { 'LD_PRELOAD=/ram/tap.so', 'TAP=/ram/tap' }
  if world.machine then
    variables[#variables + 1] = 'TAP_MACHINE=' .. world.machine
  end
  if world.features then
    variables[#variables + 1] = 'TAP_FEATURES=' .. world.features
  end
  local list = ffi.new('const char *[5]')
  for i, variable in ipairs(variables) do
    list[i - 1] = variable
  end
  return ffi.cast('char *const *', list), { list, variables }
end

local function read(path)
  local file = io.open(path, 'rb')
  local text = file and file:read '*a' or ''
  if file then
    file:close()
  end
  return text
end

-- Runs auditctl: its exit status, both its outputs, its messages { way, kind, payload in hex }.
local function auditctl(words, world)
  local actions = ffi.new 'char[256]'
  local argv = ffi.new('const char *[?]', #words + 2)
  local pid, status = ffi.new 'int[1]', ffi.new 'int[1]'
  local environment, alive = environment_of(world or {})

  argv[0] = 'auditctl'
  for i, word in ipairs(words) do
    argv[i] = word
  end
  os.remove '/ram/tap'
  C.posix_spawn_file_actions_init(actions)
  C.posix_spawn_file_actions_addopen(actions, 1, '/ram/said', 577, 420) -- write, create, truncate
  C.posix_spawn_file_actions_addopen(actions, 2, '/ram/complained', 577, 420)
  assert(C.posix_spawn(pid, '/ram/auditctl', actions, nil, ffi.cast('char *const *', argv),
    environment) == 0)
  C.posix_spawn_file_actions_destroy(actions)
  assert(alive)
  assert(C.waitpid(pid[0], status, 0) == pid[0])

  local messages = {}
  for way, kind, payload in read '/ram/tap':gmatch '([<>]) (%d+) (%x*)\n' do
    messages[#messages + 1] = { way = way, kind = tonumber(kind), payload = payload }
  end
  local ended = bit.band(status[0], 0x7f)
  return {
    status = ended == 0 and bit.rshift(status[0], 8) or -ended,
    said = read '/ram/said',
    complained = read '/ram/complained',
    messages = messages,
  }
end

-- The number of 32 bits, of this machine's order, at byte `offset` of a payload in hex.
local function number_at(payload, offset)
  local value = 0
  for i = 3, 0, -1 do
    local at = (offset + i) * 2 + 1
    value = value * 256 + tonumber(payload:sub(at, at + 1), 16)
  end
  return bit.tobit(value)
end

local function encode(value)
  return (json.encode(value):gsub('\\/', '/'))
end

-- Sorts what was said to the kernel: the rule with the kernel's answer to it, and the rest. A rule
-- that was refused with EINVAL is sent once more as older kernels knew it; what counts is the one
-- that was taken, or the first.
local function understand(messages)
  local rule, rest
  for i, message in ipairs(messages) do
    if message.way == '>' and (message.kind == ADD_RULE or message.kind == DELETE_RULE) then
      local answer = messages[i + 1]
      assert(answer and answer.kind == ERROR, 'an answer to the rule')
      local errno = number_at(answer.payload, 0)
      if not rule or errno == 0 then
        rule = { kind = message.kind, payload = message.payload, answer = errno }
      end
    elseif message.way == '>' and message.kind ~= GET and message.kind ~= LIST_RULES then
      rest = rest or {}
      rest[#rest + 1] = { message.kind, message.payload }
    end
  end
  return rule, rest
end

local KEYS = { 'from', 'machine', 'features', 'args', 'status', 'errno', 'kind', 'sent', 'kept',
  'list', 'interpreted', 'others', 'said' }

local files, counts = {}, {}
for _, name in ipairs { 'accepted', 'refused', 'refused_by_kernel', 'controls' } do
  files[name] = assert(io.open(out .. '/' .. name .. '.jsonl', 'wb'))
  counts[name] = 0
end

-- Words as a JSON array, an empty one too.
local function encode_words(words)
  local list = {}
  for i, word in ipairs(words) do
    list[i] = encode(word)
  end
  return '[' .. table.concat(list, ',') .. ']'
end

-- One object a line, its members in the order of KEYS.
local function write(name, entry)
  local members = {}
  for _, key in ipairs(KEYS) do
    if entry[key] ~= nil then
      local value = key == 'args' and encode_words(entry.args) or encode(entry[key])
      members[#members + 1] = ('%q:%s'):format(key, value)
    end
  end
  files[name]:write('{', table.concat(members, ','), '}\n')
  counts[name] = counts[name] + 1
end

local function split(text)
  local list = {}
  for line in text:gmatch '[^\n]+' do
    list[#list + 1] = line
  end
  return list
end

local loaded = {} -- entries whose rules the kernel has now

-- Lists the loaded rules and deletes them. The kernel lists one filter after the other, each in
-- its order.
local function flush()
  if #loaded == 0 then
    return
  end
  local plain, interpreted = auditctl { '-l' }, auditctl { '-l', '-i' }
  local queues, position = {}, 0

  for _, entry in ipairs(loaded) do
    local list = bit.band(number_at(entry.sent, 0), bit.bnot(PREPEND))
    queues[list] = queues[list] or {}
    table.insert(queues[list], entry)
  end
  local texts, names = split(plain.said), split(interpreted.said)
  assert(#texts == #loaded and #names == #loaded, 'as many lines as rules')
  for _, message in ipairs(plain.messages) do
    if message.way == '<' and message.kind == LIST_RULES then
      local entry = table.remove(queues[number_at(message.payload, 0)], 1)
      position = position + 1
      entry.list = texts[position]
      if names[position] ~= texts[position] then
        entry.interpreted = names[position]
      end
      if message.payload ~= entry.sent then
        assert(#message.payload == #entry.sent)
        entry.kept = message.payload
      end
    end
  end
  assert(position == #loaded)
  for _, entry in ipairs(loaded) do
    write('accepted', entry)
  end
  auditctl { '-D' }
  loaded = {}
end

-- True for a line that only appends a rule, and so can stand with others in the kernel.
local function only_appends(words)
  local appends = false
  for _, word in ipairs(words) do
    appends = appends or word == '-a' or word == '-w'
    if word:match '^%-[AdDWlesqtRbfrm]' or word:match '^%-%-' then
      return false
    end
  end
  return appends
end

local function try(words, from, world)
  if only_labels and not has_label(words) then
    return
  end
  local alone = not only_appends(words)
  if alone then
    flush()
  end
  local result = auditctl(words, world)
  local rule, rest = understand(result.messages)
  if rule and rule.answer == EXISTS and #loaded > 0 then
    flush()
    return try(words, from, world)
  end

  local said = result.said .. result.complained
  local entry = { from = from, machine = world.machine, features = world.features,
    args = words, others = rest,
    said = said ~= '' and said or nil, status = result.status }
  if rule then
    entry.sent = rule.payload
  end
  if rule and rule.answer ~= 0 then
    entry.kind, entry.errno = rule.kind, -rule.answer
    write('refused_by_kernel', entry)
  elseif rule then
    assert(rule.kind == ADD_RULE)
    entry.status = result.status ~= 0 and result.status or nil
    loaded[#loaded + 1] = entry
  else
    -- auditctl ends with 0, too, when it refuses "possible".
    local is_refused = result.status ~= 0 or said:find 'deprecated'
    write(is_refused and not rest and 'refused' or 'controls', entry)
  end
  if rest then
    auditctl { '-e', '0', '-f', '1', '-b', '8192', '-r', '0' }
  end
  if alone or #loaded >= TOGETHER then
    flush()
  end
end

-- The lines of the sample files, and those that stand there as comments.
local function sample_lines(folder)
  local list, names = {}, {}
  for name in io.popen('cd ' .. folder .. ' && ls *.rules'):lines() do
    names[#names + 1] = name
  end
  for _, name in ipairs(names) do
    local number = 0
    for text in io.lines(folder .. '/' .. name) do
      number = number + 1
      local command = text:match '^#*%s*(%-[-%a].-)%s*$'
      if command and command ~= '-e 2' then
        local words = {}
        for word in command:gmatch '%S+' do
          words[#words + 1] = word
        end
        list[#list + 1] = { words = words, from = name .. ':' .. number }
      end
    end
  end
  return list
end

for _, sample in ipairs(sample_lines(samples)) do
  try(sample.words, sample.from, {})
end
for _, words in ipairs(lines) do
  try(words, nil, words)
end
flush()
for _, file in pairs(files) do
  file:close()
end
print(('%d accepted, %d refused, %d refused by the kernel, %d controls'):format(counts.accepted,
  counts.refused, counts.refused_by_kernel, counts.controls))
