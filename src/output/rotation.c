#include "output/rotation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/generations.h"

int64_t rotation_period(enum file_every every, time_t moment)
{
    struct tm local;

    if (every == EVERY_NEVER || localtime_r(&moment, &local) == NULL)
        return 0;

    int64_t seconds = timegm(&local); /* as if here were UTC */
    int64_t days = seconds / 86400;

    if (every == EVERY_HOUR)
        return seconds / 3600;
    return every == EVERY_DAY ? days : (days + 3) / 7; /* the epoch was a Thursday */
}

/* The file that will be PATH; at most a name longer by GENERATION_SUFFIX. */
static void fresh_name(char name[PATH_MAX], const char *path)
{
    snprintf(name, PATH_MAX, "%.*s.fresh", PATH_MAX - GENERATION_SUFFIX, path);
}

void rotation_repair(const char *path)
{
    char fresh[PATH_MAX];
    struct stat status;

    fresh_name(fresh, path);
    if (lstat(fresh, &status) == 0 && S_ISREG(status.st_mode) && status.st_size == 0)
        unlink(fresh);
    generations_repair(path);
}

/* An empty file with the rights that `like` has, where the settings have none. */
static int open_fresh(struct target *fresh, const char *name,
                      const struct target_settings *settings, const struct stat *like,
                      struct error *err)
{
    struct target_settings own = *settings;

    own.path = span_of(name);
    own.has_mode = true;
    own.mode = settings->has_mode ? settings->mode : like->st_mode & 07777;
    own.has_owner = own.has_group = true;
    own.uid = settings->has_owner ? settings->uid : like->st_uid;
    own.gid = settings->has_group ? settings->gid : like->st_gid;

    int code = target_open(fresh, &own, err);

    if (code != 0)
        return code;
    if (!fresh->is_new) {
        target_close(fresh);
        return error_set(err, -EEXIST, "'%s' is in the way", name);
    }
    code = target_settle(fresh, &own, err);
    if (code ==
        -EPERM) { /* only root can give files away: then what was not asked for is not done */
        own.has_owner = settings->has_owner;
        own.has_group = settings->has_group;
        code = target_settle(fresh, &own, err);
    }
    if (code != 0)
        target_abandon(fresh, name);
    return code;
}

/* The one moment at which PATH is another file. */
static int swap(const char *path, const char *fresh, struct error *err)
{
    char first[PATH_MAX];

    generation_name(first, path, 1, PACKING_NONE);

    int code = generations_move(path, first);

    if (code != 0)
        return error_set(err, code, "cannot rename '%s' to '%s': %s", path, first, strerror(-code));
    code = generations_move(fresh, path);
    if (code == 0)
        return 0;
    error_set(err, code, "cannot rename '%s' to '%s': %s", fresh, path, strerror(-code));
    generations_move(first, path);
    return code;
}

int rotation_turn(struct target *target, const struct target_settings *settings, unsigned keep,
                  struct error *err)
{
    char path[PATH_MAX], name[PATH_MAX];
    struct target fresh;
    struct stat status;

    snprintf(path, sizeof path, "%.*s", SPAN_ARG(settings->path));
    fresh_name(name, path);
    rotation_repair(path);
    if (fstat(target->fd, &status) != 0)
        return error_set(err, -errno, "'%s': %s", path, strerror(errno));

    int code = open_fresh(&fresh, name, settings, &status, err);

    if (code != 0)
        return code;
    code = generations_shift(path, err);
    if (code == 0)
        code = swap(path, name, err);
    if (code != 0) {
        target_abandon(&fresh, name);
        return code;
    }
    target_close(target);
    *target = fresh;
    generations_trim(path, keep);
    return 0;
}
