/*
 * rejoin.h - a record put together again from its fields: the check that cutting loses nothing.
 */
#pragma once

#include "base/buffer.h"
#include "record/record.h"

/*
 * Appends the record's text as its fields give it. Between fields only spaces, the tail's mark and
 * the closing punctuation that forms demand are taken from the text itself; at anything else it
 * stops and returns false, as for a field that lies outside the text or overlaps another.
 */
bool rejoin(const struct record *record, struct buffer *out);
