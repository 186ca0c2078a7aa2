#include "policy/facts.h"

#include <ctype.h>

#include "tables/record_types.h"

void facts_begin(struct facts *facts, struct event *event, const struct resolver *resolver)
{
    facts->event = event;
    facts->resolver = resolver;
    facts->number++;
    facts->kept_count = 0;
}

static inline void add_fact(struct facts *facts, const struct record *record,
                            const struct field *field)
{
    struct facts_of_id *same = &facts->by_id[field->id];
    unsigned nested = field->flags & FIELD_IS_NESTED;
    struct fact *fact = facts->kept_count < FACTS_KEPT
                            ? &facts->kept[facts->kept_count++]
                            : arena_alloc(&facts->event->arena, sizeof *fact);

    fact->record = record;
    fact->field = field;
    fact->next = NULL;
    fact->has_value = fact->is_named = false;
    if (same->event != facts->number) {
        same->event = facts->number;
        same->first[!nested] = NULL;
        same->first[nested] = fact;
    } else if (same->first[nested] == NULL) {
        same->first[nested] = fact;
    } else {
        same->last[nested]->next = fact;
    }
    same->last[nested] = fact;
}

/* Adds those fields of a record whose id is picked and that are nested, that are not, or both. */
static void add_record(struct facts *facts, const struct record *record, bool is_kernels,
                       bool is_programs, const bool picked[FIELD_COUNT])
{
    const struct field *field = record->fields, *end = field + record->kernel_count;

    for (; field < end; field++)
        if (field->id < FIELD_COUNT && picked[field->id] &&
            (field->flags & FIELD_IS_NESTED ? is_programs : is_kernels))
            add_fact(facts, record, field);
}

/* SYSCALL's fields come first, wherever it stands; what a program wrote stays in its order. */
static void sort(struct facts *facts, const bool picked[FIELD_COUNT])
{
    const struct event *event = facts->event;
    size_t first = event->syscall != NULL ? (size_t)(event->syscall - event->records) : 0;

    if (first > 0)
        add_record(facts, &event->records[first], true, false, picked);
    for (size_t i = 0; i < event->record_count; i++)
        add_record(facts, &event->records[i], first == 0 || i != first, true, picked);
}

/* Sorts the fields of all ids that were ever asked for, or those of an id that is new among them.
 */
static void sort_for(struct facts *facts, uint16_t id)
{
    bool is_new = !facts->is_asked[id], only[FIELD_COUNT] = { false };

    facts->is_asked[id] = true;
    if (facts->sorted != facts->number) {
        facts->sorted = facts->number;
        sort(facts, facts->is_asked);
    } else if (is_new) {
        only[id] = true;
        sort(facts, only);
    }
}

struct fact *facts_first(struct facts *facts, uint16_t id)
{
    const struct facts_of_id *same = &facts->by_id[id];

    if (facts->sorted != facts->number || !facts->is_asked[id])
        sort_for(facts, id);
    if (same->event != facts->number)
        return NULL;
    return same->first[0] != NULL ? same->first[0] : same->first[1];
}

const struct value *fact_value(struct facts *facts, struct fact *fact)
{
    if (!fact->has_value) {
        fact->has_value = true;
        fact->value = value_read(&facts->event->arena, fact->record, fact->field);
    }
    return &fact->value;
}

const struct fact *facts_find(struct facts *facts, uint16_t id)
{
    static const struct fact none = { .record = NULL };
    struct fact *fact = facts_first(facts, id);

    if (fact == NULL)
        return &none;
    fact_value(facts, fact);
    return fact;
}

const struct span *fact_name(struct facts *facts, struct fact *fact)
{
    if (!fact->is_named) {
        fact->is_named = true;
        fact->has_name =
            interpret_name(facts->resolver, facts->event, fact->record, fact->field, &fact->name);
        if (fact->has_name) /* the resolver's span lives until its next call */
            fact->name = arena_copy(&facts->event->arena, fact->name);
    }
    return fact->has_name ? &fact->name : NULL;
}

const struct span *facts_name(struct facts *facts, uint16_t id)
{
    struct fact *fact = facts_first(facts, id);

    return fact != NULL ? fact_name(facts, fact) : NULL;
}

static struct span join(struct arena *arena, const struct strings *strings)
{
    size_t len = 0;

    for (uint32_t i = 0; i < strings->count; i++)
        len += strings->items[i].len + 1;
    if (len == 0)
        return (struct span){ "", 0 };

    char *text = arena_alloc(arena, len), *at = text;

    for (uint32_t i = 0; i < strings->count; i++) {
        if (i > 0)
            *at++ = ' ';
        if (strings->items[i].len > 0)
            memcpy(at, strings->items[i].data, strings->items[i].len);
        at += strings->items[i].len;
    }
    return (struct span){ text, (size_t)(at - text) };
}

struct span facts_proctitle(struct facts *facts)
{
    const struct record *record = event_record(facts->event, TYPE_PROCTITLE);
    struct strings strings;

    if (facts->has_proctitle == facts->number)
        return facts->proctitle;
    facts->has_proctitle = facts->number;
    facts->proctitle = (struct span){ NULL, 0 };
    if (record != NULL && interpret_proctitle(facts->event, record, &strings))
        facts->proctitle = join(&facts->event->arena, &strings);
    return facts->proctitle;
}

struct span facts_nearest(struct span name)
{
    char lower[64];

    if (name.len == 0 || name.len > sizeof lower || !isupper((unsigned char)name.data[0]))
        return field_nearest(name);
    for (size_t i = 0; i < name.len; i++)
        lower[i] = (char)tolower((unsigned char)name.data[i]);

    struct span wanted = { lower, name.len };
    struct span near = field_find(wanted) != FIELD_UNKNOWN ? wanted : field_nearest(wanted);

    return near.data != NULL ? field_info(field_find(near))->upper : near;
}
