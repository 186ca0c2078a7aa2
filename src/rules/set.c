#include "rules/set.h"

#include <stdlib.h>

void rule_set_free(struct rule_set *set)
{
    free(set->items);
    free(set->trees);
    *set = (struct rule_set){ 0 };
}

bool rule_set_find(const struct rule_set *set, const struct rule *rule, size_t *place)
{
    uint64_t hash = rule_hash(rule);

    for (size_t i = 0; i < set->count; i++) {
        if (set->items[i].hash == hash && rule_equal(set->items[i].rule, rule)) {
            *place = i;
            return true;
        }
    }
    return false;
}

static uint64_t bit_of(struct span key)
{
    uint64_t hash = 5381;

    for (size_t i = 0; i < key.len; i++)
        hash = hash * 33 + (unsigned char)key.data[i];
    return UINT64_C(1) << hash % 64;
}

static uint64_t bits_of(const struct rule *rule)
{
    struct span rest = rule_keys(rule), key;
    uint64_t bits = 0;

    while (rule_keys_next(&rest, &key))
        bits |= bit_of(key);
    return bits;
}

static void insert(struct rule_set *set, size_t place, const struct rule *rule,
                   struct rule_origin origin)
{
    if (set->count == set->room) {
        set->room = set->room == 0 ? 64 : 2 * set->room;
        set->items = realloc(set->items, set->room * sizeof *set->items);
        if (set->items == NULL)
            abort();
    }
    memmove(&set->items[place + 1], &set->items[place], (set->count - place) * sizeof *set->items);
    set->items[place] = (struct rule_item){
        .rule = rule, .origin = origin, .hash = rule_hash(rule), .keys = bits_of(rule)
    };
    set->count++;
}

void rule_set_append(struct rule_set *set, const struct rule *rule, struct rule_origin origin)
{
    insert(set, set->count, rule, origin);
}

void rule_set_prepend(struct rule_set *set, const struct rule *rule, struct rule_origin origin)
{
    insert(set, 0, rule, origin);
}

void rule_set_remove(struct rule_set *set, size_t place)
{
    set->count--;
    memmove(&set->items[place], &set->items[place + 1], (set->count - place) * sizeof *set->items);
}

void rule_set_remove_key(struct rule_set *set, struct span key)
{
    uint64_t bit = bit_of(key);
    size_t kept = 0;

    for (size_t i = 0; i < set->count; i++) {
        const struct rule_item *item = &set->items[i];

        if ((item->keys & bit) != 0 && rule_has_key(item->rule, key))
            continue;
        if (kept < i)
            set->items[kept] = *item;
        kept++;
    }
    set->count = kept;
}
