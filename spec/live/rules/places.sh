# places.sh - accounts and files that are the same in every guest, for rules that name them; sourced.
# shellcheck shell=bash

# The users and groups of Debian's base-passwd, and chrony, whom a sample rule names. What a sample rule watches is there, a folder where it says so.
make_places() {
    local path
    cp /usr/share/base-passwd/passwd.master /etc/passwd
    echo 'chrony:*:994:994::/var/lib/chrony:/usr/sbin/nologin' >>/etc/passwd
    cp /usr/share/base-passwd/group.master /etc/group
    grep -rhoE '(path=|dir=|exe=|-w +)/[^ ]+' "$SAMPLES" | sed -E 's/^[^/]*//' | sort -u |
        while read -r path; do
            case $path in
            */) mkdir -p "$path" ;;
            *) mkdir -p "$(dirname "$path")" ;;
            esac
        done
    mkdir -p /ram/folder/inner
    ln -s inner /ram/folder/link
    ln -s absent /ram/folder/gone
}
SAMPLES=$PEERS/usr/share/doc/auditd/examples/rules
