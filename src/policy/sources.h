/*
 * sources.h - the bytes a policy was made of: its file and the modules beside it.
 *
 * Owned by the policy. A policy is unchanged when all of them are still the same, byte by byte.
 */
#pragma once

#include "base/buffer.h"

enum {
    SOURCE_MOST = 1 << 20, /* bytes of one file */
    SOURCES_MOST = 64      /* files of one policy */
};

struct source {
    char *path;
    struct buffer bytes;
};

struct sources {
    struct source items[SOURCES_MOST];
    size_t count;
};

/* Reads a file the first time it is asked for and keeps it; NULL with a sentence. */
const struct source *sources_read(struct sources *, const char *path, struct error *);

/* Reads the files anew and compares. */
bool sources_are_unchanged(const struct sources *);

void sources_free(struct sources *);
