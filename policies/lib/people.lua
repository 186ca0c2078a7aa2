--- Who did it, as a sentence begins: by name where the log has one, else by number. The login
--- (auid) decides, because sudo and su leave it alone.

local UNSET = 4294967295

local people = {}

local function name_of(upper, id)
  return id == 0 and 'root' or upper or 'user ' .. id
end

--- False for what the machine itself does: daemons and what they start.
function people.is_login(event)
  return event.auid ~= nil and event.auid ~= UNSET and event.auid ~= -1
end

--- 'alice', 'User 1000', 'A service running as www-data'.
function people.login(event)
  if people.is_login(event) then
    return (name_of(event.AUID, event.auid):gsub('^user ', 'User '))
  end
  if event.uid == nil or event.uid == -1 then
    return 'Somebody'
  end
  return 'A service running as ' .. name_of(event.UID, event.uid)
end

--- The same, with the rights they had: 'alice as root'.
function people.acting(event)
  local login = people.login(event)
  local account = event.euid and name_of(event.EUID, event.euid)

  if not account or event.euid == event.auid then
    return login
  elseif people.is_login(event) then
    return login .. ' as ' .. account
  end
  return 'A service running as ' .. account
end

return people
