--- rules.lua COUNT - writes a file of COUNT rules, as sites have them: watches, calls for both word
-- sizes, fields of several kinds, two dozen keys.
local count = tonumber(arg[1] or 400)

local CALLS = { 'execve,execveat', 'connect', 'openat,open,creat,truncate', 'chmod,fchmod,fchmodat',
  'unlink,rename,rmdir', 'setuid,setresuid', 'init_module,delete_module', 'ptrace' }
local FIELDS = { '-F auid>=%d -F auid!=unset', '-F euid=%d', '-F exit=-EACCES -F ppid!=%d',
  '-F success=1 -F sessionid!=%d', '-F exe=/usr/bin/tool%d', '-F a1=%d', '-F a0=%d', '-F uid!=%d' }

for number = 1, count do
  if number % 2 == 0 then
    print(('-w /etc/app-%d -p wa -k config-%d'):format(number, number % 16))
  else
    local call = CALLS[number % #CALLS + 1]
    local field = FIELDS[math.floor(number / 3) % #FIELDS + 1]:format(number)
    print(('-a always,exit -F arch=%s -S %s %s -k %s'):format(
      number % 4 == 1 and 'b64' or 'b32', call, field, call:match '%w+'))
  end
end
