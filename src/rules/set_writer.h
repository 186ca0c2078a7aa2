/*
 * set_writer.h - a set as a file of rules: settings, rules, subtrees, each a line.
 */
#pragma once

#include "base/mistakes.h"
#include "rules/set.h"
#include "rules/writer.h"

/*
 * Appends -b, -f, -r and --backlog_wait_time, the rules, -q and -t, --loginuid-immutable and, last
 * because it may lock all of them, -e.
 */
void rule_set_write(const struct rule_set *, const struct rule_writing *, struct buffer *out);

enum set_form { SET_OF_BYTES, SET_OF_JSON };

/* Adds a note "FILE:LINE: ..." for each line of the set that another form has no place for. */
void rule_set_note_lost(const struct rule_set *, enum set_form, struct mistakes *notes);
