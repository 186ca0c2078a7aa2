package.path = 'spec/policy/?.lua;' .. package.path
local tools = require 'tools'

--- The message of the alert an expression makes.
local function message(expression)
  local result = tools.run('return ' .. expression)
  assert.equal('', result.stats.policies[1].last_error)
  return result.alerts[1].message
end

describe('audit.alert', function()
  teardown(tools.clean)

  it('fills a format', function()
    assert.equal('/usr/bin/sh ran as 0 (100%)', message(
      "audit.alert('%s ran as %d (%d%%)', event.exe, event.euid, 100)"))
    assert.equal('? read ?', message "audit.alert('%s read %d', event.addr, nil)")
    assert.equal('? read it', message "audit.alert { '%s read it', event.addr, severity = 'low' }")
  end)

  it('takes a text without arguments as it stands', function()
    for _, text in ipairs { 'ran /tmp/%s', 'ran /tmp/100%', 'ran %y%%%', '%' } do
      assert.equal(text, message(("audit.alert('%s')"):format(text)))
      assert.equal(text, message(("audit.alert { message = '%s' }"):format(text)))
    end
    assert.equal('ran /tmp/%y 100%', message "audit.alert { 'ran /tmp/%y 100%%' }")
  end)

  it('says which argument does not fit its format', function()
    local function said(body)
      return (tools.failure(body):gsub('^[^ ]*/', ''))
    end
    assert.equal("probe.lua: audit.alert: '%s has %d': argument 2: number expected, got string",
      said "return audit.alert('%s has %d', event.exe, 'x')")
    assert.equal("probe.lua: audit.alert: '%s %y': invalid option '%y' to 'format'",
      said "return audit.alert('%s %y', 1, 2)")
    local failure = tools.failure "local alert = audit.alert { '%d', {} } return alert"
    assert.is_truthy(failure:find("probe.lua:4: audit.alert: '%d': argument 1: number expected", 1,
      true), failure)
  end)
end)
