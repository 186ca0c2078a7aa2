#include "interpret/interpret.h"

/* Cuts what stands before the next ':' off `rest`. */
static struct span cut_part(struct span *rest)
{
    const char *colon = rest->len > 0 ? memchr(rest->data, ':', rest->len) : NULL;
    size_t len = colon != NULL ? (size_t)(colon - rest->data) : rest->len;
    struct span part = { rest->data, len };

    *rest = colon != NULL ? span_skip(*rest, len + 1) : (struct span){ NULL, 0 };
    return part;
}

void interpret_label(struct span text, struct label *label)
{
    *label = (struct label){ .user = cut_part(&text) };
    if (text.data != NULL)
        label->role = cut_part(&text);
    if (text.data != NULL)
        label->type = cut_part(&text);
    label->level = text; /* "s0-s0:c0.c1023" holds colons of its own */
}
