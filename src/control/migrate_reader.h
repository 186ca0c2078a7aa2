/*
 * migrate_reader.h - options of a YAML configuration, asked for by name, and the comments about
 * them.
 *
 * Names have letters of either case. A value of another kind than asked for is a mistake. What
 * nobody asked for can be told at the end of a section.
 */
#pragma once

#include "base/yaml.h"
#include "control/lua_text.h"
#include "control/migrate.h"

struct migration {
    struct migrated *result;
    const char *path; /* of the YAML, for mistakes */
    char name[256];   /* its last part, for comments; escaped */
    struct buffer *out;
    const char *indent; /* of comments */
    struct mistakes *mistakes, *notes;
    int64_t types_min, types_max; /* events.min, events.max */
};

/* A mapping with options. */
struct section {
    const char *name;       /* "output.file"; empty for all of the document */
    const struct yaml *map; /* NULL: not there */
};

/* The value; NULL when there is none, or null. Marks it as read. */
const struct yaml *section_find(struct migration *, const struct section *, const char *name);

/* The section called `name` in `parent`; `full` is its name for a reader. */
struct section section_open(struct migration *, const struct section *parent, const char *name,
                            const char *full);

/* These return false, and leave the value as it was, when there is none. */
bool section_bool(struct migration *, const struct section *, const char *name, bool *value);
bool section_number(struct migration *, const struct section *, const char *name, int64_t least,
                    int64_t most, int64_t *value);
bool section_real(struct migration *, const struct section *, const char *name, double *value);
bool section_seconds(struct migration *, const struct section *, const char *name, double *value);
bool section_text(struct migration *, const struct section *, const char *name, struct span *value);

/* A number as Go's YAML reads it: 12, 0o14, 014, 0xc, quoted or not. */
bool yaml_number(const struct yaml *, int64_t *value);

/* If the option is there, its comment. */
void section_remark(struct migration *, const struct section *, const char *name,
                    const char *sentence);

/* Comments for all members that were not asked for. */
void section_rest(struct migration *, const struct section *);

/* A comment that begins with the place of `node`, in lines of 100 columns. */
void migrate_remark(struct migration *, const struct yaml *node, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* A mistake at the place of `node`. */
void migrate_mistake(struct migration *, const struct yaml *node, const char *format, ...)
    PRINTF_LIKE(3, 4);

/* Appends a comment in lines of 100 columns. */
void migrate_comment(struct buffer *, const char *indent, const char *text);

/* The parts, each in its file. */
void migrate_outputs(struct migration *, const struct section *root);
void migrate_http(struct migration *, const struct section *http);
void migrate_filters(struct migration *, const struct section *root, struct buffer *out);
