/*
 * notices.h - what laudit says about itself: DAEMON_* records that pass the same pipeline
 * (docs/configuration.md lists them).
 *
 * They look like auditd's and have serials of their own, so that ausearch reads them.
 */
#pragma once

#include "control/pipeline.h"
#include "control/rule_keeper.h"

struct notices {
    struct pipeline *pipeline; /* borrowed */
    uint32_t serial;           /* of the next one */
    uint32_t auid, session;    /* of whoever started laudit */
    uint64_t lost, enobufs;    /* said so far */
    uint64_t rivals;           /* said so far */
    uint64_t quarantines;      /* said so far */
};

void notices_begin(struct notices *, struct pipeline *, uint64_t now_ms);

void notice_start(struct notices *, uint64_t now_ms);
void notice_reload(struct notices *, uint64_t now_ms, bool is_swapped);
void notice_end(struct notices *, uint64_t now_ms);

/* DAEMON_ERR op=lost-records when the source lost more than was said: how much more. */
void notice_loss(struct notices *, uint64_t now_ms, const struct ledger_source *);

/* DAEMON_ERR op=rival when somebody tried to become the audit daemon since it was said last. */
void notice_rival(struct notices *, uint64_t now_ms, const struct ledger_source *);

/* DAEMON_ERR op=drift: the kernel's rules are not those wanted. */
void notice_drift(struct notices *, uint64_t now_ms, const struct rule_drift *);

/* DAEMON_ERR op=quarantine, one for each policy that rests, when another one was put to rest. */
void notice_quarantines(struct notices *, uint64_t now_ms, const struct ledger *);
