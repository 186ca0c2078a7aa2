#include "rules/merge.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/array.h"
#include "base/natural.h"

void rule_lines_free(struct rule_lines *lines)
{
    free(lines->items);
    arena_free(&lines->arena);
    *lines = (struct rule_lines){ 0 };
}

static void add_line(struct rule_lines *lines, struct rule_line line)
{
    lines->items = array_grow(lines->items, lines->count, sizeof *lines->items);
    lines->items[lines->count++] = line;
}

static struct span copy_name(struct arena *arena, struct span name)
{
    char *copy = arena_alloc(arena, name.len + 1);

    memcpy(copy, name.data, name.len);
    copy[name.len] = '\0';
    return (struct span){ copy, name.len };
}

/* A document is one line. */
static void add_text(struct rule_lines *lines, struct span text, struct span file, bool is_document)
{
    struct span rest = arena_copy(&lines->arena, text), name = copy_name(&lines->arena, file);

    for (unsigned number = 1; rest.len > 0; number++) {
        const char *stop = is_document ? NULL : memchr(rest.data, '\n', rest.len);
        size_t len = stop != NULL ? (size_t)(stop - rest.data) : rest.len;

        add_line(lines, (struct rule_line){ { rest.data, len }, { name, number }, is_document });
        rest = span_skip(rest, stop != NULL ? len + 1 : len);
    }
}

void rule_lines_add_text(struct rule_lines *lines, struct span text, struct span file)
{
    add_text(lines, text, file, false);
}

/* What augenrules' awk calls \s. */
static bool is_space(char byte)
{
    return byte == ' ' || (byte >= '\t' && byte <= '\r');
}

static bool is_json(struct span text)
{
    while (text.len > 0 && is_space(text.data[0]))
        text = span_skip(text, 1);
    return text.len > 0 && (text.data[0] == '{' || text.data[0] == '[');
}

static int read_all(int fd, const char *path, struct buffer *out, struct error *err)
{
    ssize_t count;

    do {
        count = read(fd, buffer_reserve(out, 65536), 65536);
        if (count > 0)
            buffer_commit(out, (size_t)count);
        if (out->len > RULE_FILE_MOST)
            return error_set(err, -EFBIG, "%s: longer than %d MiB", path, RULE_FILE_MOST >> 20);
    } while (count > 0 || (count < 0 && errno == EINTR));
    return count < 0 ? error_set(err, -errno, "%s: %s", path, strerror(errno)) : 0;
}

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* A device (/dev/null) is writable for everybody, and nobody's words. */
static int check_guard(const char *path, const struct stat *file, struct error *err)
{
    if (!S_ISREG(file->st_mode) && !S_ISFIFO(file->st_mode))
        return 0;
    if ((file->st_mode & S_IWOTH) != 0)
        return error_set(err, -EPERM,
                         "%s: everybody may write to it: rules for the kernel come from files that "
                         "others cannot change",
                         path);
    if (file->st_uid != 0 && file->st_uid != geteuid())
        return error_set(err, -EPERM,
                         "%s: belongs to the user %u: rules for the kernel come from files of root "
                         "or of who loads them",
                         path, (unsigned)file->st_uid);
    return 0;
}

static int check_file(int fd, const char *path, unsigned demands, struct error *err)
{
    struct stat file;

    if (fstat(fd, &file) != 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if ((demands & RULE_FILE_REGULAR) != 0 && !S_ISREG(file.st_mode))
        return error_set(err, -EINVAL, "%s: is no regular file", path);
    return (demands & RULE_FILE_GUARDED) != 0 ? check_guard(path, &file, err) : 0;
}

/* Opening a pipe waits for its writer, unless it must not be one. */
static int open_file(const char *path, unsigned demands, struct error *err)
{
    int wait = (demands & RULE_FILE_REGULAR) != 0 ? O_NONBLOCK | O_NOCTTY : 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | wait);

    if (fd < 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (check_file(fd, path, demands, err) != 0) {
        close(fd);
        return err->code;
    }
    return fd;
}

int rule_file_read(const char *path, unsigned demands, struct buffer *out, struct error *err)
{
    bool is_standard = strcmp(path, "-") == 0;
    int fd = is_standard ? STDIN_FILENO : open_file(path, demands, err);

    if (fd < 0)
        return fd;

    int status = read_all(fd, name_of(path), out, err);

    if (status == 0 && out->len > 0 && span_starts(buffer_span(out), SPAN("\xEF\xBB\xBF")))
        buffer_consume(out, 3);

    if (!is_standard)
        close(fd);
    return status;
}

static bool has_too_many_lines(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '\n';
    return count > RULE_LINES_MOST;
}

int rule_lines_add_file(struct rule_lines *lines, const char *path, unsigned demands,
                        struct error *err)
{
    struct buffer text = { 0 };
    int status = rule_file_read(path, demands, &text, err);
    bool is_document = status == 0 && is_json(buffer_span(&text));

    if (status == 0 && !is_document && has_too_many_lines(buffer_span(&text)))
        status = error_set(err, -EFBIG, "%s: more than %d lines", name_of(path), RULE_LINES_MOST);
    else if (status == 0 && text.len > 0)
        add_text(lines, buffer_span(&text), span_of(name_of(path)), is_document);
    buffer_free(&text);
    return status;
}

static struct span trim(struct span text)
{
    while (text.len > 0 && is_space(text.data[0]))
        text = span_skip(text, 1);
    while (text.len > 0 && is_space(text.data[text.len - 1]))
        text.len--;
    return text;
}

struct folder {
    struct rule_lines all; /* of its files, one after another */
    struct rule_line clear, backlog, failure, enabled;
};

/* Takes out the lines of which only the last counts; true for a line that stays where it is. */
static bool stays(struct folder *folder, const struct rule_line *line)
{
    struct span text = trim(line->text);

    if (line->is_document)
        return true;
    if (line->text.len == 0 || span_starts(text, SPAN("#")))
        return false;
    if (span_starts(text, SPAN("-e")))
        folder->enabled = *line;
    else if (span_equal(text, SPAN("-D")))
        folder->clear = *line;
    else if (span_starts(text, SPAN("-f")))
        folder->failure = *line;
    else if (span_starts(text, SPAN("-b")))
        folder->backlog = *line;
    else
        return true;
    return false;
}

static void add_if_there(struct rule_lines *lines, struct rule_line line)
{
    if (line.text.data == NULL)
        return;
    line.text = arena_copy(&lines->arena, line.text);
    line.origin.file = copy_name(&lines->arena, line.origin.file);
    add_line(lines, line);
}

static void merge(struct rule_lines *lines, struct folder *folder)
{
    for (size_t i = 0; i < folder->all.count; i++)
        stays(folder, &folder->all.items[i]);
    add_if_there(lines, folder->clear);
    add_if_there(lines, folder->backlog);
    add_if_there(lines, folder->failure);
    for (size_t i = 0; i < folder->all.count; i++)
        if (stays(folder, &folder->all.items[i]))
            add_if_there(lines, folder->all.items[i]);
    add_if_there(lines, folder->enabled);
    lines->is_merged = true;
}

/* Files of one name in several folders: by their folders. */
static int by_name(const void *a, const void *b)
{
    const char *left = *(char *const *)a, *right = *(char *const *)b;
    int order = natural_compare(span_of(basename(left)), span_of(basename(right)));

    return order != 0 ? order : strcmp(left, right);
}

static int merge_files(struct rule_lines *lines, char **paths, size_t count, unsigned demands,
                       struct error *err)
{
    struct folder folder = { 0 };
    int status = 0;

    if (count > 0)
        qsort(paths, count, sizeof *paths, by_name);
    for (size_t i = 0; i < count && status == 0; i++)
        status = rule_lines_add_file(&folder.all, paths[i], demands | RULE_FILE_REGULAR, err);
    if (status == 0)
        merge(lines, &folder);
    rule_lines_free(&folder.all);
    return status;
}

int rule_lines_add_pattern(struct rule_lines *lines, const char *pattern, unsigned demands,
                           struct error *err)
{
    glob_t found;
    int status = glob(pattern, GLOB_NOESCAPE, NULL, &found);

    if (status == GLOB_NOMATCH)
        return error_set(err, -ENOENT, "%s: matches no file", pattern);
    if (status != 0)
        return error_set(err, -EIO, "%s: %s", pattern, strerror(errno));
    status = merge_files(lines, found.gl_pathv, found.gl_pathc, demands, err);
    globfree(&found);
    return status;
}

static int is_rule_file(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && span_ends(span_of(entry->d_name), SPAN(".rules"));
}

int rule_lines_add_folder(struct rule_lines *lines, const char *path, unsigned demands,
                          struct error *err)
{
    const char *slash = span_ends(span_of(path), SPAN("/")) ? "" : "/";
    struct dirent **entries;
    int count = scandir(path, &entries, is_rule_file, NULL);

    if (count < 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (count == 0) {
        free(entries);
        return error_set(err, -ENOENT, "%s: this folder has no file *.rules", path);
    }

    char **paths = calloc((size_t)count + 1, sizeof *paths);

    for (int i = 0; i < count; i++) {
        if (paths == NULL || asprintf(&paths[i], "%s%s%s", path, slash, entries[i]->d_name) < 0)
            abort();
        free(entries[i]);
    }
    free(entries);

    int status = merge_files(lines, paths, (size_t)count, demands, err);

    for (int i = 0; i < count; i++)
        free(paths[i]);
    free(paths);
    return status;
}
