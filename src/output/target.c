#include "output/target.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_ROOM = 4096 /* bytes of a path with its end */ };

/* A description of our own for what standard output is, so that O_NONBLOCK disturbs nobody else. */
static int open_stdout(const struct stat *status)
{
    int fd = -1;

    if (S_ISFIFO(status->st_mode) || S_ISCHR(status->st_mode))
        fd = open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    return fd >= 0 ? fd : fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
}

static int take_stdout(struct target *target, struct error *err)
{
    struct stat status;

    if (fstat(STDOUT_FILENO, &status) != 0)
        return error_set(err, -errno, "standard output: %s", strerror(errno));
    target->is_regular = S_ISREG(status.st_mode);
    target->is_socket = S_ISSOCK(status.st_mode);
    target->fd = open_stdout(&status);
    if (target->fd < 0)
        return error_set(err, -errno, "standard output: %s", strerror(errno));
    return 0;
}

static const char *why_not_opened(int code)
{
    if (code == ELOOP)
        return "it is a symbolic link; name the file itself";
    if (code == ENXIO)
        return "it is a pipe that nobody reads";
    return strerror(code);
}

static int open_file(struct target *target, const struct target_settings *settings,
                     struct error *err)
{
    enum { HOW = O_WRONLY | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY };
    char path[PATH_ROOM];
    struct stat status;

    if (settings->path.len >= sizeof path)
        return error_set(err, -ENAMETOOLONG, "the path is longer than %d bytes", PATH_ROOM - 1);
    memcpy(path, settings->path.data, settings->path.len);
    path[settings->path.len] = '\0';

    do { /* until it was there, or was made by us, or neither can be */
        target->fd = open(path, HOW);
        if (target->fd >= 0 || errno != ENOENT)
            break;
        target->fd = open(path, HOW | O_CREAT | O_EXCL, settings->mode & 0600);
        target->is_new = target->fd >= 0;
    } while (target->fd < 0 && errno == EEXIST);
    if (target->fd < 0)
        return error_set(err, -errno, "cannot open '%s': %s", path, why_not_opened(errno));
    target->is_regular = fstat(target->fd, &status) == 0 && S_ISREG(status.st_mode);
    return 0;
}

int target_open(struct target *target, const struct target_settings *settings, struct error *err)
{
    *target = (struct target){ .fd = -1 };
    return settings->to_stdout ? take_stdout(target, err) : open_file(target, settings, err);
}

static int give_rights(int fd, bool is_new, const struct target_settings *settings,
                       struct error *err)
{
    uid_t uid = settings->has_owner ? settings->uid : (uid_t)-1;
    gid_t gid = settings->has_group ? settings->gid : (gid_t)-1;

    if ((settings->has_owner || settings->has_group) && fchown(fd, uid, gid) != 0)
        return error_set(err, -errno, "cannot give '%.*s' its owner: %s", SPAN_ARG(settings->path),
                         strerror(errno));
    if ((is_new || settings->has_mode) && fchmod(fd, settings->mode) != 0)
        return error_set(err, -errno, "cannot give '%.*s' its mode: %s", SPAN_ARG(settings->path),
                         strerror(errno));
    return 0;
}

int target_settle(struct target *target, const struct target_settings *settings, struct error *err)
{
    struct stat status;

    if (settings->to_stdout || !target->is_regular)
        return 0;
    if (fstat(target->fd, &status) != 0)
        return error_set(err, -errno, "'%.*s': %s", SPAN_ARG(settings->path), strerror(errno));
    target->has_been = true;
    target->uid = status.st_uid;
    target->gid = status.st_gid;
    target->mode = status.st_mode & 07777;
    return give_rights(target->fd, target->is_new, settings, err);
}

bool target_is_at(const struct target *target, const char *path)
{
    struct stat own, found;

    return fstat(target->fd, &own) == 0 && lstat(path, &found) == 0 && found.st_ino == own.st_ino &&
           found.st_dev == own.st_dev;
}

int target_abandon(struct target *target, const char *path)
{
    int code = 0;

    if (target->is_new) {
        if (target_is_at(target, path) && unlink(path) != 0)
            code = -errno;
    } else if (target->has_been) {
        if (fchown(target->fd, target->uid, target->gid) != 0 ||
            fchmod(target->fd, target->mode) != 0)
            code = -errno;
    }
    target_close(target);
    return code;
}

bool target_is_torn(const struct target *target, const char *path)
{
    struct stat own, found;
    char last = '\n';

    if (!target->is_regular || fstat(target->fd, &own) != 0)
        return false;

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK); /* ours only writes */

    if (fd < 0)
        return false;
    if (fstat(fd, &found) == 0 && found.st_ino == own.st_ino && found.st_dev == own.st_dev &&
        found.st_size > 0 && pread(fd, &last, 1, found.st_size - 1) != 1)
        last = '\n';
    close(fd);
    return last != '\n';
}

bool target_is_same_pipe(const struct target *a, const struct target *b)
{
    struct stat one, other;

    return !a->is_regular && !b->is_regular && fstat(a->fd, &one) == 0 &&
           fstat(b->fd, &other) == 0 && one.st_ino == other.st_ino && one.st_dev == other.st_dev;
}

ssize_t target_write(struct target *target, struct span bytes)
{
    ssize_t written;

    do
        written = target->is_socket
                      ? send(target->fd, bytes.data, bytes.len, MSG_DONTWAIT | MSG_NOSIGNAL)
                      : write(target->fd, bytes.data, bytes.len);
    while (written < 0 && errno == EINTR);
    if (written < 0)
        return errno == EWOULDBLOCK ? -EAGAIN : -errno;
    return written;
}

bool target_cut(struct target *target, size_t count)
{
    struct stat status;

    if (!target->is_regular || fstat(target->fd, &status) != 0)
        return false;

    off_t end = lseek(target->fd, 0, SEEK_CUR); /* O_APPEND leaves it where our write ended */

    return end == status.st_size && end >= (off_t)count &&
           ftruncate(target->fd, end - (off_t)count) == 0;
}

bool target_wait(struct target *target, int interrupt)
{
    struct pollfd waits[2] = {
        { .fd = target->fd, .events = POLLOUT },
        { .fd = interrupt, .events = POLLIN },
    };

    while (poll(waits, 2, -1) < 0) {
        if (errno != EINTR)
            return false;
    }
    return waits[0].revents != 0;
}

int target_close(struct target *target)
{
    int fd = target->fd;

    target->fd = -1;
    return fd >= 0 && close(fd) != 0 ? -errno : 0;
}
