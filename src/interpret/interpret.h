/*
 * interpret.h - what a person would say for a value the kernel wrote: the UPPER CASE side.
 *
 * Lazy: nothing is computed until it is asked for. Results live in the event's arena or are static.
 */
#pragma once

#include "event/event.h"
#include "interpret/resolver.h"

/*
 * The name of a field's value: 'alice', 'execve', 'EACCES', 'SIGKILL', 'file,644'. The ENRICHED
 * tail comes first where the record has one. False when there is no name.
 */
bool interpret_name(const struct resolver *, struct event *, const struct record *,
                    const struct field *, struct span *name);

/* The id that a uid or gid field holds; -1 is the unset one (4294967295), too. */
bool interpret_id(const struct field *, uint32_t *id);

/* An id's name: 'unset', what the resolver knows, or unknown(N) where the resolver says so. */
bool interpret_id_name(const struct resolver *, struct arena *, bool is_group, uint32_t id,
                       struct span *name);

/* The AUDIT_ARCH_* value of the record's arch field. */
bool interpret_arch(const struct record *, uint32_t *arch);

/* Reads hex digits with or without 0x. */
bool interpret_hex(struct span value, uint64_t *number);

struct strings {
    struct span *items; /* each may hold any byte; absent (data NULL) marks a gap */
    uint32_t count;
    bool is_cut; /* argc said more than there was, a gap, or a bound was reached */
};

/* EXECVE's arguments over all its records, put together from aN, aN[i] and aN_len. False without
 * EXECVE. */
bool interpret_argv(struct event *, struct strings *);

/* True for the fields of EXECVE that interpret_argv reads: aN, aN[i] and aN_len. */
bool interpret_is_argument(const struct field *);

/* PROCTITLE's arguments. False when there is none. */
bool interpret_proctitle(struct event *, const struct record *, struct strings *);

/* The same for the value of one field that is not null. */
void interpret_title(struct event *, const struct field *, struct strings *);

/* The keys of a key field's value: none for (null). */
void interpret_keys(struct event *, const struct field *, struct strings *);

struct address {
    struct span family; /* "inet", "inet6", "unix" ("local" in ausearch), "netlink", "packet",
                           "vsock", or absent */
    uint16_t family_number;
    struct span ip;               /* inet, inet6 */
    struct span path;             /* unix; an abstract name begins with '@' */
    uint32_t port;                /* inet, inet6, vsock */
    uint32_t scope, flow;         /* inet6 */
    uint32_t pid, groups;         /* netlink */
    uint32_t cid;                 /* vsock */
    uint32_t interface, protocol; /* packet */
    struct span hardware;         /* packet: "00:11:22:33:44:55" */
};

/* Reads a saddr value (HEX). 0, or -EBADMSG when it is no hex or too short for its family. */
int interpret_sockaddr(struct arena *, struct span hex, struct address *);

struct label {
    struct span user, role, type, level; /* what is missing is absent; one word is `user` */
};
void interpret_label(struct span text, struct label *);
