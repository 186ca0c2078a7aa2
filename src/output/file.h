/*
 * file.h - the kind `file`: lines appended to a file, which is rotated, synced and kept from
 * filling its disk.
 */
#pragma once

#include "output/option.h"
#include "output/pack.h"

enum file_every { EVERY_NEVER, EVERY_HOUR, EVERY_DAY, EVERY_WEEK };
enum file_sync { SYNC_NONE, SYNC_INTERVAL, SYNC_BATCH };
enum file_low { LOW_WAIT, LOW_DELETE_OLDEST, LOW_WARN };

enum { FILE_KEEP_MOST = 999 };

struct file_settings {
    struct span path;
    mode_t mode;
    bool has_mode;
    struct option_owner owner, group;
    bool rotates;
    struct {
        uint64_t size; /* bytes that a file may have; 0: any */
        int every;     /* enum file_every */
        uint32_t keep; /* older files */
        int compress;  /* enum packing */
    } rotate;
    int sync; /* enum file_sync */
    double sync_s;
    struct {
        struct option_space floor;
        int action; /* enum file_low */
    } low;          /* `free` in the configuration */
};
