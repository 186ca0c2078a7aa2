#include "policy/index.h"

#include <stdlib.h>

#include "policy/question.h"
#include "policy/slots.h"
#include "policy/term.h"
#include "tables/record_types.h"
#include "tables/syscalls.h"

enum { TYPE_FIRST = 1000, TYPE_COUNT = 2000, CALLS_KEPT = 512 };

/* An alternative. */
struct row {
    size_t policy;
    uint32_t *questions; /* owned: numbers, in the order in which they are asked */
    size_t question_count;
    bool is_proven; /* when SYSCALL says so the first question is answered */
};

/* Who wants a system call; kept for the calls of the last events. */
struct call {
    uint32_t arch, number;               /* arch is 0 where nothing is kept */
    const uint64_t *by_number, *by_name; /* NULL when nobody */
};

struct index {
    struct row *rows;
    size_t row_count;
    size_t words;
    struct questions questions;
    struct slots slots; /* by call and by key */
    uint64_t *by_type[TYPE_COUNT];
    uint64_t *always, *found, *called; /* called: found by what SYSCALL says */
    size_t next;                       /* the row that index_next looks at */
    bool has_calls, has_keys, has_types;
    struct call calls[CALLS_KEPT];
};

static void *must_calloc(size_t count, size_t size)
{
    void *memory = calloc(count, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void mark(uint64_t *wanted, size_t row)
{
    wanted[row / 64] |= UINT64_C(1) << row % 64;
}

static bool is_marked(const uint64_t *wanted, size_t row)
{
    return (wanted[row / 64] >> row % 64 & 1) != 0;
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
    slots_add_call(&entry->index->slots, arch, number, entry->row);

    uint32_t x32 = number | X32_SYSCALL_BIT;

    if (span_equal(syscall_name(arch, x32), entry->name))
        slots_add_call(&entry->index->slots, arch, x32, entry->row);
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
        slots_add_call(&entry->index->slots, SLOTS_ANY_ARCH, (uint32_t)literal->number, entry->row);
}

static void add_key(void *context, const struct value *literal)
{
    const struct entry *entry = context;

    slots_add_key(&entry->index->slots, literal->text, entry->row);
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
    if (term->is_negated || !matcher_each_literal(term->matcher, add, entry))
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

/* The row's place is among those of its call, else of its keys, else of its types, else always.
 * Returns the term that is known to hold where the row is found by the name of its call. */
static const struct term *place(struct index *index, size_t row, const struct selector *selector)
{
    struct entry entry = { .index = index, .row = row };

    for (size_t i = 0; i < selector->count; i++) {
        const struct term *term = &selector->terms[i];

        if (is_call_name(term)) {
            entry.is_exact = true;
            if (add_by(&entry, term, &index->has_calls, add_call_name))
                return entry.is_exact ? term : NULL;
        }
        if (is_call_number(term) && add_by(&entry, term, &index->has_calls, add_call_number))
            return NULL;
    }
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_KEY &&
            add_by(&entry, &selector->terms[i], &index->has_keys, add_key))
            return NULL;
    for (size_t i = 0; i < selector->count; i++)
        if (selector->terms[i].subject == TERM_TYPE &&
            add_by(&entry, &selector->terms[i], &index->has_types, add_type))
            return NULL;
    mark(index->always, row);
    return NULL;
}

static void add_row(struct index *index, size_t policy, const struct selector *selector)
{
    size_t number = index->row_count++;
    struct row *row = &index->rows[number];
    const struct term *proven = place(index, number, selector);

    row->policy = policy;
    row->is_proven = proven != NULL;
    row->questions = must_calloc(selector->count + 1, sizeof *row->questions);
    if (proven != NULL)
        row->questions[row->question_count++] = questions_add(&index->questions, proven, number);
    for (size_t i = 0; i < selector->count; i++)
        if (&selector->terms[i] != proven)
            row->questions[row->question_count++] =
                questions_add(&index->questions, &selector->terms[i], number);
}

/* Once all rows are known: cheap questions first, so that dear ones are seldom asked. Equal ones
 * stay in the order of the policy's file. */
static void order_questions(const struct index *index, struct row *row)
{
    const struct question *items = index->questions.items;

    for (size_t i = row->is_proven ? 2 : 1; i < row->question_count; i++) {
        uint32_t number = row->questions[i];
        size_t at = i;

        for (; at > (row->is_proven ? 1 : 0); at--) {
            if (!question_precedes(&items[number], &items[row->questions[at - 1]]))
                break;
            row->questions[at] = row->questions[at - 1];
        }
        row->questions[at] = number;
    }
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
    index->questions.words = index->slots.words = index->words;
    index->rows = must_calloc(index->words * 64 + 1, sizeof *index->rows);
    index->always = must_calloc(index->words + 1, sizeof *index->always);
    index->found = must_calloc(index->words + 1, sizeof *index->found);
    index->called = must_calloc(index->words + 1, sizeof *index->called);
    for (size_t i = 0; i < count; i++)
        for (const struct selector *at = selectors[i]; at != NULL; at = at->otherwise)
            add_row(index, i, at);
    for (size_t i = 0; i < index->row_count; i++)
        order_questions(index, &index->rows[i]);
    return index;
}

void index_free(struct index *index)
{
    if (index == NULL)
        return;
    for (size_t i = 0; i < TYPE_COUNT; i++)
        free(index->by_type[i]);
    for (size_t i = 0; i < index->row_count; i++)
        free(index->rows[i].questions);
    questions_free(&index->questions);
    slots_free(&index->slots);
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

static const struct call *look_up_call(struct index *index, uint32_t arch, uint32_t number)
{
    struct call *call = &index->calls[number % CALLS_KEPT];

    if (call->arch != arch || call->number != number)
        *call = (struct call){ arch, number, slots_of_call(&index->slots, SLOTS_ANY_ARCH, number),
                               slots_of_call(&index->slots, arch, number) };
    return call;
}

/* A name of a call, and the index in which those are looked for who want it. */
struct wish {
    struct index *index;
    struct span name;
};

static void find_named(void *context, uint32_t arch, struct span ignored)
{
    const struct wish *wish = context;
    uint32_t number;

    (void)ignored;
    if (syscall_find(arch, wish->name, &number))
        add_found(wish->index, slots_of_call(&wish->index->slots, arch, number));
}

/* Adds who wants the name that an ENRICHED log gives the call, where it is not its number's own:
 * that name is event.SYSCALL. */
static void find_renamed(struct index *index, const struct record *record, struct span known)
{
    const struct field *tail =
        record->field_count > record->kernel_count ? record_tail(record, FIELD_SYSCALL) : NULL;

    if (tail == NULL || span_equal(field_value(tail), known))
        return;

    struct wish wish = { index, field_value(tail) };

    arch_each(find_named, &wish);
}

static void find_call(struct index *index, const struct record *record, const struct field *field)
{
    uint32_t arch;
    uint64_t number;

    if (!span_decimal(field_value(field), &number) || number > UINT32_MAX)
        return;
    if (!interpret_arch(record, &arch) || arch == SLOTS_ANY_ARCH) {
        add_found(index, slots_of_call(&index->slots, SLOTS_ANY_ARCH, (uint32_t)number));
        find_renamed(index, record, (struct span){ NULL, 0 });
        return;
    }

    const struct call *call = look_up_call(index, arch, (uint32_t)number);

    add_found(index, call->by_number);
    add_found(index, call->by_name);
    find_renamed(index, record, syscall_name(arch, (uint32_t)number));
    if (call->by_name == NULL || !is_named_so(record, field, arch, number))
        return;
    for (size_t i = 0; i < index->words; i++)
        index->called[i] |= call->by_name[i];
}

static void find_keys(struct index *index, struct event *event, const struct field *field)
{
    struct strings keys = { 0 };

    if (field_is_null(field))
        return;
    interpret_keys(event, field, &keys);
    for (uint32_t i = 0; i < keys.count; i++)
        add_found(index, slots_of_key(&index->slots, keys.items[i]));
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

bool index_next(struct index *index, size_t *policy)
{
    for (size_t word = index->next / 64; word < index->words; word++) {
        uint64_t bits = index->found[word];

        if (word == index->next / 64)
            bits &= UINT64_MAX << index->next % 64;
        if (bits == 0)
            continue;

        size_t row = word * 64 + (size_t)__builtin_ctzll(bits);

        *policy = index->rows[row].policy;
        index->next = row + 1;
        return true;
    }
    return false;
}

static void strike_out(struct index *index, const struct question *question)
{
    for (size_t i = 0; i < index->words; i++)
        index->found[i] &= ~question->rows[i];
}

int index_wants(struct index *index, struct facts *facts)
{
    const struct row *row = &index->rows[index->next - 1];
    bool is_called = row->is_proven && is_marked(index->called, index->next - 1);

    for (size_t i = is_called ? 1 : 0; i < row->question_count; i++) {
        struct question *question = &index->questions.items[row->questions[i]];

        if (question->held == facts->number)
            continue;

        int answer = term_holds(question->term, facts);

        if (answer == 0)
            strike_out(index, question);
        if (answer <= 0)
            return answer;
        question->held = facts->number;
    }
    return 1;
}
