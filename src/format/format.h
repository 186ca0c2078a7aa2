/*
 * format.h - turns an event or an alert into the bytes of one line.
 *
 * Written by C straight from spans. A line ends with '\n' and holds no other newline.
 */
#pragma once

#include "base/buffer.h"
#include "event/alert.h"
#include "interpret/resolver.h"

/* The last id of a kind and its name as JSON: the ids of a log are mostly the same. */
struct format_name {
    char digits[16];
    char json[32];
    uint32_t digits_len, json_len; /* json_len is 0 when the id has no name */
};

/* What is kept of one event for the next, as long as the resolver says the same. Zeros at first. */
struct format_names {
    uint64_t epoch;              /* of the resolver; 0 where it has none */
    struct format_name names[3]; /* of logins (auid), all other users, groups */
    char host[65];               /* this machine's name; empty until it was asked for */
};

struct format_context {
    const struct resolver *resolver;
    struct format_names *kept; /* NULL: nothing is kept; its resolver must stay the same */
    struct span hostname;      /* NODE of events without one, absent to leave NODE out; gelf and
                                  cef, which need one, take this machine's name then */
    bool color;                /* text: terminal colours */
    bool is_live;              /* raw: EOE is left out; newline and NUL become a space, as in all
                                  records that were in no log */
};

struct format {
    const char *name;
    const char *summary; /* for --help */
    bool has_many_lines; /* an event may be several lines, or none */
    /* Appends the event's line(s). */
    void (*event)(const struct format_context *, struct event *, struct buffer *out);
    /* NULL where alerts have no place (raw, go-audit, pauditd). */
    void (*alert)(const struct format_context *, const struct alert *, struct buffer *out);
};

/* NULL when there is none of that name. */
const struct format *format_find(struct span name);

/* All formats; the array ends with NULL. */
const struct format *const *format_all(void);
