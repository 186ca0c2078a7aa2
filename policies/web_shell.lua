--- A web server starts a shell: a hole in a web application, or a file that somebody left there.
---
--- A web server answers requests; when its account runs a shell, a request has become a command.
--- The account's own cron jobs have a login (cron sets it), so they do not come here.
--- Applications that send mail through a shell do: the whole command has to be a known one, so
--- that nothing can be appended to it.
local audit = require 'audit'
local once = require 'lib.once'
local rules = require 'lib.rules'
local web_account = require 'lib.web_account'

-- Commands that your applications run through a shell: Lua patterns for the whole command.
local expected = {
  '^/usr/sbin/sendmail [%w @._+=-]*$',
}

local is_news = once(600)

local function is_expected(words)
  for _, pattern in ipairs(expected) do
    if words[2] == '-c' and #words == 3 and words[3]:find(pattern) then
      return true
    end
  end
end

return audit.policy {
  name = 'web-shell',
  severity = 'critical',
  rules = rules [[
    -S execve,execveat -F uid=33 -F auid=unset -k web-shell
  ]],
  on = {
    SYSCALL = { 'execve', 'execveat' },
    success = true,
    auid = 4294967295,
    uid = audit.match.not_(0),
    exe = audit.match.regex(require 'lib.shells'),
  },

  check = function(event)
    local words = event.argv or {}

    if not web_account(event) or is_expected(words) then
      return
    end
    event:tag 'T1505.003'
    if is_news(event.uid, event.exe) then
      return audit.alert("The web server's account %s started a shell (pid %s): %s",
        event.UID or event.uid, event.pid, table.concat(words, ' '))
    end
  end,
}
