--- The account a web server runs under: its name where the log has one, else its number.

local names = {
  ['www-data'] = true, apache = true, nginx = true, httpd = true, http = true, www = true,
  wwwrun = true, caddy = true, lighttpd = true, tomcat = true,
}
local numbers = { [33] = true, [48] = true } -- www-data on Debian, apache on Red Hat

return function(event)
  if event.UID then
    return names[event.UID]
  end
  return numbers[event.uid]
end
