# turns.sh - sets of rules that are loaded in turn while events come, and what is missed meanwhile; sourced.
# shellcheck shell=bash

# A program that runs laudit may stand in $through.
through=()
rules() {
    "${through[@]}" "$LAUDIT" rules "$@"
}

A='-a always,exit -F arch=b64 -S openat -F dir=/ram/load -F key=load'
B='-a always,exit -F arch=b64 -S openat -F auid=12345 -F key=other'
C='-a always,exit -F arch=b64 -S openat -F auid=12346 -F key=another'
N='-a never,exit -F arch=b64 -S openat -F auid=12347'
W='-w /etc/passwd -p wa -k passwd'
# As A, with 64 fields: there is no room for a stand-in while it moves.
F=${A/ -F key=load/}$(for i in $(seq 61); do printf ' -F auid!=%d' $((90000 + i)); done)' -F key=load'

# Makes a load of $calls opens and one more with key "load", and loads the sets $1 and $2 in turn until it ends; their
# lines are parted by "|". Sets $turns, $moved and $missed. The kernel's queue has no limit meanwhile: who waits for room
# in it sleeps until it is empty, and the load would sleep through the windows that it is to fall into.
load_in_turn() {
    turns=0 moved=0
    auditctl -b 0 >/dev/null
    tr '|' '\n' <<<"$1" >/ram/one.rules
    tr '|' '\n' <<<"$2" >/ram/two.rules
    rules load /ram/one.rules >/dev/null
    rm -rf /ram/load/* /ram/audit/*
    start_auditd RAW /ram/audit/audit.log
    make_load turn 1 open=$calls &
    local load=$!
    while kill -0 "$load" 2>/dev/null; do
        rules load /ram/two.rules >/ram/told 2>&1 || { cat /ram/told; break; }
        moved=$((moved + $(sed -n 's/.* \([0-9]*\) moved.*/\1/p' /ram/told)))
        rules load /ram/one.rules >/ram/told 2>&1 || { cat /ram/told; break; }
        moved=$((moved + $(sed -n 's/.* \([0-9]*\) moved.*/\1/p' /ram/told)))
        turns=$((turns + 2))
    done
    wait "$load"
    stop_auditd
    auditctl -b 8192 >/dev/null
    missed=$((calls + 1 - $(cat /ram/audit/audit.log* | grep -c '^type=SYSCALL.*key="load"')))
    echo "    $turns loads during $((calls + 1)) calls: $moved rules moved, $missed events missed"
}

# The time in ms from a rule's deletion to the addition behind it, of what slow.so has told in $1: mean, longest and count.
windows() {
    awk '$1 == "add" && process == $3 { us = $2 - deleted; sum += us; count++; if (us > most) most = us }
        { deleted = $2; process = $1 == "delete" ? $3 : "" }
        END { if (count) printf "%.2f ms, at most %.2f ms, in %d moves\n", sum / count / 1000, most / 1000, count }' "$1"
}
