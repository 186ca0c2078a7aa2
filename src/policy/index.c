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
    uint64_t *wanted; /* owned: the rows */
};

struct index {
    struct candidate *rows;
    size_t row_count;
    size_t words;
    struct slot *slots;
    size_t room, used; /* room is a power of two */
    uint64_t *by_type[TYPE_COUNT];
    uint64_t *always, *found, *called; /* called: found by what SYSCALL says */
    size_t next;                       /* the row that index_next looks at */
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

static void mark(uint64_t *wanted, size_t row)
{
    wanted[row / 64] |= UINT64_C(1) << row % 64;
}

static bool is_marked(const uint64_t *wanted, size_t row)
{
    return (wanted[row / 64] >> row % 64 & 1) != 0;
}

static void add_slot(struct index *index, enum slot_kind kind, uint64_t code, struct span key,
                     size_t row)
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
    mark(slot->wanted, row);
}

static uint64_t call_code(uint32_t arch, uint64_t number)
{
    return (uint64_t)arch << 32 | (number & UINT32_MAX);
}

/* One alternative on its way into the index. */
struct entry {
    struct index *index;
    size_t row;
    struct span name; /* of the system call at hand */
    bool is_exact;    /* whoever is found by the name of its call fulfils that term */
};

static void add_call(void *context, uint32_t arch, struct span ignored)
{
    struct entry *entry = context;
    uint32_t number;

    (void)ignored;
    if (!syscall_find(arch, entry->name, &number))
        return;
    if (!span_equal(syscall_name(arch, number), entry->name))
        entry->is_exact = false; /* one of two names */
    add_slot(entry->index, SLOT_CALL, call_code(arch, number), (struct span){ NULL, 0 },
             entry->row);

    uint32_t x32 = number | X32_SYSCALL_BIT;

    if (span_equal(syscall_name(arch, x32), entry->name))
        add_slot(entry->index, SLOT_CALL, call_code(arch, x32), (struct span){ NULL, 0 },
                 entry->row);
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
                 (struct span){ NULL, 0 }, entry->row);
}

static void add_key(void *context, const struct value *literal)
{
    const struct entry *entry = context;

    add_slot(entry->index, SLOT_KEY, hash_text(literal->text), literal->text, entry->row);
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
    mark(*wanted, entry->row);
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

/* The row's place is among those of its call, else of its keys, else of its types, else always. */
static void add_row(struct index *index, size_t row)
{
    struct candidate *candidate = &index->rows[row];
    const struct selector *selector = candidate->alternative;
    struct entry entry = { .index = index, .row = row };

    for (size_t i = 0; i < selector->count; i++) {
        const struct term *term = &selector->terms[i];

        if (is_call_name(term)) {
            entry.is_exact = true;
            if (add_by(&entry, term, &index->has_calls, add_call_name)) {
                candidate->proven = entry.is_exact ? term : NULL;
                return;
            }
        }
        if (is_call_number(term) && add_by(&entry, term, &index->has_calls, add_call_number))
            return;
    }
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_KEY &&
            add_by(&entry, &selector->terms[i], &index->has_keys, add_key))
            return;
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_TYPE &&
            add_by(&entry, &selector->terms[i], &index->has_types, add_type))
            return;
    mark(index->always, row);
}

static size_t count_rows(const struct selector *const *selectors, size_t count)
{
    size_t rows = 0;

    for (size_t i = 0; i < count; i++)
        for (const struct selector *at = selectors[i]; at != NULL; at = at->otherwise)
            rows++;
    return rows;
}

struct index *index_new(const struct selector *const *selectors, size_t count)
{
    struct index *index = must_calloc(1, sizeof *index);

    index->words = (count_rows(selectors, count) + 63) / 64;
    index->rows = must_calloc(index->words * 64 + 1, sizeof *index->rows);
    index->always = must_calloc(index->words + 1, sizeof *index->always);
    index->found = must_calloc(index->words + 1, sizeof *index->found);
    index->called = must_calloc(index->words + 1, sizeof *index->called);
    grow(index);
    for (size_t i = 0; i < count; i++) {
        for (const struct selector *at = selectors[i]; at != NULL; at = at->otherwise) {
            index->rows[index->row_count] = (struct candidate){ i, at, NULL };
            add_row(index, index->row_count++);
        }
    }
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
    free(index->called);
    free(index->rows);
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

/* True when the term SYSCALL of whoever asks for the call's name holds: no other name is known. */
static bool is_named_so(const struct record *record, const struct field *field, uint32_t arch,
                        uint64_t number)
{
    const struct field *tail;

    if (record->type != TYPE_SYSCALL || (field->flags & FIELD_IS_NESTED) || number > UINT32_MAX)
        return false;
    if (record->field_count == record->kernel_count)
        return true;
    tail = record_tail(record, FIELD_SYSCALL);
    return tail == NULL || span_equal(field_value(tail), syscall_name(arch, (uint32_t)number));
}

static void find_call(struct index *index, const struct record *record, const struct field *field)
{
    struct span none = { NULL, 0 };
    const uint64_t *wanted;
    uint32_t arch;
    uint64_t number;

    if (!span_decimal(field_value(field), &number))
        return;
    add_found(index, find_slot(index, SLOT_CALL, call_code(ANY_ARCH, number), none)->wanted);
    if (!interpret_arch(record, &arch))
        return;
    wanted = find_slot(index, SLOT_CALL, call_code(arch, number), none)->wanted;
    add_found(index, wanted);
    if (wanted == NULL || !is_named_so(record, field, arch, number))
        return;
    for (size_t i = 0; i < index->words; i++)
        index->called[i] |= wanted[i];
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

static bool has_found(const struct index *index)
{
    for (size_t i = 0; i < index->words; i++)
        if (index->found[i] != 0)
            return true;
    return false;
}

bool index_find(struct index *index, struct event *event)
{
    memcpy(index->found, index->always, index->words * sizeof *index->found);
    memset(index->called, 0, index->words * sizeof *index->called);
    index->next = 0;
    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        if (index->has_types && record->type >= TYPE_FIRST &&
            record->type < TYPE_FIRST + TYPE_COUNT)
            add_found(index, index->by_type[record->type - TYPE_FIRST]);
        if ((index->has_calls || index->has_keys) && !is_plain(record->type))
            find_by_fields(index, event, record);
    }
    return has_found(index);
}

bool index_next(struct index *index, struct candidate *candidate)
{
    for (size_t word = index->next / 64; word < index->words; word++) {
        uint64_t bits = index->found[word];

        if (word == index->next / 64)
            bits &= UINT64_MAX << index->next % 64;
        if (bits == 0)
            continue;

        size_t row = word * 64 + (size_t)__builtin_ctzll(bits);

        *candidate = index->rows[row];
        if (!is_marked(index->called, row))
            candidate->proven = NULL;
        index->next = row + 1;
        return true;
    }
    return false;
}
