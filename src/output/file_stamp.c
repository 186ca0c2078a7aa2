#include "output/file_stamp.h"

#include <limits.h>
#include <string.h>
#include <sys/stat.h>

uint64_t file_stamp(struct span path)
{
    char text[PATH_MAX];
    struct stat file;

    if (path.data == NULL || path.len >= sizeof text)
        return 0;
    memcpy(text, path.data, path.len);
    text[path.len] = '\0';
    if (stat(text, &file) != 0)
        return 0;

    const uint64_t facts[] = {
        (uint64_t)file.st_dev,          (uint64_t)file.st_ino,
        (uint64_t)file.st_size,         (uint64_t)file.st_mtim.tv_sec,
        (uint64_t)file.st_mtim.tv_nsec, (uint64_t)file.st_ctim.tv_sec,
        (uint64_t)file.st_ctim.tv_nsec,
    };

    return span_hash((struct span){ (const char *)facts, sizeof facts });
}
