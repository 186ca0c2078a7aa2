--- Every field with every operator on every list: what docs/rules.md says.
local rules = require 'laudit_engine'.rules
local tables = require 'spec.rules.tables'

local WORLD = { arch = 0xc000003e, knows = true }
local LISTS = { 'task', 'exit', 'user', 'exclude', 'filesystem', 'io_uring' }
local OPERATORS = { '=', '!=', '<', '<=', '>', '>=', '&', '&=' }
local VALUES = { arch = 'b64', msgtype = 'CWD', perm = 'wa', path = '/etc/passwd', dir = '/etc',
  exe = '/bin/su', filetype = 'file', fstype = 'tracefs', subj_user = 'u', subj_role = 'r',
  subj_type = 't', subj_sen = 's0', subj_clr = 's1', obj_user = 'u', obj_role = 'r',
  obj_type = 't', obj_lev_low = 's0', obj_lev_high = 's1', key = 'k' }

--- field -> { lists = set, operators = set } as documented.
local function documented()
  local fields, count = {}, 0
  for _, cells in ipairs(tables.rows('Fields', '`')) do
    local lists, operators = {}, {}
    for list in cells[2]:gmatch '%S+' do
      lists[list] = true
    end
    for operator in (cells[3]:gsub('all eight', table.concat(OPERATORS, ' '))):gmatch '[=!<>&]+' do
      operators[operator] = true
    end
    for _, field in ipairs(tables.words(cells[1])) do
      fields[field] = { lists = lists, operators = operators }
      count = count + 1
    end
  end
  return fields, count
end

local function accepts(list, field, operator)
  local words = { '-a', list .. ',never' }
  if field == 'key' and list ~= 'filesystem' then -- it needs something to mark
    table.insert(words, '-F')
    table.insert(words, 'exe=/bin/su')
  elseif field == 'key' then
    table.insert(words, '-F')
    table.insert(words, 'fstype=tracefs')
  end
  table.insert(words, '-F')
  table.insert(words, field .. operator .. (VALUES[field] or '1'))
  local commands = rules.read_words(words, WORLD)
  return commands ~= nil
end

describe('the documentation', function()
  it('is right about 46 fields, 8 operators and 6 lists', function()
    local fields, count = documented()
    local wrong = {}
    assert.equal(46, count)
    for field, said in pairs(fields) do
      for _, list in ipairs(LISTS) do
        for _, operator in ipairs(OPERATORS) do
          local may = said.lists[list] and said.operators[operator] or false
          if accepts(list, field, operator) ~= may then
            table.insert(wrong, ('%s %s on %s'):format(field, operator, list))
          end
        end
      end
    end
    assert.same({}, wrong)
  end)
end)
