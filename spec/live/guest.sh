# guest.sh - what the jobs in the guest share; sourced by them. See spec/live/guest for their surroundings.
# shellcheck shell=bash
. "$LIVE/../tally.sh"

# auditd, auditctl and ausearch, unpacked by spec/peers, take their usual places.
cp -a "$PEERS/sbin/." /usr/sbin/
cp -a "$PEERS"/lib/*-linux-gnu/. "$PEERS"/usr/lib/*-linux-gnu/. /usr/lib/*-linux-gnu/

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
    local tries=$(($1 * 10))
    shift
    until "$@" >/dev/null 2>&1; do
        tries=$((tries - 1))
        [ "$tries" -gt 0 ] || return 1
        sleep 0.1
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

# Lets auditd write what the kernel still has, and ends it.
stop_auditd() {
    await 10 backlog_is_empty
    sleep 0.5
    kill "$auditd"
    wait "$auditd"
}
