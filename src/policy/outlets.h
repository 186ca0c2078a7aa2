/*
 * outlets.h - what outputs choose and change by Lua: their `on = {...}` and `transform`.
 *
 * A configuration becomes plain data (control/config_lua.c), which holds neither matchers nor
 * functions. So its source runs once more here, in one machine for all its outputs, bounded as a
 * policy's is, where the words give nothing but these two.
 */
#pragma once

#include "base/buffer.h"
#include "base/log.h"
#include "base/mistakes.h"
#include "event/alert.h"
#include "interpret/resolver.h"

/* An output that has `on` or `transform`, as the plain data knows it. */
struct outlet_place {
    struct span name;
    unsigned line; /* of the source, on which its options begin */
    bool has_on, has_transform;
};

struct outlets_settings {
    struct span path; /* of the configuration, for sentences */
    struct span source;
    const struct outlet_place *places; /* all outputs, in the order of their bits in routes */
    size_t count;
    bool
        is_wrong; /* the configuration has mistakes: those of `on` are added, and nothing is made */
    const struct resolver *resolver;
    const struct log *log;
};

struct outlets;

/* Runs the source; NULL when mistakes were added. `notes` gets what is odd without being wrong. */
struct outlets *outlets_new(const struct outlets_settings *, struct mistakes *,
                            struct mistakes *notes);
void outlets_free(struct outlets *);

/* A bit for each output that wants the event: `on` holds, or there is none. */
uint64_t outlets_wanting(struct outlets *, struct event *);

bool outlets_transforms(const struct outlets *, size_t output);

enum outlet_answer {
    OUTLET_MESSAGE, /* body and headers were appended */
    OUTLET_SKIP,    /* the transform said nothing */
    OUTLET_FAILED   /* counted, and logged at most once a minute of event time */
};

/*
 * Calls the output's transform with the event and, for an alert, with what it says. Appends to
 * `body` one line with its newline, to `headers` "Name: value\r\n" each.
 */
enum outlet_answer outlets_transform(struct outlets *, size_t output, struct event *,
                                     const struct alert *, struct buffer *body,
                                     struct buffer *headers);
