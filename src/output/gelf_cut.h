/*
 * gelf_cut.h - makes a GELF message shorter: it stays JSON, and says that it was cut.
 */
#pragma once

#include "base/buffer.h"

/*
 * Appends `object` with every text cut to at most `longest` bytes, between two characters; what is
 * neither text nor number and longer than that is left out, and so are other fields than GELF's own
 * five with `is_bare`. A field "_laudit_cut" at its end counts the bytes that are missing. False,
 * with `out` as it was, when `object` is no JSON object.
 */
bool gelf_cut(struct span object, size_t longest, bool is_bare, struct buffer *out);
