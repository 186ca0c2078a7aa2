--- The examples of docs/migration.md do what it shows. GOLDEN=write writes down what they do.
local console = require 'spec.console'
local process = require 'spec.cli.process'

local PATH = 'docs/migration.md'

describe('docs/migration.md', function()
  it('shows what its examples print', function()
    local laudit = process.shell('realpath ' .. process.binary):match '[^\n]+'
    if os.getenv 'GOLDEN' == 'write' then
      console.write(PATH, nil, laudit)
    end
    local shown, printed = console.run(PATH, nil, laudit)
    assert.equal(2, #shown)
    for index, text in ipairs(shown) do
      assert.equal(text, printed[index])
    end
  end)
end)
