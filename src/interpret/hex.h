/*
 * hex.h - pairs of hex digits to bytes and back.
 */
#pragma once

#include "base/span.h"

/* Decodes the whole of `hex` into `out` (hex.len / 2 bytes); false when it is no hex. */
bool hex_decode(struct span hex, char *out);

/* Writes two digits (upper case, as the kernel does) for each byte; returns where it stopped. */
char *hex_encode(char *out, struct span bytes);
