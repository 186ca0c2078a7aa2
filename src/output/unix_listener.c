#include "output/unix_listener.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/own_program.h"

enum { READERS_AHEAD = 64 /* that may wait to be accepted */ };

#define SUFFIX ".new"

enum { FORMER = 108 + sizeof SUFFIX /* bytes of the name under which the former is kept */ };

int unix_place_check(const struct unix_place *place, struct error *err)
{
    struct sockaddr_un address;
    size_t most = sizeof address.sun_path - sizeof SUFFIX;

    if (place->path.len == 0)
        return error_set(err, -EINVAL, "path: expected where the socket is to be, found nothing");
    if (place->path.len > most)
        return error_set(err, -EINVAL, "path: expected at most %zu bytes, found %zu", most,
                         place->path.len);
    return 0;
}

static struct sockaddr_un address_of(struct span path, const char *suffix)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(address.sun_path, sizeof address.sun_path, "%.*s%s", SPAN_ARG(path), suffix);
    return address;
}

/* 0 when nobody else listens there, or negative errno with a sentence. `spares`: another laudit
 * may. */
static int ask_who_listens(const struct sockaddr_un *address, bool spares, struct error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct ucred peer = { .pid = 0 };
    socklen_t len = sizeof peer;
    int code = 0;

    if (fd < 0)
        return error_set(err, -errno, "cannot make a socket: %s", strerror(errno));
    if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0) {
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len);
        if (peer.pid != getpid() && !(spares && is_own_program((uint32_t)peer.pid)))
            code = error_set(err, -EADDRINUSE, "process %d listens at '%s'", (int)peer.pid,
                             address->sun_path);
    } else if (errno != ECONNREFUSED && errno != ENOENT) {
        code = error_set(err, -errno, "'%s' is a socket of somebody: %s", address->sun_path,
                         errno == EAGAIN ? "it listens" : strerror(errno));
    }
    close(fd);
    return code;
}

static int look(const struct unix_place *place, bool spares, struct error *err)
{
    struct sockaddr_un address = address_of(place->path, "");
    struct stat status;

    if (lstat(address.sun_path, &status) != 0)
        return errno == ENOENT ? 0
                               : error_set(err, -errno, "cannot look at '%s': %s", address.sun_path,
                                           strerror(errno));
    if (S_ISLNK(status.st_mode))
        return error_set(err, -ELOOP, "'%s' is a symbolic link; name the place itself",
                         address.sun_path);
    if (!S_ISSOCK(status.st_mode))
        return error_set(err, -EEXIST, "'%s' is there and is no socket", address.sun_path);
    return ask_who_listens(&address, spares, err);
}

int unix_place_probe(const struct unix_place *place, struct error *err)
{
    return look(place, true, err);
}

static int give_rights(const char *path, const struct unix_place *place, struct error *err)
{
    uid_t uid = place->owner.is_given ? place->owner.id : (uid_t)-1;
    gid_t gid = place->group.is_given ? place->group.id : (gid_t)-1;

    if (fchmodat(AT_FDCWD, path, place->mode, AT_SYMLINK_NOFOLLOW) != 0)
        return error_set(err, -errno, "cannot give '%s' its mode: %s", path, strerror(errno));
    if ((place->owner.is_given || place->group.is_given) && lchown(path, uid, gid) != 0)
        return error_set(err, -errno, "cannot give '%s' its owner: %s", path, strerror(errno));
    return 0;
}

/* A socket at `fresh` with nobody's rights, until it has its own. */
static int make(const struct sockaddr_un *fresh, const struct unix_place *place, struct error *err)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    struct stat status;
    int code = 0;

    if (fd < 0)
        return error_set(err, -errno, "cannot make a socket: %s", strerror(errno));
    if (lstat(fresh->sun_path, &status) == 0 && S_ISSOCK(status.st_mode))
        unlink(fresh->sun_path); /* somebody was killed between two steps */
    fchmod(fd, 0);               /* what bind makes has this mode */
    if (bind(fd, (const struct sockaddr *)fresh, sizeof *fresh) != 0) {
        code = error_set(err, -errno, "cannot make '%s': %s", fresh->sun_path, strerror(errno));
        close(fd);
        return code;
    }
    code = give_rights(fresh->sun_path, place, err);
    if (code == 0 && listen(fd, READERS_AHEAD) != 0)
        code =
            error_set(err, -errno, "cannot listen at '%s': %s", fresh->sun_path, strerror(errno));
    if (code == 0)
        return fd;
    unlink(fresh->sun_path);
    close(fd);
    return code;
}

/* Puts `fresh` in the place of `path`. What stood there is `fresh` then, where the file system can
 * do that. 0, or a negative errno. */
static int put(const char *fresh, const char *path, bool *has_former)
{
    *has_former = renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_EXCHANGE) == 0;
    return *has_former || rename(fresh, path) == 0 ? 0 : -errno;
}

int unix_listener_open(struct unix_listener *listener, const struct unix_place *place,
                       struct error *err)
{
    struct sockaddr_un address = address_of(place->path, ""),
                       fresh = address_of(place->path, SUFFIX);
    struct stat status;
    bool has_former;
    int fd;

    if (look(place, false, err) != 0)
        return err->code;
    fd = make(&fresh, place, err);
    if (fd < 0)
        return fd;
    if (lstat(fresh.sun_path, &status) != 0 ||
        put(fresh.sun_path, address.sun_path, &has_former) != 0) {
        error_set(err, -errno, "cannot make '%s': %s", address.sun_path, strerror(errno));
        unlink(fresh.sun_path);
        close(fd);
        return err->code;
    }
    if (listener->fd >= 0)
        close(listener->fd);
    listener->fd = fd;
    listener->dev = status.st_dev;
    listener->ino = status.st_ino;
    listener->has_former = has_former;
    memcpy(listener->path, address.sun_path, sizeof listener->path);
    return 0;
}

static bool is_in_place(const struct unix_listener *listener)
{
    struct stat status;

    return lstat(listener->path, &status) == 0 && status.st_dev == listener->dev &&
           status.st_ino == listener->ino;
}

static void former_name(const struct unix_listener *listener, char name[FORMER])
{
    snprintf(name, FORMER, "%s" SUFFIX, listener->path);
}

void unix_listener_settle(struct unix_listener *listener)
{
    char former[FORMER];

    if (!listener->has_former)
        return;
    former_name(listener, former);
    unlink(former);
    listener->has_former = false;
}

void unix_listener_abandon(struct unix_listener *listener)
{
    char former[FORMER];

    former_name(listener, former);
    if (listener->has_former && is_in_place(listener) && rename(former, listener->path) == 0)
        listener->has_former = false;
    unix_listener_close(listener);
}

void unix_listener_close(struct unix_listener *listener)
{
    unix_listener_settle(listener);
    if (listener->fd < 0)
        return;
    if (is_in_place(listener))
        unlink(listener->path);
    close(listener->fd);
    listener->fd = -1;
}
