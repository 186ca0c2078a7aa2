# tally.sh - counts what passed, failed and was skipped; sourced by the scripts that test.
#
# Each of them ends its output with tally_end's line, so that another can add it up with tally_add.
# shellcheck shell=bash
passed=0 failed=0 skipped=0

pass() {
    printf 'ok      %s\n' "$1"
    passed=$((passed + 1))
}

fail() {
    printf 'FAILED  %s\n' "$1"
    failed=$((failed + 1))
}

skip() {
    printf 'SKIPPED %s: %s\n' "$1" "$2"
    skipped=$((skipped + 1))
}

# Adds the line that ends LOG; a log that ends otherwise is of something that broke, and counts as one
# failure. False if anything failed.
tally_add() {
    local p f s
    read -r p f s < <(tail -n 1 "$1" |
        sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
    if [ -z "$p" ]; then
        fail "no result: it broke"
        return 1
    fi
    passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
    [ "$f" = 0 ]
}

# Prints the last line; false if anything failed.
tally_end() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" = 0 ]
}
