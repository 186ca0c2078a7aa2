--- Certificates for specs, made by openssl: authorities, servers and clients.
local certificates = {}

local function shell(command)
  local pipe = assert(io.popen('{ ' .. command .. '; } 2>&1; echo "status $?"'))
  local said = pipe:read '*a'
  pipe:close()
  assert(said:match 'status 0\n$', said)
end

local function write(path, text)
  local file = assert(io.open(path, 'w'))
  file:write(text)
  file:close()
end

--- Makes FOLDER/NAME.pem and NAME.key, which sign themselves.
function certificates.authority(folder, name)
  shell(([[openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 \
    -subj '/CN=%s' -keyout %s/%s.key -out %s/%s.pem]]):format(name, folder, name, folder, name))
end

--- Makes FOLDER/NAME.pem and NAME.key, signed by `authority`. `names` is what it is good for:
--- 'DNS:localhost,IP:127.0.0.1'. `expired` certificates are a day too old.
function certificates.sign(folder, authority, name, names, expired)
  local days = expired and '-days -1' or '-days 30'
  write(folder .. '/' .. name .. '.extensions', 'subjectAltName=' .. names .. '\n')
  shell((([[cd FOLDER && openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -subj /CN=NAME -keyout NAME.key -out NAME.request &&
    openssl x509 -req -in NAME.request -CA SIGNER.pem -CAkey SIGNER.key -CAcreateserial DAYS \
    -extfile NAME.extensions -out NAME.pem]]):gsub('%u%u%u%u+', {
      FOLDER = folder, NAME = name, SIGNER = authority, DAYS = days })))
end

return certificates
