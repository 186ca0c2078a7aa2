--- policies.lua FOLDER - writes the benchmark's policies into FOLDER/one, /twenty and /hundred.
--
-- one and twenty: the selector matches every system call, and check reads three fields.
-- hundred: distinct system calls, keys and types, none of which the log has.
local folder = arg[1]

local READER = [[
local audit = require 'audit'

return audit.policy {
  name = 'reader-%d',
  on = { type = 'SYSCALL' },
  check = function(event)
    local pid, exe, auid = event.pid, event.exe, event.auid
    if pid == 0 and exe == '/nowhere' and auid == %d then
      return audit.alert('never')
    end
  end,
}
]]

local ABSENT = [[
local audit = require 'audit'

return audit.policy {
  name = 'absent-%d',
  on = { %s },
  check = function(event)
    return audit.alert('%%s', event.id)
  end,
}
]]

local CALLS = {
  'swapon', 'swapoff', 'reboot', 'sethostname', 'setdomainname', 'kexec_load', 'acct',
  'quotactl', 'pivot_root', 'chroot', 'ioperm', 'iopl', 'vhangup', 'syslog', 'personality',
  'ustat', 'sysfs', 'uselib', 'mlockall', 'munlockall', 'io_setup', 'io_destroy',
  'inotify_init', 'timerfd_create', 'eventfd2', 'signalfd4', 'perf_event_open', 'fanotify_init',
  'kcmp', 'userfaultfd', 'memfd_secret', 'landlock_create_ruleset', 'name_to_handle_at',
}
local TYPES = {
  'TTY', 'MAC_POLICY_LOAD', 'MAC_STATUS', 'NETFILTER_CFG', 'AVC', 'INTEGRITY_DATA',
  'USER_CHAUTHTOK', 'ADD_USER', 'DEL_USER', 'ADD_GROUP', 'DEL_GROUP', 'USER_MGMT',
  'FEATURE_CHANGE', 'FANOTIFY', 'EVENT_LISTENER', 'SYSTEM_BOOT', 'SYSTEM_SHUTDOWN',
  'SYSTEM_RUNLEVEL', 'VIRT_CONTROL', 'VIRT_RESOURCE', 'ANOM_LOGIN_FAILURES', 'ANOM_RBAC_FAIL',
  'RESP_ACCT_LOCK', 'LABEL_OVERRIDE', 'USER_DEVICE', 'ROLE_ASSIGN', 'ROLE_REMOVE', 'GRP_MGMT',
  'ACCT_LOCK', 'ACCT_UNLOCK', 'USER_MAC_CONFIG_CHANGE', 'DEV_ALLOC', 'DEV_DEALLOC',
}

local function write(name, text)
  local file = assert(io.open(folder .. '/' .. name, 'w'))
  file:write(text)
  file:close()
end

write('one/reader.lua', READER:format(1, 1))
for n = 1, 20 do
  write(('twenty/reader_%02d.lua'):format(n), READER:format(n, n))
end
for n = 1, 100 do
  local selector
  if n <= #CALLS then
    selector = ("SYSCALL = '%s'"):format(CALLS[n])
  elseif n - #CALLS <= #TYPES then
    selector = ("type = '%s'"):format(TYPES[n - #CALLS])
  else
    selector = ("key = 'nobody-%d'"):format(n)
  end
  write(('hundred/absent_%03d.lua'):format(n), ABSENT:format(n, selector))
end
