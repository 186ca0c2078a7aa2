/*
 * re2.h - a regular expression of Go (RE2's syntax), said so that PCRE2 reads it alike.
 *
 * Alike means: it matches the same texts of ASCII. Beyond ASCII Go takes a character where PCRE2,
 * which reads bytes here, takes a byte: a literal character is carried over, one in a class or
 * under
 * (?i) is not.
 */
#pragma once

#include "base/buffer.h"

/*
 * Appends the expression to `out`, which is left as it was on a failure. 0; -EINVAL when Go itself
 * refuses it, or -ENOTSUP when there is no like of it here, with "at byte N: ...".
 */
int re2_translate(struct span pattern, struct buffer *out, struct error *);
