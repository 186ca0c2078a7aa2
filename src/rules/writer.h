/*
 * writer.h - a rule as a line of auditctl's language: what `auditctl -l` of audit 3.0.9 prints.
 *
 * Where that would be read as another rule, or not at all, the line says what the rule is instead:
 *
 *   -w             only for what -w makes: always,exit with path or dir, perm and key in this order
 *                  (auditctl prints -w for "never" and for any order of these too)
 *   arch           b64 and b32 are the host's own two; others have their names
 *   fields         those that stand before arch come before -S, for their order counts
 *   operators      as they are (auditctl prints = for path, dir, exe, perm and key)
 *   filetype       its name
 *   numbers        without a sign where the reader takes none
 *   -C             on exit and io_uring; elsewhere -F field_compare=, which is all that can be read
 *   io_uring       its list and its operations have names
 *   texts          quoted where they need it (rules/quote.h)
 *
 * The line is then what the reader reads as the same rule, if the language can say it at all. It
 * cannot say: an empty mask of calls on exit (the line reads as -S all), other calls than all on a
 * list that looks at none, perm=0, a key that is not the last field, an empty key among several, a
 * text that begins with = behind < or > ("subj_sen<=x" is another operator), fields, pairs and
 * operators that nobody knows ("-F f250=3"). rules/sayable.h tells whether it can. A watched
 * directory is "-w /etc", as auditctl has it, and a reader asks its own host whether that is a
 * directory; with marks_directories, for another host or a file to keep, it is "-w /etc/", which
 * every reader takes for one.
 */
#pragma once

#include "base/buffer.h"
#include "rules/rule.h"

struct rule_writing {
    uint32_t arch; /* the host that the rule is for: what b64, b32 and calls without arch mean;
                    * 0: this one */
    bool names;    /* as auditctl -l -i: architectures by name, "unset" for -1 */
    bool marks_directories; /* "-w /etc/" for a directory */
};

/* Appends one line without its end. */
void rule_write(const struct rule *, const struct rule_writing *, struct buffer *out);

/* The same behind -A and -d (or -W), which kernel lists have not. */
void rule_write_prepended(const struct rule *, const struct rule_writing *, struct buffer *out);
void rule_write_deleted(const struct rule *, const struct rule_writing *, struct buffer *out);
