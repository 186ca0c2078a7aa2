/*
 * mode.h - sets of bits in words: file modes and capabilities as ausearch spells them.
 */
#pragma once

#include "base/arena.h"

enum { MODE_ROOM = 40 /* bytes */ };

/* "file,644", "dir,sticky,777", "012,000" for a type that has no name; returns the length. */
size_t mode_write(uint32_t mode, char out[MODE_ROOM]);

/* "chown,kill" for a bitmap of capabilities, "none" for 0; bits without a name are "cap_63". */
struct span capabilities_text(struct arena *, uint64_t bits);
