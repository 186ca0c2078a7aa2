#include "policy/facts.h"

#include <ctype.h>

#include "tables/record_types.h"

void facts_begin(struct facts *facts, struct event *event, const struct resolver *resolver)
{
    facts->event = event;
    facts->resolver = resolver;
    facts->number++;
}

static struct fact *find(struct facts *facts, uint16_t id)
{
    struct fact *fact = &facts->by_field[id];

    if (fact->event == facts->number)
        return fact;
    *fact = (struct fact){ .event = facts->number };
    if (event_field(facts->event, id, &fact->record, &fact->field))
        fact->value = value_read(&facts->event->arena, fact->record, fact->field);
    else
        fact->record = NULL;
    return fact;
}

const struct fact *facts_find(struct facts *facts, uint16_t id)
{
    return find(facts, id);
}

static bool search_more(const struct event *event, const struct fact *fact, uint16_t id)
{
    unsigned nested = fact->field->flags & FIELD_IS_NESTED;

    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];

        for (uint32_t j = 0; j < record->kernel_count; j++) {
            const struct field *field = &record->fields[j];

            if (field->id == id && field != fact->field &&
                (field->flags & FIELD_IS_NESTED) == nested)
                return true;
        }
    }
    return false;
}

bool facts_has_more(struct facts *facts, uint16_t id)
{
    struct fact *fact = find(facts, id);

    if (!fact->is_searched) {
        fact->is_searched = true;
        fact->has_more = fact->record != NULL && search_more(facts->event, fact, id);
    }
    return fact->has_more;
}

const struct span *facts_name(struct facts *facts, uint16_t id)
{
    struct fact *fact = find(facts, id);

    if (!fact->is_named) {
        fact->is_named = true;
        fact->has_name =
            fact->record != NULL &&
            interpret_name(facts->resolver, facts->event, fact->record, fact->field, &fact->name);
        if (fact->has_name) /* the resolver's span lives until its next call */
            fact->name = arena_copy(&facts->event->arena, fact->name);
    }
    return fact->has_name ? &fact->name : NULL;
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
