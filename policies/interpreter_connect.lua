--- A shell or a script interpreter opens a connection to another machine.
---
--- That is how a reverse shell looks from the kernel: bash on /dev/tcp, perl -MSocket, python -c.
--- Shells never have a reason. Script languages have many: services written in them are left
--- alone, but not what runs in somebody's session or as the web server's account. Loopback is
--- left out, for it does not leave the machine (a tunnel shows up at its own end); so are name
--- servers (port 53, for script languages), and port 0, with which the C library asks for a route
--- and sends nothing. A connection that is under way (EINPROGRESS) counts as made.
local audit = require 'audit'
local once = require 'lib.once'
local people = require 'lib.people'
local rules = require 'lib.rules'
local web_account = require 'lib.web_account'

-- Scripts that people run and that reach out, by the beginning of the command line.
local expected = audit.match.prefix {
  '/usr/bin/python3 /usr/bin/dnf', '/usr/bin/python3 /usr/bin/yum',
  '/usr/bin/python3 /usr/bin/apt',
  '/usr/bin/python3 /usr/bin/add-apt-repository', '/usr/bin/python3 /usr/bin/certbot',
}

local SHELL = audit.match.regex(require 'lib.shells')
local LANGUAGE = '/(python|pypy|perl|ruby|php|lua|luajit|node|nodejs|tclsh|expect|gawk|mawk|' ..
  'socat|nc|ncat|netcat)[0-9.]*(\\.openbsd|\\.traditional)?( \\(deleted\\))?$'
local HERE = audit.match.cidr('127.0.0.0/8', '::1/128', '0.0.0.0/32', '::/128')
local EINPROGRESS, ENETUNREACH = -115, -101
local MSG_FASTOPEN, CONNECT = 0x20000000, 3
local is_news = once(3600)

--- socketcall and sendto do many things; one of each connects.
local function connects(event)
  if event.SYSCALL == 'sendto' then
    return (tonumber(event.a3) or 0) % (2 * MSG_FASTOPEN) >= MSG_FASTOPEN
  end
  return event.SYSCALL ~= 'socketcall' or tonumber(event.a0) == CONNECT
end

local function is_ordinary(event, address)
  if SHELL(event.exe) then
    return false
  end
  return not people.is_login(event) and not web_account(event) or address.port == 53 or
    expected(event.proctitle)
end

return audit.policy {
  name = 'interpreter-connect',
  severity = 'high',
  rules = rules [[
    -S connect -F saddr_fam=2 -k connect
    -S connect -F saddr_fam=10 -k connect
    -S sendto -F a3&0x20000000 -k connect
    -a always,exit -F arch=b32 -S socketcall -F a0=3 -k connect
  ]],
  on = {
    SYSCALL = { 'connect', 'socketcall', 'sendto' },
    exe = { SHELL, audit.match.regex(LANGUAGE) },
    ['address.ip'] = audit.match.not_(HERE),
    ['address.port'] = audit.match.range(1, 65535),
    exit = audit.match.not_(ENETUNREACH),
  },

  check = function(event)
    local address = event.address

    if not connects(event) or is_ordinary(event, address) then
      return
    end
    local is_made = event.success == 'yes' or event.exit == EINPROGRESS

    event:tag(SHELL(event.exe) and 'T1059.004' or 'T1059')
    if is_news(event.auid, event.uid, event.exe, address.ip, address.port) then
      return audit.alert {
        '%s %s %s port %d with %s: %s (pid %s)', people.acting(event),
        is_made and 'connected to' or 'tried to connect to', address.ip, address.port, event.exe,
        event.proctitle or event.comm, event.pid,
        severity = not is_made and 'medium' or nil,
      }
    end
  end,
}
