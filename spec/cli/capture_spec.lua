local ffi = require 'ffi'
local kernel = require('laudit_engine').kernel
local process = require 'spec.cli.process'

local folder

before_each(function()
  folder = process.folder()
end)

after_each(function()
  process.remove(folder)
end)

--- A datagram of the kernel: its header and a record's text.
local function datagram(type, text)
  local header = ffi.new('uint32_t[4]', #text, 0, 0, 0)
  ffi.cast('uint16_t *', header)[2] = type
  return { bytes = ffi.string(header, 16) .. text }
end

local USER_LOGIN, EOE = 1112, 1320
local FORGED = 'type=SYSCALL msg=audit(1700000000.000:9): forged=1'

describe('a replayed capture', function()
  local function replay(arguments)
    local done = process.run(('F=%s; laudit replay -q %s $F/capture'):format(folder, arguments))
    assert.same({ 0, '' }, { done.status, done.err })
    return done.out
  end

  before_each(function()
    assert(kernel.capture(folder .. '/capture', {
      datagram(USER_LOGIN, "audit(1.000:1): pid=1 uid=0 msg='op=login\n" .. FORGED .. "\0'\n"),
      datagram(1307, 'audit(1.000:2): cwd="/"'),
      datagram(EOE, 'audit(1.000:2): \n' .. FORGED),
    }))
  end)

  it('lets no message forge a line of raw, on standard output or in a file', function()
    local lines = "type=USER_LOGIN msg=audit(1.000:1): pid=1 uid=0 msg='op=login " .. FORGED
      .. " '\ntype=CWD msg=audit(1.000:2): cwd=\"/\"\ntype=EOE msg=audit(1.000:2):  " .. FORGED
      .. '\n'
    assert.equal(lines, replay '-f raw')
    process.write(folder .. '/laudit.lua',
      "output 'raw' { type = 'file', path = 'raw.log', format = 'raw' }")
    replay '-c $F/laudit.lua'
    assert.equal(lines, process.read(folder .. '/raw.log'))
  end)

  for _, format in ipairs { 'json', 'records', 'text', 'go-audit', 'pauditd', 'gelf', 'cef' } do
    it('lets no message forge a line of ' .. format, function()
      local out = replay('-f ' .. format)
      assert.equal(2, select(2, out:gsub('\n', '')))
      assert.not_matches('[^\n%C]', out)
      assert.not_matches('\ntype=', '\n' .. out)
    end)
  end

  it('lets no message forge a line in what a policy says', function()
    process.write(folder .. '/say.lua', [[
      local audit = require 'audit'
      return audit.policy { name = 'say', severity = 'low', check = function(event)
        print(event:text())
        return audit.alert('%s', event:text())
      end }]])
    for _, format in ipairs { 'json', 'text', 'gelf', 'cef' } do
      local done = process.run(('F=%s; laudit replay -q -p $F/say.lua -f %s $F/capture'):format(
        folder, format))
      assert.matches('forged=1', done.out)
      assert.matches('forged=1', done.err)
      assert.not_matches('\ntype=', '\n' .. done.out .. '\n' .. done.err)
    end
  end)
end)
