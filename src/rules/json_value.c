#include "rules/json_value.h"

#include <errno.h>
#include <stdio.h>

#include "base/nearest.h"

static struct span member_at(const void *context, size_t place)
{
    return span_of(((const char *const *)context)[place]);
}

static int refuse_member(const char *name, const char *const *known, size_t count,
                         struct error *err)
{
    struct span near = nearest_name(span_of(name), member_at, known, count);

    if (near.data == NULL)
        return error_set(err, -EINVAL, "unknown member '%s'", name);
    return error_set(err, -EINVAL, "unknown member '%s' (did you mean '%.*s'?)", name,
                     SPAN_ARG(near));
}

int json_check_members(const json_t *object, const char *const *known, size_t count,
                       struct error *err)
{
    json_t *members = (json_t *)(uintptr_t)object; /* iterating changes nothing */

    for (void *at = json_object_iter(members); at != NULL;
         at = json_object_iter_next(members, at)) {
        const char *name = json_object_iter_key(at);
        size_t place = 0;

        while (place < count && strcmp(known[place], name) != 0)
            place++;
        if (place == count)
            return refuse_member(name, known, count, err);
    }
    return 0;
}

static bool hex_byte(const char *digits, char *byte)
{
    uint64_t value;

    if (!span_hex((struct span){ digits, 2 }, &value))
        return false;
    *byte = (char)value;
    return true;
}

static int word_of_hex(const json_t *value, struct arena *arena, struct span *word,
                       struct error *err)
{
    const json_t *hex = json_object_get(value, "hex");
    size_t len = json_string_length(hex);
    char *bytes = arena_alloc(arena, len / 2 + 1);

    if (json_object_size(value) != 1 || !json_is_string(hex))
        return error_set(err, -EINVAL, "expected a text, a whole number or {\"hex\": \"...\"}");
    for (size_t i = 0; i < len; i += 2)
        if (len % 2 != 0 || !hex_byte(json_string_value(hex) + i, &bytes[i / 2]))
            return error_set(err, -EINVAL, "hex: expected two hex digits for each byte");
    *word = (struct span){ bytes, len / 2 };
    return 0;
}

int json_word(const json_t *value, struct arena *arena, struct span *word, struct error *err)
{
    char digits[24];

    if (json_is_string(value)) {
        *word = (struct span){ json_string_value(value), json_string_length(value) };
        return 0;
    }
    if (json_is_object(value))
        return word_of_hex(value, arena, word, err);
    if (!json_is_integer(value))
        return error_set(err, -EINVAL, "expected a text or a whole number");
    snprintf(digits, sizeof digits, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    *word = arena_copy(arena, span_of(digits));
    return 0;
}

int json_switch(const json_t *object, const char *member, bool *value, struct error *err)
{
    const json_t *given = json_object_get(object, member);

    if (given == NULL)
        return 0;
    if (!json_is_boolean(given))
        return error_set(err, -EINVAL, "%s: expected true or false", member);
    *value = json_is_true(given);
    return 0;
}
