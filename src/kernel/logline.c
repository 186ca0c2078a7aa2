#include "kernel/logline.h"

#include "tables/record_types.h"

/* Cuts "prefixWORD " off `rest`; false when it does not begin so. */
static bool cut_word(struct span *rest, struct span prefix, struct span *word)
{
    if (!span_starts(*rest, prefix))
        return false;

    struct span from = span_skip(*rest, prefix.len);
    const char *space = memchr(from.data, ' ', from.len);

    if (space == NULL)
        return false;
    *word = (struct span){ from.data, (size_t)(space - from.data) };
    *rest = span_skip(from, word->len + 1);
    return true;
}

bool logline_parse(struct span line, struct record_text *record)
{
    struct span rest = line;

    *record = (struct record_text){ 0 };
    if (rest.len > 0 && rest.data[rest.len - 1] == '\r')
        rest.len--;
    if (span_starts(rest, SPAN("node=")) && !cut_word(&rest, SPAN("node="), &record->node))
        return false;
    if (!cut_word(&rest, SPAN("type="), &record->type_token) || record->type_token.len == 0)
        return false;
    if (!span_starts(rest, SPAN("msg=audit(")))
        return false;
    record->text = span_skip(rest, sizeof "msg=" - 1);
    return true;
}

static struct type_cache_slot *slot_of(struct type_cache *cache, struct span token)
{
    const unsigned char *bytes = (const unsigned char *)token.data;
    size_t first = bytes[0], middle = bytes[token.len / 2], last = bytes[token.len - 1];
    size_t hash = token.len * 3 + first + middle * 3 + last * 7; /* common types keep apart */

    return &cache->slots[hash % TYPE_CACHE_SLOTS];
}

uint16_t type_cache_find(struct type_cache *cache, struct span token)
{
    uint16_t type = 0;

    if (token.len == 0 || token.len > TYPE_CACHE_TOKEN)
        return record_type_find(token, &type) ? type : 0;

    struct type_cache_slot *slot = slot_of(cache, token);

    if (!span_equal((struct span){ slot->token, slot->len }, token)) {
        slot->type = record_type_find(token, &type) ? type : 0;
        slot->len = (uint8_t)token.len;
        memcpy(slot->token, token.data, token.len);
    }
    return slot->type;
}
