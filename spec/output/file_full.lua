-- A file on a file system of 1 MiB that becomes full, and has room again.
-- Run by file_spec.lua inside a mount namespace of its own: luajit file_full.lua FOLDER SCENE
package.path = 'spec/output/?.lua;' .. package.path
local file = require('laudit_engine').file
local files = require 'files'

local ENOSPC = 28
local folder, scene = arg[1], arg[2]
local path, ballast = folder .. '/events.json', folder .. '/ballast'
local log
local sent, delivered = 0, 0

--- Sends lines in batches of ten until one is refused, or `most` were sent; what is refused waits.
local function send(most)
  local code, why = 0, ''
  while sent < most and code == 0 do
    local lines = files.numbered(sent + 1, sent + 10)
    local count
    sent = sent + 10
    count, code, why = log:send(lines)
    delivered = delivered + count
  end
  return code, why
end

--- What waits is sent again.
local function retry()
  local count, code, why = log:send {}
  delivered = delivered + count
  return code, why
end

local function check_whole()
  local all = files.all(path)
  local expected = table.concat(files.numbered(1, delivered), '\n') .. '\n'
  assert(all == expected:sub(-#all), 'lost, repeated or torn')
  return #all == #expected
end

local scenes = {}

function scenes.full()
  log = assert(file.open { path = path })
  files.write(ballast, ('b'):rep(700000))
  assert(send(1e6) == ENOSPC)
  assert(delivered < sent and check_whole())
  assert(retry() == ENOSPC)
  os.remove(ballast)
  assert(retry() == 0 and delivered == sent)
  assert(send(sent + 100) == 0 and check_whole())
end

function scenes.floor()
  log = assert(file.open { path = path, floor = 500000 })
  local code, why = send(1e6)
  assert(code == ENOSPC and why:find('below its floor', 1, true), why)
  assert(check_whole())
  files.write(ballast, ('b'):rep(100000))
  assert(retry() == ENOSPC)
  os.remove(ballast)
  os.remove(path) -- somebody makes room
  assert(log:reopen() == nil)
  assert(retry() == 0 and delivered == sent)
end

function scenes.percent()
  log = assert(file.open { path = path, floor_percent = 25 })
  assert(send(1e6) == ENOSPC)
  local size = #files.read(path)
  assert(size > 700000 and size <= 786432 + 8192, size)
  assert(check_whole())
end

function scenes.oldest()
  log = assert(file.open { path = path, size = 100000, keep = 99, floor_percent = 50,
    action = files.delete_oldest })
  assert(send(30000) == 0 and delivered == 30000)
  assert(not check_whole(), 'nothing was deleted')
  local _, count = files.all(path)
  assert(count >= 3 and count <= 5, count)
end

function scenes.oldest_full()
  log = assert(file.open { path = path, size = 100000, keep = 99, action = files.delete_oldest })
  assert(send(30000) == 0 and delivered == 30000)
  assert(not check_whole(), 'nothing was deleted')
  local _, count = files.all(path)
  assert(count >= 7 and count <= 10, count)
end

function scenes.warn()
  log = assert(file.open { path = path, floor_percent = 90, action = files.warn })
  assert(send(5000) == 0 and delivered == 5000 and check_whole())
  assert(#files.read(path) > 200000)
end

scenes[scene]()
log:close()
print 'as expected'
