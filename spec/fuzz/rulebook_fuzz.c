/*
 * rulebook_fuzz.c - a folder of rule files of strangers: lines and JSON, merged and applied.
 *
 * The bytes are cut at 0xff into files of one folder. What comes of them is a set within its limit
 * that holds no rule twice, and each file alone is read, too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rules/merge.h"
#include "rules/rulebook.h"

enum { FILES_MOST = 4, PATH_ROOM = 64 /* bytes */ };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[] = "/tmp/rulebook_fuzz.XXXXXX";

static bool find_nobody(void *context, struct span name, uint32_t *id)
{
    (void)context, (void)name, (void)id;
    return false;
}

static const struct rule_world world = { .features = RULE_FEATURES_ALL,
                                         .find_user = find_nobody,
                                         .find_group = find_nobody };

static const char *path_of(size_t number, char path[PATH_ROOM])
{
    snprintf(path, PATH_ROOM, "%s/%zu.rules", folder, number);
    return path;
}

static void clean(void)
{
    char path[PATH_ROOM];

    for (size_t i = 0; i < FILES_MOST; i++)
        unlink(path_of(i, path));
    rmdir(folder);
}

static void make_folder(void)
{
    static bool is_there;

    if (is_there)
        return;
    if (mkdtemp(folder) == NULL)
        abort();
    atexit(clean);
    is_there = true;
}

static void write_file(size_t number, struct span text)
{
    char path[PATH_ROOM];
    FILE *file = fopen(path_of(number, path), "w");

    if (file == NULL || (text.len > 0 && fwrite(text.data, text.len, 1, file) != 1))
        abort();
    fclose(file);
}

/* The last file has all that is left. */
static void write_files(struct span text)
{
    for (size_t i = 0; i < FILES_MOST; i++) {
        const char *stop = text.len > 0 ? memchr(text.data, 0xff, text.len) : NULL;
        size_t len = stop != NULL && i + 1 < FILES_MOST ? (size_t)(stop - text.data) : text.len;

        write_file(i, (struct span){ text.data, len });
        text = span_skip(text, len < text.len ? len + 1 : len);
    }
}

static void check(const struct rule_set *set)
{
    size_t place;

    if (set->count > RULE_SET_MOST)
        __builtin_trap();
    for (size_t i = 0; i < set->count; i++)
        if (!rule_set_find(set, set->items[i].rule, &place) || place != i)
            __builtin_trap();
}

static void read_path(const char *path)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };
    struct rulebook book;

    rulebook_init(&book);
    rulebook_add_path(&book, path, &world, &mistakes, &notes);
    check(&book.set);
    rulebook_free(&book);
    mistakes_free(&mistakes);
    mistakes_free(&notes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[PATH_ROOM];

    make_folder();
    write_files((struct span){ (const char *)data, size });
    read_path(folder);
    for (size_t i = 0; i < FILES_MOST; i++)
        read_path(path_of(i, path));
    return 0;
}
