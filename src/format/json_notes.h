/*
 * json_notes.h - what laudit and its policies add to an event's line: marks, attributes, tags and
 * the ids of alerts.
 */
#pragma once

#include "format/json_writer.h"

/* ,"MARKS":["late","cut"] where one holds. */
char *json_put_marks(struct json_writer *, char *at);

/* ,"ATTRIBUTES":{...},"TAGS":[...] where there are any. */
char *json_put_notes(struct json_writer *, char *at, const struct notes *);

/* ,"NAME":["a","b"] where there are any. */
char *json_put_tags(struct json_writer *, char *at, struct span name, const struct tag *);
