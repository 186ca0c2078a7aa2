local cjson = require 'cjson'
local control = require('laudit_engine').control

local NOTHING = 'serial gaps 0, lost by the kernel 0, ENOBUFS 0, truncated 0'

--- The line "beside: ..." of the text, and the object of the JSON.
local function beside(source)
  local text, json = control.ledger(source)
  return text:match '\nbeside: ([^\n]*)\n', cjson.decode(json).beside
end

describe('the ledger of the audit socket', function()
  it('says nothing of odd datagrams and rivals where there were none', function()
    local text, json = beside { kernel_lost = 3, enobufs = 2, truncated = 1 }
    assert.equal('serial gaps 0, lost by the kernel 3, ENOBUFS 2, truncated 1', text)
    assert.same({ gaps = 0, kernel_lost = 3, enobufs = 2, truncated = 1, malformed_datagrams = 0,
      unknown_datagrams = 0, foreign_datagrams = 0, rivals = 0, registered_again = 0, reloads = 0,
      refused_reloads = 0 }, json)
  end)

  it('counts odd datagrams by what is odd with them', function()
    for name, expected in pairs {
      malformed = 'datagrams malformed 7, unknown 0, of other processes 0',
      strange = 'datagrams malformed 0, unknown 7, of other processes 0',
      foreign = 'datagrams malformed 0, unknown 0, of other processes 7',
    } do
      local text, json = beside { [name] = 7 }
      assert.equal(NOTHING .. '; ' .. expected, text)
      local names = { malformed = 'malformed', strange = 'unknown', foreign = 'foreign' }
      for each, word in pairs(names) do
        assert.equal(each == name and 7 or 0, json[word .. '_datagrams'])
      end
    end
  end)

  it('counts attempts on its place, and how often it was registered again', function()
    for source, expected in pairs {
      [{ rivals = 5 }] = 'attempts on our place 5, registered again 0',
      [{ retaken = 5 }] = 'attempts on our place 0, registered again 5',
    } do
      local text, json = beside(source)
      assert.equal(NOTHING .. '; ' .. expected, text)
      assert.equal(source.rivals or 0, json.rivals)
      assert.equal(source.retaken or 0, json.registered_again)
    end
  end)
end)
