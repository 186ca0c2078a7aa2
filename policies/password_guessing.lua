--- Somebody tries one password after the other, and perhaps found the right one.
---
--- Failures are counted where PAM says how a password was received (USER_AUTH): once an attempt,
--- for ssh, su, sudo, login and mail alike. sshd's own USER_LOGIN failures are left aside, for it
--- writes one for each key that an honest client offers. One alert a source and hour, at the
--- fifth failure; one an account where the guesses come from many places; and one of the highest
--- severity when a source that failed so often gets in.
local audit = require 'audit'
local once = require 'lib.once'

local FAILURES, MINUTES = 5, 5                     -- from one source
local ACCOUNT_FAILURES, ACCOUNT_MINUTES = 20, 60   -- for one account, from sources that stay below

local by_source = audit.window { seconds = MINUTES * 60 }
local by_account = audit.window { seconds = ACCOUNT_MINUTES * 60 }
local is_news = once(3600)

--- 'from 203.0.113.7', or 'at /usr/bin/su' for somebody who sits at the machine.
local function source_of(event)
  if event.addr and event.addr ~= '?' then
    return 'from ' .. event.addr
  end
  return ('at %s on %s'):format(event.exe, event.terminal or '?')
end

local function failed(event, source, account)
  local count = by_source:add(source)

  if count >= FAILURES then
    event:tag 'T1110.001'
    return count == FAILURES and is_news(source) and
      audit.alert('%d failed passwords %s within %d minutes, the last for %s',
        count, source, MINUTES, account)
  end
  count = by_account:add(account)
  if count >= ACCOUNT_FAILURES then
    event:tag 'T1110'
    return is_news(account) and
      audit.alert('%d failed passwords for %s within %d minutes, slowly or from many places',
        count, account, ACCOUNT_MINUTES)
  end
end

local function succeeded(event, source, account)
  local count = by_source:count(source)

  if count >= FAILURES then
    by_source:forget(source)
    event:tag 'T1078'
    return audit.alert {
      '%s is in %s after %d failed passwords within %d minutes', account, source, count, MINUTES,
      severity = 'critical',
    }
  end
end

return audit.policy {
  name = 'password-guessing',
  severity = 'medium',
  on = { type = 'USER_AUTH', op = 'PAM:authentication', acct = audit.match.present() },

  check = function(event)
    local handle = event.res == 'success' and succeeded or failed

    return handle(event, source_of(event), event.acct == '?' and 'an unknown user' or event.acct)
  end,
}
