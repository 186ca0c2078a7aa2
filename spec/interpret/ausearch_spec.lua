--- Our interpretation equals that of `ausearch -i`, but for what deviations.lua names.

local logs = require 'spec.logs'
local ausearch = require 'spec.interpret.ausearch'
local deviations = require 'spec.interpret.deviations'

describe('interpretation', function()
  for _, log in ipairs(logs.each()) do
    it('of ' .. log.name .. ' equals that of ausearch -i', function()
      local command = logs.peer('ausearch -i -if ' .. log.path)
      if not command then return pending 'auditd is not unpacked (spec/peers)' end
      local report = ausearch.compare(log.text, logs.output(command), deviations)
      assert.equal('', table.concat(report.unnamed, '\n', 1, math.min(20, #report.unnamed)))
      assert.is_true(report.compared > 20)
    end)
  end

  it('has each of its deviations in the docs, with its reason', function()
    local docs = assert(logs.read 'docs/interpretation.md')
    local reasons, known = {}, {}
    for name, reason in docs:gmatch '\n| `([%l%d-]+)` |[^\n]*|([^|\n]*)|%f[\n]' do
      reasons[name] = reason
    end
    for _, deviation in ipairs(deviations) do
      known[deviation.name] = true
      assert.matches('%a%a', reasons[deviation.name] or '', nil, nil, deviation.name)
    end
    for name in pairs(reasons) do
      assert.is_true(known[name], name)
    end
  end)
end)
