#include "rules/keys.h"

static bool has_empty_key(struct span keys)
{
    static const char twice[] = { RULE_KEY_SEPARATOR, RULE_KEY_SEPARATOR };

    return keys.len > 0 &&
           (keys.data[0] == RULE_KEY_SEPARATOR || keys.data[keys.len - 1] == RULE_KEY_SEPARATOR ||
            memmem(keys.data, keys.len, twice, sizeof twice) != NULL);
}

bool keys_next(struct span *rest, struct span *key)
{
    if (rest->data == NULL)
        return false;

    const char *stop = rest->len > 0 && !has_empty_key(*rest)
                           ? memchr(rest->data, RULE_KEY_SEPARATOR, rest->len)
                           : NULL;

    *key = (struct span){ rest->data, stop != NULL ? (size_t)(stop - rest->data) : rest->len };
    *rest = stop != NULL ? span_skip(*rest, key->len + 1) : (struct span){ NULL, 0 };
    return true;
}
