package.path = 'spec/policy/?.lua;' .. package.path
local test = require 'audit.test'
local tools = require 'tools'

describe('audit.test', function()
  teardown(tools.clean)

  it('refuses an option it does not know', function()
    local path = tools.write('probe.lua', tools.policy '')
    for _, use in ipairs { test.replay, function(_, options) return test.open(options) end } do
      assert.has_error(function() use(tools.execs(1), { policy = path, polcy = path }) end,
        "unknown option 'polcy' (did you mean 'policy'?)")
    end
    local session = assert(test.open { policy = path })
    assert.has_error(function() session:reload { paths = {} } end,
      "unknown option 'paths'; there are policy, policies, outputs, defaults, resolve")
  end)

  it('refuses to test nothing', function()
    for _, options in ipairs { {}, { policies = {} } } do
      local is_good, message = pcall(test.replay, tools.execs(1), options)
      assert.is_false(is_good)
      assert.is_truthy(message:find('no policy to test: options.policy is a path or a list', 1,
        true), message)
    end
  end)
end)
