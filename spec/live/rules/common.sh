# common.sh - rules that auditctl loads in one boot and laudit in another, and what the kernel holds then; sourced.
# shellcheck shell=bash
. "$LIVE/rules/places.sh"

# Writes /out/common.rules from a file of spec/fixtures/rules.
make_common_rules() {
    make_places
    cp "$(dirname "$LAUDIT")/laudit_engine.so" "$TOOLS/tap.so" "$LIVE/rules/common.lua" /ram/
    zstd -dqf "$LIVE/../fixtures/rules/$1.jsonl.zst" -o /ram/lines.jsonl
    check "there are lines that both read" env LUA_CPATH='/ram/?.so;;' \
        luajit /ram/common.lua /ram/lines.jsonl /out/common.rules
    cat /ram/said
}

# The kernel's rules to /out/WHO.hex, one a line, and as auditctl -l shows them to WHO.list and WHO.names.
show_rules() {
    rm -f /ram/tap
    TAP=/ram/tap LD_PRELOAD=/ram/tap.so auditctl -l >"/out/$1.list"
    sed -n 's/^< 1013 //p' /ram/tap >"/out/$1.hex"
    auditctl -l -i >"/out/$1.names"
}

# auditctl_loads FIXTURE: the one boot.
auditctl_loads() {
    make_common_rules "$1"
    check "auditctl loads every line" auditctl -R /out/common.rules
    show_rules auditctl
    check "the kernel holds as many rules" test "$(wc -l </out/auditctl.hex)" = "$(wc -l </out/common.rules)"
}

# laudit_loads FIXTURE JOB: the other; JOB is the one of auditctl.
laudit_loads() {
    local theirs=$LIVE/../../build/live/jobs/$2
    if [ ! -e "$theirs/auditctl.hex" ]; then
        skip "the kernel's rules are the same" "the job $2 has not run"
        return
    fi
    make_common_rules "$1"
    check "the lines are the same" cmp /out/common.rules "$theirs/common.rules"
    check "laudit loads every line" "$LAUDIT" rules load /out/common.rules
    show_rules laudit
    check "the kernel holds the same bytes in the same order" cmp /out/laudit.hex "$theirs/auditctl.hex"
    check "auditctl -l shows them the same" cmp /out/laudit.list "$theirs/auditctl.list"
    check "auditctl -l -i, too" cmp /out/laudit.names "$theirs/auditctl.names"
    check "a second load changes nothing" "$LAUDIT" rules plan --exact-order /out/common.rules
}
