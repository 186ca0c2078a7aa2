--- The tables against the headers they were written from, read here in another way.
local tables = require('laudit_engine').tables

local FOLDER = os.getenv 'LAUDIT_HEADERS' or 'build/headers'
local UNFETCHED = 3 -- exit status of generate.lua
local GENERATE = 'env -u LD_PRELOAD luajit src/tables/generate.lua --check'

--- What a command prints, and its exit status.
local function run(command)
  local pipe = io.popen(command .. ' 2>&1; echo "status $?"')
  local output, status = pipe:read('*a'):match '^(.*)status (%d+)\n$'
  pipe:close()
  return output, tonumber(status)
end

local fetch_output, fetch_status = run(('%s --headers %s'):format(GENERATE, FOLDER))

--- `it` where the headers could be had.
local function it_with_headers(name, body)
  if fetch_status == UNFETCHED then
    pending(name .. ': ' .. fetch_output)
  else
    it(name, body)
  end
end

describe('the tables', function()
  it('of fields follow from fields.inc', function()
    local output, status = run(GENERATE .. ' fields')
    assert.equal('', output)
    assert.equal(0, status)
  end)

  it_with_headers('are what the headers say, byte for byte', function()
    assert.equal('', fetch_output)
    assert.equal(0, fetch_status)
  end)

  it_with_headers('have all calls of riscv64 and no other', function()
    local include = FOLDER .. '/usr/riscv64-linux-gnu/include'
    local program = os.tmpname()
    local file = assert(io.open(program, 'w'))
    file:write '#include <asm/unistd.h>\n'
    for line in io.lines(include .. '/asm-generic/unistd.h') do
      local name = line:match '^#define __NR_([%l%d_]+)%s'
      if name then file:write(('call "%s" __NR_%s\n'):format(name, name)) end
    end
    file:write 'call "riscv_flush_icache" __NR_riscv_flush_icache\n'
    file:close()

    local pipe = io.popen(('env -u LD_PRELOAD cc -E -P -x c -undef -nostdinc -D__riscv_xlen=64 '
      .. '-D__LP64__ -isystem %s %s'):format(include, program))
    local theirs, count = {}, 0
    for line in pipe:lines() do
      local name, number = line:match '^call "([%w_]+)" (.*)$'
      local sum = number and number:match '^[%d+() ]+$' and loadstring('return ' .. number)()
      if sum and name ~= 'syscalls' and name ~= 'arch_specific_syscall' then
        theirs[sum], count = name, count + 1
      end
    end
    pipe:close()
    os.remove(program)

    assert.is_true(count > 300)
    for number = 0, 1000 do
      assert.equal(theirs[number], tables.syscall_name(tables.arch_find 'riscv64', number))
    end
  end)

  it('have all errnos of the asm-generic headers and no other', function()
    local theirs, count = {}, 0
    for _, header in ipairs { 'errno-base.h', 'errno.h' } do
      for line in io.lines('/usr/include/asm-generic/' .. header) do
        local name, number = line:match '^#define%s+(E%w+)%s+(%d+)%f[%D]'
        if name then theirs[tonumber(number)], count = name, count + 1 end
      end
    end
    assert.is_true(count > 130)
    for number = 0, 4095 do
      assert.equal(theirs[number], tables.errno_name(number))
    end
  end)
end)
