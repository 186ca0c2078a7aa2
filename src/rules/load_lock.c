#include "rules/load_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { LOOK_MS = 10 };

static const char folder[] = "/run/laudit", path[] = "/run/laudit/rules.lock";

int load_lock_take(unsigned patience_ms, struct error *err)
{
    const struct timespec pause = { .tv_nsec = LOOK_MS * 1000000 };

    mkdir(folder, 0755);

    int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

    if (lock < 0)
        return -1;
    for (unsigned waited = 0; flock(lock, LOCK_EX | LOCK_NB) != 0; waited += LOOK_MS) {
        if (waited >= patience_ms) {
            close(lock);
            return error_set(err, -EBUSY, "another load of rules holds '%s' (waited %g s)", path,
                             patience_ms / 1000.0);
        }
        nanosleep(&pause, NULL);
    }
    return lock;
}

void load_lock_release(int lock)
{
    if (lock >= 0)
        close(lock);
}
