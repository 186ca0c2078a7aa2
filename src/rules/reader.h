/*
 * reader.h - auditctl's language, read: lines and words become commands.
 *
 * Every restriction that auditctl or the kernel puts on a rule is tested here, so that a set is
 * sent only when all of it is good. docs/rules.md has the language and each sentence of refusal.
 */
#pragma once

#include "base/arena.h"
#include "base/mistakes.h"
#include "rules/command.h"

enum {
    RULE_LINE_LONGEST = 32768, /* bytes */
    RULE_COMMANDS_MOST = 32768 /* of all that is read together: twice RULE_SET_MOST */
};

#define RULE_FEATURES_ALL UINT32_MAX

/* What reading depends on. */
struct rule_world {
    uint32_t arch; /* what b64, b32 and calls without an arch mean (tables/archs.h); 0: this host */
    uint32_t features; /* AUDIT_FEATURE_BITMAP_*; RULE_FEATURES_ALL when no kernel is asked */
    /*
     * The paths of this host count: -w of a directory makes dir=, of anything else path=, and a
     * missing path is noted. Else -w with a '/' at its end makes dir=; with doubts_watches another
     * one is noted, unless this host has a file there.
     */
    bool checks_paths, doubts_watches;
    /*
     * A rule with arch and perm but no calls asks for the calls that perm can match, as audit 4.x
     * makes it (rules/perm_calls.h); else for all calls, as 3.0.9 makes it.
     */
    bool narrows_perm;
    unsigned file_demands; /* RULE_FILE_*: what a file of rules has to be (rules/merge.h) */
    /* Where a path stands: said before the sentence when it cannot be read. Absent: nothing is. */
    struct rule_origin asked_at;
    /* The id of a name; false when there is none. NULL: this host's users and groups. */
    bool (*find_user)(void *context, struct span name, uint32_t *id);
    bool (*find_group)(void *context, struct span name, uint32_t *id);
    void *context;
};

/* All memory is the arena's, but `items`. */
struct rule_commands {
    struct arena arena;
    struct rule_command *items;
    size_t count;
};

void rule_commands_init(struct rule_commands *);
void rule_commands_free(struct rule_commands *);

/* True when there are RULE_COMMANDS_MOST: whoever reads on says one mistake and stops. */
bool rule_commands_are_full(const struct rule_commands *);

/*
 * Reads a file of rules: a line is a command, empty, or a comment that begins with '#'. Adds the
 * commands of good lines. Each bad line adds one sentence "FILE:LINE: ..." to `mistakes`; what is
 * odd but valid (a missing path, a call whose number depends on the arch) goes to `notes`, which
 * may be NULL. Behind RULE_COMMANDS_MOST the next line is a mistake, and the last that is read.
 */
void rules_read_text(struct rule_commands *, struct span text, const char *file,
                     unsigned first_line, const struct rule_world *, struct mistakes *mistakes,
                     struct mistakes *notes);

/*
 * Reads one line that is cut into words already (argv without the program, JSON, YAML, Lua) and
 * adds its commands; several only where it has several settings ("-b 8192 -f 1"). Words and the
 * origin's file are copied. Returns 0, or -EINVAL with a sentence without FILE:LINE and adds
 * nothing.
 */
int rules_read_words(struct rule_commands *, const struct span *words, size_t count,
                     struct rule_origin, const struct rule_world *, struct mistakes *notes,
                     struct error *);
