-- Fills a small file system through a spool and empties it again.
-- Run by spool_spec.lua inside a mount namespace of its own: luajit full_spool.lua FOLDER
local spool = require('laudit_engine').spool

local ENOSPC = 28
local queue = assert(spool.open(arg[1] .. '/spool', 1e9))
local written, read = 0, 0

--- Appends until the disk is full.
local function fill()
  while true do
    local message = ('%d %s'):format(written + 1, ('x'):rep(written * 37 % 9000))
    local done, why, code = queue:append { message }
    if not done then
      assert(code == ENOSPC and why:find('No space left', 1, true), why)
      return
    end
    written = written + 1
  end
end

local function drain(most)
  while read < most do
    local messages = assert(queue:read())
    for _, message in ipairs(messages) do
      read = read + 1
      assert(tonumber(message:match '^%d+') == read, 'order')
      assert(#message == #tostring(read) + 1 + (read - 1) * 37 % 9000, 'not whole')
    end
    assert(queue:acknowledge())
  end
end

fill()
local before = written
assert(before > 10)
drain(written)
assert(queue:stats().messages == 0 and queue:stats().file_bytes == 0)
fill()
assert(written > before + 10, 'it took nothing more')
queue:close()
queue = assert(spool.open(arg[1] .. '/spool', 1e9))
assert(queue:stats().torn_bytes == 0 and queue:stats().found == written - read)
drain(written)
queue:close()
print 'whole'
