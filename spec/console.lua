--- The examples of a document, run: what it shows is what comes out.
--
-- A block ```LANGUAGE NAME is a file of that name; a block ```console is a session, "$ COMMAND" and
-- what it prints, in the shell and the folder of all sessions of the document. Sessions
-- ```console guest need a kernel to change: spec/live/jobs/rules runs those.
--
--   luajit spec/console.lua DOCUMENT guest LAUDIT [write]    runs the sessions of the guest
local console = {}

local MARK = '@@ the next command @@'

local function read(path)
  local file = assert(io.open(path))
  local text = file:read '*a'
  file:close()
  return text
end

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
end

local function quote(text)
  return "'" .. text:gsub("'", [['\'']]) .. "'"
end

local function output_of(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read '*a'
  pipe:close()
  return text
end

--- The commands of a session.
local function commands_of(session)
  local commands = {}
  for command in ('\n' .. session):gmatch '\n%$ ([^\n]+)' do
    table.insert(commands, command)
  end
  return commands
end

--- All blocks in order: { info =, text =, from =, to = }, the last two the places of the text.
local function blocks_of(document)
  local blocks, place = {}, 1
  while true do
    local from, stop, info, text = document:find('\n```([^\n`]+)\n(.-\n)```', place)
    if not from then
      return blocks
    end
    local text_from = from + #info + 5
    table.insert(blocks, { info = info, text = text, from = text_from,
      to = text_from + #text - 1 })
    place = stop
  end
end

--- One script of all sessions, so that `$?` and variables stay; each command behind a mark.
local function script_of(sessions, laudit)
  local lines = { 'unset LD_PRELOAD', ('laudit() { %s "$@"; }'):format(quote(laudit)) }
  for _, session in ipairs(sessions) do
    for _, command in ipairs(commands_of(session.text)) do
      table.insert(lines, ("status=$?; printf '%%s\\n' '%s'; (exit $status)"):format(MARK))
      table.insert(lines, command)
    end
  end
  return table.concat(lines, '\n') .. '\n'
end

--- What the sessions print when they are run in a new folder that has the document's files.
local function carry_out(files, sessions, laudit)
  local folder = output_of('mktemp -d'):match '%S+'
  for _, file in ipairs(files) do
    local name = file.info:match '^%S+ (%S+)'
    os.execute(('mkdir -p $(dirname %s)'):format(quote(folder .. '/' .. name)))
    write(folder .. '/' .. name, file.text)
  end
  write(folder .. '/.script', script_of(sessions, laudit))
  local said = output_of(('cd %s && sh .script 2>&1'):format(folder))
  os.execute('rm -r ' .. folder)
  local answers = {}
  for answer in (said .. MARK .. '\n'):gmatch('(.-)' .. MARK .. '\n') do
    table.insert(answers, answer)
  end
  table.remove(answers, 1) -- before the first command
  return answers
end

--- The sessions of `document` with what they print now. `tag` nil: those that need no guest.
local function filled(document, tag, laudit)
  local files, sessions = {}, {}
  for _, block in ipairs(blocks_of(document)) do
    local kind, rest = block.info:match '^(%S+) ?(.*)$'
    if kind == 'console' and rest == (tag or '') then
      table.insert(sessions, block)
    elseif kind ~= 'console' and rest ~= '' then
      table.insert(files, block)
    end
  end
  local answers = carry_out(files, sessions, laudit)
  local next_answer = 1
  for _, session in ipairs(sessions) do
    local lines = {}
    for _, command in ipairs(commands_of(session.text)) do
      table.insert(lines, '$ ' .. command .. '\n' .. answers[next_answer])
      next_answer = next_answer + 1
    end
    session.now = table.concat(lines)
  end
  return sessions
end

--- What each session of the document at `path` shows, and what it prints: two lists of texts.
function console.run(path, tag, laudit)
  local shown, printed = {}, {}
  for index, session in ipairs(filled(read(path), tag, laudit)) do
    shown[index], printed[index] = session.text, session.now
  end
  return shown, printed
end

--- Writes into the document what its sessions print.
function console.write(path, tag, laudit)
  local document = read(path)
  local sessions = filled(document, tag, laudit)
  for index = #sessions, 1, -1 do
    local session = sessions[index]
    document = document:sub(1, session.from - 1) .. session.now .. document:sub(session.to + 1)
  end
  write(path, document)
end

--- As a program.
if arg and arg[0] and arg[0]:match 'console%.lua$' and arg[3] then
  if arg[4] == 'write' then
    return console.write(arg[1], arg[2], arg[3])
  end
  local shown, printed = console.run(arg[1], arg[2], arg[3])
  for index, text in ipairs(shown) do
    if text ~= printed[index] then
      io.stderr:write('shown:\n', text, 'printed:\n', printed[index])
      os.exit(1)
    end
  end
  print(#shown .. ' sessions')
end

return console
