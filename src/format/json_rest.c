#include "format/json_rest.h"

enum { NAME_LEAST = 1, NAME_LONGEST = 64 /* bytes of a name outside the table */ };

/* Lower case and what goes with it; UPPER CASE belongs to laudit. */
static bool is_fit(struct span name)
{
    bool has_lower = false;

    if (name.len < NAME_LEAST || name.len > NAME_LONGEST)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        unsigned char byte = (unsigned char)name.data[i];

        if (byte <= ' ' || byte >= 0x7F || (byte >= 'A' && byte <= 'Z'))
            return false;
        has_lower |= byte >= 'a' && byte <= 'z';
    }
    return has_lower;
}

static uint32_t hash_of(struct span name)
{
    uint32_t hash = 2166136261u;

    for (size_t i = 0; i < name.len; i++)
        hash = (hash ^ (unsigned char)name.data[i]) * 16777619u;
    return hash ^ hash >> 15;
}

bool json_names_add(struct json_names *names, struct arena *arena, struct span name)
{
    if (!is_fit(name))
        return false;
    if (names->slots == NULL) {
        for (names->mask = 15; names->mask < names->most * 2; names->mask = names->mask * 2 + 1)
            ;

        size_t size = ((size_t)names->mask + 1) * sizeof *names->slots;

        names->slots = arena_alloc(arena, size);
        memset(names->slots, 0, size);
    }

    uint32_t at = hash_of(name) & names->mask;

    while (names->slots[at].data != NULL) {
        if (span_equal(names->slots[at], name))
            return false;
        at = (at + 1) & names->mask;
    }
    names->slots[at] = name;
    return true;
}

void json_names_reject(struct json_names *names, struct arena *arena, struct span text)
{
    if (names->rest == NULL)
        names->rest = arena_alloc(arena, (size_t)names->most * sizeof *names->rest);
    if (names->rest_count < names->most)
        names->rest[names->rest_count++] = text;
}

/*
 * Takes "avc: denied { read write } for" out of the rest. Returns the verdict with the permissions
 * in `perms`, an absent span when there is none.
 */
static struct span take_verdict(struct json_names *names, struct strings *perms)
{
    struct span *rest = names->rest, verdict;
    uint32_t count = names->rest_count, end = 3;

    if (count < 4 || !span_equal(rest[0], SPAN("avc:")) || !span_equal(rest[2], SPAN("{")))
        return (struct span){ NULL, 0 };
    verdict = rest[1];
    if (!span_equal(verdict, SPAN("denied")) && !span_equal(verdict, SPAN("granted")))
        return (struct span){ NULL, 0 };
    while (end < count && !span_equal(rest[end], SPAN("}")))
        end++;
    if (end == count)
        return (struct span){ NULL, 0 };
    *perms = (struct strings){ rest + 3, end - 3, false };
    end++;
    if (end < count && span_equal(rest[end], SPAN("for")))
        end++;
    names->rest += end;
    names->rest_count -= end;
    return verdict;
}

char *json_put_rest(struct json_writer *writer, char *at, struct json_names *names)
{
    struct strings perms;
    struct span verdict = { NULL, 0 };

    if (names->rest_count == 0)
        return at;
    if (!(names->known[FIELD_DENIED >> 6] >> (FIELD_DENIED & 63) & 1))
        verdict = take_verdict(names, &perms);
    if (verdict.len > 0 && (span_equal(verdict, SPAN("denied")) ||
                            json_names_add(names, &writer->event->arena, verdict)))
        at = json_member_list(writer, at, verdict, &perms);
    if (names->rest_count == 0)
        return at;

    struct strings rest = { names->rest, names->rest_count, false };

    return json_member_list(writer, at, SPAN("REST"), &rest);
}
