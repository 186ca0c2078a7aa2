--- Scenes of spec/fixtures/policies, recorded in the guest by spec/live/record_policies, for the
--- specs of this folder.
local test = require 'audit.test'

local scenes = {}

local function read(path)
  local file = assert(io.open(path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

local function file_name(policy)
  return (policy:gsub('-', '_'))
end

--- The records of one scene: scenes.lines('root-shell', 'bash').
function scenes.lines(policy, name)
  local lines, is_here = {}, false
  local marker = ('text=scene %s: %s exe='):format(policy, name)

  for line in read(('spec/fixtures/policies/%s.log'):format(file_name(policy))):gmatch '[^\n]+' do
    if line:find('text=scene ', 1, true) then
      is_here = line:find(marker, 1, true) ~= nil
    elseif is_here then
      lines[#lines + 1] = line
    end
  end
  assert(#lines > 0, ('no scene %s: %s'):format(policy, name))
  return lines
end

--- The same records with the first of each words replaced: { [' uid=33 '] = ' uid=48 ' }.
function scenes.changed(lines, words)
  local changed = {}

  for i, line in ipairs(lines) do
    for from, to in pairs(words) do
      local first, last = line:find(from, 1, true)

      if first then
        line = line:sub(1, first - 1) .. to .. line:sub(last + 1)
      end
    end
    changed[i] = line
  end
  return changed
end

--- Several scenes, one after the other.
function scenes.joined(...)
  local joined = {}

  for _, lines in ipairs { ... } do
    for _, line in ipairs(lines) do
      joined[#joined + 1] = line
    end
  end
  return joined
end

--- What a policy says about records: { 'severity: message', ... }, with N for pids, because each
--- recording has others.
function scenes.said(policy, lines)
  local result = test.replay(lines, { policy = ('policies/%s.lua'):format(file_name(policy)) })
  local said = {}

  for _, counters in ipairs(result.stats.policies) do
    assert(counters.errors == 0, counters.last_error)
  end
  for i, alert in ipairs(result.alerts) do
    said[i] = ('%s: %s'):format(alert.severity, alert.message:gsub('pid %d+', 'pid N'))
  end
  return said, result
end

--- What it says about one of its own scenes.
function scenes.play(policy, name)
  return scenes.said(policy, scenes.lines(policy, name))
end

--- The paths of all shipped policies.
function scenes.policies()
  local pipe, paths = assert(io.popen 'ls policies/*.lua'), {}

  for path in pipe:lines() do
    paths[#paths + 1] = path
  end
  pipe:close()
  return paths
end

return scenes
