-- lines.lua - the generated set: command lines of auditctl, good and bad, each an array of words;
-- with `machine` or `features` where auditctl is to think that it runs elsewhere (tap.c).
--
-- Every field with every operator on every list; every pair of -C; every name that libaudit knows;
-- forms of -a, -S, -w, -p, -k; and for each thing auditctl can complain of lines that make it.
local key_lines = require 'key_lines'
local names = require 'names'

local LISTS = { 'task', 'exit', 'user', 'exclude', 'filesystem', 'io_uring' }
local OPERATORS = { '=', '!=', '<', '>', '<=', '>=', '&', '&=' }

-- Each field with a value that suits it.
local FIELDS = {
  { 'pid', '1005' }, { 'ppid', '1' }, { 'uid', '1000' }, { 'euid', '0' }, { 'suid', '33' },
  { 'fsuid', '65534' }, { 'gid', '100' }, { 'egid', '0' }, { 'sgid', '5' }, { 'fsgid', '42' },
  { 'auid', '1000' }, { 'loginuid', '500' }, { 'pers', '8' }, { 'arch', 'b64' },
  { 'msgtype', '1300' }, { 'subj_user', 'system_u' }, { 'subj_role', 'system_r' },
  { 'subj_type', 'crond_t' }, { 'subj_sen', 's0' }, { 'subj_clr', 's15:c0.c1023' },
  { 'obj_user', 'user_u' }, { 'obj_role', 'object_r' }, { 'obj_type', 'etc_t' },
  { 'obj_lev_low', 's0' }, { 'obj_lev_high', 's15' }, { 'sessionid', '7' }, { 'devmajor', '8' },
  { 'devminor', '1' }, { 'inode', '4711' }, { 'exit', '-13' }, { 'success', '0' },
  { 'path', '/etc/passwd' }, { 'perm', 'wa' }, { 'dir', '/etc' }, { 'filetype', 'file' },
  { 'fstype', 'tracefs' }, { 'obj_uid', '0' }, { 'obj_gid', '0' }, { 'field_compare', '1' },
  { 'a0', '2' }, { 'a1', '0x10' }, { 'a2', '0' }, { 'a3', '1' }, { 'key', 'k' },
  { 'exe', '/usr/bin/su' }, { 'saddr_fam', '2' },
}

local lines, seen, world = {}, {}, {}

local function add(...)
  local words = { ... }
  words.machine, words.features = world.machine, world.features
  local id = table.concat(words, '\0') .. '\0' .. (world.machine or world.features or '')
  if not seen[id] then
    seen[id] = true
    lines[#lines + 1] = words
  end
end

-- A line of words that hold no spaces.
local function line(format, ...)
  local words = {}
  for word in format:format(...):gmatch '%S+' do
    words[#words + 1] = word
  end
  add(unpack(words))
end

-- One field with each of `values`, equal and unequal, with a call and without.
local function values(field, list)
  for _, value in ipairs(list) do
    for _, operator in ipairs { '=', '!=' } do
      add('-a', 'always,exit', '-F', field .. operator .. value)
    end
    add('-a', 'always,exit', '-F', 'arch=b64', '-S', 'openat', '-F', field .. '=' .. value)
  end
end

local function fields_on_lists()
  for _, list in ipairs(LISTS) do
    for _, field in ipairs(FIELDS) do
      for _, operator in ipairs(OPERATORS) do
        add('-a', 'always,' .. list, '-F', field[1] .. operator .. field[2])
      end
    end
  end
  for _, field in ipairs(FIELDS) do
    for _, operator in ipairs(OPERATORS) do
      line('-a never,exit -F arch=b64 -S openat,2 -F %s%s%s', field[1], operator, field[2])
      line('-a always,filesystem -F fstype=debugfs -F %s%s%s', field[1], operator, field[2])
    end
    line('-A exit,never -S execve -F %s=%s', field[1], field[2])
    line('-d exit,always -F %s=%s', field[1], field[2])
    line('-a always,exit -F %s', field[1])
    line('-a always,exit -F %s=', field[1])
    line('-a always,exit -F %s=-', field[1])
    line('-a always,exit -F %s=nonsense', field[1])
    line('-a always,exit -F %s==%s', field[1], field[2])
    line('-a always,exit -F %s=%s -F %s=%s', field[1], field[2], field[1], field[2])
    line('-a always,exit -F %s=%s -F key=one', field[1]:upper(), field[2])
  end
end

local function numbers()
  local plain = { '0', '1', '2', '7', '255', '65535', '2147483647', '2147483648', '4294967294',
    '4294967295', '4294967296', '-0', '-1', '-2', '-4095', '-2147483648', '-4294967295', '+1',
    '0x0', '0x1f', '0xFFFFFFFF', '-0x1', '010', '08', '1a', 'a1', '1.5', '99999999999999999999' }

  for _, field in ipairs { 'pid', 'ppid', 'pers', 'sessionid', 'devmajor', 'devminor', 'inode',
    'exit', 'success', 'a0', 'a3', 'saddr_fam', 'field_compare', 'uid', 'auid', 'gid', 'obj_uid',
    'obj_gid', 'msgtype' } do
    values(field, plain)
  end
  for _, number in ipairs(plain) do
    line('-a always,user -F msgtype=%s', number)
    line('-a always,exclude -F msgtype=%s', number)
  end
  values('success', { 'yes', 'no', 'true', 'false' })
  values('saddr_fam', { 'inet', 'inet6', 'local', 'unix', 'netlink', '44', '45', '46', '47' })
  values('pers', { 'linux', '0x0400000' })
  values('devmajor', { '08', 'sda' })
end

local function accounts()
  for _, field in ipairs { 'uid', 'euid', 'suid', 'fsuid', 'auid', 'loginuid', 'obj_uid' } do
    values(field, { 'root', 'daemon', 'www-data', 'nobody', 'unset', 'UNSET', 'shadow', 'absent' })
    for _, list in ipairs { 'task', 'user', 'exclude' } do
      line('-a never,%s -F %s=www-data', list, field)
      line('-a never,%s -F %s!=unset', list, field)
    end
  end
  for _, field in ipairs { 'gid', 'egid', 'sgid', 'fsgid', 'obj_gid' } do
    values(field, { 'root', 'adm', 'shadow', 'nogroup', 'unset', 'nobody', 'absent' })
    line('-a never,task -F %s=adm', field)
  end
  values('sessionid', { 'unset', 'UNSET' })
end

local function words_of_values()
  for _, name in ipairs(names.errnos) do
    line('-a always,exit -F exit=-%s', name)
    line('-a always,exit -S open -F exit!=%s', name)
  end
  values('exit', { 'eperm', '-eperm', 'EWOULDBLOCK', '-EWOULDBLOCK', '-ENOTSUP', '-EDEADLOCK' })
  values('exit', { 'E' })
  for _, name in ipairs(names.record_types) do
    line('-a always,exclude -F msgtype=%s', name)
    line('-a never,user -F msgtype!=%s', name)
  end
  line '-a always,exclude -F msgtype=cwd'
  line '-a always,exclude -F msgtype=UNKNOWN[1400]'
  line '-a always,exclude -F msgtype=NONSENSE'
  for _, name in ipairs { 'file', 'dir', 'socket', 'link', 'character', 'block', 'fifo', 'FILE',
    'directory', '0100000', '32768' } do
    values('filetype', { name })
    line('-a never,exit -F dir=/etc -F filetype=%s', name)
  end
  for _, name in ipairs { 'tracefs', 'debugfs', 'cgroup', 'cgroup2', 'ext4', 'TRACEFS',
    '0x74726163', '1953653091', '0' } do
    line('-a never,filesystem -F fstype=%s', name)
    line('-a always,filesystem -F fstype!=%s -k fs', name)
  end
  for _, perm in ipairs { 'r', 'w', 'x', 'a', 'rw', 'wa', 'ax', 'rwx', 'rwxa', 'axwr', 'rr',
    'RWXA', 'Wa', 'rwxaa', 'q', 'rwq', 'r,w', '15' } do
    values('perm', { perm })
    line('-a always,exit -F path=/etc/passwd -F perm=%s', perm)
    line('-a always,exit -F arch=b64 -F dir=/etc -F perm=%s -F key=p', perm)
  end
end

local function pairs_of_fields()
  local sides = { 'auid', 'uid', 'euid', 'suid', 'fsuid', 'obj_uid', 'gid', 'egid', 'sgid',
    'fsgid', 'obj_gid', 'loginuid', 'pid' }

  for _, left in ipairs(sides) do
    for _, right in ipairs(sides) do
      line('-a always,exit -C %s=%s', left, right)
      line('-a always,exit -C %s!=%s', left, right)
    end
    for _, operator in ipairs { '<', '>', '<=', '>=', '&', '&=' } do
      line('-a always,exit -C %s%sobj_uid', left, operator)
    end
    line('-a always,exit -C %s', left)
    line('-a always,exit -C %s=', left)
    line('-a always,exit -C =%s', left)
    line('-a always,exit -C %s=nonsense', left)
    line('-a always,exit -C nonsense=%s', left)
    line('-a always,exit -C %s=0', left)
  end
  for _, list in ipairs(LISTS) do
    line('-a always,%s -C auid!=uid', list)
    line('-a always,%s -C gid=egid -k pair', list)
    line('-a always,%s -C uid!=obj_uid', list)
  end
  line '-a always,exit -F dir=/home/ -F uid=0 -C auid!=obj_uid'
  line '-a always,exit -F arch=b64 -S openat -C uid!=euid -C gid!=egid -F success=1 -k both'
  line '-a always,exit -C AUID!=OBJ_UID'
  line '-C auid!=obj_uid'
  line '-C auid!=obj_uid -a always,exit'
end

local function calls_of_machines()
  for _, machine in ipairs(names.machines) do
    local list = names.calls[machine]
    line('-a always,exit -F arch=%s', machine)
    line('-a always,exit -F arch=%s -S all', machine)
    line('-a always,exit -F arch!=%s -S all', machine)
    line('-a always,exit -F arch=%s -S open -F key=a', machine)
    line('-a always,exit -F arch=%s -F perm=wa -F path=/etc/passwd', machine)
    for first = 1, #list, 12 do
      line('-a always,exit -F arch=%s -S %s', machine,
        table.concat(list, ',', first, math.min(first + 11, #list)))
    end
    for number = 0, 2048, 97 do
      line('-a always,exit -F arch=%s -S %d', machine, number)
    end
  end
end

local function calls()
  for _, arch in ipairs { 'b32', 'b64', 'B64', 'i386', 'i486', 'i586', 'i686', 'x86_64', 'amd64',
    'x32', 'ia64', 'alpha', 'arm', 'armv5tejl', 'armv7l', 'armv8l', 'aarch64', 'arm64', 'ppc64le',
    'riscv32', 'riscv64', 'mips', 'unknown', 'c000003e', '0xc000003e', '3221225534', '0x40000003',
    '0xC00000B7', '0x1', '0', '-1', 'b16' } do
    for _, call in ipairs { 'openat', 'open', 'close,unlink', '0', 'all', 'nonsense' } do
      line('-a always,exit -F arch=%s -S %s', arch, call)
    end
    line('-a always,exit -F arch!=%s', arch)
    line('-a always,exit -S 3 -F arch=%s', arch)
    line('-a always,exit -F arch=%s -F arch=%s', arch, arch)
  end
  for _, call in ipairs {
    'open', 'openat,open,creat', 'all', 'all,open', 'open,all', 'ALL', 'Open', '0', '1,2,3',
    '2047', '2048', '2031', '2032', '2033', '2046', '-1', '65536', '4294967296', '0x10', '010',
    '1x', 'open,', ',open', 'open,,close', 'nonsense', 'open,nonsense', '',
  } do
    add('-a', 'always,exit', '-S', call)
    add('-a', 'always,exit', '-F', 'arch=b64', '-S', call, '-k', 'call')
    add('-a', 'always,exit', '-F', 'arch=b32', '-S', 'read', '-S', call)
    add('-S', call, '-a', 'always,exit')
    add('-A', 'task,never', '-S', call)
    add('-S', call)
  end
  for _, list in ipairs(LISTS) do
    for _, call in ipairs { 'open', 'all', '5' } do
      line('-a always,%s -S %s', list, call)
      line('-a never,%s -F uid=0 -S %s', list, call)
      line('-S %s -a never,%s', call, list)
      line('-S %s -d never,%s', call, list)
      line('-S %s -A never,%s', call, list)
    end
  end
end

local function lists_and_actions()
  for _, option in ipairs { '-a', '-A', '-d' } do
    for _, list in ipairs { 'task', 'exit', 'user', 'exclude', 'filesystem', 'io_uring', 'entry',
      'watch', 'EXIT' } do
      for _, action in ipairs { 'always', 'never', 'possible', 'sometimes', 'ALWAYS' } do
        line('%s %s,%s', option, list, action)
        line('%s %s,%s', option, action, list)
        line('%s %s,%s -F uid=0', option, action, list)
      end
      line('%s %s', option, list)
      line('%s %s,', option, list)
      line('%s ,%s', option, list)
      line('%s %s,always,never', option, list)
      line('%s always,%s,%s', option, list, list)
      line('%s %s,%s', option, list, list)
    end
    line('%s always', option)
    line('%s always,never', option)
    line('%s ,', option)
    line('%s', option)
    add(option, '')
    add(option, 'always, exit')
    line('%s always,exit -a always,exit', option)
    line('%s always,exit -d always,exit', option)
    line('%s always,exit -F uid=0 -A never,exit', option)
    line('%s always,exit -w /etc/passwd', option)
    line('%s always,exit -D', option)
    line('%s always,exit -l', option)
    line('%s always,exit -s', option)
    line('%s always,exit -e 1', option)
    line('%s always,exit -F uid=0 extra', option)
  end
end

local function watches()
  local paths = { '/etc/passwd', '/etc', '/etc/', '/etc//', '//etc', '/usr/bin', '/usr/bin/',
    '/etc/absent', '/absent/file', '/absent/', '/', '//', '/etc/../etc/passwd', '/etc/*',
    '/etc/pass?d', 'etc/passwd', './x', 'passwd', '', '/etc/two words', '/etc/ti\195\169de',
    '/etc/a\\b', "/etc/it's", '/etc/"quoted"', '/etc/tab\there', '/ram/folder', '/ram/folder/',
    '/ram/folder/link', '/ram/folder/gone', '/etc/a,b', '/etc/k=v', '/' .. ('x'):rep(255),
    '/' .. ('x'):rep(256), '/etc/' .. ('x'):rep(255), '/etc/' .. ('x'):rep(256),
    ('/xxxxxxx'):rep(511) .. '/xxxxxx', ('/xxxxxxx'):rep(512), ('/xxxxxxx'):rep(600) }

  for _, path in ipairs(paths) do
    add('-w', path)
    add('-w', path, '-p', 'wa', '-k', 'watch')
    add('-W', path)
    for _, field in ipairs { 'path', 'dir', 'exe' } do
      for _, operator in ipairs { '=', '!=' } do
        add('-a', 'always,exit', '-F', field .. operator .. path)
      end
      add('-a', 'always,exit', '-F', 'arch=b64', '-S', 'all', '-F', field .. '=' .. path, '-F',
        'perm=wa', '-k', 'text')
    end
  end
end

local function permissions()
  for number = 1, 15 do
    local perm = ''
    for bit, letter in ipairs { 'r', 'w', 'x', 'a' } do
      perm = perm .. (math.floor(number / 2 ^ (bit - 1)) % 2 == 1 and letter or '')
    end
    line('-w /etc/passwd -p %s', perm)
    line('-w /etc -p %s -k one -k two', perm)
    line('-W /etc -p %s', perm)
    line('-a always,exit -F arch=b64 -S all -F dir=/etc -F perm=%s -F key=long', perm)
    line('-a always,exit -S all -F path=/etc/passwd -F perm=%s -F key=long', perm)
  end
  for _, perm in ipairs { 'axwr', 'rr', 'RWXA', 'Rw', 'q', 'rq', 'rwxar', '1', '-', 'r,w' } do
    line('-w /etc/passwd -p %s', perm)
  end
  add('-w', '/etc/passwd', '-p', '')
end

local function forms_of_watches()
  line '-w /etc/passwd -p'
  line '-w'
  line '-W'
  line '-p wa'
  line '-p wa -w /etc/passwd'
  line '-a always,exit -p wa'
  line '-a always,exit -S open -p wa'
  line '-a always,exit -F path=/etc/passwd -p wa'
  line '-a always,exit -F dir=/etc -p wa -k mixed'
  line '-w /etc/passwd -p w -p a'
  line '-w /etc/passwd -w /etc/group'
  line '-w /etc/passwd -W /etc/group'
  line '-w /etc/passwd -S open'
  line '-w /etc/passwd -F uid=0'
  line '-w /etc/passwd -F uid=0 -p wa'
  line '-w /etc/passwd -C uid!=euid'
  line '-w /etc/passwd -a always,exit'
  line '-w /etc/passwd -p wa extra'
  line '-a always,exit -F path=/etc/passwd -F path=/etc/group'
  line '-a always,exit -F path=/etc/passwd -F dir=/etc'
  line '-a always,exit -F dir=/etc -F dir=/usr'
  line '-a always,exit -F dir=/etc -F inode=5'
  line '-a always,exit -F path=/etc/passwd -F inode=5'
  line '-a always,exit -F exe=/usr/bin/su -F exe=/usr/bin/sudo'
  line '-a always,exit -F exe=/usr/bin/su -F path=/etc/passwd -F perm=r'
  line '-a always,user -F exe=/usr/bin/su'
  line '-a always,exclude -F exe=/usr/bin/su'
  line '-a always,exclude -F exe!=/usr/bin/su -F uid=0 -F msgtype=SYSCALL'
  line '-a always,exit -F perm=wa -F perm=r'
end

local function lengths()
  for count = 60, 66 do
    local words = { '-a', 'always,exit' }
    for number = 1, count do
      words[#words + 1] = '-F'
      words[#words + 1] = 'pid!=' .. number
    end
    add(unpack(words))
    words[#words + 1] = '-k'
    words[#words + 1] = 'many'
    add(unpack(words))
    words[#words - 1] = '-C'
    words[#words] = 'uid!=euid'
    add(unpack(words))
  end
  for _, size in ipairs { 1, 255, 256, 4094, 4095, 4096, 4097, 5000 } do
    for _, field in ipairs { 'subj_user', 'obj_type', 'path', 'dir', 'exe' } do
      add('-a', 'always,exit', '-F', field .. '=/' .. ('y'):rep(size - 1))
    end
  end
end

local function odd_fields()
  for _, text in ipairs { 'uid', 'uid=', '=0', '=', '', '!=0', 'uid!', 'uid!0', 'uid<>0', 'uid=<0',
    'uid =0', 'uid= 0', ' uid=0', 'uid=0 ', 'uidd=0', 'nonsense=0', 'nonsense', 'uid=0=1', 'uid&&0',
    'uid&!0', 'uid=>0', 'uid<0', 'uid<=0', 'a4=0', 'a0=0x', 'a0=-', 'exit=', 'exit=-', 'ex=0',
    'role=x', 'loginuid=unset', 'perm=', 'key=', 'arch=', 'arch', 'path=', 'path', 'a0&=0x3',
    'a0&0x3', 'a0!=0x3', 'a0=-1', 'a0=18446744073709551615' } do
    add('-a', 'always,exit', '-F', text)
    add('-a', 'always,exit', '-F', text, '-S', 'open')
    add('-F', text)
    add('-a', 'always,exit', '-C', text)
  end
  line '-a always,exit -F'
  line '-a always,exit -C'
  line '-a always,exit -S'
  line '-F uid=0 -a always,exit'
  line '-F arch=b64 -a always,exit -S open'
  line '-a always,exit -F uid=0 -F gid=0 -F euid=0 -F egid=0 -F key=order'
  line '-a always,exit -F key=early -F uid=0'
  line '-a always,exit -k early -F uid=0'
  line '-a always,exit -F exit=-EACCES -F exit=-EPERM -F success=0'
  line '-a always,exit -F success=0 -F arch=b64 -S open'
  line '-a always,exit -S open -F success=0 -F arch=b32'
  line '-a exclude,always -F msgtype=CWD -F msgtype=EOE -F uid=0'
  line '-a exclude,never -F auid=1000 -F pid=5 -F subj_type=x_t'
  line '-a user,never -F subj_type=crond_t -F uid=0'
  line '-a task,never -F uid=0 -F gid=0 -F pid=5 -F auid!=unset'
  line '-a never,filesystem -F fstype=tracefs -F uid=0'
  line '-a never,filesystem -F uid=0 -F fstype=tracefs'
  line '-a never,filesystem -F fstype=tracefs -F fstype=debugfs'
end

-- What is no rule; nothing here may succeed in changing the kernel for good.
local function others()
  for _, text in ipairs {
    '-e', '-e 3', '-e -1', '-e x', '-e 01', '-f', '-f 3', '-f x', '-f -1', '-b', '-b x', '-b -1',
    '-b 1k', '-b 4294967296', '-r', '-r x', '-r -1', '-r 99999999999', '--backlog_wait_time',
    '--backlog_wait_time x', '--backlog_wait_time -1', '--signal', '--signal KILL', '--signal 9',
    '--signal HUP', '--signal term', '--reset-lost x', '-q', '-q /ram', '-q /ram,', '-q ,/ram',
    '-q ram,/ram', '-q /absent,/ram', '-q /ram,/ram/folder', '-m', '-m a b', '-l x', '-l -k',
    '-l -i x', '-s x', '-s -k x', '-D x', '-D -k', '-D -k a b', '-D -F uid=0', '-R', '-R /absent',
    '-R /ram', '-R /etc/passwd x', '-x', '-9', '--nonsense', '--list', 'word', 'word word',
    '-a=always,exit', '-aalways,exit', '-Fuid=0', '-i -a always,exit', '-c', '-i', '-h', '-v',
    '-l -i', '-l', '-D', '-t', '-t x', '-e 1', '-e 0', '-f 0', '-f 1', '-b 8192', '-r 0',
    '-b 0x100', '-b 010', '-r 100', '-r 0', '-b 8192', '--backlog_wait_time 60000',
    '--reset-lost', '--reset_backlog_wait_time_actual', '-m hello', '-e 1 -f 1', '-b 8192 -f 1',
    '-a always,exit -F uid=0 -e 1', '-w /etc/passwd -e 1', '-c -i', '-i -c', '-e 1 extra',
  } do
    line('%s', text)
  end
  add()
  add('-m', 'two words')
  add('-m', 'line\nbreak')
  add('-m', '')
end

local function machines()
  for _, machine in ipairs {
    'i686', 'x86_64', 'aarch64', 'armv7l', 'ppc', 'ppc64', 'ppc64le', 's390', 's390x', 'riscv64',
  } do
    world = { machine = machine }
    for _, arch in ipairs { 'b32', 'b64', 'x86_64', 'i386', 'aarch64', 'armv7l', 'ppc64le' } do
      line('-a always,exit -F arch=%s', arch)
      line('-a always,exit -F arch=%s -S openat,execve,close -F key=machine', arch)
    end
    line '-a always,exit -S openat,connect'
    line '-a always,exit -S 5 -F perm=wa'
  end
end

local function keys()
  key_lines.given(add, line, LISTS)
end

-- Kernels that lack one feature of audit, or all.
local function features()
  for _, bits in ipairs { 0x00, 0x7f, 0x7e, 0x7d, 0x7b, 0x77, 0x6f, 0x5f, 0x3f } do
    world = { features = bits }
    line '-a always,exit -F exe=/usr/bin/su'
    line '-a always,exit -F sessionid=5'
    line '-a never,exclude -F uid=0'
    line '-a never,exclude -F msgtype=CWD'
    line '-a never,exclude -F exe=/usr/bin/su'
    line '-a never,filesystem -F fstype=tracefs'
    line '-a always,exit -C auid!=uid'
    line '-a always,exit -F saddr_fam=2'
    line '-w /etc/passwd -p wa'
  end
end

local function unequal_keys()
  world = {}
  key_lines.unequal(add, line, LISTS)
end

for _, make in ipairs {
  fields_on_lists, numbers, accounts, words_of_values, pairs_of_fields, calls_of_machines, calls,
  lists_and_actions, watches, permissions, forms_of_watches, keys, lengths, odd_fields, others,
  machines, features, unequal_keys,
} do
  make()
end
return lines
