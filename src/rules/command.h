/*
 * command.h - what one line of the rule language says: a rule to add or to delete, or a word to the
 * kernel.
 */
#pragma once

#include "rules/rule.h"

enum rule_verb {
    VERB_ADD,                    /* -a, -w */
    VERB_PREPEND,                /* -A */
    VERB_DELETE,                 /* -d, -W */
    VERB_DELETE_ALL,             /* -D; text: the key of -k, or absent */
    VERB_ENABLED,                /* -e; number: 0, 1, 2 */
    VERB_FAILURE,                /* -f; number: 0, 1, 2 */
    VERB_RATE_LIMIT,             /* -r; number: records a second */
    VERB_BACKLOG_LIMIT,          /* -b; number: records */
    VERB_BACKLOG_WAIT_TIME,      /* --backlog_wait_time; number: jiffies */
    VERB_LOGINUID_IMMUTABLE,     /* --loginuid-immutable */
    VERB_CONTINUE,               /* -c */
    VERB_IGNORE,                 /* -i */
    VERB_STATUS,                 /* -s; number: 1 for -s -i */
    VERB_LIST,                   /* -l; number: 1 for -l -i; text: the key of -k, or absent */
    VERB_READ_FILE,              /* -R; text: the file */
    VERB_RESET_LOST,             /* --reset-lost */
    VERB_RESET_WAIT_TIME_ACTUAL, /* --reset_backlog_wait_time_actual */
    VERB_SIGNAL,                 /* --signal; number: the signal, text: its name as written */
    VERB_EQUIVALENT,             /* -q; text: "MOUNT,SUBTREE" */
    VERB_TRIM,                   /* -t */
    VERB_MESSAGE                 /* -m; text: the message */
};

struct rule_command {
    enum rule_verb verb;
    struct rule *rule; /* of the first three verbs, else NULL */
    uint32_t number;
    struct span text;
    struct rule_origin origin;
};
