/*
 * load_lock.h - one load of rules at a time on this machine, whoever runs laudit.
 *
 * Two loads that change the list in turns may both read back what the other then changes. Tools
 * that know no such lock (auditctl) are met by planning again (load.h).
 */
#pragma once

#include "base/error.h"

/*
 * Waits up to `patience_ms` for the lock of /run/laudit/rules.lock, which only root can open; makes
 * folder and file. A descriptor; -1 where no such file can be had (a file system that is
 * read-only): then nothing keeps loads apart; -EBUSY with a sentence when another load took that
 * long.
 */
int load_lock_take(unsigned patience_ms, struct error *);

/* Takes what load_lock_take returned. */
void load_lock_release(int lock);
