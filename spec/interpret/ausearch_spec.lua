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

  it('has each of its deviations in the docs', function()
    local docs = assert(logs.read 'docs/interpretation.md')
    for _, deviation in ipairs(deviations) do
      assert.truthy(docs:find('`' .. deviation.name .. '`', 1, true), deviation.name)
    end
  end)
end)
