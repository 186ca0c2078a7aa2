-- laudit.lua - an example configuration: /etc/laudit/laudit.lua
--
-- This file is Lua. It has five words (kernel, rules, policies, output, metrics) and nothing else
-- in reach: no files, no environment, no libraries. `laudit check -c FILE` says every mistake at
-- once, and SIGHUP reads it anew while laudit runs. Relative paths are seen from the folder of this
-- file. docs/configuration.md explains every option.

-- How to set the kernel's audit, and how to listen to it. What is not given stays as it is.
kernel {
  enabled = true,
  backlog_limit = 8192,     -- records that may wait in the kernel
  failure = 'printk',       -- what it does when it loses some
  receive_buffer = '16MiB', -- what may wait in the socket while laudit is busy
  -- multicast = true,      -- only read along, beside auditd or another daemon, and set nothing
}

-- What the kernel is to watch, besides what the policies below need. The kernel's rules become
-- these and no others: `laudit rules plan -c FILE` says beforehand what would change.
-- rules 'rules.d/*.rules'
-- rules(rule.watch('/etc/ssh', { perm = 'wa', key = 'ssh' }))

-- What to do with events: every *.lua of the folder, in alphabetical order (but no *_spec.lua).
policies '../policies/*.lua'

-- Everything, one JSON object a line. An event goes to the default outputs unless a policy routes
-- it elsewhere.
output 'local' {
  type = 'file',
  path = '/var/log/laudit/events.json', -- the folder must exist
  mode = '0640',
  group = 'adm',
  default = true,
}

-- A second file, for what policies send there by name: event:send 'soc', or an alert's outputs.
output 'soc' {
  type = 'file',
  path = '/var/log/laudit/soc.json',
  queue = { bytes = '32MiB' }, -- may wait in memory while the disk is full
  default = false,
}

-- What was counted, for Prometheus (GET /metrics) and statsd; SIGUSR2 writes it to standard error.
-- metrics { prometheus = '127.0.0.1:9321', statsd = '127.0.0.1:8125', prefix = 'laudit.{host}.' }
