/*
 * format.h - turns an event or an alert into the bytes of one line.
 *
 * Written by C straight from spans. A line ends with '\n' and holds no other newline.
 */
#pragma once

#include "base/buffer.h"
#include "event/alert.h"
#include "interpret/resolver.h"

struct format_context {
    const struct resolver *resolver;
    struct span hostname; /* NODE of events without one, absent to leave NODE out */
    bool color;           /* text: terminal colours */
    bool is_live;         /* raw: newline and NUL become a space, EOE is left out */
};

struct format {
    const char *name;
    const char *summary; /* for --help */
    bool has_many_lines; /* an event may be several lines, or none */
    /* Appends the event's line(s). */
    void (*event)(const struct format_context *, struct event *, struct buffer *out);
    /* NULL where alerts have no place (raw). */
    void (*alert)(const struct format_context *, const struct alert *, struct buffer *out);
};

/* json, raw, records, text; NULL when there is none of that name. */
const struct format *format_find(struct span name);

/* All formats; the array ends with NULL. */
const struct format *const *format_all(void);
