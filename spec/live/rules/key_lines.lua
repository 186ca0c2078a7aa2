-- key_lines.lua - the lines of the generated set (lines.lua) that are about keys.
local key_lines = {}

-- Keys of every form and length, as -k and as a field.
function key_lines.given(add, line, lists)
  local long = ('k'):rep(255)
  local texts = { 'k', 'two words', 'a,b', 'a=b', 'a"b', "it's", '\195\169', 'tab\there', '*', '',
    '-', '-x', ('k'):rep(30), ('k'):rep(31), ('k'):rep(32), ('k'):rep(33), long, long .. 'k',
    ('k'):rep(256), ('k'):rep(300), 'a\1b', '\1', 'a\127b', 'a\\b', 'a/b', '(null)' }

  for _, key in ipairs(texts) do
    add('-w', '/etc/passwd', '-k', key)
    add('-w', '/etc', '-p', 'r', '-k', key)
    add('-a', 'always,exit', '-S', 'open', '-k', key)
    add('-a', 'always,exit', '-F', 'arch=b64', '-S', 'open', '-F', 'key=' .. key)
    add('-a', 'always,exit', '-F', 'uid=0', '-k', 'first', '-k', key)
    add('-a', 'always,exit', '-F', 'uid=0', '-F', 'key=first', '-F', 'key=' .. key)
    add('-a', 'always,exit', '-F', 'path=/etc/passwd', '-k', key, '-F', 'key=last', '-k', 'more')
    add('-a', 'always,exit', '-F', 'key!=' .. key)
    add('-D', '-k', key)
    add('-l', '-k', key)
    add('-k', key)
    add('-k', key, '-w', '/etc/passwd')
    add('-k', key, '-a', 'always,exit')
  end
  for _, list in ipairs(lists) do
    line('-a always,%s -k key', list)
    line('-a always,%s -F uid=0 -k key', list)
    line('-a never,%s -F pid=1 -F key=key -k more', list)
  end
  for count = 2, 130, 16 do
    local words = { '-a', 'always,exit', '-F', 'uid=0' }
    for number = 1, count do
      words[#words + 1] = '-k'
      words[#words + 1] = tostring(number % 10)
    end
    add(unpack(words))
  end
  line '-w /etc/passwd -k'
  line '-a always,exit -F uid=0 -k'
end

-- A key that is not, where something stands before it to mark.
function key_lines.unequal(add, line, lists)
  for _, key in ipairs { 'k', 'two words', 'a,b', 'a=b', 'a"b', "it's", '\195\169', '*', '', '-',
    ('k'):rep(255), ('k'):rep(256), ('k'):rep(257), 'a\1b', 'a\\b', 'a/b', '(null)' } do
    add('-a', 'always,exit', '-S', 'open', '-F', 'key!=' .. key)
    add('-a', 'always,exit', '-F', 'arch=b64', '-S', 'openat', '-F', 'key!=' .. key, '-F', 'uid=0')
    add('-a', 'always,exit', '-F', 'path=/etc/passwd', '-F', 'perm=wa', '-F', 'key!=' .. key)
    add('-w', '/etc/passwd', '-F', 'key!=' .. key)
    add('-d', 'exit,always', '-S', 'open', '-F', 'key!=' .. key)
  end
  for _, list in ipairs(lists) do
    line('-a never,%s -S open -F key!=other', list)
    line('-A %s,always -S 5 -F uid=0 -F key!=other', list)
  end
  line '-a always,exit -S open -F key!=one -F key!=two'
  line '-a always,exit -S open -F key!=one -F key=two'
  line '-a always,exit -S open -F key=one -F key!=two'
  line '-a always,exit -S open -F key!=one -k two -k three'
  line '-a always,exit -S open -k one -F key!=two -k three'
  line '-a always,exit -F dir=/etc -F key!=one -F perm=wa'
  line '-a always,exit -F exe=/usr/bin/su -F key!=one'
  line '-a always,exit -F key!=one -F exe=/usr/bin/su'
end

return key_lines
