/*
 * notices.h - what laudit says about itself: DAEMON_* records that pass the same pipeline (DESIGN
 * 8).
 *
 * They look like auditd's and have serials of their own, so that ausearch reads them.
 */
#pragma once

#include "control/pipeline.h"

struct notices {
    struct pipeline *pipeline; /* borrowed */
    uint32_t serial;           /* of the next one */
    uint32_t auid, session;    /* of whoever started laudit */
};

void notices_begin(struct notices *, struct pipeline *, uint64_t now_ms);

void notice_start(struct notices *, uint64_t now_ms);
void notice_reload(struct notices *, uint64_t now_ms, bool is_swapped);
void notice_end(struct notices *, uint64_t now_ms);
