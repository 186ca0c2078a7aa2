--- rsyslogd as a peer: unpacked by spec/peers, in a folder of its own.
local peer = require 'spec.output.peer'

local rsyslog = {}

local ROOT = (os.getenv 'LAUDIT_PEERS' or 'build/peers') .. '/rsyslog'

--- What every message leaves: its text in FOLDER/got, what rsyslog made of its header in
--- FOLDER/seen.
local COMMON = [[
global(workDirectory="FOLDER" maxMessageSize="1m" net.enableDNS="off"
  parser.escapeControlCharactersOnReceive="off"
  defaultNetstreamDriverCAFile="CERTIFICATES/ca.pem"
  defaultNetstreamDriverCertFile="CERTIFICATES/server.pem"
  defaultNetstreamDriverKeyFile="CERTIFICATES/server.key")
module(load="mmpstrucdata")
action(type="mmpstrucdata")
template(name="got" type="list") {
  property(name="msg" position.from="FIRST") constant(value="\n")
}
template(name="seen" type="string" string="%syslogfacility-text%.%syslogseverity-text% ]] ..
  [[%timereported:::date-rfc3339% %hostname% %programname% %msgid% ]] ..
  [[id=%$!rfc5424-sd!laudit@32473!id% key=%$!rfc5424-sd!laudit@32473!key% ]] ..
  [[severity=%$!rfc5424-sd!laudit@32473!severity% part=%$!rfc5424-sd!laudit@32473!part% ]] ..
  [[cut=%$!rfc5424-sd!laudit@32473!cut%\n")
action(type="omfile" file="FOLDER/got" template="got")
action(type="omfile" file="FOLDER/seen" template="seen")
]]

local INPUTS = {
  udp = [[module(load="imudp")
    input(type="imudp" address="127.0.0.1" port="PORT" rcvbufSize="8m")]],
  tcp = [[module(load="imtcp") input(type="imtcp" address="127.0.0.1" port="PORT")]],
  tls = [[module(load="imtcp" StreamDriver.Name="ossl" StreamDriver.Mode="1"
    StreamDriver.AuthMode="AUTH") input(type="imtcp" address="127.0.0.1" port="PORT")]],
  unix = [[module(load="imuxsock" SysSock.Use="off")
    input(type="imuxsock" Socket="SOCKET" CreatePath="on" UsePIDFromSystem="off"
      RateLimit.Interval="0")]],
}

--- False where it could not be fetched.
function rsyslog.is_there()
  return peer.read(ROOT .. '/env') ~= ''
end

--- { network =, folder =, port =, socket =, certificates = FOLDER, auth = 'anon' } → process id.
--- `text_from`: the place of the text's first byte; the text of RFC 3164 begins with a blank.
function rsyslog.start(options)
  local values = { FOLDER = options.folder, PORT = options.port, SOCKET = options.socket,
    CERTIFICATES = options.certificates or options.folder, AUTH = options.auth or 'anon',
    FIRST = options.text_from or '1' }
  local configuration = (COMMON .. INPUTS[options.network] .. '\n'):gsub('%u%u%u%u+', values)
  peer.write(options.folder .. '/rsyslog.conf', configuration)
  return rsyslog.run(options.folder)
end

--- Runs it with FOLDER/rsyslog.conf.
function rsyslog.run(folder)
  os.remove(folder .. '/rsyslog.pid')
  return peer.start(('%s/env rsyslogd -n -C -f %s/rsyslog.conf -i %s/rsyslog.pid -M %s')
    :format(ROOT, folder, folder, ROOT .. '/usr/lib/x86_64-linux-gnu/rsyslog'),
    folder .. '/rsyslog.said')
end

return rsyslog
