#include "output/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Appends what can be read, up to one byte more than is allowed. Returns 0 or negative errno. */
static int read_descriptor(int fd, struct buffer *out)
{
    size_t before = out->len;

    while (out->len - before <= SECRET_LONGEST) {
        ssize_t got = read(fd, buffer_reserve(out, 4096), 4096);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0 ? 0 : -errno;
        buffer_commit(out, (size_t)got);
    }
    return -EFBIG;
}

static int read_file(struct span file, struct buffer *out, struct error *err)
{
    char path[PATH_MAX];
    struct stat status = { 0 };
    size_t before = out->len;

    if (file.len >= sizeof path)
        return error_set(err, -ENAMETOOLONG, "the path of the secret is too long");
    memcpy(path, file.data, file.len);
    path[file.len] = '\0';

    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int code = fd < 0 ? -errno : fstat(fd, &status) != 0 ? -errno : 0;

    if (code == 0)
        code = S_ISREG(status.st_mode) ? read_descriptor(fd, out) : -EINVAL;
    if (fd >= 0)
        close(fd);
    if (code == -EFBIG)
        error_set(err, code, "'%s' is longer than 64 KiB, too long for a secret", path);
    else if (code == -EINVAL)
        error_set(err, code, "'%s' is no regular file", path);
    else if (code != 0)
        error_set(err, code, "cannot read '%s': %s", path, strerror(-code));
    while (code == 0 && out->len > before &&
           (out->data[out->len - 1] == '\n' || out->data[out->len - 1] == '\r'))
        out->len--;
    if (code == 0 && out->len == before)
        code = error_set(err, -ENODATA, "'%s' holds no secret: it is empty", path);
    if (code != 0)
        out->len = before;
    return code;
}

int secret_read(const struct secret *secret, struct buffer *out, struct error *err)
{
    char name[256];

    if (secret->file.data != NULL)
        return read_file(secret->file, out, err);
    if (secret->env.len >= sizeof name)
        return error_set(err, -EINVAL, "the name of the environment variable is too long");
    memcpy(name, secret->env.data, secret->env.len);
    name[secret->env.len] = '\0';

    const char *value = getenv(name);

    if (value == NULL || value[0] == '\0')
        return error_set(err, -ENODATA, "the environment variable %s is %s", name,
                         value == NULL ? "not set" : "empty");
    buffer_append(out, span_of(value));
    return 0;
}

void secret_forget(struct buffer *secret)
{
    if (secret->data != NULL)
        explicit_bzero(secret->data, secret->room);
    buffer_free(secret);
}

void secret_describe(const struct secret *secret, struct buffer *out)
{
    if (secret->file.data != NULL)
        buffer_printf(out, "file %.*s", SPAN_ARG(secret->file));
    else
        buffer_printf(out, "environment variable %.*s", SPAN_ARG(secret->env));
}
