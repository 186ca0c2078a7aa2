#include "output/generations.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PACKINGS = 3 };

enum presence { ABSENT, PRESENT, FOREIGN /* no regular file */ };

void generation_name(char name[PATH_MAX], const char *path, unsigned number, enum packing packing)
{
    snprintf(name, PATH_MAX, "%.*s.%u%s", PATH_MAX - GENERATION_SUFFIX, path, number,
             packing_suffix(packing));
}

bool generations_is_name(struct span path, struct span name)
{
    const char *slash = memrchr(path.data, '/', path.len);
    uint64_t number;

    if (slash != NULL)
        path = span_skip(path, (size_t)(slash + 1 - path.data));
    if (!span_starts(name, path) || name.len < path.len + 2 || name.data[path.len] != '.')
        return false;
    name = span_skip(name, path.len + 1);
    if (span_equal(name, SPAN("fresh")) || span_equal(name, SPAN("packing")))
        return true;
    for (unsigned packing = PACKING_ZSTD; packing < PACKINGS; packing++) {
        struct span suffix = span_of(packing_suffix((enum packing)packing));

        if (span_ends(name, suffix)) {
            name.len -= suffix.len;
            break;
        }
    }
    return span_decimal(name, &number);
}

/* Where a file is packed before it takes its place. */
static void draft_name(char name[PATH_MAX], const char *path)
{
    snprintf(name, PATH_MAX, "%.*s.packing", PATH_MAX - GENERATION_SUFFIX, path);
}

static enum presence look(const char *name, struct stat *status)
{
    if (lstat(name, status) != 0)
        return ABSENT;
    return S_ISREG(status->st_mode) ? PRESENT : FOREIGN;
}

static enum presence look_for(const char *path, unsigned number, enum packing packing)
{
    char name[PATH_MAX];
    struct stat status;

    generation_name(name, path, number, packing);
    return look(name, &status);
}

static bool is_there(const char *path, unsigned number)
{
    for (unsigned packing = 0; packing < PACKINGS; packing++) {
        if (look_for(path, number, (enum packing)packing) != ABSENT)
            return true;
    }
    return false;
}

int generations_move(const char *from, const char *to)
{
    struct stat status;

    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -errno;
    if (lstat(to, &status) == 0) /* a file system without the flag */
        return -EEXIST;
    return rename(from, to) == 0 ? 0 : -errno;
}

/* One generation, in whatever form, becomes one older. */
static int move_up(const char *path, unsigned number, struct error *err)
{
    char from[PATH_MAX], to[PATH_MAX];

    for (unsigned packing = 0; packing < PACKINGS; packing++) {
        enum presence presence = look_for(path, number, (enum packing)packing);

        if (presence == ABSENT)
            continue;
        generation_name(from, path, number, (enum packing)packing);
        generation_name(to, path, number + 1, (enum packing)packing);
        if (presence == FOREIGN)
            return error_set(err, -EEXIST, "'%s' is in the way: it is no regular file", from);

        int code = generations_move(from, to);

        if (code != 0)
            return error_set(err, code, "cannot rename '%s' to '%s': %s", from, to,
                             strerror(-code));
    }
    return 0;
}

int generations_shift(const char *path, struct error *err)
{
    unsigned gap = 1;
    int code = 0;

    while (gap <= GENERATIONS_MOST && is_there(path, gap))
        gap++;
    for (unsigned number = gap - 1; number > 0 && code == 0; number--)
        code = move_up(path, number, err);
    return code;
}

static bool delete_one(const char *path, unsigned number, char name[PATH_MAX])
{
    bool is_deleted = false;

    for (unsigned packing = 0; packing < PACKINGS; packing++) {
        if (look_for(path, number, (enum packing)packing) != PRESENT)
            continue;
        generation_name(name, path, number, (enum packing)packing);
        is_deleted = unlink(name) == 0 || is_deleted;
    }
    return is_deleted;
}

void generations_trim(const char *path, unsigned keep)
{
    char name[PATH_MAX];

    for (unsigned number = keep + 1; delete_one(path, number, name); number++)
        continue;
}

bool generations_delete_oldest(const char *path, char name[PATH_MAX])
{
    for (unsigned number = GENERATIONS_MOST + 1; number > 0; number--) {
        if (delete_one(path, number, name))
            return true;
    }
    return false;
}

unsigned generations_find_plain(const char *path)
{
    unsigned plain = 0;

    for (unsigned number = 1; number <= GENERATIONS_MOST && is_there(path, number); number++) {
        if (look_for(path, number, PACKING_NONE) == PRESENT)
            plain = number;
    }
    return plain;
}

/* True while the name still stands for the file that was packed. */
static bool is_same(const char *name, const struct stat *before)
{
    struct stat now;

    return look(name, &now) == PRESENT && now.st_ino == before->st_ino &&
           now.st_dev == before->st_dev && now.st_size == before->st_size;
}

int generations_pack(const char *path, unsigned number, enum packing packing,
                     const atomic_bool *stop)
{
    char plain[PATH_MAX], draft[PATH_MAX], packed[PATH_MAX];
    struct stat before;

    generation_name(plain, path, number, PACKING_NONE);
    generation_name(packed, path, number, packing);
    draft_name(draft, path);
    if (look(plain, &before) != PRESENT)
        return -ENOENT;

    int code = pack_file(plain, draft, packing, stop);

    if (code != 0)
        return code;
    if (!is_same(plain, &before))
        code = -ENOENT; /* it was deleted to make room */
    if (code == 0)
        code = generations_move(draft, packed);
    if (code != 0) {
        unlink(draft);
        return code;
    }
    return unlink(plain) == 0 ? 0 : -errno;
}

/* A packed file with the times of the plain one beside it was made of it, and is whole. */
static void drop_packed(const char *path, unsigned number)
{
    char name[PATH_MAX];
    struct stat plain, packed;

    generation_name(name, path, number, PACKING_NONE);
    if (look(name, &plain) != PRESENT)
        return;
    for (unsigned packing = PACKING_ZSTD; packing < PACKINGS; packing++) {
        generation_name(name, path, number, (enum packing)packing);
        if (look(name, &packed) != PRESENT || packed.st_mtim.tv_sec != plain.st_mtim.tv_sec ||
            packed.st_mtim.tv_nsec != plain.st_mtim.tv_nsec)
            continue;
        generation_name(name, path, number, PACKING_NONE);
        unlink(name);
        return;
    }
}

void generations_repair(const char *path)
{
    char draft[PATH_MAX];
    struct stat status;

    draft_name(draft, path);
    if (look(draft, &status) == PRESENT)
        unlink(draft);
    for (unsigned number = 1; number <= GENERATIONS_MOST && is_there(path, number); number++)
        drop_packed(path, number);
}
