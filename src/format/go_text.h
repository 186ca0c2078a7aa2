/*
 * go_text.h - JSON strings, byte for byte as Go's encoding/json writes them.
 *
 * `<`, `>` and `&` as in HTML-safe JSON, U+2028 and U+2029 as escapes, each byte that is no UTF-8
 * as \ufffd; of C0 only \n, \r and \t have short escapes (Go before 1.22).
 */
#pragma once

#include "base/buffer.h"

/* Appends `text` with its quotes. */
void go_text(struct buffer *, struct span text);
