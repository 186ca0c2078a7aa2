#include "rules/folders.h"

#include <limits.h>
#include <unistd.h>

static bool exists(struct span folder)
{
    char path[PATH_MAX];

    if (folder.len >= sizeof path)
        return true; /* the kernel says what is wrong with it */
    memcpy(path, folder.data, folder.len);
    path[folder.len] = '\0';
    return access(path, F_OK) == 0;
}

static bool find(const struct rule *rule, bool only_missing, struct span *folder)
{
    static const uint32_t fields[] = { AUDIT_DIR, AUDIT_EXE, AUDIT_WATCH };

    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        const struct rule_field *field = rule_find(rule, fields[i]);
        const char *slash = field != NULL ? memrchr(field->text.data, '/', field->text.len) : NULL;

        if (slash == NULL)
            continue;
        *folder = field->text;
        if (fields[i] != AUDIT_DIR)
            folder->len = (size_t)(slash - folder->data) + 1;
        if (!only_missing || !exists(*folder))
            return true;
    }
    return false;
}

bool rule_missing_folder(const struct rule *rule, struct span *folder)
{
    return find(rule, true, folder);
}

bool rule_first_folder(const struct rule *rule, struct span *folder)
{
    return find(rule, false, folder);
}
