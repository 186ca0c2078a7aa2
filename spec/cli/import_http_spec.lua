--- A configuration of pauditd for HTTP, imported and run against nginx.
local peer = require 'spec.output.peer'
local process = require 'spec.cli.process'
local web = require 'spec.output.web'

if web.missing() then
  pending('pauditd over HTTP: ' .. web.missing())
  return
end

local YAML = [[
output:
  http:
    enabled: true
    url: URL
    worker_count: WORKERS
    response_body_transformer: notification-service
rules:
  - -a exit,always -F arch=b64 -S execve -k exec
]]

--- Answers when WORKERS requests wait, and says in `most` how many did at once.
local GATHERING = [[return function()
  local state = ngx.shared.state
  local waiting = state:incr('waiting', 1, 0)
  state:set('most', math.max(waiting, state:get 'most' or 0))
  for _ = 1, 500 do
    if state:get 'most' >= WORKERS then break end
    ngx.sleep(0.01)
  end
  ngx.sleep(0.05) -- for one too many
  local file = io.open(folder .. '/most', 'w')
  file:write(state:get 'most')
  file:close()
  state:incr('waiting', -1)
  return 200
end]]

local folder, server

before_each(function()
  folder = peer.folder()
end)

after_each(function()
  if server then
    server:remove()
  end
  server = nil
  peer.shell('rm -rf ' .. folder)
end)

--- The log's execs with a key, which pauditd posts; others it leaves out.
local function log(count)
  return (process.log(1, count):gsub('key=%(null%)', 'key="exec"'))
end

for _, workers in ipairs { 1, 10 } do
  describe(('worker_count: %d of pauditd'):format(workers), function()
    it('is so many requests at once, each over a connection of its own', function()
      server = web.start { answer = (GATHERING:gsub('WORKERS', workers)) }
      process.write(folder .. '/pauditd.yaml', (YAML:gsub('URL', server:url '/audit')
        :gsub('WORKERS', workers)))
      process.write(folder .. '/log', log(40))
      local done = process.run(('laudit import -o %s/new %s/pauditd.yaml && ' ..
        'laudit replay --no-progress -c %s/new/laudit.lua %s/log'):format(folder, folder, folder,
        folder))
      assert.equal(0, done.status, done.err)
      assert.equal(40, server:count())
      local connections, count = {}, 0
      for _, request in ipairs(server:requests()) do
        count = count + (connections[request.connection] and 0 or 1)
        connections[request.connection] = true
      end
      assert.equal(workers, count)
      assert.equal(tostring(workers), peer.read(server.folder .. '/most'))
    end)
  end)
end
