#include "policy/slots.h"

#include <stdlib.h>

enum { SLOTS_FIRST = 64 };

/* What a slot stands for: a system call or a key. */
enum slot_kind { SLOT_EMPTY, SLOT_CALL, SLOT_KEY };

struct slot {
    enum slot_kind kind;
    uint64_t code;   /* arch << 32 | number, or the key's hash */
    struct span key; /* owned; absent for a call */
    uint64_t *rows;  /* owned */
};

static void *must_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static uint64_t mix(uint64_t code)
{
    code *= UINT64_C(0x9E3779B97F4A7C15);
    return code ^ code >> 32;
}

static struct slot call_slot(uint32_t arch, uint32_t number)
{
    return (struct slot){ .kind = SLOT_CALL, .code = (uint64_t)arch << 32 | number };
}

static struct slot key_slot(struct span key)
{
    return (struct slot){ .kind = SLOT_KEY, .code = span_hash(key), .key = key };
}

static bool is_same(const struct slot *a, const struct slot *b)
{
    return a->kind == b->kind && a->code == b->code && span_equal(a->key, b->key);
}

/* The slot like that one, or the empty one where it belongs. */
static struct slot *find(const struct slots *slots, const struct slot *wanted)
{
    size_t at = (size_t)mix(wanted->code) & (slots->room - 1);

    while (slots->items[at].kind != SLOT_EMPTY && !is_same(&slots->items[at], wanted))
        at = (at + 1) & (slots->room - 1);
    return &slots->items[at];
}

static void grow(struct slots *slots)
{
    struct slot *old = slots->items;
    size_t old_room = slots->room;

    slots->room = old_room > 0 ? old_room * 2 : SLOTS_FIRST;
    slots->items = must_calloc(slots->room, sizeof *slots->items);
    for (size_t i = 0; i < old_room; i++)
        if (old[i].kind != SLOT_EMPTY)
            *find(slots, &old[i]) = old[i];
    free(old);
}

static void add(struct slots *slots, const struct slot *wanted, size_t row)
{
    if (2 * (slots->used + 1) > slots->room)
        grow(slots);

    struct slot *slot = find(slots, wanted);

    if (slot->kind == SLOT_EMPTY) {
        *slot = *wanted;
        slot->rows = must_calloc(slots->words, sizeof *slot->rows);
        if (wanted->key.len > 0) {
            char *key = must_calloc(1, wanted->key.len);

            memcpy(key, wanted->key.data, wanted->key.len);
            slot->key.data = key;
        }
        slots->used++;
    }
    slot->rows[row / 64] |= UINT64_C(1) << row % 64;
}

void slots_add_call(struct slots *slots, uint32_t arch, uint32_t number, size_t row)
{
    struct slot wanted = call_slot(arch, number);

    add(slots, &wanted, row);
}

void slots_add_key(struct slots *slots, struct span key, size_t row)
{
    struct slot wanted = key_slot(key);

    add(slots, &wanted, row);
}

static const uint64_t *rows_of(const struct slots *slots, const struct slot *wanted)
{
    return slots->room > 0 ? find(slots, wanted)->rows : NULL;
}

const uint64_t *slots_of_call(const struct slots *slots, uint32_t arch, uint32_t number)
{
    struct slot wanted = call_slot(arch, number);

    return rows_of(slots, &wanted);
}

const uint64_t *slots_of_key(const struct slots *slots, struct span key)
{
    struct slot wanted = key_slot(key);

    return rows_of(slots, &wanted);
}

void slots_free(struct slots *slots)
{
    for (size_t i = 0; i < slots->room; i++) {
        free(slots->items[i].rows);
        if (slots->items[i].key.len > 0)
            free((void *)(uintptr_t)slots->items[i].key.data);
    }
    free(slots->items);
}
