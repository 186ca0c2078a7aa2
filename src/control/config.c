#include "control/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"

static int read_all(int fd, struct buffer *out)
{
    for (;;) {
        ssize_t got = read(fd, buffer_reserve(out, 65536), 65536);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            return 0;
        buffer_commit(out, (size_t)got);
        if (out->len > CONFIG_LONGEST)
            return -EFBIG;
    }
}

/* Fills `out`; a named pipe would keep us waiting. Returns NULL, or what is wrong. */
static const char *read_file(const char *path, struct buffer *out)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK), status;
    struct stat file;

    if (fd < 0)
        return strerror(errno);
    if (fstat(fd, &file) != 0 || !S_ISREG(file.st_mode)) {
        close(fd);
        return "is no regular file";
    }
    status = read_all(fd, out);
    close(fd);
    if (status == -EFBIG)
        return "longer than 1 MiB";
    return status != 0 ? strerror(-status) : NULL;
}

struct config *config_new(const char *path)
{
    struct config *config = calloc(1, sizeof *config);

    if (config == NULL)
        abort();
    arena_init(&config->arena);
    config->path = arena_copy(&config->arena, span_of(path));
    return config;
}

void config_free(struct config *config)
{
    if (config == NULL)
        return;
    free(config->rules);
    free(config->globs);
    free(config->policies);
    free(config->outputs);
    free(config->owners);
    free(config->secrets);
    arena_free(&config->arena);
    free(config);
}

struct config_output *config_add_output(struct config *config, const struct config_output *added)
{
    config->outputs = array_grow(config->outputs, config->output_count, sizeof *config->outputs);

    struct config_output *output = &config->outputs[config->output_count++];

    *output = *added;
    output->settings.name = arena_copy(&config->arena, added->settings.name);
    if (output->is_default && config->output_count <= ROUTE_OUTPUTS_MOST)
        route_add(&config->defaults, (unsigned)(config->output_count - 1));
    return output;
}

void config_add_owner(struct config *config, const struct config_owner *owner)
{
    config->owners = array_grow(config->owners, config->owner_count, sizeof *config->owners);
    config->owners[config->owner_count++] = *owner;
}

void config_add_secret(struct config *config, const char *subject, const char *option,
                       const struct secret *secret, unsigned line)
{
    config->secrets = array_grow(config->secrets, config->secret_count, sizeof *config->secrets);
    config->secrets[config->secret_count++] =
        (struct config_secret){ arena_copy(&config->arena, span_of(subject)), option, *secret,
                                line };
}

struct config *config_load(const char *path, struct mistakes *mistakes, struct mistakes *notes)
{
    struct config *config = config_new(path);
    struct buffer source = { 0 };
    const char *fault = read_file(path, &source);

    if (fault != NULL) {
        mistakes_add(mistakes, "%s: %s", path, fault);
        buffer_free(&source);
        return config;
    }

    lua_State *L = config_evaluate(buffer_span(&source), path, mistakes);

    config_read(L, 1, buffer_span(&source), config, mistakes);
    for (size_t i = 0; i < config->output_count && config->source.data == NULL; i++) {
        if (config->outputs[i].has_on || config->outputs[i].has_transform)
            config->source = arena_copy(&config->arena, buffer_span(&source));
    }
    config_settle(config, mistakes, notes);
    config_evaluate_end(L);
    buffer_free(&source);
    return config;
}
