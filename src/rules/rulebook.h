/*
 * rulebook.h - the rules that files, folders and texts want, with all memory they need.
 *
 * All that is added is one set, as if its lines stood in one file: the rules of a configuration,
 * then those of its policies. Nothing here asks the kernel. What is wrong behind -i or -c is left
 * out, with a note, to the end of the text, file or folder that has it.
 */
#pragma once

#include "rules/reader.h"
#include "rules/set.h"

struct rulebook {
    struct rule_set set;
    struct rule_commands commands; /* whose memory the set borrows */
    size_t left_out;               /* lines behind -c; a failure, as those behind -i are not */
    bool has_continue; /* -c was read: to leave out what the kernel refuses is a failure, too */
    bool is_full;      /* of rules or commands: that is a mistake, and no more is read */
};

void rulebook_init(struct rulebook *);
void rulebook_free(struct rulebook *);

/* Adds the lines of a text, whose first one is line `first_line` of `file`. */
void rulebook_add_text(struct rulebook *, struct span text, struct span file, unsigned first_line,
                       const struct rule_world *, struct mistakes *, struct mistakes *notes);

/* The same for a text whose lines stand where `numbers` says, one for each of them. */
void rulebook_add_lines(struct rulebook *, struct span text, struct span file,
                        const unsigned *numbers, size_t count, const struct rule_world *,
                        struct mistakes *, struct mistakes *notes);

/*
 * Adds a file ("-": standard input) of lines or of JSON (json.h), or a folder, whose files *.rules
 * are merged as augenrules does (merge.h). What cannot be read is a mistake. "delete" of a file of
 * JSON is left out, with a note, where it would take the rules of other files of the folder.
 */
void rulebook_add_path(struct rulebook *, const char *path, const struct rule_world *,
                       struct mistakes *, struct mistakes *notes);

/* Adds the files that a pattern (glob(7)) matches, merged as those of a folder. */
void rulebook_add_pattern(struct rulebook *, const char *pattern, const struct rule_world *,
                          struct mistakes *, struct mistakes *notes);
