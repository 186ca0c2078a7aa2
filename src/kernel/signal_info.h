/*
 * signal_info.h - who sent the audit daemon its last signal (TERM, HUP, USR1, USR2), as the kernel
 * remembers it.
 */
#pragma once

#include "kernel/request.h"

struct signal_info {
    uint32_t uid;        /* the auid of who sent it, else the uid */
    uint32_t pid;        /* as signal_info_is_any says, of nobody */
    struct span context; /* of a security module; empty when there is none */
    char room[REQUEST_REPLY_MAX];
};

/* False when nobody sent one: the pid is 0 or 4294967295 then. */
bool signal_info_is_any(const struct signal_info *);

/* Reads a struct audit_sig_info of any length, copying it: 0, or -EBADMSG when it is too short. */
int signal_info_parse(struct span payload, struct signal_info *);

/* Asks and waits: 0, or negative errno with a sentence. */
int signal_info_get(struct netlink *, struct signal_info *, struct error *);
