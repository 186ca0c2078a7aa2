#include "event/event.h"

#include "tables/record_types.h"

enum { MILLI_DIGITS = 3 };

const struct record *event_record(const struct event *event, uint16_t type)
{
    for (uint32_t i = 0; i < event->record_count; i++)
        if (event->records[i].type == type)
            return &event->records[i];
    return NULL;
}

uint16_t event_type(const struct event *event)
{
    if (event->syscall != NULL)
        return event->syscall->type;
    return event->record_count > 0 ? event->records[0].type : 0;
}

/* What a field must be to be found: an id, or a name the table of fields does not hold. */
struct wanted {
    uint16_t id;
    struct span name;
};

static const struct field *find_in(const struct record *record, const struct wanted *wanted,
                                   unsigned nested)
{
    const struct field *field = record->fields, *end = field + record->kernel_count;

    for (; field < end; field++) {
        if (field->id != wanted->id || (field->flags & FIELD_IS_NESTED) != nested)
            continue;
        if (wanted->id != FIELD_UNKNOWN ||
            (field->form != FORM_WORD && span_equal(field_name(field), wanted->name)))
            return field;
    }
    return NULL;
}

static bool find_anywhere(const struct event *event, const struct wanted *wanted,
                          const struct record **record, const struct field **found)
{
    if (event->syscall != NULL && (*found = find_in(event->syscall, wanted, 0)) != NULL) {
        *record = event->syscall;
        return true;
    }
    for (unsigned nested = 0; nested <= FIELD_IS_NESTED; nested++) {
        for (uint32_t i = 0; i < event->record_count; i++) {
            *record = &event->records[i];
            *found = find_in(*record, wanted, nested);
            if (*found != NULL)
                return true;
        }
    }
    return false;
}

bool event_field(const struct event *event, uint16_t id, const struct record **record,
                 const struct field **found)
{
    struct wanted wanted = { .id = id };

    return id < FIELD_COUNT && find_anywhere(event, &wanted, record, found);
}

bool event_field_named(const struct event *event, struct span name, const struct record **record,
                       const struct field **found)
{
    struct wanted wanted = { .id = field_find(name), .name = name };

    return find_anywhere(event, &wanted, record, found);
}

/* Writes at least `least` digits; returns where the next byte goes. */
static char *write_decimal(char *out, uint64_t value, size_t least)
{
    char digits[20];
    size_t first = sizeof digits;

    do {
        digits[--first] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 || sizeof digits - first < least);
    memcpy(out, digits + first, sizeof digits - first);
    return out + (sizeof digits - first);
}

size_t event_id_write(const struct event_id *id, char out[EVENT_ID_ROOM])
{
    char *at = write_decimal(out, id->time_ms / 1000, 1);

    *at++ = '.';
    at = write_decimal(at, id->time_ms % 1000, MILLI_DIGITS);
    *at++ = ':';
    at = write_decimal(at, id->serial, 1);
    return (size_t)(at - out);
}
