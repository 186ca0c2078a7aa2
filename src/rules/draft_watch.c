#include <errno.h>
#include <limits.h>
#include <sys/stat.h>

#include "rules/draft.h"
#include "rules/value.h"
#include "tables/flags.h"

enum { PERM_ALL = PERM_READ | PERM_WRITE | PERM_EXEC | PERM_ATTR };

static int check_watch(struct draft *draft, char option, struct span path, struct error *err)
{
    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;

    if (path.len >= PATH_MAX)
        return error_set(err, -EINVAL, "this path has %zu bytes: %d are the most", path.len,
                         PATH_MAX - 1);
    if (slash == NULL || path.data[0] != '/')
        return error_set(err, -EINVAL, "the path must begin with '/'");
    if ((size_t)(path.data + path.len - slash) - 1 > NAME_MAX)
        return error_set(err, -EINVAL, "the last name in this path has more than %d bytes",
                         NAME_MAX);
    if (memmem(path.data, path.len, "..", 2) != NULL)
        draft_note(draft, "-%c %.*s: '..' is not followed: the kernel looks the path up as it is",
                   option, SHOWN(path));
    if (memchr(path.data, '*', path.len) != NULL || memchr(path.data, '?', path.len) != NULL)
        draft_note(draft, "-%c %.*s: '*' and '?' are ordinary letters here, not wildcards", option,
                   SHOWN(path));
    return 0;
}

static struct span without_slashes(struct span path)
{
    if (path.len > 2)
        while (path.len > 1 && path.data[path.len - 1] == '/')
            path.len--;
    return path;
}

/* 0 or the negative errno of stat. */
static int look(struct span path, bool *is_directory)
{
    char text[PATH_MAX];
    struct stat found;

    memcpy(text, path.data, path.len);
    text[path.len] = '\0';
    if (stat(text, &found) != 0)
        return -errno;
    *is_directory = S_ISDIR(found.st_mode);
    return 0;
}

/* Is the watched thing a directory? */
static bool is_directory(struct draft *draft, char option, struct span written, struct span path)
{
    bool has_slash = written.data[written.len - 1] == '/', is_found = false;
    int status =
        draft->world->checks_paths || draft->world->doubts_watches ? look(path, &is_found) : 0;

    if (!draft->world->checks_paths) {
        if (!has_slash && (status != 0 || is_found))
            draft_note(draft,
                       "-%c %.*s: without a slash at its end this is taken for a file, because no "
                       "path is looked up",
                       option, SHOWN(written));
        return has_slash;
    }
    if (status == -ENOENT)
        draft_note(draft, "-%c %.*s: nothing is there on this host", option, SHOWN(written));
    else if (status != 0)
        draft_note(draft, "-%c %.*s: taken for a file: it cannot be looked up: %s", option,
                   SHOWN(written), strerror(-status));
    return is_found;
}

int draft_watch(struct draft *draft, char option, struct span written, struct error *err)
{
    struct span path = without_slashes(written);
    struct rule_field place = { AUDIT_WATCH, AUDIT_EQUAL, (uint32_t)path.len, path };
    struct rule_field perm = { AUDIT_PERM, AUDIT_EQUAL, PERM_ALL, { NULL, 0 } };
    const char name[] = { '-', option, '\0' };
    int status;

    if (draft->has_list)
        return error_set(err, -EINVAL, "-%c %.*s: a line holds one rule, and this is the second",
                         option, SHOWN(written));
    if (check_watch(draft, option, written, err) != 0)
        return error_within(err, "-%c %.*s", option, SHOWN(written));
    if (is_directory(draft, option, written, path))
        place.field = AUDIT_DIR;
    draft->has_list = draft->has_watch = draft->has_target = true;
    draft->verb = option == 'w' ? VERB_ADD : VERB_DELETE;
    draft->rule.list = AUDIT_FILTER_EXIT;
    draft->rule.action = AUDIT_ALWAYS;
    rule_add_all_calls(&draft->rule);
    status = draft_add(draft, place, name, written, err);
    return status == 0 ? draft_add(draft, perm, name, written, err) : status;
}

int draft_perm(struct draft *draft, struct span letters, struct error *err)
{
    struct rule_field perm = { AUDIT_PERM, AUDIT_EQUAL, 0, { NULL, 0 } };
    struct rule *rule = &draft->rule;
    bool has_perm = false;
    int status;

    if (rule->field_count == 0)
        return error_set(err, -EINVAL,
                         "-p %.*s: permissions stand behind the path: -w PATH -p %.*s",
                         SHOWN(letters), SHOWN(letters));
    if (value_perm(letters, &perm.value, err) != 0)
        return error_within(err, "-p %.*s", SHOWN(letters));
    for (uint32_t i = 0; i < rule->field_count; i++) {
        if (rule->fields[i].field == AUDIT_PERM) {
            rule->fields[i].value = perm.value;
            has_perm = true;
        }
    }
    status = has_perm ? 0 : draft_add(draft, perm, "-p", letters, err);
    draft->has_target = true;
    return status;
}
