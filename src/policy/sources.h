/*
 * sources.h - the bytes a policy was made of: its file and the modules beside it.
 *
 * Owned by the policy. A policy is unchanged when all of them are still the same, byte by byte, and
 * what could not be read still cannot.
 */
#pragma once

#include <stdbool.h>

#include "base/buffer.h"

enum {
    SOURCE_MOST = 1 << 20, /* bytes of one file */
    SOURCES_MOST = 64      /* files of one policy, absent ones too */
};

struct source {
    char *path;
    struct buffer bytes;
    bool is_absent; /* it was asked for, but could not be read */
};

struct sources {
    struct source items[SOURCES_MOST];
    size_t count;
};

/* Reads a file the first time it is asked for and keeps it; NULL with a sentence. A machine that is
 * built again gets the same answers. */
const struct source *sources_read(struct sources *, const char *path, struct error *);

/* Reads the files anew and compares. */
bool sources_are_unchanged(const struct sources *);

void sources_free(struct sources *);
