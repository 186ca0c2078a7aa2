#include "rules/origin.h"

#include <stdio.h>

enum { FILE_ROOM = RULE_ORIGIN_ROOM - sizeof "...:4294967295" };

/* True for a byte within a character of UTF-8. */
static bool is_inner(char byte)
{
    return (byte & 0xc0) == 0x80;
}

const char *rule_origin_text(struct rule_origin origin, char out[RULE_ORIGIN_ROOM])
{
    struct span file = origin.file;
    bool is_cut = file.len > FILE_ROOM;
    char line[16] = "";

    if (is_cut)
        file = span_skip(file, file.len - FILE_ROOM);
    while (is_cut && file.len > 0 && is_inner(*file.data))
        file = span_skip(file, 1);
    if (origin.line > 0)
        snprintf(line, sizeof line, ":%u", origin.line);
    snprintf(out, RULE_ORIGIN_ROOM, "%s%.*s%s", is_cut ? "..." : "", SPAN_ARG(file), line);
    return out;
}
