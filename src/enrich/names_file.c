#include "enrich/names_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct entry {
    struct span name;
    uint32_t id;
    uint32_t next; /* place + 1 of the next entry with the same hash; 0 ends the chain */
};

/* What a file held; replaced as a whole. */
struct index {
    char *text;
    struct entry *entries;
    uint32_t *buckets; /* place + 1 of the first entry of each hash */
    uint32_t count, mask;
    uint32_t small[SMALL_IDS]; /* place + 1 */
};

struct names_file {
    struct index *index; /* NULL before anything was read */
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
};

struct names_file *names_file_new(void)
{
    struct names_file *file = calloc(1, sizeof *file);

    if (file == NULL)
        abort();
    return file;
}

static void index_free(struct index *index)
{
    if (index == NULL)
        return;
    free(index->buckets);
    free(index->entries);
    free(index->text);
    free(index);
}

void names_file_free(struct names_file *file)
{
    if (file == NULL)
        return;
    index_free(file->index);
    free(file);
}

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static uint32_t hash_id(uint32_t id)
{
    return id * 2654435761u >> 7;
}

/* Reads "name:password:id:" from the start of `line`. */
static bool read_entry(struct span line, struct entry *entry)
{
    const char *colon = memchr(line.data, ':', line.len);

    if (colon == NULL || colon == line.data || colon - line.data > NAME_MOST)
        return false;
    if (*line.data == '+' || *line.data == '-' || *line.data == '#')
        return false; /* NIS, comments */
    entry->name = (struct span){ line.data, (size_t)(colon - line.data) };
    line = span_skip(line, entry->name.len + 1);
    colon = memchr(line.data, ':', line.len);
    if (colon == NULL)
        return false;
    line = span_skip(line, (size_t)(colon - line.data) + 1);
    colon = memchr(line.data, ':', line.len);

    uint64_t id;

    if (colon == NULL ||
        !span_decimal((struct span){ line.data, (size_t)(colon - line.data) }, &id))
        return false;
    entry->id = (uint32_t)id;
    return id <= UINT32_MAX;
}

static void add_entry(struct index *index, struct entry entry)
{
    uint32_t *bucket = &index->buckets[hash_id(entry.id) & index->mask];
    uint32_t place = ++index->count;

    entry.next = 0;
    while (*bucket != 0)
        bucket = &index->entries[*bucket - 1].next; /* the first name of an id comes first */
    index->entries[place - 1] = entry;
    *bucket = place;
    if (entry.id < SMALL_IDS && index->small[entry.id] == 0)
        index->small[entry.id] = place;
}

/* Takes `text`, which it owns from then on. */
static struct index *index_new(char *text, size_t len)
{
    struct index *index = need(calloc(1, sizeof *index));
    size_t lines = 1;

    for (size_t i = 0; i < len; i++)
        lines += text[i] == '\n';
    for (index->mask = 63; index->mask < lines; index->mask = index->mask * 2 + 1)
        ;
    index->text = text;
    index->entries = need(calloc(lines, sizeof *index->entries));
    index->buckets = need(calloc((size_t)index->mask + 1, sizeof *index->buckets));
    for (struct span rest = { text, len }; rest.len > 0;) {
        const char *stop = memchr(rest.data, '\n', rest.len);
        size_t length = stop != NULL ? (size_t)(stop - rest.data) : rest.len;
        struct entry entry;

        if (read_entry((struct span){ rest.data, length }, &entry))
            add_entry(index, entry);
        rest = span_skip(rest, stop != NULL ? length + 1 : length);
    }
    return index;
}

/* Reads at most `room` bytes; -1 with errno when that fails. */
static ssize_t read_whole(int fd, char *text, size_t room)
{
    size_t len = 0;

    while (len < room) {
        ssize_t got = read(fd, text + len, room - len);

        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -1;
        if (got == 0)
            break;
        len += (size_t)got;
    }
    return (ssize_t)len;
}

static bool is_same(const struct names_file *file, const struct stat *now)
{
    return file->index != NULL && file->device == now->st_dev && file->inode == now->st_ino &&
           file->size == now->st_size && file->changed.tv_sec == now->st_mtim.tv_sec &&
           file->changed.tv_nsec == now->st_mtim.tv_nsec;
}

static int read_open(struct names_file *file, int fd, const char *path, struct error *err)
{
    struct stat now;

    if (fstat(fd, &now) < 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));
    if (is_same(file, &now))
        return 0;
    if (!S_ISREG(now.st_mode) || now.st_size > NAMES_FILE_MOST)
        return error_set(err, -EFBIG, "%s: not a file of at most %d bytes", path, NAMES_FILE_MOST);

    size_t room = (size_t)now.st_size;
    char *text = need(malloc(room + 1));
    ssize_t len = read_whole(fd, text, room);

    if (len < 0) {
        int code = errno;

        free(text);
        return error_set(err, -code, "%s: %s", path, strerror(code));
    }
    index_free(file->index);
    file->index = index_new(text, (size_t)len);
    file->device = now.st_dev;
    file->inode = now.st_ino;
    file->size = now.st_size;
    file->changed = now.st_mtim;
    return 1;
}

int names_file_read(struct names_file *file, const char *path, struct error *err)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0)
        return error_set(err, -errno, "%s: %s", path, strerror(errno));

    int status = read_open(file, fd, path, err);

    close(fd);
    return status;
}

bool names_file_name(const struct names_file *file, uint32_t id, struct span *name)
{
    const struct index *index = file->index;

    if (index == NULL)
        return false;

    uint32_t place = id < SMALL_IDS ? index->small[id] : index->buckets[hash_id(id) & index->mask];

    while (place != 0 && index->entries[place - 1].id != id)
        place = index->entries[place - 1].next;
    if (place == 0)
        return false;
    *name = index->entries[place - 1].name;
    return true;
}

bool names_file_id(const struct names_file *file, struct span name, uint32_t *id)
{
    for (uint32_t i = 0; file->index != NULL && i < file->index->count; i++) {
        if (span_equal(file->index->entries[i].name, name)) {
            *id = file->index->entries[i].id;
            return true;
        }
    }
    return false;
}
