/*
 * rules_request.h - what a subcommand of `laudit rules` was asked for, and the rules that it names.
 */
#pragma once

#include "cli/arguments.h"
#include "rules/plan.h"
#include "rules/rulebook.h"

enum rules_format { RULES_TEXT, RULES_HEX, RULES_JSON };

struct rules_request {
    const char *config_path; /* -c */
    const char *key;         /* -k; NULL: any */
    enum rules_format format;
    uint32_t arch;     /* --arch, else this host's */
    bool uses_names;   /* -i */
    bool narrows_perm; /* --narrow-perm */
    bool is_exact;     /* --exact-order */
    bool is_sure;      /* --yes */
    bool is_help;      /* and was said */
    char **paths;      /* the operands, within argv */
    size_t path_count; /* none: the configuration */
};

/* Reads a command line by the letters of the command's flags: c, k, f, a, n, i, e, y, h. An exit
 * status.
 */
int rules_request_parse(struct rules_request *, const struct command *, char **argv);

/* True for rules of a host like this one: its paths are looked up, and a directory of -w is one. */
bool rules_request_is_here(const struct rules_request *);

/*
 * Reads and compiles all rules that are asked for into `book`; says every mistake and note on
 * standard error. An exit status. `features`: AUDIT_FEATURE_BITMAP_* of the kernel they are for.
 * `file_demands`: RULE_FILE_* (rules/merge.h).
 */
int rules_request_read(const struct rules_request *, uint32_t features, unsigned file_demands,
                       struct rulebook *book);

/* Says them on standard error, notes first; frees both. EXIT_FAILED when there is a mistake. */
int rules_say(struct mistakes *mistakes, struct mistakes *notes);
