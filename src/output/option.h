/*
 * option.h - options as data: what a table of the configuration may hold and where it goes.
 *
 * Read by control/ from Lua. `offset` is where in the settings the value is put; its C type stands
 * behind the kind. What is left out keeps the value that the settings had before.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "base/span.h"

enum option_kind {
    OPTION_BOOL,    /* bool */
    OPTION_COUNT,   /* uint32_t: a whole number from `least` to `most` (both 0: any) */
    OPTION_SIZE,    /* uint64_t: bytes, "16MiB" */
    OPTION_SECONDS, /* double */
    OPTION_RATIO,   /* double from 0 to 1 */
    OPTION_TEXT,    /* span: not empty, no zero byte */
    OPTION_PATH,    /* span: a text; relative ones are seen from the configuration's folder */
    OPTION_MODE,    /* mode_t: '0640' */
    OPTION_OWNER,   /* struct option_owner: a user, by name or number */
    OPTION_GROUP,   /* struct option_owner: a group */
    OPTION_CHOICE,  /* int: the place in `choices` */
    OPTION_SPACE,   /* struct option_space: "100MiB" or "5%" */
    OPTION_SECRET,  /* struct secret: { file = PATH } or { env = NAME } */
    OPTION_TEXTS,   /* struct option_texts: { 'a', 'b' }, or one text */
    OPTION_PAIRS, /* struct option_pairs: { name = 'text' }, sorted by name; a value may be a secret
                   */
    OPTION_TABLE  /* the options `inside`, from the same offset 0: their offsets count from the
                     settings too */
};

struct option {
    const char *name;
    enum option_kind kind;
    size_t offset;
    const char *summary;         /* for help: "where to connect: HOST:PORT" */
    const char *const *choices;  /* OPTION_CHOICE; ends with NULL */
    uint32_t least, most;        /* OPTION_COUNT */
    const struct option *inside; /* OPTION_TABLE */
    size_t inside_count;
    size_t given; /* offset of a bool that becomes true when the option is there; 0: none */
};

/* How many options an array holds. */
#define OPTIONS_OF(array) (array), sizeof(array) / sizeof(array)[0]

struct option_owner {
    bool is_given;
    uint32_t id; /* looked up when the configuration is settled */
};

struct option_space {
    bool is_given;
    uint64_t bytes;
    double percent; /* of the file system; 0: `bytes` counts */
};

struct option_texts {
    const struct span *list;
    size_t count;
};

/* Where a secret is to be read from; never the secret itself. */
struct secret {
    struct span file; /* absent: not from a file */
    struct span env;  /* absent: not from the environment */
};

struct option_pair {
    struct span name;
    struct span value;    /* absent when it is a secret */
    struct secret secret; /* */
};

struct option_pairs {
    const struct option_pair *list;
    size_t count;
};
