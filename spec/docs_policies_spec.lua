--- docs/policies.md, "Testing a policy": its files and its command, as printed.
local process = require 'spec.cli.process'

local docs = process.read 'docs/policies.md'
local policy = assert(docs:match '```lua\n(.-)```')
local testing = assert(docs:match '\n## Testing a policy\n(.*)$')
local spec, command = testing:match '```lua\n(.-)```.-```sh\n(.-)\n```'
local root = process.shell('pwd'):match '[^\n]+'
local build = process.shell('cd $(dirname ' .. process.quote(process.binary) .. ') && pwd')

--- Runs the command where the page's two files are; its output and exit status.
local function run(policy_text)
  local folder = process.folder()
  process.write(folder .. '/root_shell.lua', policy_text)
  process.write(folder .. '/root_shell_spec.lua', spec)
  -- the engine keeps the sanitizers of this process, so what they need is not unset
  local pipe = assert(io.popen(('cd %s && LAUDIT_BUILD=%s %s/%s 2>&1; echo "status $?"'):format(
    folder, process.quote(build:match '[^\n]+'), process.quote(root), command)))
  local said = pipe:read '*a'
  pipe:close()
  process.remove(folder)
  return said
end

describe('the docs about testing a policy', function()
  it('show a test that passes, and how to run it', function()
    assert.equal('examples/test root_shell_spec.lua', command)
    local promised = assert(testing:match 'and last `(%d+ passed, %d+ failed, %d+ skipped)`')
    assert.equal(promised .. '\nstatus 0\n', run(policy))
  end)

  it('show a test that fails when the policy is wrong', function()
    local said = run((policy:gsub('euid = 0', 'euid = 1')))
    assert.matches('FAILED  policy root%-shell speaks up for a shell', said)
    assert.matches('\n0 passed, 1 failed, 0 skipped\nstatus 1\n$', said)
  end)
end)
