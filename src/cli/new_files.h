/*
 * new_files.h - several files that are made in one folder: all of them, or none.
 */
#pragma once

#include "base/error.h"
#include "base/span.h"

struct new_file {
    const char *path; /* seen from the folder; at most one folder deep */
    struct span text;
};

/*
 * Makes the folder and those of the files where they are missing. Nothing that exists is
 * overwritten. 0, or negative errno with a sentence; then what was made is taken away again.
 */
int new_files_write(const char *folder, const struct new_file *, size_t count, struct error *);
