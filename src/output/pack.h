/*
 * pack.h - a whole file made smaller: zstd or gzip, as their own programs write them.
 */
#pragma once

#include <stdatomic.h>

enum packing { PACKING_NONE, PACKING_ZSTD, PACKING_GZIP };

/* "", ".zst", ".gz" */
const char *packing_suffix(enum packing);

/*
 * Packs the file `from` into `to`, which must not be there, with the same owner, mode and times,
 * and syncs it. Follows no link. 0; -ECANCELED soon after `stop` became true; or another negative
 * errno: then there is no `to`.
 */
int pack_file(const char *from, const char *to, enum packing, const atomic_bool *stop);
