--- Where our interpretation differs from `ausearch -i` of auditd 3.0.9, and why: the list of
--- docs/interpretation.md. What is not named here fails.

--- As ausearch writes text to a terminal: it stops at NUL, and control bytes are octal.
local function escaped(text)
  return (text:gsub('[\1-\31\127]', function(byte) return ('\\%03o'):format(byte:byte()) end))
end

local x32_calls

--- {number = name} of x32's calls, as the kernel's header has them.
local function x32()
  if x32_calls then return x32_calls end
  x32_calls = {}
  local macros = assert(io.popen "echo '#include <asm/unistd_x32.h>' | gcc -E -dM -")
  for line in macros:lines() do
    local name, number = line:match '^#define __NR_(%S+) %(__X32_SYSCALL_BIT %+ (%d+)%)$'
    if name then x32_calls[0x40000000 + tonumber(number)] = name end
  end
  macros:close()
  assert(x32_calls[0x40000000 + 520] == 'execve', 'asm/unistd_x32.h is not there')
  return x32_calls
end

return {
  {
    name = 'exit-reason', -- EACCES(Permission denied): the sentence is errno's, not the log's
    holds = function(ours, theirs, field)
      return field.name == 'exit' and theirs:match '^(%u+%w*)%(.*%)$' == ours
    end,
  },
  {
    name = 'saddr-braces', -- the braces are ENRICHED's syntax, not part of the name
    holds = function(ours, theirs, field)
      return field.name == 'saddr' and theirs == '{ ' .. ours .. ' }'
    end,
  },
  {
    name = 'saddr-abstract', -- '@' tells an abstract socket from a file of the same name
    holds = function(ours, theirs, field)
      return field.name == 'saddr' and theirs == '{ ' .. ours:gsub('path=@', 'path=') .. ' }'
    end,
  },
  {
    -- ausearch names an interface as this host has it; ours is the log's number
    name = 'saddr-scope',
    holds = function(ours, theirs, field)
      return field.name == 'saddr' and ours:find('%%%d+ ') and
        theirs:gsub('%%%S+ ', '%% ') == '{ ' .. ours:gsub('%%%d+ ', '%% ') .. ' }'
    end,
  },
  {
    name = 'saddr-unsupported', -- ausearch does not read packet, vsock and x25 addresses
    holds = function(ours, theirs, field)
      local family = ours:match '^saddr_fam=(%S+)'
      return field.name == 'saddr' and family and
        (theirs == '{ saddr_fam=' .. family .. ' (unsupported) }' or theirs == '{ saddr_fam=' ..
          family .. ' laddr= }')
    end,
  },
  {
    name = 'saddr-unreadable', -- too short or no hex: we keep what the kernel wrote
    holds = function(ours, theirs, field)
      return field.name == 'saddr' and ours == field.value and
        (theirs:match 'too short' or theirs:match '^malformed%-host' or
          theirs:match '^unknown%-family')
    end,
  },
  {
    name = 'saddr-unnamed', -- an unbound unix socket has no path, which is no mistake
    holds = function(ours, theirs, field)
      return field.name == 'saddr' and ours == 'saddr_fam=local path=' and
        theirs == '{ saddr_fam=local sockaddr len too short }'
    end,
  },
  {
    -- ausearch escapes for a terminal what each of our formats escapes itself
    name = 'control-bytes',
    holds = function(ours, theirs)
      return ours:find '[\1-\31\127]' and escaped(ours) == theirs
    end,
  },
  {
    name = 'ends-at-nul', -- ausearch's text ends at the first NUL; ours has all bytes
    holds = function(ours, theirs)
      return ours:find '%z' and escaped(ours:match '^[^%z]*') == theirs
    end,
  },
  {
    name = 'spaces-at-the-end', -- ausearch cuts them off a record's last value
    holds = function(ours, theirs)
      return ours ~= theirs and escaped(ours):gsub('%s+$', '') == theirs
    end,
  },
  {
    -- socketcall(connect): what was multiplexed is in the record SOCKETCALL
    name = 'multiplexed-call',
    holds = function(ours, theirs, field)
      return field.name == 'syscall' and theirs:match '^(%w+)%(%w+%)$' == ours
    end,
  },
  {
    name = 'unknown-call', -- a call without a name stays its number
    holds = function(ours, theirs, field)
      return field.name == 'syscall' and theirs == 'unknown-syscall(' .. ours .. ')'
    end,
  },
  {
    -- ausearch gives the mode of a message queue as 0600, of IPC as 000,600
    name = 'mode-without-type',
    holds = function(ours, theirs, field, record)
      return field.name == 'mode' and record.type:match '^MQ_' and ours == '000,' .. theirs:sub(2)
    end,
  },
  {
    name = 'x32-call', -- ausearch has no table of x32, whose calls have bit 30 set
    holds = function(ours, theirs, field)
      local number = tonumber(theirs:match '^unknown%-syscall%((%d+)%)$')
      return field.name == 'syscall' and number and ours == x32()[number]
    end,
  },
  {
    -- ausearch takes the first name of that field in the tail, which is that of the kernel's id
    name = 'nested-id',
    holds = function(ours, theirs, field, record)
      for _, other in ipairs(record) do
        if not other.nested and other.name == field.name then
          return field.nested and other.value ~= field.value and other.said == theirs and
            ours ~= theirs
        end
      end
    end,
  },
  {
    name = 'exit-unnamed', -- an errno without a name stays its number
    holds = function(ours, theirs, field)
      return field.name == 'exit' and theirs == ('(null)(Unknown error %s)'):format(ours:sub(2))
    end,
  },
}
