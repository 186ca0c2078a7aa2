#include "policy/term.h"

#include <errno.h>

#include "tables/record_types.h"

/* What is being looked for: a matcher without negation, by one term. */
struct probe {
    const struct term *term;
    const struct matcher *matcher;
    struct facts *facts;
};

static int test_value(const struct probe *probe, const struct value *value)
{
    if (!patience_spend(&probe->facts->patience, matcher_steps(probe->matcher, value)))
        return -E2BIG;
    return matcher_test(probe->matcher, value);
}

static int test(const struct probe *probe, struct value value)
{
    return test_value(probe, &value);
}

static int test_text(const struct probe *probe, struct span text)
{
    return text.data != NULL ? test(probe, value_of_text(text)) : 0;
}

/* The name of a user or group the term itself knows. */
static bool find_known(const struct term *term, const struct record *record,
                       const struct field *field, struct span *name)
{
    uint32_t id;

    if (term->known_count == 0 || record_tail(record, field->id) != NULL ||
        !interpret_id(field, &id))
        return false;
    for (size_t i = 0; i < term->known_count; i++) {
        if (term->known[i].id == id) {
            *name = term->known[i].name;
            return true;
        }
    }
    return false;
}

/* A field that the table of fields does not hold: the kernel's, else those that programs wrote. */
static int test_named(const struct probe *probe)
{
    struct event *event = probe->facts->event;

    for (unsigned nested = 0; nested <= FIELD_IS_NESTED; nested += FIELD_IS_NESTED) {
        bool is_found = false;

        for (uint32_t i = 0; i < event->record_count; i++) {
            const struct record *record = &event->records[i];

            for (uint32_t j = 0; j < record->kernel_count; j++) {
                const struct field *field = &record->fields[j];

                if (field->id != FIELD_UNKNOWN || (field->flags & FIELD_IS_NESTED) != nested ||
                    !span_equal(field_name(field), probe->term->name))
                    continue;

                int answer = test(probe, value_read(&event->arena, record, field));

                if (answer != 0)
                    return answer;
                is_found = true;
            }
        }
        if (is_found)
            break;
    }
    return 0;
}

static int test_fact(const struct probe *probe, struct fact *fact)
{
    const struct span *name;
    struct span known;

    if (probe->term->subject == TERM_FIELD)
        return test_value(probe, fact_value(probe->facts, fact));
    if (find_known(probe->term, fact->record, fact->field, &known))
        return test_text(probe, known);
    name = fact_name(probe->facts, fact);
    return name != NULL ? test_text(probe, *name) : 0;
}

static int test_fields(const struct probe *probe)
{
    struct fact *fact = facts_first(probe->facts, probe->term->id);
    int answer = 0;

    for (; fact != NULL && answer == 0; fact = fact->next)
        answer = test_fact(probe, fact);
    return answer;
}

static int test_types(const struct probe *probe)
{
    const struct event *event = probe->facts->event;

    for (uint32_t i = 0; i < event->record_count; i++) {
        struct span name = record_type_name(event->records[i].type);
        int answer =
            probe->term->is_by_number
                ? test(probe, value_of_number(event->records[i].type))
                : test_text(probe, name.data != NULL ? name : event->records[i].type_token);

        if (answer != 0)
            return answer;
    }
    return 0;
}

static int test_strings(const struct probe *probe, const struct strings *strings)
{
    for (uint32_t i = 0; i < strings->count; i++) {
        int answer = test_text(probe, strings->items[i]);

        if (answer != 0)
            return answer;
    }
    return 0;
}

static int test_keys(const struct probe *probe)
{
    struct event *event = probe->facts->event;

    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct field *field = record_field(&event->records[i], FIELD_KEY);
        struct strings keys = { 0 };

        if (field == NULL || field_is_null(field))
            continue;
        interpret_keys(event, field, &keys);

        int answer = test_strings(probe, &keys);

        if (answer != 0)
            return answer;
    }
    return 0;
}

static struct value address_part(const struct address *address, enum term_subject subject)
{
    switch (subject) {
    case TERM_ADDRESS_FAMILY:
        return value_of_text(address->family);
    case TERM_ADDRESS_IP:
        return value_of_text(address->ip);
    case TERM_ADDRESS_PATH:
        return value_of_text(address->path);
    default:
        return value_of_number(address->port);
    }
}

static int test_address(const struct probe *probe)
{
    const struct fact *fact = facts_find(probe->facts, FIELD_SADDR);
    struct address address;

    if (fact->record == NULL ||
        interpret_sockaddr(&probe->facts->event->arena, field_value(fact->field), &address) != 0)
        return 0;

    struct value value = address_part(&address, probe->term->subject);

    return value.kind == VALUE_TEXT && value.text.data == NULL ? 0 : test(probe, value);
}

static int test_any_record(const struct probe *probe)
{
    struct event *event = probe->facts->event;
    struct strings strings;

    switch (probe->term->subject) {
    case TERM_TYPE:
        return test_types(probe);
    case TERM_KEY:
        return test_keys(probe);
    case TERM_NODE:
        return event->id.node.len > 0 ? test_text(probe, event->id.node) : 0;
    case TERM_ARGV:
        return interpret_argv(event, &strings) ? test_strings(probe, &strings) : 0;
    case TERM_PROCTITLE:
        return test_text(probe, facts_proctitle(probe->facts));
    case TERM_FIELD:
    case TERM_UPPER:
        return test_fields(probe);
    case TERM_NAMED:
        return test_named(probe);
    default:
        return test_address(probe);
    }
}

static int ask(const struct term *term, const struct matcher *matcher, struct facts *facts)
{
    struct probe probe = { term, matcher, facts };

    return patience_spend(&facts->patience, matcher->nodes) ? test_any_record(&probe) : -E2BIG;
}

/* Negations speak about the whole event, so they are taken apart before records are looked at. */
static int ask_parts(const struct term *term, const struct matcher *matcher, struct facts *facts)
{
    int answer = 0;

    if (matcher->kind == MATCH_NOT) {
        answer = ask_parts(term, matcher->items[0], facts);
        return answer < 0 ? answer : !answer;
    }
    if (matcher->kind != MATCH_ANY)
        return ask(term, matcher, facts);
    for (size_t i = 0; answer == 0 && i < matcher->count; i++)
        answer = ask_parts(term, matcher->items[i], facts);
    return answer;
}

int term_holds(const struct term *term, struct facts *facts)
{
    int answer = term->has_negation ? ask_parts(term, term->matcher, facts)
                                    : ask(term, term->matcher, facts);

    return answer >= 0 && term->is_negated ? !answer : answer;
}

static bool know_the_same(const struct term *a, const struct term *b)
{
    for (size_t i = 0; i < a->known_count; i++)
        if (a->known[i].id != b->known[i].id || !span_equal(a->known[i].name, b->known[i].name))
            return false;
    return true;
}

bool term_equal(const struct term *a, const struct term *b)
{
    return a->subject == b->subject && a->id == b->id && a->is_negated == b->is_negated &&
           span_equal(a->name, b->name) && a->known_count == b->known_count &&
           know_the_same(a, b) && matcher_equal(a->matcher, b->matcher);
}

uint64_t term_hash(const struct term *term)
{
    uint64_t hash = (uint64_t)term->subject << 32 | (uint64_t)term->id << 1 | term->is_negated;

    return hash * 31 + matcher_hash(term->matcher);
}

static unsigned bits_of(size_t count)
{
    unsigned bits = 0;

    for (; count > 0; count >>= 1)
        bits++;
    return bits;
}

static unsigned matcher_cost(const struct matcher *matcher)
{
    unsigned cost = 0;

    switch (matcher->kind) {
    case MATCH_NUMBER:
    case MATCH_RANGE:
        return 1;
    case MATCH_TEXT:
    case MATCH_PREFIX:
    case MATCH_SUFFIX:
        return 2;
    case MATCH_PRESENT:
    case MATCH_BOOLEAN: /* most events have that field, most calls succeed */
        return 3;
    case MATCH_TEXTS:
        return 4 + 2 * bits_of(matcher->count);
    case MATCH_CONTAINS:
    case MATCH_GLOB:
    case MATCH_CIDR:
        return 8;
    case MATCH_REGEX:
        return 32;
    case MATCH_NOT:
    case MATCH_ANY:
        for (size_t i = 0; i < matcher->count; i++)
            cost += matcher_cost(matcher->items[i]);
        return cost;
    }
    return cost;
}

unsigned term_cost(const struct term *term)
{
    bool is_one_field = term->subject == TERM_FIELD || term->subject == TERM_UPPER;
    unsigned cost = matcher_cost(term->matcher) * (term->is_negated ? 2 : 1);

    return cost + (is_one_field ? 0 : 16);
}
