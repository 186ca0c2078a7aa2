--- Logs nobody would write: what a format makes of them has to be sound all the same.

local function event(serial, records)
  local lines = {}
  for i, record in ipairs(records) do
    lines[i] = record:gsub('^(%S+) ', function(kind)
      return ('type=%s msg=audit(1795223000.000:%d): '):format(kind, serial)
    end)
  end
  return table.concat(lines, '\n') .. '\n'
end

local every_byte = {}
for byte = 0, 255 do
  if byte ~= 10 and byte ~= 34 then every_byte[#every_byte + 1] = string.char(byte) end
end
every_byte = table.concat(every_byte)

local names = {}
for i = 1, 300 do names[i] = ('n%d=%d n%d=again'):format(i, i, i) end

return {
  ['every-byte'] = event(1, { 'USER_CMD exe="' .. every_byte .. '"', 'CWD cwd="/\255\254"' }),
  ['broken-utf8'] = event(2,
    { 'CWD cwd="\240\159\152 \237\160\128 \192\128 \244\144\128\128 caf\195\169 \194\155"' }),
  ['names-twice'] = event(3,
    { 'AVC auid=1 auid=2 auid=3 nosuch=1 nosuch=2 AUID=forged ARGV=x KEYS=y exe="\255" ' ..
      'EXE_HEX=41' }),
  ['many-names'] = event(4, { 'USER_AVC ' .. table.concat(names, ' ') }),
  ['own-names'] = 'type=ID msg=audit(1795223000.000:5): a=1\ntype=NODE ' ..
    'msg=audit(1795223000.000:5): a=1\n' ..
    'type=ALERTS msg=audit(1795223000.000:5): a=1\ntype=a"b\\c msg=audit(1795223000.000:5): a=1\n',
  ['types-twice'] = event(20, { 'P\239X a=1', 'P\240X a=2', 'P\239X a=3', 'P\239\191\189X a=4',
    'UNKNOWN[0x50EF58] a=5', 'ID a=6', 'UNKNOWN[ID] a=7', 'UNKNOWN[UNKNOWN[ID]] a=8',
    'UNKNOWN[1"\1] a=9', 'UNKNOWN[0] a=10' }),
  ['unclosed'] = event(21, { 'USER_CMD pid=1 FOO="r', 'USER_CMD pid=1 FOO="" BAR="r"',
    [[USER_CMD pid=1 msg='op=x UID="r']] .. "\29AUID=\"root\" X={ y  }",
    [[USER_CMD msg=x msg='op=x]],
    'CWD cwd="/"\29X={ y  Z="z', 'CWD cwd="/"\29X="' }),
  ['forged-message'] = event(6,
    { [[USER_LOGIN pid=1 uid=0 msg='op=x" auid=5 acct="root' AUID="root" res=success' uid=7']] }),
  ['numbers'] = event(7,
    { 'SYSCALL pid=007 ppid=-5 exit=-0 items=18446744073709551616 inode=9007199254740993 ' ..
    'auid=123456789012345 uid=9007199254740992 a0=0000ff a1=xyz a2= a3=0x5 mode=0 success=1' }),
  ['addresses'] = event(8, { 'SOCKADDR saddr=01002F746D702FFF', 'SOCKADDR saddr=0200',
    'SOCKADDR saddr=', 'SOCKADDR saddr=02',
    'SOCKADDR saddr=110000030200000000000006001122334455',
      'SOCKADDR saddr=280000000004000003000000' }),
  ['arguments'] = event(9,
    { 'EXECVE argc=4294967295 a0="x" a2=FF a2_len=9 a5[0]="\1" a5[2]=41 word extra=1',
      'EXECVE a1="late"' }),
  ['keys'] = event(10, { 'SYSCALL key=6101620163', 'SYSCALL key="a"', 'SYSCALL key=01',
    'SYSCALL key=FF01FE' }),
  ['nothing'] = event(11, { 'SYSCALL ', 'PATH ', 'EXECVE ', 'PROCTITLE proctitle=(null)',
    'CWD cwd=' }),
  ['empty-ids'] = event(16, { 'CAPSET gid= uid= auid= ca0 sesp_', 'PATH ouid= ogid= ouid=' ..
    ('1'):rep(40) }),
  ['forged-tail'] = event(17,
    { 'SOCKADDR saddr=100000000000000000000000\29SADDR=\249 MSG=x AUID="\255" AUID=y',
    "USER_LOGIN msg='op=x'\29MSG=y SADDR={ x }" }),
  ['titles'] = event(18, { 'EXECVE proctitle=2=2 a0="x"', 'SYSCALL a0=1 proctitle=6100 key="k"',
    "USER_CMD msg='proctitle=6100 key=6101 saddr=0100'" }),
  ['hex-twice'] = event(19, { 'SOCKADDR saddr=\255\29SADDR=\255',
    'PATH name=FF ouid=\255\29NAME=\255 OUID=\254' }),
  ['words'] = event(12, { 'AVC avc:  denied  { read write } for  pid=1 comm="x"',
    'AVC avc:  granted  { load } for pid=1',
    'AVC avc: denied { never closed', 'TTY tty pid=1 data=6C730D' }),
  ['user-twice'] = event(13, { 'USER_TTY pid=1 data=6C73', 'USER_TTY pid=2 data=6C73' }),
  ['node'] = 'node="\\x type=CWD msg=audit(1795223000.000:14): cwd="/"\nnode=\255 type=CWD ' ..
    'msg=audit(1795223000.000:15): cwd="/"\n',
}
