local tables = require('laudit_engine').tables
local deviations = require 'spec.tables.deviations'
local peers = require 'spec.tables.peers'

local X86_64 = 0xc000003e
local X32_BIT = 0x40000000

local OWN_SPELLING = 'libaudit spells the call its own way; ours is the kernel\'s'
local OLD_ABI = 'only in the old ABI, which these kernels do not offer'
local OTHER_WIDTH = 'a call of the 32-bit kernel that the 64-bit one lacks'
local MISSING = 'in the header, missing in libaudit'

-- What ausyscall and the kernel's headers disagree on: number, our name, libaudit's name.
local DEVIATIONS = {
  x86_64 = {
    ['17 pread64 pread  18 pwrite64 pwrite'] = OWN_SPELLING,
  },
  i386 = {
    ['283 kexec_load sys_kexec_load  423 sched_rr_get_interval_time64 sched_rr_get_interval64'] =
      OWN_SPELLING,
  },
  arm = {
    [ [[13 - time  22 - umount  25 - stime  27 - alarm  30 - utime  76 - getrlimit  82 - select
        89 - readdir  90 - mmap  102 - socketcall  113 - syscall  117 - ipc]] ] = OLD_ABI,
    [ [[140 _llseek llseek  142 _newselect newselect  149 _sysctl sysctl
        270 arm_fadvise64_64 fadvise64_64  341 arm_sync_file_range sync_file_range
        423 sched_rr_get_interval_time64 sched_rr_get_interval64]] ] = OWN_SPELLING,
    ['335 pselect6 -  336 ppoll -  346 epoll_pwait -'] = MISSING,
  },
  aarch64 = {
    [ [[61 getdents64 getdents  67 pread64 pread  68 pwrite64 pwrite
        80 fstat newfstat]] ] = OWN_SPELLING,
  },
  ppc64le = {
    [ [[0 restart_syscall -  256 sys_debug_setcontext -  258 migrate_pages -  259 mbind -
        260 get_mempolicy -  261 set_mempolicy -]] ] = MISSING,
    [ [[179 pread64 pread  180 pwrite64 pwrite  291 newfstatat fstatat64
        306 timerfd_create timerfd  319 perf_event_open perf_counter_open]] ] = OWN_SPELLING,
    [ [[192 - mmap2  193 - truncate64  194 - ftruncate64  195 - stat64  196 - lstat64
        197 - fstat64  204 - fcntl64  226 - sendfile64  254 - fadvise64_64
        403 - clock_gettime64  404 - clock_settime64  405 - clock_adjtime64
        406 - clock_getres_time64  407 - clock_nanosleep_time64  408 - timer_gettime64
        409 - timer_settime64  410 - timerfd_gettime64  411 - timerfd_settime64
        412 - utimensat_time64  413 - pselect6_time64  414 - ppoll_time64
        416 - io_pgetevents_time64  417 - recvmmsg_time64  418 - mq_timedsend_time64
        419 - mq_timedreceive_time64  420 - semtimedop_time64  421 - rt_sigtimedwait_time64
        422 - futex_time64  423 - sched_rr_get_interval_time64]] ] = OTHER_WIDTH,
  },
  ppc = {
    [ [[179 pread64 pread  180 pwrite64 pwrite  306 timerfd_create timerfd
        319 perf_event_open perf_counter_open]] ] = OWN_SPELLING,
    ['392 - semtimedop'] = 'a call of the 64-bit kernel that the 32-bit one lacks',
    [ [[0 restart_syscall -  256 sys_debug_setcontext -  258 migrate_pages -
        259 mbind -  260 get_mempolicy -  261 set_mempolicy -]] ] = MISSING,
  },
  s390 = {
    ['180 pread64 pread  181 pwrite64 pwrite'] = OWN_SPELLING,
    [ [[7 restart_syscall -  110 lookup_dcookie -  268 mbind -  269 get_mempolicy -
        270 set_mempolicy -  287 migrate_pages -  310 move_pages -
        378 s390_guarded_storage -  393 semget -  394 semctl -  395 shmget -
        396 shmctl -  397 shmat -  398 shmdt -  399 msgget -  400 msgsnd -  401 msgrcv -
        402 msgctl -  403 clock_gettime64 -  404 clock_settime64 -
        405 clock_adjtime64 -  406 clock_getres_time64 -  407 clock_nanosleep_time64 -
        408 timer_gettime64 -  409 timer_settime64 -  410 timerfd_gettime64 -
        411 timerfd_settime64 -  412 utimensat_time64 -  413 pselect6_time64 -
        414 ppoll_time64 -  416 io_pgetevents_time64 -  417 recvmmsg_time64 -
        418 mq_timedsend_time64 -  419 mq_timedreceive_time64 -  420 semtimedop_time64 -
        421 rt_sigtimedwait_time64 -  422 futex_time64 -
        423 sched_rr_get_interval_time64 -]] ] = MISSING,
  },
  s390x = {
    ['180 pread64 pread  181 pwrite64 pwrite'] = OWN_SPELLING,
    [ [[7 restart_syscall -  110 lookup_dcookie -  220 getdents64 -  268 mbind -
        269 get_mempolicy -  270 set_mempolicy -  287 migrate_pages -  310 move_pages -
        378 s390_guarded_storage -  392 semtimedop -  393 semget -  394 semctl -  395 shmget -
        396 shmctl -  397 shmat -  398 shmdt -  399 msgget -  400 msgsnd -  401 msgrcv -
        402 msgctl -]] ] = MISSING,
  },
}

DEVIATIONS.ppc64 = DEVIATIONS.ppc64le

local ARCH_DEVIATIONS = { ['0x40000028 arm armeb'] = 'libaudit\'s name for little-endian ARM' }

describe('system calls', function()
  for _, arch in ipairs { 'x86_64', 'i386', 'arm', 'aarch64', 'ppc64le', 'ppc64', 'ppc', 's390x',
    's390' } do
    peers.it('of ' .. arch .. ' have the names that ausyscall gives them', function()
      local value = tables.arch_find(arch)
      local theirs, numbers = peers.syscalls(arch), deviations.range(0, 1000)
      assert.same({}, deviations.beyond(DEVIATIONS[arch], numbers, function(number)
        return tables.syscall_name(value, number)
      end, function(number)
        return theirs[number]
      end))
    end)

    peers.it('of ' .. arch .. ' are found by ausyscall\'s names too', function()
      local value = tables.arch_find(arch)
      for number, name in pairs(peers.syscalls(arch)) do
        if tables.syscall_name(value, number) then
          assert.equal(number, tables.syscall_find(value, name), name)
        end
      end
    end)
  end

  it('are found by the names they have', function()
    for _, arch in ipairs { 'x86_64', 'i386', 'arm', 'armeb', 'aarch64', 'ppc64le', 'ppc64', 'ppc',
      's390x', 's390', 'riscv64' } do
      local value, count = tables.arch_find(arch), 0
      for number = 0, 1000 do
        local name = tables.syscall_name(value, number)
        if name then
          count = count + 1
          assert.equal(number, tables.syscall_find(value, name), arch .. ' ' .. name)
        end
      end
      assert.is_true(count > 300, arch)
    end
  end)

  it('of x32 are x86_64\'s with bit 30', function()
    assert.equal('read', tables.syscall_name(X86_64, X32_BIT))
    assert.equal('execve', tables.syscall_name(X86_64, X32_BIT + 520))
    assert.is_nil(tables.syscall_name(X86_64, 520))
    assert.is_nil(tables.syscall_name(X86_64, X32_BIT + 59)) -- x86_64's own execve
    assert.is_nil(tables.arch_find 'x32')
    assert.is_nil(tables.syscall_name(tables.arch_find 'i386', X32_BIT + 520))
  end)

  it('found by name on x86_64 are never x32\'s where x86_64 has the call', function()
    for number = 0, 600 do
      local name = tables.syscall_name(X86_64, X32_BIT + number)
      local found = name and tables.syscall_find(X86_64, name)
      if found then
        assert.equal(name, tables.syscall_name(X86_64, found))
        assert.is_true(found < X32_BIT, name)
      end
    end
  end)

  it('that do not exist have no name', function()
    for _, number in ipairs { 335, 1000, 0x3fffffff, 0x7fffffff, 0x80000000, 0xffffffff } do
      assert.is_nil(tables.syscall_name(X86_64, number))
    end
    assert.is_nil(tables.syscall_name(0, 1))
    assert.is_nil(tables.syscall_name(tables.arch_find 'mips', 1))
    for _, name in ipairs { '', 'exec', 'execve\0', 'EXECVE', 'socketcall' } do
      assert.is_nil(tables.syscall_find(X86_64, name))
    end
    assert.is_nil(tables.syscall_find(0, 'execve'))
  end)

  it('are suggested for a slip', function()
    assert.equal('execve', tables.syscall_nearest 'exceve')
    assert.equal('openat', tables.syscall_nearest 'openta')
    assert.is_nil(tables.syscall_nearest 'nothing-like-this')
  end)
end)

describe('architectures', function()
  it('are found by the names they have', function()
    local archs = tables.archs()
    for name, value in pairs(archs) do
      assert.equal(value, tables.arch_find(name))
      assert.equal(name, tables.arch_name(value))
    end
    assert.equal(X86_64, archs.x86_64)
    assert.equal(0xc00000f3, archs.riscv64)
    assert.is_nil(tables.arch_name(0xc000003f))
    assert.is_nil(tables.arch_find 'b64')
  end)

  it('are found by the machines that uname names', function()
    assert.equal(0x40000003, tables.arch_find 'i686')
    assert.equal(0x40000028, tables.arch_find 'armv7l')
  end)

  it('include this host\'s', function()
    assert.is_string(tables.arch_name(tables.arch_of_host()))
  end)

  peers.it('have libaudit\'s names where it knows them', function()
    local keys = {}
    for _, value in pairs(tables.archs()) do
      local key = ('0x%08x'):format(value)
      if peers.arch_name(value) then keys[#keys + 1] = key end
    end
    assert.is_true(#keys >= 9)
    assert.same({}, deviations.beyond(ARCH_DEVIATIONS, keys, function(key)
      return tables.arch_name(tonumber(key))
    end, function(key)
      return peers.arch_name(tonumber(key))
    end))
  end)
end)
