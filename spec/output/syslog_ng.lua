--- syslog-ng as a peer: unpacked by spec/peers, in a folder of its own.
local peer = require 'spec.output.peer'

local syslog_ng = {}

local ROOT = (os.getenv 'LAUDIT_PEERS' or 'build/peers') .. '/syslog-ng'

--- What every message leaves: its text in FOLDER/got, what syslog-ng made of its header in
--- FOLDER/seen.
local CONFIGURATION = [[
@version: 3.38
options { keep-hostname(yes); use-dns(no); log-msg-size(1048576); stats-freq(0); ts-format(iso);
  time-zone("UTC"); frac-digits(3); };
source s { SOURCE; };
destination got { file("FOLDER/got" template("${MSG}\n")); };
destination seen { file("FOLDER/seen" template("${FACILITY}.${LEVEL} ${S_ISODATE} ${HOST} ]] ..
  [[${PROGRAM} ${MSGID} id=${.SDATA.laudit@32473.id} key=${.SDATA.laudit@32473.key} ]] ..
  [[severity=${.SDATA.laudit@32473.severity} part=${.SDATA.laudit@32473.part} ]] ..
  [[cut=${.SDATA.laudit@32473.cut}\n")); };
log { source(s); destination(got); destination(seen); };
]]

local SOURCES = {
  udp = [[syslog(ip("127.0.0.1") port(PORT) transport("udp") so-rcvbuf(8388608))]],
  tcp = [[syslog(ip("127.0.0.1") port(PORT) transport("tcp"))]],
  newline = [[network(ip("127.0.0.1") port(PORT) transport("tcp") flags(syslog-protocol))]],
  rfc3164 = [[network(ip("127.0.0.1") port(PORT) transport("tcp"))]],
  tls = [[syslog(ip("127.0.0.1") port(PORT) transport("tls") tls(key-file("CERTIFICATES/server.key")
    cert-file("CERTIFICATES/server.pem") ca-file("CERTIFICATES/ca.pem") peer-verify(VERIFY)))]],
  unix = [[unix-stream("SOCKET")]],
  datagram = [[unix-dgram("SOCKET")]],
}

--- False where it could not be fetched.
function syslog_ng.is_there()
  return peer.read(ROOT .. '/env') ~= ''
end

--- { source =, folder =, port =, socket =, certificates = FOLDER, verify = 'yes' } → process id.
function syslog_ng.start(options)
  local values = { FOLDER = options.folder, PORT = options.port, SOCKET = options.socket,
    CERTIFICATES = options.certificates or options.folder, VERIFY = options.verify or 'no' }
  local configuration = CONFIGURATION:gsub('SOURCE', function() return SOURCES[options.source] end)
    :gsub('%u%u%u%u+', values)
  peer.write(options.folder .. '/syslog-ng.conf', configuration)
  return peer.start((('ROOT/env syslog-ng -F --no-caps -f DIR/syslog-ng.conf -R DIR/persist ' ..
    '-p DIR/pid -c DIR/control --module-path=ROOT/usr/lib/syslog-ng/3.38'):gsub('%u%u+',
      { ROOT = ROOT, DIR = options.folder })), options.folder .. '/syslog-ng.said')
end

return syslog_ng
