#include "control/config_rules.h"

#include <stdio.h>
#include <stdlib.h>

#include "rules/merge.h"

/* Rules begin with a dash or a comment, or stand on several lines; all else names files. */
static bool is_text(struct span rules)
{
    while (rules.len > 0 && (rules.data[0] == ' ' || rules.data[0] == '\t'))
        rules = span_skip(rules, 1);
    return rules.len == 0 || rules.data[0] == '-' || rules.data[0] == '#' ||
           memchr(rules.data, '\n', rules.len) != NULL;
}

/* The path as seen from the folder of the configuration; to be freed. */
static char *path_from(const struct config *config, struct span path)
{
    const char *slash = memrchr(config->path.data, '/', config->path.len);
    int folder = slash != NULL ? (int)(slash + 1 - config->path.data) : 0;
    char *joined = NULL;

    if (path.len > 0 && path.data[0] == '/')
        folder = 0;
    if (asprintf(&joined, "%.*s%.*s", folder, config->path.data, SPAN_ARG(path)) < 0)
        abort();
    return joined;
}

/* Adds a text of rules; each line of one that was made is of the line that made it. */
static void add_text(const struct config *config, const struct config_text *rules,
                     struct rulebook *book, const struct rule_world *world,
                     struct mistakes *mistakes, struct mistakes *notes)
{
    struct span rest = rules->text;

    while (rest.len > 0) {
        const char *stop = rules->is_made ? memchr(rest.data, '\n', rest.len) : NULL;
        struct span text = { rest.data, stop != NULL ? (size_t)(stop - rest.data) : rest.len };

        rulebook_add_text(book, text, config->path, rules->line, world, mistakes, notes);
        rest = span_skip(rest, stop != NULL ? text.len + 1 : text.len);
    }
}

void config_add_rules(const struct config *config, struct rulebook *book,
                      const struct rule_world *world, struct mistakes *mistakes,
                      struct mistakes *notes)
{
    struct rule_world files = *world;

    files.file_demands |= RULE_FILE_REGULAR; /* a reload must not wait for who writes a pipe */
    for (size_t i = 0; i < config->rule_count; i++) {
        const struct config_text *rules = &config->rules[i];

        if (is_text(rules->text)) {
            add_text(config, rules, book, world, mistakes, notes);
            continue;
        }

        char *path = path_from(config, rules->text);

        files.asked_at = (struct rule_origin){ config->path, rules->line };
        if (strpbrk(path, "*?[") != NULL)
            rulebook_add_pattern(book, path, &files, mistakes, notes);
        else
            rulebook_add_path(book, path, &files, mistakes, notes);
        free(path);
    }
}
