# guest.sh - what the jobs in the guest share; sourced by them. See spec/live/guest for their surroundings.
# shellcheck shell=bash
. "$LIVE/../tally.sh"

# auditd, auditctl and ausearch, unpacked by spec/peers, take their usual places.
cp -a "$PEERS/sbin/." /usr/sbin/
cp -a "$PEERS"/lib/*-linux-gnu/. "$PEERS"/usr/lib/*-linux-gnu/. /usr/lib/*-linux-gnu/

# A socket has room for all that may come: one that is full and not read for a tenth of a second, as on a host that is
# busy, loses rules from auditctl -l, and sends what auditd was to have to a queue that the kernel's status leaves out.
usual_room=$(cat /proc/sys/net/core/rmem_default)
room_for_all=268435456
echo "$room_for_all" >/proc/sys/net/core/rmem_default

# Checks that COMMAND succeeds; if not, shows what it said.
check() {
    local name=$1
    shift
    if "$@" >/ram/said 2>&1; then
        pass "$name"
    else
        fail "$name"
        printf '        %s\n' "$*"
        sed 's/^/        /' /ram/said
    fi
}

# Waits up to SECONDS until COMMAND succeeds.
await() {
    local tries=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.05
    done
}

# One number of the kernel's audit status: pid, lost, backlog, enabled ...
kernel_status() {
    auditctl -s | sed -n "s/^$1 //p"
}

pid_is() {
    [ "$(kernel_status pid)" = "$1" ]
}

backlog_is_empty() {
    [ "$(kernel_status backlog)" = 0 ]
}

# Loads rules given as text; everything else about the kernel's audit stays as it is.
load_rules() {
    printf '%s\n' "$@" >/ram/rules
    auditctl -R /ram/rules >/dev/null
}

# Starts auditd with log FORMAT, writing FILE; its pid goes to $auditd.
start_auditd() {
    mkdir -p /etc/audit/plugins.d
    cat >/etc/audit/auditd.conf <<END
local_events = yes
write_logs = yes
log_file = $2
log_format = $1
flush = NONE
max_log_file = 200
max_log_file_action = IGNORE
space_left = 2
admin_space_left = 1
END
    chmod 640 /etc/audit/auditd.conf
    auditd -n &
    auditd=$!
    await 10 pid_is "$auditd"
}

# Has every program read what is in its audit socket, and does the kernel have no more?
all_is_read() {
    backlog_is_empty && awk '$2 == 9 && $5 > 0 { exit 1 }' /proc/net/netlink
}

# Lets auditd write what the kernel still has, and ends it.
stop_auditd() {
    await 60 all_is_read || fail "auditd reads all within a minute"
    sleep 0.5
    kill "$auditd"
    wait "$auditd"
}

# The rules under which each call of TOOLS/load below /ram/load is an event with the key "load". The kernel may
# make the load wait, so that it loses nothing while a reader keeps up in its own time.
mkdir -p /ram/load
LOAD_RULES=(-D '-e 1' '-b 8192' '--backlog_wait_time 60000'
    '-a always,exit -F arch=b64 -S openat -F dir=/ram/load -k load'
    '-a always,exit -F arch=b64 -S execve -F dir=/ram/load -k load'
    '-a always,exit -F arch=b64 -S connect -F exe=/ram/load.program -k load'
    '-a always,exit -F arch=b64 -S rename -F dir=/ram/load -k load')

# Makes a load: NAME, PROCESSES and KIND=COUNT..., see load.c. Each process opens one file more, to rename it.
make_load() {
    cp -n "$TOOLS/load" /ram/load.program
    /ram/load.program "/ram/load/$1" "${@:2}"
}

# Starts laudit with a configuration given as text; its pid goes to $laudit, what it says to /out/laudit.log.
# A program that execs it with less rights may stand in $restrict.
restrict=()
start_laudit() {
    printf '%s\n' "$1" >/ram/laudit.lua
    shift
    "${restrict[@]}" "$LAUDIT" run -c /ram/laudit.lua --summary json "$@" 2>/out/laudit.log &
    laudit=$!
}

# Ends laudit by SIGTERM, once the kernel's backlog is read; its exit status goes to $laudit_status.
stop_laudit() {
    await 60 backlog_is_empty
    kill -TERM "$laudit"
    wait "$laudit"
    laudit_status=$?
}

# Asks Lua about laudit's output and ledger: see ask.lua.
ask() {
    luajit "$LIVE/ask.lua" "$@"
}
