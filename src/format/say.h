/*
 * say.h - what a person would say of an event: the words that the readable formats share.
 *
 * What it gives lives in the event's arena, is static, or as long as the resolver keeps it.
 */
#pragma once

#include "format/format.h"
#include "interpret/interpret.h"

/* The name of a field's value, else its decoded text; false when it says nothing. */
bool say_field(const struct format_context *, struct event *, uint16_t id, struct span *text);

/* The same for a field that was found and is not null. */
struct span say_value(const struct format_context *, struct event *, const struct record *,
                      const struct field *);

/* "execve" of a system call, else the type of the first record. */
struct span say_action(const struct format_context *, struct event *);

/* The address of saddr; false without one that can be read. */
bool say_find_address(struct event *, struct address *);

/* "203.0.113.66:4444", "[fe80::1%2]:443", "/run/x"; empty for any other family. */
struct span say_address(struct arena *, const struct address *);

/* The names of the event's PATH records, each once. */
void say_paths(struct event *, struct strings *);

/* The strings with a blank between each two; a gap is "...". */
struct span say_joined(struct arena *, const struct strings *);

/* Where it happened: the event's node, the context's name, else this machine's. */
enum { SAY_HOST_ROOM = 65 /* bytes */ };
struct span say_host(const struct format_context *, const struct event *, char room[SAY_HOST_ROOM]);
