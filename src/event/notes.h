/*
 * notes.h - what policies add to an event: attributes, tags and the ids of alerts.
 *
 * Everything lives in the event's arena. Values are JSON text, written once when they are set.
 */
#pragma once

#include "base/arena.h"

struct attribute {
    struct attribute *next;
    struct span name;
    struct span json; /* one JSON value, keys sorted */
};

struct tag {
    struct tag *next;
    struct span text;
};

struct notes {
    struct attribute *attributes; /* in the order of first setting */
    struct tag *tags;             /* each once, in order */
    struct tag *alerts;           /* ids of alerts, in order */
};

/* Sets or replaces; `name` and `json` are copied. */
void notes_set(struct notes *, struct arena *, struct span name, struct span json);

/* The JSON of an attribute; absent when it is not set. */
struct span notes_get(const struct notes *, struct span name);

void notes_tag(struct notes *, struct arena *, struct span text);
void notes_alert(struct notes *, struct arena *, struct span id);
