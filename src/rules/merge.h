/*
 * merge.h - the lines of rule files, each with its place: those of a file as they are, those of a
 * folder merged as augenrules(8) does.
 *
 * The lines own their texts and the names of their files.
 */
#pragma once

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "rules/rule.h"

enum {
    RULE_FILE_MOST = 16 << 20, /* bytes of one file */
    RULE_LINES_MOST = 1 << 20  /* of one file */
};

/* What a file has to be, as bits; standard input is what it is. */
enum rule_file_demand {
    RULE_FILE_REGULAR = 1, /* no pipe: who reads one waits for its writer */
    RULE_FILE_GUARDED = 2, /* of root or the caller, and not everybody may write to it */
};

/* Reads all of a file ("-": standard input), but for a mark of order at its begin. 0, or negative
 * errno with a sentence. */
int rule_file_read(const char *path, unsigned demands, struct buffer *out, struct error *);

struct rule_line {
    struct span text;          /* without its newline */
    struct rule_origin origin; /* `file` ends with a zero byte behind it */
    bool is_document;          /* `text` is a whole file of JSON (json.h) */
};

struct rule_lines {
    struct arena arena;
    struct rule_line *items;
    size_t count;
    bool is_merged; /* of a folder or a pattern */
};

/* Set all to zero first, and call as often as needed: lines are added at the end. */
void rule_lines_free(struct rule_lines *);

/* Adds all lines of a text; `file` says where it is from. */
void rule_lines_add_text(struct rule_lines *, struct span text, struct span file);

/*
 * Adds all lines of a file ("-": standard input), or one for all of it when it is JSON: its first
 * byte but for white space is '{' or '[', which no command begins with. 0, or negative errno with a
 * sentence.
 */
int rule_lines_add_file(struct rule_lines *, const char *path, unsigned demands, struct error *);

/*
 * Adds the lines of all files "*.rules" of a folder, in natural order, without empty lines and
 * comments: first the last "-D" without a key, the last "-b", the last "-f", then all others, at
 * the end the last "-e". A file of JSON stands as a whole among the others. Each is to be regular,
 * whatever is demanded. 0, or negative errno with a sentence: -ENOENT also where the folder has no
 * such file.
 */
int rule_lines_add_folder(struct rule_lines *, const char *folder, unsigned demands,
                          struct error *);

/* The same for the files that a pattern (glob(7)) matches, whatever their folders. */
int rule_lines_add_pattern(struct rule_lines *, const char *pattern, unsigned demands,
                           struct error *);
