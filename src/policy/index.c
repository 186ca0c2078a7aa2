#include "policy/index.h"

#include <stdlib.h>

#include "tables/record_types.h"
#include "tables/syscalls.h"

enum { TYPE_FIRST = 1000, TYPE_COUNT = 2000, SLOTS_FIRST = 64, ANY_ARCH = 0 };

/* What a slot stands for: a system call or the hash of a key. */
enum slot_kind { SLOT_EMPTY, SLOT_CALL, SLOT_KEY };

struct slot {
    enum slot_kind kind;
    uint64_t code; /* arch << 32 | number, or the key's hash */
    char *key;     /* owned; NULL for a call */
    size_t key_len;
    uint64_t *wanted; /* owned: the policies */
};

struct index {
    size_t words;
    struct slot *slots;
    size_t room, used; /* room is a power of two */
    uint64_t *by_type[TYPE_COUNT];
    uint64_t *always, *found;
    bool has_calls, has_keys, has_types;
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

static uint64_t hash_text(struct span text)
{
    uint64_t hash = UINT64_C(0xCBF29CE484222325);

    for (size_t i = 0; i < text.len; i++)
        hash = (hash ^ (uint8_t)text.data[i]) * UINT64_C(0x100000001B3);
    return hash;
}

static bool is_slot(const struct slot *slot, enum slot_kind kind, uint64_t code, struct span key)
{
    return slot->kind == kind && slot->code == code &&
           span_equal((struct span){ slot->key, slot->key_len }, key);
}

/* The slot of that code, or the empty one where it belongs. */
static struct slot *find_slot(const struct index *index, enum slot_kind kind, uint64_t code,
                              struct span key)
{
    size_t at = (size_t)mix(code) & (index->room - 1);

    while (index->slots[at].kind != SLOT_EMPTY && !is_slot(&index->slots[at], kind, code, key))
        at = (at + 1) & (index->room - 1);
    return &index->slots[at];
}

static void grow(struct index *index)
{
    struct slot *old = index->slots;
    size_t old_room = index->room;

    index->room = old_room > 0 ? old_room * 2 : SLOTS_FIRST;
    index->slots = must_calloc(index->room, sizeof *index->slots);
    for (size_t i = 0; i < old_room; i++)
        if (old[i].kind != SLOT_EMPTY)
            *find_slot(index, old[i].kind, old[i].code,
                       (struct span){ old[i].key, old[i].key_len }) = old[i];
    free(old);
}

static void mark(uint64_t *wanted, size_t policy)
{
    wanted[policy / 64] |= UINT64_C(1) << policy % 64;
}

static void add_slot(struct index *index, enum slot_kind kind, uint64_t code, struct span key,
                     size_t policy)
{
    if (2 * (index->used + 1) > index->room)
        grow(index);

    struct slot *slot = find_slot(index, kind, code, key);

    if (slot->kind == SLOT_EMPTY) {
        *slot = (struct slot){ .kind = kind, .code = code, .key_len = key.len };
        slot->wanted = must_calloc(index->words, sizeof *slot->wanted);
        if (key.len > 0) {
            slot->key = must_calloc(1, key.len);
            memcpy(slot->key, key.data, key.len);
        }
        index->used++;
    }
    mark(slot->wanted, policy);
}

static uint64_t call_code(uint32_t arch, uint64_t number)
{
    return (uint64_t)arch << 32 | (number & UINT32_MAX);
}

/* One policy on its way into the index. */
struct entry {
    struct index *index;
    size_t policy;
    struct span name; /* of the system call at hand */
};

static void add_call(void *context, uint32_t arch, struct span ignored)
{
    const struct entry *entry = context;
    uint32_t number;

    (void)ignored;
    if (!syscall_find(arch, entry->name, &number))
        return;
    add_slot(entry->index, SLOT_CALL, call_code(arch, number), (struct span){ NULL, 0 },
             entry->policy);

    uint32_t x32 = number | X32_SYSCALL_BIT;

    if (span_equal(syscall_name(arch, x32), entry->name))
        add_slot(entry->index, SLOT_CALL, call_code(arch, x32), (struct span){ NULL, 0 },
                 entry->policy);
}

static void add_call_name(void *context, const struct value *literal)
{
    struct entry *entry = context;

    entry->name = literal->text;
    arch_each(add_call, entry);
}

static void add_call_number(void *context, const struct value *literal)
{
    const struct entry *entry = context;

    if (literal->kind == VALUE_NUMBER && literal->number >= 0 && literal->number <= UINT32_MAX)
        add_slot(entry->index, SLOT_CALL, call_code(ANY_ARCH, (uint64_t)literal->number),
                 (struct span){ NULL, 0 }, entry->policy);
}

static void add_key(void *context, const struct value *literal)
{
    const struct entry *entry = context;

    add_slot(entry->index, SLOT_KEY, hash_text(literal->text), literal->text, entry->policy);
}

static void add_type(void *context, const struct value *literal)
{
    const struct entry *entry = context;
    uint16_t type;

    if (!record_type_find(literal->text, &type) || type < TYPE_FIRST ||
        type >= TYPE_FIRST + TYPE_COUNT)
        return;

    uint64_t **wanted = &entry->index->by_type[type - TYPE_FIRST];

    if (*wanted == NULL)
        *wanted = must_calloc(entry->index->words, sizeof **wanted);
    mark(*wanted, entry->policy);
}

/* Puts the policy under one of its terms, if that is simple; the index asks no second one. */
static bool add_by(struct entry *entry, const struct term *term, bool *has, literal_visitor *add)
{
    if (!matcher_each_literal(term->matcher, add, entry))
        return false;
    *has = true;
    return true;
}

static bool is_call_name(const struct term *term)
{
    return term->subject == TERM_UPPER && term->id == FIELD_SYSCALL;
}

static bool is_call_number(const struct term *term)
{
    return term->subject == TERM_FIELD && term->id == FIELD_SYSCALL;
}

/* False when the alternative may want any event. */
static bool add_alternative(struct index *index, size_t policy, const struct selector *selector)
{
    struct entry entry = { .index = index, .policy = policy };

    for (size_t i = 0; i < selector->count; i++) {
        const struct term *term = &selector->terms[i];

        if (is_call_name(term) && add_by(&entry, term, &index->has_calls, add_call_name))
            return true;
        if (is_call_number(term) && add_by(&entry, term, &index->has_calls, add_call_number))
            return true;
    }
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_KEY &&
            add_by(&entry, &selector->terms[i], &index->has_keys, add_key))
            return true;
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_TYPE &&
            add_by(&entry, &selector->terms[i], &index->has_types, add_type))
            return true;
    return false;
}

static bool add_policy(struct index *index, size_t policy, const struct selector *selector)
{
    bool is_added = true;

    for (; selector != NULL; selector = selector->otherwise)
        is_added = add_alternative(index, policy, selector) && is_added;
    return is_added;
}

struct index *index_new(const struct selector *const *selectors, size_t count)
{
    struct index *index = must_calloc(1, sizeof *index);

    index->words = (count + 63) / 64;
    index->always = must_calloc(index->words + 1, sizeof *index->always);
    index->found = must_calloc(index->words + 1, sizeof *index->found);
    grow(index);
    for (size_t i = 0; i < count; i++)
        if (selectors[i] != NULL && !add_policy(index, i, selectors[i]))
            mark(index->always, i);
    return index;
}

void index_free(struct index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < index->room; i++) {
        free(index->slots[i].wanted);
        free(index->slots[i].key);
    }
    for (size_t i = 0; i < TYPE_COUNT; i++)
        free(index->by_type[i]);
    free(index->slots);
    free(index->always);
    free(index->found);
    free(index);
}

static void add_found(struct index *index, const uint64_t *wanted)
{
    for (size_t i = 0; wanted != NULL && i < index->words; i++)
        index->found[i] |= wanted[i];
}

/* Records that hold neither a system call nor a key, and of which most events are made. */
static bool is_plain(uint16_t type)
{
    return type == TYPE_PATH || type == TYPE_CWD || type == TYPE_EXECVE || type == TYPE_PROCTITLE ||
           type == TYPE_SOCKADDR || type == TYPE_EOE;
}

static void find_call(struct index *index, const struct record *record, const struct field *field)
{
    struct span none = { NULL, 0 };
    uint32_t arch;
    uint64_t number;

    if (!span_decimal(field_value(field), &number))
        return;
    add_found(index, find_slot(index, SLOT_CALL, call_code(ANY_ARCH, number), none)->wanted);
    if (interpret_arch(record, &arch))
        add_found(index, find_slot(index, SLOT_CALL, call_code(arch, number), none)->wanted);
}

static void find_keys(struct index *index, struct event *event, const struct field *field)
{
    struct strings keys = { 0 };

    if (field_is_null(field))
        return;
    interpret_keys(event, field, &keys);
    for (uint32_t i = 0; i < keys.count; i++)
        add_found(index,
                  find_slot(index, SLOT_KEY, hash_text(keys.items[i]), keys.items[i])->wanted);
}

static void find_by_field(struct index *index, struct event *event, const struct record *record,
                          const struct field *field)
{
    if (field->id == FIELD_SYSCALL && index->has_calls)
        find_call(index, record, field);
    else if (field->id == FIELD_KEY && index->has_keys)
        find_keys(index, event, field);
}

/* SYSCALL, where the call stands near the beginning and the key at the end. */
static void find_in_syscall(struct index *index, struct event *event, const struct record *record)
{
    uint32_t first = 0, last = record->kernel_count;

    while (first < last && record->fields[first].id != FIELD_SYSCALL)
        first++;
    if (first < last)
        find_by_field(index, event, record, &record->fields[first]);
    while (last > first && record->fields[last - 1].id != FIELD_KEY)
        last--;
    if (last > first)
        find_by_field(index, event, record, &record->fields[last - 1]);
}

static void find_by_fields(struct index *index, struct event *event, const struct record *record)
{
    if (record->type == TYPE_SYSCALL) {
        find_in_syscall(index, event, record);
        return;
    }
    for (uint32_t i = 0; i < record->kernel_count; i++)
        find_by_field(index, event, record, &record->fields[i]);
}

const uint64_t *index_find(struct index *index, struct event *event)
{
    memcpy(index->found, index->always, index->words * sizeof *index->found);
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        if (index->has_types && record->type >= TYPE_FIRST &&
            record->type < TYPE_FIRST + TYPE_COUNT)
            add_found(index, index->by_type[record->type - TYPE_FIRST]);
        if ((index->has_calls || index->has_keys) && !is_plain(record->type))
            find_by_fields(index, event, record);
    }
    return index->found;
}

size_t index_words(const struct index *index)
{
    return index->words;
}
