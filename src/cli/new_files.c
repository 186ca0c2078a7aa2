#include "cli/new_files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILES_MOST = 8 };

/* What was made so far, and goes away again if not all of it can be. */
struct making {
    const char *folder;
    bool made_folder;
    int at; /* the folder */
    const char *made_files[FILES_MOST];
    char made_folders[FILES_MOST][NAME_MAX + 1];
    size_t file_count, folder_count;
};

static int refuse(const struct making *making, const char *path, struct error *err)
{
    int code = errno;

    return error_set(err, -code, "%s%s%s: %s", making->folder, path != NULL ? "/" : "",
                     path != NULL ? path : "",
                     code == EEXIST ? "is there already, and stays as it is" : strerror(code));
}

static int open_folder(struct making *making, struct error *err)
{
    if (mkdir(making->folder, 0755) == 0)
        making->made_folder = true;
    else if (errno != EEXIST)
        return refuse(making, NULL, err);
    making->at = open(making->folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    return making->at >= 0 ? 0 : refuse(making, NULL, err);
}

static int make_parent(struct making *making, const char *path, struct error *err)
{
    const char *slash = strchr(path, '/');
    char *name = making->made_folders[making->folder_count];

    if (slash == NULL)
        return 0;
    snprintf(name, NAME_MAX + 1, "%.*s", (int)(slash - path), path);
    if (mkdirat(making->at, name, 0755) == 0)
        making->folder_count++;
    else if (errno != EEXIST)
        return refuse(making, name, err);
    return 0;
}

static int write_text(int fd, struct span text)
{
    while (text.len > 0) {
        ssize_t written = write(fd, text.data, text.len);

        if (written < 0 && errno != EINTR)
            return -1;
        if (written > 0)
            text = span_skip(text, (size_t)written);
    }
    return fsync(fd);
}

static int make_file(struct making *making, const struct new_file *file, struct error *err)
{
    int status = make_parent(making, file->path, err);

    if (status != 0)
        return status;

    int fd =
        openat(making->at, file->path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);

    if (fd < 0)
        return refuse(making, file->path, err);
    making->made_files[making->file_count++] = file->path;
    status = write_text(fd, file->text) != 0 ? refuse(making, file->path, err) : 0;
    close(fd);
    return status;
}

static void unmake(struct making *making)
{
    while (making->file_count > 0)
        unlinkat(making->at, making->made_files[--making->file_count], 0);
    while (making->folder_count > 0)
        unlinkat(making->at, making->made_folders[--making->folder_count], AT_REMOVEDIR);
    if (making->made_folder)
        rmdir(making->folder);
}

int new_files_write(const char *folder, const struct new_file *files, size_t count,
                    struct error *err)
{
    struct making making = { .folder = folder, .at = -1 };
    int status =
        count <= FILES_MOST ? open_folder(&making, err) : error_set(err, -E2BIG, "too many files");

    /* The first is what names the others: it comes last, so that it is never there alone. */
    for (size_t i = count; i > 0 && status == 0; i--)
        status = make_file(&making, &files[i - 1], err);
    if (status != 0)
        unmake(&making);
    if (making.at >= 0)
        close(making.at);
    return status;
}
