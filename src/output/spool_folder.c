#include "output/spool_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "output/spool_segment.h"

/* Makes the folders above `path`, then itself; those that are there stay as they are. */
static int make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';

        int status = mkdir(path, 0755);

        *slash = '/';
        if (status != 0 && errno != EEXIST)
            return -errno;
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST ? 0 : -errno;
}

/* Whoever can write to it could make up messages. */
static int check_folder(int folder, struct error *err)
{
    struct stat status;

    if (fstat(folder, &status) != 0)
        return error_set(err, -errno, "%s", strerror(errno));
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return error_set(err, -EPERM, "the folder belongs to somebody else (user %u)",
                         (unsigned)status.st_uid);
    if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0)
        return error_set(err, -EPERM, "others may write to the folder (mode %04o)",
                         (unsigned)(status.st_mode & 07777));
    if (flock(folder, LOCK_EX | LOCK_NB) != 0)
        return error_set(err, -errno, "%s",
                         errno == EWOULDBLOCK ? "another output or another laudit uses the folder"
                                              : strerror(errno));
    return 0;
}

int spool_folder_open(struct span text, struct error *err)
{
    char path[PATH_MAX];

    if (text.len == 0 || text.len >= sizeof path)
        return error_set(err, -ENAMETOOLONG, "the path is empty or too long");
    memcpy(path, text.data, text.len);
    path[text.len] = '\0';

    int code = make_folders(path);

    if (code != 0)
        return error_set(err, code, "cannot make the folder: %s", strerror(-code));

    int folder = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (folder < 0)
        return error_set(err, -errno, "cannot open the folder: %s",
                         errno == ENOTDIR || errno == ELOOP ? "it is none" : strerror(errno));
    code = check_folder(folder, err);
    if (code == 0)
        return folder;
    close(folder);
    return code;
}

static int by_number(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

    return (first > second) - (first < second);
}

int spool_folder_list(int folder, size_t most, uint64_t **numbers, size_t *count, struct error *err)
{
    int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    uint64_t number;

    *numbers = NULL;
    *count = 0;
    if (entries == NULL) {
        int code = -errno;

        if (fd >= 0)
            close(fd);
        return error_set(err, code, "cannot list the folder: %s", strerror(-code));
    }
    while (*count <= most && (entry = readdir(entries)) != NULL) {
        if (!spool_segment_is_name(entry->d_name, &number))
            continue;
        *numbers = array_grow(*numbers, *count, sizeof **numbers);
        (*numbers)[(*count)++] = number;
    }
    closedir(entries);
    if (*count > most) {
        free(*numbers);
        return error_set(err, -E2BIG, "the folder holds more than %zu segments", most);
    }
    if (*count > 0)
        qsort(*numbers, *count, sizeof **numbers, by_number);
    return 0;
}
