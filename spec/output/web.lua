--- A web server for specs: nginx, unpacked by spec/peers, that keeps every request and answers as a
--- Lua chunk of the spec says.
local peer = require 'spec.output.peer'

local web = {}
web.__index = web

local NGINX = (os.getenv 'LAUDIT_PEERS' or 'build/peers') .. '/nginx'

--- Why there is no server, nil when there is one.
function web.missing()
  local file = io.open(NGINX .. '/env')
  if not file then
    return 'nginx is not unpacked (spec/peers)'
  end
  file:close()
end

local function absolute(path)
  return path:sub(1, 1) == '/' and path or peer.shell('realpath ' .. path):match '[^\n]+'
end

local CONFIG = [[
load_module MODULES/ndk_http_module.so;
load_module MODULES/ngx_http_lua_module.so;
daemon off;
master_process off;
user root;
pid FOLDER/pid;
error_log FOLDER/errors warn;
events { worker_connections 256; }
http {
  access_log off;
  client_max_body_size MOST;
  client_body_buffer_size 64m;
  client_body_temp_path FOLDER/t1; proxy_temp_path FOLDER/t2; fastcgi_temp_path FOLDER/t3;
  uwsgi_temp_path FOLDER/t4; scgi_temp_path FOLDER/t5;
  lua_package_path "SHARE/?.lua;HERE/?.lua;;";
  lua_shared_dict state 1m;
  init_by_lua_block { folder = 'FOLDER' }
  server {
    LISTEN
    SSL
    OPTIONS
    location / { content_by_lua_file FOLDER/take.lua; }
  }
  MORE
}
]]

--- Keeps the request as FOLDER/NUMBER.head (a table of Lua) and NUMBER.body (uncompressed), then
--- answers.
local TAKE = [==[
ngx.req.read_body()
local state = ngx.shared.state
local request = { number = state:incr('requests', 1, BEGIN), method = ngx.req.get_method(),
  uri = ngx.var.request_uri, protocol = ngx.var.server_protocol,
  body = ngx.req.get_body_data() or '',
  connection = ngx.var.connection, client = ngx.var.ssl_client_s_dn or '',
  headers = ngx.req.get_headers(0) }
local head = {}
for name, value in pairs(request) do
  if name ~= 'headers' and name ~= 'body' then head[#head + 1] = ('%s = %q'):format(name, value) end
end
for name, value in pairs(request.headers) do
  head[#head + 1] = ('[%q] = %q'):format('header ' .. name, type(value) == 'table' and
    table.concat(value, ' and ') or value)
end
local function keep(name, text)
  local file = assert(io.open(folder .. '/' .. name, 'wb'))
  file:write(text)
  file:close()
end
keep(request.number .. '.body', request.body)
local encoding = request.headers['content-encoding']
if encoding == 'gzip' or encoding == 'zstd' then
  local pipe = io.popen(('%s -dc <%s/%d.body'):format(encoding, folder, request.number))
  request.body = pipe:read '*a'
  pipe:close()
  keep(request.number .. '.body', request.body)
end
local name = request.number .. '.head'
keep(name .. '.new', 'return {' .. table.concat(head, ',\n') .. '}')
os.rename(folder .. '/' .. name .. '.new', folder .. '/' .. name)
local status, body, headers = dofile(folder .. '/answer.lua')(request)
if status == nil then return ngx.exit(444) end -- closes without an answer
ngx.status = status
for name, value in pairs(headers or {}) do ngx.header[name] = value end
if body then
  ngx.print(body)
  ngx.flush(true)
end
]==]

--- Starts the server. Options: `answer`, a Lua chunk that returns function(request) ->
--- status, body, headers (nil: close); `tls`, path of a certificate without its suffix; `clients`,
--- path of their authority; `http2`; `most`, bytes of a body; `extra`, lines of nginx's `server`;
--- `more`, lines of `http`; `port`; `socket`.
function web.start(options)
  local self = setmetatable({ folder = options.folder or peer.folder(), began = 0,
    port = options.port or peer.port(), options = options }, web)
  self:answer(options.answer or 'return function() return 200 end')
  self:begin()
  return self
end

local function listens(self)
  local options = self.options
  if options.socket then
    return ('listen unix:%s;'):format(options.socket)
  end
  return ('listen 127.0.0.1:%s%s%s;'):format(self.port, options.tls and ' ssl' or '',
    options.http2 and ' http2' or '')
end

local function tls(options)
  local lines = {}
  if options.tls then
    table.insert(lines, ('ssl_certificate %s.pem; ssl_certificate_key %s.key;'):format(options.tls,
      options.tls))
  end
  if options.clients then
    table.insert(lines, ('ssl_client_certificate %s;'):format(options.clients))
    table.insert(lines, 'ssl_verify_client on;')
  end
  return table.concat(lines, '\n')
end

--- Starts it, or starts it again at the same place.
function web:begin()
  local share = absolute(NGINX)
  peer.write(self.folder .. '/nginx.conf', (CONFIG:gsub('%u%u+', {
    MODULES = share .. '/usr/lib/nginx/modules', SHARE = share .. '/usr/share/lua/5.1',
    HERE = absolute '.', FOLDER = self.folder, LISTEN = listens(self), SSL = tls(self.options),
    OPTIONS = self.options.extra or '', MORE = self.options.more or '',
    MOST = self.options.most or '0' })))
  peer.write(self.folder .. '/take.lua', (TAKE:gsub('BEGIN', tostring(self.began))))
  if self.options.socket then
    os.remove(self.options.socket)
  end
  self.pid = peer.start(('env -u LD_PRELOAD %s/env nginx -p %s -c %s/nginx.conf'):format(share,
    self.folder, self.folder), self.folder .. '/said')
  local ready = self.options.socket and peer.wait(function()
    return select(2, peer.shell('test -S ' .. self.options.socket)) == '0'
  end) or not self.options.socket and peer.listens(self.port)
  assert(ready, peer.read(self.folder .. '/said') .. peer.read(self.folder .. '/errors'))
end

--- Ends it; `began` again goes on counting requests where it was.
function web:stop(signal)
  if self.pid then
    peer.stop(self.pid, signal)
    self.pid = nil
    self.began = self:count()
  end
end

function web:remove()
  self:stop()
  peer.shell('rm -rf ' .. self.folder)
end

--- How it answers from now on.
function web:answer(chunk)
  peer.write(self.folder .. '/answer.lua.new', chunk)
  os.rename(self.folder .. '/answer.lua.new', self.folder .. '/answer.lua')
end

--- How many requests came so far.
function web:count()
  local count = 0
  repeat
    local file = io.open(('%s/%d.head'):format(self.folder, count + 1))
    if file then
      file:close()
      count = count + 1
    end
  until not file
  return count
end

--- A request: method, uri, protocol, body, 'header content-type' ...
function web:request(number)
  local request = dofile(('%s/%d.head'):format(self.folder, number))
  request.body = peer.read(('%s/%d.body'):format(self.folder, number))
  return request
end

function web:requests()
  local requests = {}
  for number = 1, self:count() do
    requests[number] = self:request(number)
  end
  return requests
end

--- The bodies of all requests, one after another.
function web:bodies()
  local bodies = {}
  for number, request in ipairs(self:requests()) do
    bodies[number] = request.body
  end
  return table.concat(bodies)
end

function web:url(path)
  return ('%s://127.0.0.1:%s%s'):format(self.options.tls and 'https' or 'http', self.port,
    path or '/')
end

return web
