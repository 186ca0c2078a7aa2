--- `laudit help output` and docs/outputs.md name the same options, with the same defaults.
local process = require 'spec.cli.process'

local run = process.run

--- The options of a page of help, { name =, text =, inside = {...} } each, by name and in order.
local function options_of(page)
  local all, last = {}, nil
  local within = false
  for line in page:gmatch '([^\n]*)\n' do
    local indent, name, text = line:match '^( +)(%l[%w_]*) +(.*)$'
    if line:find '^Options' then
      within = true
    elseif line:find '^%u' then
      within = false
    elseif within and indent and (#indent == 2 or #indent == 4) then
      local into = #indent == 2 and all or all[#all].inside
      last = { name = name, text = text, inside = {} }
      table.insert(into, last)
      into[name] = last
    elseif within and line ~= '' and last then
      last.text = last.text .. ' ' .. line:match '^ *(.*)$'
    end
  end
  return all
end

local function help(type)
  local done = run('laudit help output ' .. type)
  assert.equal(0, done.status)
  assert.equal('', done.err)
  return options_of(done.out)
end

--- The tables of options in a part of the docs: name of the table ('' for the type's own) ->
--- { name = row }; a row that names two options is the row of both.
local function tables_of(text)
  local tables, current = {}, nil
  for line in (text .. '\n'):gmatch '([^\n]*)\n' do
    local first = line:match '^| ([^|]-) |'
    local owner = first and (first == 'option' and '' or first:match '^of `([%w_]+)`$')
    if not first and not line:find '^|%-' then
      current = nil
    elseif owner and line:find('| type | default |', 1, true) then
      current = tables[owner] or {}
      tables[owner] = current
    elseif current and first then
      for name in first:gmatch '`([%w_]+)`' do
        current[name] = line
      end
    end
  end
  return tables
end

local docs = process.read 'docs/outputs.md'

local function part(title)
  local text = (docs .. '\n## '):match('\n## ' .. title .. '\n(.-)\n## ')
  return assert(text, title)
end

local TLS = assert(docs:match '\n### TLS\n(.-)\n### ')

--- What stands as default in a row, if that is a single literal.
local function default_of(row)
  return row:match '^| [^|]+ | [^|]+ | `([^`|]+)` |'
end

local function compare_defaults(option, row, where)
  local default = default_of(row)
  if default and not default:find '^{' and not default:find 'NAME' then
    assert(option.text:find(default, 1, true),
      ('%s: the docs say %s, the program %s'):format(where, default, option.text))
  end
end

--- Each option of a table is in the docs: in the table of that name, in the section about TLS, or
--- named in the row of the table itself.
local function compare_inside(option, tables, row, where)
  local own = option.name == 'tls' and tables_of(TLS)[''] or tables[option.name]
  local other = row:match '| as `([%w_]+)`'
  row = other and tables[''][other] or row
  for _, inside in ipairs(option.inside) do
    local at = where .. '.' .. inside.name
    if own then
      assert(own[inside.name], at .. ' is not in docs/outputs.md')
      compare_defaults(inside, own[inside.name], at)
    else
      assert(row:find('[^%w_]' .. inside.name .. '[^%w_]'), at .. ' is not in docs/outputs.md')
    end
  end
  for name in pairs(own or {}) do
    assert(option.inside[name], ('%s.%s is only in docs/outputs.md'):format(where, name))
  end
end

local function compare(options, tables, where)
  local own = tables[''] or {}
  for _, option in ipairs(options) do
    local at = where .. ': ' .. option.name
    local row = assert(own[option.name], at .. ' is not in docs/outputs.md')
    compare_defaults(option, row, at)
    compare_inside(option, tables, row, at)
  end
  for name in pairs(own) do
    assert(options[name], ('%s: %s is only in docs/outputs.md'):format(where, name))
  end
  for name in pairs(tables) do
    assert(name == '' or options[name], where .. ': of ' .. name .. ' is only in docs/outputs.md')
  end
end

describe('laudit help output', function()
  local page = run('laudit help output').out
  local types = {}
  for name in page:match('\nTypes:\n(.-)\n\n'):gmatch '  (%l+) +%l' do
    table.insert(types, name)
  end

  it('names every type that the docs name', function()
    local named, in_docs = {}, {}
    for _, name in ipairs(types) do
      named[name] = true
    end
    for name in docs:gmatch "\n| `'(%l+)'` | " do
      in_docs[name] = true
      if docs:find('\n## ' .. name .. '\n', 1, true) then
        assert(named[name], name)
      end
    end
    for name in pairs(named) do
      assert(in_docs[name], name)
    end
    assert.is_true(#types >= 9)
  end)

  it('says of each type what its section of the docs says', function()
    local compared = 0
    for _, name in ipairs(types) do
      local options = help(name)
      compare(options, tables_of(part(name)), name)
      compared = compared + #options
    end
    assert.is_true(compared > 60, compared .. ' options')
  end)

  it('says of all types what the docs say', function()
    local options = options_of(page)
    local tables = tables_of(docs:match '\n## What all outputs have\n(.-)\n### When the queue')
    compare(options, tables, 'all types')
    assert.equal("size ('8MiB')", options.queue.inside.bytes.text:match '^[^:]+')
    assert.equal("'drop_newest'", options.queue.inside.full.text:match "%(([^)]+)%)")
  end)

  it('names every format', function()
    local formats = page:match '\nFormats:\n(.*)'
    for name in docs:match '\n| `format` | (.-) |':gmatch "`'([%l-]+)'`" do
      assert(('\n' .. formats):find('\n  ' .. name .. ' ', 1, true), name)
    end
  end)
end)
