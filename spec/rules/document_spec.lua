--- The examples of docs/rules.md do what it shows. GOLDEN=write writes down what they do.
local console = require 'spec.console'
local process = require 'spec.cli.process'

local PATH = 'docs/rules.md'

describe('docs/rules.md', function()
  it('shows what its examples print', function()
    local laudit = process.shell('realpath ' .. process.binary):match '[^\n]+'
    if os.getenv 'GOLDEN' == 'write' then
      console.write(PATH, nil, laudit)
    end
    local shown, printed = console.run(PATH, nil, laudit)
    assert.is_true(#shown >= 3)
    for index, text in ipairs(shown) do
      assert.equal(text, printed[index])
    end
  end)
end)
