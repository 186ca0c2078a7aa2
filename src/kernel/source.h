/*
 * source.h - what every source of records hands downstream: one record's text, borrowed for the
 * call.
 */
#pragma once

#include "base/span.h"

struct record_text {
    uint16_t type;          /* 0 when type_token names no known number */
    struct span type_token; /* "SYSCALL", "UNKNOWN[1999]" as read; absent live and in captures */
    struct span node;       /* node=..., which may be empty; absent for this host */
    struct span text;       /* from "audit(" on, the 0x1D tail with it; without a type_token it may
                               hold newlines and NULs, for a program's message is in it */
    uint64_t arrival_ns;    /* CLOCK_REALTIME when it was read; 0 from a file */
};

/*
 * Takes one record. Everything in `record` is borrowed for the call. 0, or -EBADMSG when the header
 * of `text` is malformed; then the record was counted and is left out.
 */
typedef int record_sink(void *context, const struct record_text *record);
