/*
 * draft.h - a rule while its line is read: what the options so far have said.
 *
 * The order of options counts, as it does for auditctl: the list comes before fields, arch before
 * calls, calls or a path before the key. Texts are borrowed until draft_finish. Each function
 * returns 0, or -EINVAL with a sentence that begins with the option and its word.
 */
#pragma once

#include "rules/reader.h"

struct draft {
    const struct rule_world *world;
    struct rule_origin origin;
    struct mistakes *notes; /* NULL: nobody wants them */
    enum rule_verb verb;
    bool has_list;   /* -a, -A, -d, -w or -W */
    bool has_watch;  /* -w or -W: all calls */
    bool has_calls;  /* -S */
    bool has_target; /* path, dir, perm, exe or fstype: something a key can stand for */
    uint32_t arch;   /* the last -F arch; 0 for none */
    struct rule rule;
    char keys[RULE_KEYS_LONGEST];
    size_t keys_len;
};

void draft_begin(struct draft *, const struct rule_world *, struct rule_origin,
                 struct mistakes *notes);

/* True when an option has begun a rule. */
bool draft_has_rule(const struct draft *);

/* -a, -A, -d: `option` is its letter. */
int draft_list(struct draft *, char option, struct span word, struct error *);

/* -w, -W: `path` is the caller's for as long as the draft lives. */
int draft_watch(struct draft *, char option, struct span path, struct error *);

/* -p: replaces the perm that the rule has, else adds one. */
int draft_perm(struct draft *, struct span letters, struct error *);
int draft_calls(struct draft *, struct span word, struct error *);
int draft_field(struct draft *, struct span word, struct error *);
int draft_pair(struct draft *, struct span word, struct error *);
int draft_key(struct draft *, struct span key, struct error *);

/* Adds a field with its checks; `option` and `word` are for the sentence. */
int draft_add(struct draft *, struct rule_field, const char *option, struct span word,
              struct error *);

/* Ends the line: copies the rule and its texts into the arena. */
int draft_finish(struct draft *, struct arena *, struct rule **, struct error *);

/* Says something odd about the line. */
void draft_note(struct draft *, const char *format, ...) PRINTF_LIKE(2, 3);
