local format = require('laudit_engine').format
local logs = require 'spec.logs'

--- The lines of a log by event, in the order of the events' first lines.
local function by_event(text)
  local events = {}
  for line in text:gmatch '[^\n]+' do
    local node, id = line:match '^(.-)type=.-msg=audit(%b())'
    if id then
      local key = node .. id
      events[key] = (events[key] or '') .. line .. '\n'
    end
  end
  return events
end

describe('format raw', function()
  for _, log in ipairs(logs.each()) do
    it('gives ' .. log.name .. ' back byte for byte, event by event', function()
      local back = by_event(format.render(log.text, 'raw'))
      local events = 0
      for key, lines in pairs(by_event(log.text)) do
        events = events + 1
        if back[key] ~= lines then assert.equal(lines, back[key]) end
      end
      assert.is_true(events > 2)
    end)
  end

  it('keeps node, type token, tail and EOE as read', function()
    local log = 'node=h1 type=UNKNOWN[1999] msg=audit(1.000:1): a=1 \29A="x"\nnode=h1 ' ..
      'type=EOE msg=audit(1.000:1): \n'
    assert.equal(log, format.render(log, 'raw'))
  end)

  it('keeps a node without a name, apart from records that have no node', function()
    local log = 'node= type=CWD msg=audit(1.000:1): cwd="/"\n'
      .. 'type=CWD msg=audit(1.000:1): cwd="/"\n'
    assert.equal(log, format.render(log, 'raw'))
    assert.not_matches('NODE', format.render(log, 'json'))
  end)

  it('lets no message forge a line, live', function()
    local forged = 'type=USER msg=audit(1.000:2): pid=1 uid=0'
    local log = "type=USER msg=audit(1.000:1): msg='a\0b\n" .. forged .. "'\30"
    assert.equal("type=USER msg=audit(1.000:1): msg='a b " .. forged .. "'\n",
      format.render(log, 'raw', { live = true, ends = '\30' }))
  end)

  it('leaves EOE out, live', function()
    local log = 'type=CWD msg=audit(1.000:1): cwd="/"\ntype=EOE msg=audit(1.000:1): \n'
    assert.equal('type=CWD msg=audit(1.000:1): cwd="/"\n', format.render(log, 'raw',
      { live = true }))
  end)

  it('has no place for alerts', function()
    assert.equal('', format.alert('type=CWD msg=audit(1.000:1): cwd="/"\n', 'raw',
      { severity = 'high' }))
  end)
end)
