--- The architecture as a spec: the order of the layers, and the size of files and functions.
local lfs = require 'lfs'

local LAYERS = { 'base', 'tables', 'kernel', 'rules', 'record', 'event', 'interpret', 'enrich',
  'format', 'output', 'policy', 'control', 'guard', 'cli' }
local CODE = { 'src', 'lua', 'policies', 'spec', 'examples' }
local FILE_LIMIT = 500
local FUNCTION_LIMIT = 60

--- Adds the files below `folder` with one of the suffixes (a set) to `found`.
local function collect(found, folder, suffixes)
  if lfs.attributes(folder, 'mode') ~= 'directory' then
    return
  end
  for name in lfs.dir(folder) do
    local path = folder .. '/' .. name
    if name:sub(1, 1) ~= '.' and lfs.attributes(path, 'mode') == 'directory' then
      collect(found, path, suffixes)
    elseif suffixes[name:match '%.(%w+)$' or ''] then
      table.insert(found, path)
    end
  end
end

local function files(folders, suffixes)
  local found = {}
  for _, folder in ipairs(folders) do
    collect(found, folder, suffixes)
  end
  table.sort(found)
  return found
end

local function lines_of(path)
  local lines = {}
  for line in io.lines(path) do
    table.insert(lines, line)
  end
  return lines
end

--- C as clang-format leaves it: a function's braces stand alone in the first column.
local function long_c_functions(path, complaints)
  local start
  for number, line in ipairs(lines_of(path)) do
    if line == '{' then
      start = number - 1
    elseif line == '}' and start then
      if number - start + 1 > FUNCTION_LIMIT then
        table.insert(complaints, ('%s:%d: %d lines'):format(path, start, number - start + 1))
      end
      start = nil
    end
  end
end

--- True for a line that opens a function; the containers of a spec (`describe`) are none.
local function opens_lua_function(line)
  if line:match '^%s*describe%(' or line:match 'end[%)},;]*%s*$' then
    return false
  end
  return line:match '^%s*local function ' or line:match '^%s*function ' or
    line:match 'function%b()%s*$'
end

--- Lua as it is indented here: a function's `end` stands below the first letter of its first line.
local function long_lua_functions(path, complaints)
  local open = {}
  for number, line in ipairs(lines_of(path)) do
    local indent = #line:match '^ *'
    if line:match '^ *end' and open[indent] then
      local len = number - open[indent] + 1
      if len > FUNCTION_LIMIT then
        table.insert(complaints, ('%s:%d: %d lines'):format(path, open[indent], len))
      end
      open[indent] = nil
    end
    if opens_lua_function(line) then
      open[indent] = number
    end
  end
end

local function complain_if_any(complaints)
  assert(#complaints == 0, '\n' .. table.concat(complaints, '\n'))
end

describe('the layers', function()
  local rank = {}
  for place, layer in ipairs(LAYERS) do
    rank[layer] = place
  end

  it('are the folders of src, and no others', function()
    local complaints = {}
    for name in lfs.dir 'src' do
      local folder = lfs.attributes('src/' .. name, 'mode') == 'directory'
      if folder and name:sub(1, 1) ~= '.' and not rank[name] then
        table.insert(complaints, ('src/%s is no layer'):format(name))
      end
    end
    complain_if_any(complaints)
  end)

  --- True when `line` of a file of `layer` may stand there: no #include of ours, or one that names
  --- its folder, which is the layer's own or further left.
  local function may_include(layer, line)
    local path = line:match '^%s*#%s*include%s*"([^"]*)"'
    local used = path and path:match '^([%w_]+)/'
    return not path or used == 'embedded' or
      used and (rank[used] or math.huge) <= (rank[layer] or math.huge)
  end

  it('include only what stands in their own folder or further left', function()
    local complaints = {}
    for _, path in ipairs(files({ 'src' }, { c = true, h = true })) do
      for number, line in ipairs(lines_of(path)) do
        if not may_include(path:match '^src/([%w_]+)/', line) then
          table.insert(complaints, ('%s:%d: %s'):format(path, number, line))
        end
      end
    end
    complain_if_any(complaints)
  end)

  it('have no way round it', function()
    for _, line in ipairs { '#include "cli/cli.h"', '#include "event.h"', '#  include "cli/cli.h"',
      '  #include"cli/cli.h"', '#include "../cli/cli.h"', '#include "nosuch/cli.h"' } do
      assert.is_falsy(may_include('event', line), line)
    end
    for _, line in ipairs { '#include "event/event.h"', '#include "base/span.h"',
      '#include <stdio.h>', '#include "embedded/audit.h"', '' } do
      assert.is_truthy(may_include('event', line), line)
    end
  end)

  it('begin each header with a contract', function()
    local complaints = {}
    for _, path in ipairs(files({ 'src' }, { h = true })) do
      local lines = lines_of(path)
      local name = path:match '[^/]+$'
      if lines[1] ~= '/*' or not (lines[2] or ''):find(' * ' .. name .. ' - ', 1, true) then
        table.insert(complaints, ('%s:1: does not begin with " * %s - ..."'):format(path, name))
      end
    end
    complain_if_any(complaints)
  end)
end)

describe('the code', function()
  it('has no file over ' .. FILE_LIMIT .. ' lines', function()
    local complaints = {}
    for _, path in ipairs(files(CODE, { c = true, h = true, lua = true })) do
      local count = #lines_of(path)
      if count > FILE_LIMIT then
        table.insert(complaints, ('%s: %d lines'):format(path, count))
      end
    end
    complain_if_any(complaints)
  end)

  it('has no function over ' .. FUNCTION_LIMIT .. ' lines', function()
    local complaints = {}
    for _, path in ipairs(files(CODE, { c = true, h = true })) do
      long_c_functions(path, complaints)
    end
    for _, path in ipairs(files(CODE, { lua = true })) do
      long_lua_functions(path, complaints)
    end
    complain_if_any(complaints)
  end)
end)

describe('the shipped policies', function()
  it('have a spec each', function()
    local complaints = {}
    for _, path in ipairs(files({ 'policies' }, { lua = true })) do
      local name = path:match '([^/]+)%.lua$'
      local spec = ('policies/%s_spec.lua'):format(name)
      local mirrored = ('spec/policies/%s_spec.lua'):format(name)
      local is_shared = path:match '^policies/lib/' -- spec/policies/lib_spec.lua
      local needs_one = not is_shared and not name:match '_spec$'
      if needs_one and not lfs.attributes(spec) and not lfs.attributes(mirrored) then
        table.insert(complaints, ('%s: no %s'):format(path, mirrored))
      end
    end
    complain_if_any(complaints)
  end)
end)
