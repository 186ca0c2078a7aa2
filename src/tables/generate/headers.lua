--- Debian's header packages, unpacked: their folders and the macros a preprocessor finds in them.
local headers = {}

local ARCHITECTURES = {
  x86_64 = { 'linux-libc-dev', '', '-D__x86_64__ -D__LP64__' },
  i386 = { 'linux-libc-dev-i386-cross', 'i686-linux-gnu', '-D__i386__' },
  x32 = { 'linux-libc-dev-x32-cross', 'x86_64-linux-gnux32', '-D__x86_64__ -D__ILP32__' },
  aarch64 = { 'linux-libc-dev-arm64-cross', 'aarch64-linux-gnu', '-D__aarch64__ -D__LP64__' },
  arm = { 'linux-libc-dev-armhf-cross', 'arm-linux-gnueabihf', '-D__arm__ -D__ARM_EABI__' },
  ppc64le = { 'linux-libc-dev-ppc64el-cross', 'powerpc64le-linux-gnu',
    '-D__powerpc__ -D__powerpc64__ -D__LITTLE_ENDIAN__' },
  ppc = { 'linux-libc-dev-powerpc-cross', 'powerpc-linux-gnu', '-D__powerpc__' },
  s390 = { 'linux-libc-dev-s390x-cross', 's390x-linux-gnu', '-D__s390__' },
  s390x = { 'linux-libc-dev-s390x-cross', 's390x-linux-gnu', '-D__s390__ -D__s390x__' },
  riscv64 = { 'linux-libc-dev-riscv64-cross', 'riscv64-linux-gnu',
    '-D__riscv -D__riscv_xlen=64 -D__LP64__' },
}
local OTHERS = { 'libaudit-dev', 'libc6-dev' }

local function is_there(path)
  local file = io.open(path)
  if file then file:close() end
  return file ~= nil
end

local function fetch(folder, package)
  local stamp = folder .. '/' .. package .. '.unpacked'
  if is_there(stamp) then return true end
  local command = "cd '%s' && apt-get -qq -o APT::Sandbox::User=root download %s "
    .. '&& dpkg-deb -x %s_*.deb . && rm %s_*.deb && touch %s.unpacked'
  return os.execute(command:format(folder, package, package, package, package)) == 0
end

--- The unpacked headers below `folder`, fetched if they are not there; nil and a sentence when they
-- cannot be fetched.
function headers.open(folder)
  os.execute(("mkdir -p '%s'"):format(folder))
  local packages = { unpack(OTHERS) }
  for _, architecture in pairs(ARCHITECTURES) do
    packages[#packages + 1] = architecture[1]
  end
  for _, package in ipairs(packages) do
    if not fetch(folder, package) then
      return nil, ('cannot fetch the package %s into %s'):format(package, folder)
    end
  end
  return setmetatable({ folder = folder }, { __index = headers })
end

--- The text of one header, by its path below usr/include.
function headers:text(path)
  local file = assert(io.open(self.folder .. '/usr/include/' .. path, 'rb'))
  local text = file:read '*a'
  file:close()
  return text
end

--- All macros without arguments after `#include <header>` for an architecture: name to text.
function headers:macros(architecture, header)
  local _, triplet, defines = unpack(ARCHITECTURES[architecture])
  local include = ('%s/usr/%s/include'):format(self.folder, triplet)
  local command = ("cc -E -dM -undef -nostdinc %s -isystem '%s' -isystem '%s/x86_64-linux-gnu' "
    .. "-include %s -x c /dev/null"):format(defines, include, include, header)
  local pipe = assert(io.popen(command))
  local macros = {}
  for line in pipe:lines() do
    local name, text = line:match '^#define ([%w_]+) (.*)$'
    if name then macros[name] = text end
  end
  pipe:close()
  assert(next(macros), 'no macros: ' .. command)
  return macros
end

--- The number that a macro's text stands for, nil when it is none.
function headers.number(macros, text)
  local expanded = text:gsub('[%a_][%w_]*', function(name)
    local value = macros[name] and headers.number(macros, macros[name])
    return value and ('%d'):format(value) or name
  end)
  expanded = expanded:gsub('(%x)[uUlL]+%f[%W]', '%1')
  if expanded:find '[^%dxXa-fA-F%s()+|-]' then return nil end

  local sum = 0
  for term in expanded:gsub('[%s()]', ''):gmatch '[^+|]+' do
    local value = tonumber(term)
    if not value then return nil end
    sum = sum + value -- the terms of an OR are distinct bits
  end
  return expanded:find '%w' and sum or nil
end

return headers
