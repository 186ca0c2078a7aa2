/*
 * config_values.h - reads single values of a configuration, or says what was expected and found.
 *
 * Private to the reader of the configuration's table.
 */
#pragma once

#include "control/config.h"

enum { COMPLAINTS_MOST = 1000 /* further ones are not looked for */ };

struct complaint {
    unsigned line;
    char *text;
};

struct reader {
    lua_State *L;
    struct config *config;
    struct span source; /* absent when nobody has it */
    struct complaint *complaints;
    size_t count;
};

/* Where a value stands: in which table, between which lines. */
struct place {
    const char *subject; /* "output 'soc'" */
    unsigned line, until;
};

/* How one option of a table is read; `read` finds the value on top of the stack and leaves it
 * there. */
struct reading {
    const char *name;
    void (*read)(struct reader *, const struct place *, const char *name, void *target);
    size_t offset; /* of the target in what is filled */
};

struct readings {
    const struct reading *list;
    size_t count;
};

#define READINGS(array) ((struct readings){ (array), sizeof(array) / sizeof(array)[0] })

void complain(struct reader *, unsigned line, const char *format, ...) PRINTF_LIKE(3, 4);

/* Complains about the option `name`: "output 'soc': mode: " and the sentence. */
void complain_option(struct reader *, const struct place *, const char *name, const char *format,
                     ...) PRINTF_LIKE(4, 5);

/* The line on which the option is set: the first `name =` of the table, else its first line. */
unsigned option_line(const struct reader *, const struct place *, struct span name);

/* "nothing", "true", "number 640", "'http'", "a table": the value on top of the stack. */
const char *describe_value(lua_State *, char *room, size_t size);

/* True for the value that an unknown word left behind: it has been complained about. */
bool is_stranger(lua_State *);

/* True for what `audit` gave: nobody knows yet what it is. */
bool is_audit(lua_State *);

/* Readers: the type of *target is in brackets. */
void read_boolean(struct reader *, const struct place *, const char *, void *target); /* bool */
void read_count(struct reader *, const struct place *, const char *, void *);         /* uint32_t */
void read_size(struct reader *, const struct place *, const char *, void *);          /* uint64_t */
void read_seconds(struct reader *, const struct place *, const char *, void *);       /* double */
void read_text(struct reader *, const struct place *, const char *, void *);          /* span */
void read_mode(struct reader *, const struct place *, const char *, void *);          /* mode_t */

/* A user or group, by name or number: its id is looked up when the config is settled. */
void read_owner(struct reader *, const struct place *, const char *, bool is_group,
                struct option_owner *target);

/* Reads the table at `index` into `target`, and complains about keys that are no options. */
void read_options(struct reader *, int index, const struct place *, struct readings, void *target);
bool has_option(lua_State *, int index, const char *name);

/* Complains about each key of the table at `index` that is none of the `count` names. */
void complain_about_keys(struct reader *, int index, const struct place *,
                         struct span (*name)(const void *, size_t), const void *context,
                         size_t count);

/* The tables of `kernel`, `metrics` and `output`; the entry { value, options } is at `index`. */
void read_kernel(struct reader *, int index, struct place);
void read_metrics(struct reader *, int index, struct place);
void read_output(struct reader *, int index, struct place);
