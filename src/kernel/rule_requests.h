/*
 * rule_requests.h - the kernel's list of audit rules: read it, add to it, delete from it.
 *
 * What a rule says is not known here: it goes by as the bytes of a struct audit_rule_data. Made for
 * a socket of its own that is no registered daemon's: records that arrive meanwhile are left out.
 */
#pragma once

#include "kernel/netlink.h"

enum { RULE_LIST_LONGEST = 64 << 20 /* bytes of all rules that rule_list takes */ };

/* Takes one rule, a struct audit_rule_data of any length as the kernel sent it; borrowed. */
typedef void rule_sink(void *context, struct span payload);

/*
 * Hands on the rules of all lists in the kernel's order, once all have come. 0, or negative errno
 * with a sentence; then none was handed on.
 */
int rule_list(struct netlink *, rule_sink *, void *context, struct error *);

/*
 * Add or delete one rule and wait for the acknowledgement: 0, or negative errno. -EEXIST: it is
 * there already; -ENOENT: there is none like it; -EMSGSIZE: longer than NETLINK_PAYLOAD;
 * -ETIMEDOUT and -ENOBUFS: what became of it is not known.
 */
int rule_add(struct netlink *, struct span payload);
int rule_delete(struct netlink *, struct span payload);
