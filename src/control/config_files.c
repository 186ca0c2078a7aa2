/* config_files.c - looks up what a configuration names: policy files, folders, users, groups. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "control/config.h"

enum { PATH_ROOM = 4096 /* bytes of a path with its end */ };

struct span config_path(struct config *config, struct span path)
{
    const char *slash = memrchr(config->path.data, '/', config->path.len);
    size_t folder = slash != NULL ? (size_t)(slash + 1 - config->path.data) : 0;

    if (path.len > 0 && path.data[0] == '/')
        folder = 0;

    char *joined = arena_alloc(&config->arena, folder + path.len + 1);

    memcpy(joined, config->path.data, folder);
    memcpy(joined + folder, path.data, path.len);
    joined[folder + path.len] = '\0';
    return (struct span){ joined, folder + path.len };
}

static bool is_known_file(const struct config *config, const struct stat *status)
{
    for (size_t i = 0; i < config->policy_count; i++) {
        struct stat known;

        if (stat(config->policies[i].data, &known) == 0 && known.st_ino == status->st_ino &&
            known.st_dev == status->st_dev)
            return true;
    }
    return false;
}

static int add_file(struct config *config, const char *path, const struct stat *status,
                    struct error *err)
{
    size_t count = config->policy_count;

    if (count >= CONFIG_POLICIES)
        return error_set(err, -E2BIG, "more than %d policies", CONFIG_POLICIES);
    if (is_known_file(config, status))
        return 0;
    config->policies = array_grow(config->policies, count, sizeof *config->policies);
    config->policies[config->policy_count++] = arena_copy(&config->arena, span_of(path));
    return 0;
}

/* Adds every file that `pattern` matches, but no specs; `matches` counts them. */
static int add_matches(struct config *config, const char *pattern, size_t *matches,
                       struct error *err)
{
    glob_t found = { 0 };
    int status = 0;

    if (glob(pattern, GLOB_NOESCAPE, NULL, &found) != 0)
        return 0; /* GLOB_NOMATCH */
    for (size_t i = 0; i < found.gl_pathc && status == 0; i++) {
        const char *path = found.gl_pathv[i];
        struct stat file;

        if (span_ends(span_of(path), SPAN("_spec.lua")) || stat(path, &file) != 0 ||
            !S_ISREG(file.st_mode))
            continue;
        (*matches)++;
        status = add_file(config, path, &file, err);
    }
    globfree(&found);
    return status;
}

int config_add_policies(struct config *config, const char *path, struct error *err)
{
    char pattern[PATH_ROOM];
    struct stat status;
    size_t matches = 0;

    if (stat(path, &status) != 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (S_ISREG(status.st_mode))
        return add_file(config, path, &status, err);
    if (!S_ISDIR(status.st_mode))
        return error_set(err, -EINVAL, "%s: is no regular file", path);
    if (snprintf(pattern, sizeof pattern, "%s/*.lua", path) >= (int)sizeof pattern)
        return error_set(err, -ENAMETOOLONG, "%s: the path is too long", path);
    if (add_matches(config, pattern, &matches, err) == 0 && matches == 0)
        return error_set(err, -ENOENT, "%s: the folder holds no *.lua", path);
    return matches > 0 ? 0 : err->code;
}

/* The folder that the pattern names before its first wildcard has to be there: a path that was
 * mistyped would leave laudit without its policies. */
static int check_folder(const char *pattern, struct error *err)
{
    char folder[PATH_ROOM];
    size_t len = strcspn(pattern, "*?[");
    struct stat status;

    while (len > 0 && pattern[len - 1] != '/')
        len--;
    if (len == 0 || len >= sizeof folder)
        return 0;
    memcpy(folder, pattern, len);
    folder[len] = '\0';
    return stat(folder, &status) == 0 ? 0
                                      : error_set(err, -errno, "%s: %s", pattern, strerror(errno));
}

static void settle_glob(struct config *config, const struct config_text *glob_text,
                        struct mistakes *mistakes, struct mistakes *notes)
{
    struct span pattern = config_path(config, glob_text->text);
    struct error err = { 0 };
    size_t matches = 0;
    int status;

    if (strpbrk(pattern.data, "*?[") == NULL)
        status = config_add_policies(config, pattern.data, &err);
    else if ((status = check_folder(pattern.data, &err)) == 0)
        status = add_matches(config, pattern.data, &matches, &err);
    if (status != 0)
        mistakes_add(mistakes, "%.*s:%u: policies: %s", SPAN_ARG(config->path), glob_text->line,
                     err.text);
    else if (matches == 0 && strpbrk(pattern.data, "*?[") != NULL)
        mistakes_add(notes, "%.*s:%u: policies: no file matches '%s'", SPAN_ARG(config->path),
                     glob_text->line, pattern.data);
}

/* Finds the number of a user or group by its name; false when nobody is called so. */
static bool find_owner(const struct config_owner *owner)
{
    const struct passwd *user;
    const struct group *group;

    if (owner->name.data == NULL)
        return true;
    if (owner->is_group && (group = getgrnam(owner->name.data)) != NULL) {
        owner->target->id = group->gr_gid;
        return true;
    }
    if (!owner->is_group && (user = getpwnam(owner->name.data)) != NULL) {
        owner->target->id = user->pw_uid;
        return true;
    }
    return false;
}

static void settle_owner(const struct config *config, const struct config_owner *owner,
                         struct mistakes *mistakes)
{
    const char *kind = owner->is_group ? "group" : "user";

    if (find_owner(owner) || owner->output >= config->output_count)
        return;
    mistakes_add(mistakes, "%.*s:%u: output '%.*s': %s: there is no %s '%.*s'",
                 SPAN_ARG(config->path), owner->line,
                 SPAN_ARG(config->outputs[owner->output].settings.name),
                 owner->is_group ? "group" : "owner", kind, SPAN_ARG(owner->name));
}

/* The file that an output writes; absent: none. */
static struct span file_of(const struct config_output *output)
{
    const struct output_settings *settings = &output->settings;

    return settings->kind->place != NULL ? settings->kind->place(settings->options)
                                         : (struct span){ NULL, 0 };
}

static void complain_about_path(const struct config *config, const struct config_output *output,
                                struct mistakes *mistakes, const char *format, ...)
    PRINTF_LIKE(4, 5);

static void complain_about_path(const struct config *config, const struct config_output *output,
                                struct mistakes *mistakes, const char *format, ...)
{
    va_list arguments;
    char sentence[2 * PATH_ROOM];

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    mistakes_add(mistakes, "%.*s:%u: output '%.*s': path: %s", SPAN_ARG(config->path), output->line,
                 SPAN_ARG(output->settings.name), sentence);
}

/* The folder that `path` is in; to be freed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    char *folder = strndup(slash == NULL ? "." : path, len);

    if (folder == NULL)
        abort();
    return folder;
}

static void settle_path(const struct config *config, const struct config_output *output,
                        struct mistakes *mistakes)
{
    const char *path = file_of(output).data;
    struct stat status;
    char *name = folder_of(path);

    if (stat(name, &status) != 0)
        complain_about_path(config, output, mistakes, "the folder '%s': %s", name, strerror(errno));
    else if (!S_ISDIR(status.st_mode))
        complain_about_path(config, output, mistakes, "'%s' is no folder", name);
    else if (lstat(path, &status) == 0 && S_ISDIR(status.st_mode))
        complain_about_path(config, output, mistakes, "'%s' is a folder", path);
    else if (S_ISLNK(status.st_mode))
        complain_about_path(config, output, mistakes,
                            "'%s' is a symbolic link; name the file itself", path);
    else if (S_ISBLK(status.st_mode) ||
             (S_ISSOCK(status.st_mode) && output->settings.kind != &kind_unix))
        complain_about_path(config, output, mistakes, "'%s' is neither a file nor a pipe", path);
    free(name);
}

/* Says why a file that is at `path`, or could be, takes no lines; settle_path said the rest. */
static void check_path(const struct config *config, const struct config_output *output,
                       struct mistakes *mistakes)
{
    const char *path = file_of(output).data;
    char *folder = folder_of(path);
    struct stat status;
    bool is_file = lstat(path, &status) == 0;

    if (is_file && (S_ISREG(status.st_mode) || S_ISFIFO(status.st_mode))) {
        if (faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0)
            complain_about_path(config, output, mistakes, "cannot write '%s': %s", path,
                                strerror(errno));
    } else if (!is_file && errno == ENOENT && stat(folder, &status) == 0) {
        if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) != 0)
            complain_about_path(config, output, mistakes, "cannot make '%s': %s", path,
                                strerror(errno));
    } else if (!is_file && errno == EACCES) {
        complain_about_path(config, output, mistakes, "cannot look for '%s': %s", path,
                            strerror(errno));
    }
    free(folder);
}

/* Where an output writes, however its path is spelt. */
struct spot {
    struct stat folder, file;
    struct span name; /* of the file in its folder */
    bool has_folder, has_file;
};

static struct spot find_spot(const char *path)
{
    struct spot spot = { 0 };
    const char *slash = strrchr(path, '/');
    char folder[PATH_ROOM] = ".";

    spot.name = span_of(slash != NULL ? slash + 1 : path);
    if (slash != NULL)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash + 1 - path), path);
    spot.has_folder = stat(folder, &spot.folder) == 0;
    spot.has_file = stat(path, &spot.file) == 0;
    return spot;
}

static bool is_same_node(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_same_spot(const struct spot *a, const struct spot *b)
{
    if (a->has_file && b->has_file)
        return is_same_node(&a->file, &b->file);
    return a->has_folder && b->has_folder && is_same_node(&a->folder, &b->folder) &&
           span_equal(a->name, b->name);
}

/* Would one file become an older one of the other's, or stand in its way? */
static bool is_in_the_way(const struct config_output *output, const struct spot *own,
                          const struct spot *other)
{
    const struct output_settings *settings = &output->settings;

    return settings->kind->owns != NULL && own->has_folder && other->has_folder &&
           is_same_node(&own->folder, &other->folder) &&
           settings->kind->owns(settings->options, other->name);
}

/* Two outputs, one file: their lines would tear each other. */
static void check_spots(const struct config *config, struct mistakes *mistakes)
{
    struct spot *spots = calloc(config->output_count + 1, sizeof *spots);

    if (spots == NULL)
        abort();
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];

        if (file_of(output).data != NULL)
            spots[i] = find_spot(file_of(output).data);
        for (size_t j = 0; j < i; j++) {
            if (is_same_spot(&spots[i], &spots[j]))
                complain_about_path(config, output, mistakes, "writes to the same file as '%.*s'",
                                    SPAN_ARG(config->outputs[j].settings.name));
            else if (is_in_the_way(output, &spots[i], &spots[j]) ||
                     is_in_the_way(&config->outputs[j], &spots[j], &spots[i]))
                complain_about_path(
                    config, output, mistakes,
                    "is in the way of the rotation of '%.*s', or the other way round",
                    SPAN_ARG(config->outputs[j].settings.name));
        }
    }
    free(spots);
}

void config_settle(struct config *config, struct mistakes *mistakes, struct mistakes *notes)
{
    for (size_t i = 0; i < config->glob_count; i++)
        settle_glob(config, &config->globs[i], mistakes, notes);
    for (size_t i = 0; i < config->owner_count; i++)
        settle_owner(config, &config->owners[i], mistakes);
    for (size_t i = 0; i < config->output_count; i++) {
        if (file_of(&config->outputs[i]).data != NULL)
            settle_path(config, &config->outputs[i], mistakes);
    }
    check_spots(config, mistakes);
}

/* Says where a secret is read from, or why it cannot be. */
static void check_secret(const struct config *config, const struct config_secret *secret,
                         struct mistakes *mistakes, struct mistakes *notes)
{
    struct buffer value = { 0 }, where = { 0 };
    struct error err;

    secret_describe(&secret->secret, &where);
    if (secret_read(&secret->secret, &value, &err) != 0)
        mistakes_add(mistakes, "%.*s:%u: %.*s: %s: %s", SPAN_ARG(config->path), secret->line,
                     SPAN_ARG(secret->subject), secret->option, err.text);
    else
        mistakes_add(notes, "%.*s:%u: %.*s: %s is read from %.*s", SPAN_ARG(config->path),
                     secret->line, SPAN_ARG(secret->subject), secret->option,
                     SPAN_ARG(buffer_span(&where)));
    secret_forget(&value);
    buffer_free(&where);
}

void config_check_outputs(const struct config *config, struct mistakes *mistakes,
                          struct mistakes *notes)
{
    for (size_t i = 0; i < config->output_count; i++) {
        const struct config_output *output = &config->outputs[i];
        const struct output_kind *kind = output->settings.kind;
        struct error err;

        if (file_of(output).data != NULL)
            check_path(config, output, mistakes);
        if (kind->probe != NULL && !output->is_wrong &&
            kind->probe(output->settings.options, &err) != 0)
            mistakes_add(mistakes, "%.*s:%u: output '%.*s': %s", SPAN_ARG(config->path),
                         output->line, SPAN_ARG(output->settings.name), err.text);
    }
    for (size_t i = 0; i < config->secret_count; i++)
        check_secret(config, &config->secrets[i], mistakes, notes);
}
