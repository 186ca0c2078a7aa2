#include "format/json_writer.h"

#include "format/json_quick.h"
#include "format/json_rest.h"
#include "tables/record_types.h"

enum { TWINS_MOST = 64 /* fields of one record that have UPPER CASE names */ };

/* One record while it is written. */
struct object {
    const struct record *record;
    struct json_names names;
    const struct field *twins[TWINS_MOST];
    uint32_t twin_count;
    const struct field *arguments[4]; /* a0 to a3 of SYSCALL */
    uint32_t argument_count;
    const struct field *arch; /* NULL without one */
};

static struct span whole_field(const struct field *field)
{
    const char *end = field->value + field->value_len;

    if (field->value == NULL || field->name_len == 0)
        return field->name_len > 0 ? field_name(field) : field_value(field);
    if (field->form != FORM_BARE && field->form != FORM_WORD)
        end++; /* the closing quote */
    return (struct span){ field->name, (size_t)(end - field->name) };
}

static bool is_other_member(struct json_writer *writer, struct json_names *names,
                            const struct field *field)
{
    if (field->form != FORM_WORD && field->id >= FIELD_COUNT &&
        json_names_add(names, &writer->event->arena, field_name(field)))
        return true;
    json_names_reject(names, &writer->event->arena, whole_field(field));
    return false;
}

/* False when the object cannot have the field as a member: then it went to the rest. */
static inline bool is_member(struct json_writer *writer, struct json_names *names,
                             const struct field *field)
{
    if (field->id < FIELD_COUNT && json_names_know(names, field->id))
        return true;
    return is_other_member(writer, names, field);
}

/* Most fields, in a few steps; NULL for those that json_field has to write. */
static inline char *put_quick_field(struct json_writer *writer, char *at, const struct field *field)
{
    if (field->id >= FIELD_COUNT)
        return NULL;

    const struct json_key *key = &json_keys[field->id];

    if ((size_t)(writer->end - at) < sizeof key->text + JSON_QUICK_ROOM)
        return NULL;
    memcpy(at, key->text, sizeof key->text);
    return json_quick(at + key->len, field, (enum json_way)key->way);
}

/* ,"MSG":{...} of the nested fields that begin at `first`; returns the number behind them. */
static uint32_t skip_nested(const struct record *record, uint32_t first)
{
    while (first < record->kernel_count && (record->fields[first].flags & FIELD_IS_NESTED))
        first++;
    return first;
}

static char *put_message(struct json_writer *writer, char *at, const struct record *record,
                         uint32_t first)
{
    uint32_t end = skip_nested(record, first);
    struct json_names names;

    if (end == first)
        return at;
    at = json_member(writer, at, SPAN("MSG"));

    size_t place = json_place(writer, at);

    json_names_begin(&names, end - first);
    for (uint32_t i = first; i < end; i++) {
        if (is_member(writer, &names, &record->fields[i]))
            at = json_field(writer, at, &record->fields[i]);
    }
    at = json_put_rest(writer, at, &names);
    return json_close(writer, at, place, "{}");
}

/* a0 to a3 of a system call become ARGV, as laurel has it. */
static bool is_argument(const struct object *object, const struct field *field)
{
    return field->id >= FIELD_A0 && field->id <= FIELD_A3 && object->record->type == TYPE_SYSCALL;
}

static char *put_kernel_fields(struct json_writer *writer, char *at, struct object *object)
{
    const struct record *record = object->record;

    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];

        if ((field->flags & FIELD_IS_NESTED) || !is_member(writer, &object->names, field))
            continue;
        if (is_argument(object, field)) {
            object->arguments[object->argument_count++] = field;
            continue;
        }
        if (field->id == FIELD_PROCTITLE && record->type == TYPE_PROCTITLE &&
            !field_is_null(field)) {
            at = json_title(writer, at, field);
            continue;
        }

        char *after = put_quick_field(writer, at, field);

        at = after != NULL ? after : json_field(writer, at, field);
        if (field->id >= FIELD_COUNT)
            continue;
        if (field->id == FIELD_ARCH)
            object->arch = field;
        if (json_keys[field->id].name != NAME_NONE && object->twin_count < TWINS_MOST)
            object->twins[object->twin_count++] = field;
        if (field->id == FIELD_MSG)
            at = put_message(writer, at, record, i + 1);
    }
    return at;
}

static char *put_arguments(struct json_writer *writer, char *at, const struct object *object)
{
    bool is_clean = true;

    at = json_literal(writer, at, SPAN(",\"ARGV\":"));

    size_t place = json_place(writer, at);

    for (uint32_t i = 0; i < object->argument_count; i++) {
        at = json_room(writer, at, JSON_SLACK);
        *at++ = ',';
        at = json_value(writer, at, object->arguments[i], &is_clean);
    }
    return json_close(writer, at, place, "[]");
}

static bool has_address(struct json_writer *writer, const struct record *record)
{
    const struct field *field = record_field(record, FIELD_SADDR);
    struct address address;

    return field != NULL && json_address_read(writer, field, &address);
}

/* ,"AUID":"alice" of the tail; NULL when it had to be repaired: AUID_HEX is auid's. */
static char *put_given(char *at, const struct field *field)
{
    bool is_clean = true;

    *at++ = ',';
    *at++ = '"';
    at = json_put_plain(at, field_info(field->id)->upper);
    at = json_put_plain(at, SPAN("\":"));
    at = json_put_text(at, field_value(field), &is_clean);
    return is_clean ? at : NULL;
}

/* The names an ENRICHED log gave, as it gave them. */
static char *put_tail(struct json_writer *writer, char *at, struct object *object,
                      struct json_names *given)
{
    const struct record *record = object->record;

    for (uint32_t i = record->kernel_count; i < record->field_count; i++) {
        const struct field *field = &record->fields[i];

        if (field->id == FIELD_SADDR && has_address(writer, record))
            continue; /* SADDR is an object already, which says more */

        char *after = NULL;

        at = json_room(writer, at, JSON_GROWTH * (size_t)field->value_len + 4 * JSON_SLACK);
        if (field->id < FIELD_COUNT && field->id != FIELD_MSG && json_names_know(given, field->id))
            after = put_given(at, field);
        if (after != NULL)
            at = after;
        else
            json_names_reject(&object->names, &writer->event->arena, whole_field(field));
    }
    return at;
}

static char *put_twins(struct json_writer *writer, char *at, struct object *object)
{
    struct json_names given;
    bool has_tail = object->record->field_count > object->record->kernel_count;

    if (has_tail) {
        json_names_begin(&given, object->record->field_count);
        at = put_tail(writer, at, object, &given);
    }
    for (uint32_t i = 0; i < object->twin_count; i++) {
        if (!has_tail || json_names_know(&given, object->twins[i]->id))
            at = json_twin(writer, at, object->twins[i], object->arch);
    }
    return at;
}

/* The fields of the first EXECVE that are no arguments. */
static char *put_execve_fields(struct json_writer *writer, char *at, struct object *object)
{
    const struct record *record = object->record;

    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];

        if (!interpret_is_argument(field) && is_member(writer, &object->names, field))
            at = json_field(writer, at, field);
    }
    return at;
}

/* True if `name` is a0, a1 ... a99 for `place`. */
static bool is_nth(struct span name, uint32_t place)
{
    if (place < 10)
        return name.len == 2 && name.data[0] == 'a' && name.data[1] == (char)('0' + place);
    return name.len == 3 && name.data[0] == 'a' && name.data[1] == (char)('0' + place / 10) &&
           name.data[2] == (char)('0' + place % 10);
}

/*
 * What nearly every EXECVE is: argc, then as many whole arguments, in order and in UTF-8. False
 * when this one is not; then nothing counts that was written from where *at was.
 */
static bool put_plain_execve(struct json_writer *writer, char **where, const struct record *record)
{
    enum { ARGUMENTS_MOST = 100 };
    bool is_clean = true;
    char *at = *where;

    if (record->kernel_count == 0 || record->kernel_count > ARGUMENTS_MOST ||
        record->fields[0].id != FIELD_ARGC || record->field_count != record->kernel_count)
        return false;
    at = json_field(writer, at, &record->fields[0]);
    at = json_literal(writer, at, SPAN(",\"ARGV\":"));

    size_t place = json_place(writer, at);

    for (uint32_t i = 1; i < record->kernel_count && is_clean; i++) {
        if (!is_nth(field_name(&record->fields[i]), i - 1))
            return false;

        struct span text = field_decode(&record->fields[i], &writer->event->arena);

        at = json_room(writer, at, JSON_GROWTH * text.len + JSON_QUICK_ROOM);
        *at++ = ',';
        at = json_put_padded(at, text, &is_clean);
    }
    *where = json_close(writer, at, place, "[]");
    return is_clean;
}

/* Arguments over all records of EXECVE, and what else the first of them holds. */
static char *put_execve(struct json_writer *writer, char *at, struct object *object)
{
    const struct record *record = object->record;
    const struct record *end = writer->event->records + writer->event->record_count;
    size_t place = json_place(writer, at);
    bool is_only = true;
    struct strings argv;

    for (const struct record *other = record + 1; other < end; other++)
        is_only &= other->type != TYPE_EXECVE;
    if (is_only && put_plain_execve(writer, &at, record))
        return at;
    at = writer->out->data + place;
    at = put_execve_fields(writer, at, object);
    interpret_argv(writer->event, &argv);
    at = json_member_list(writer, at, SPAN("ARGV"), &argv);
    return json_put_rest(writer, at, &object->names);
}

char *json_record(struct json_writer *writer, char *at, const struct record *record)
{
    size_t place = json_place(writer, at);
    struct object object;

    object.record = record;
    object.arch = NULL;
    object.twin_count = object.argument_count = 0;
    json_names_begin(&object.names, record->field_count);
    if (record->type == TYPE_EXECVE) {
        at = put_execve(writer, at, &object);
        return json_close(writer, at, place, "{}");
    }
    at = put_kernel_fields(writer, at, &object);
    if (object.argument_count > 0)
        at = put_arguments(writer, at, &object);
    at = put_twins(writer, at, &object);
    at = json_put_rest(writer, at, &object.names);
    return json_close(writer, at, place, "{}");
}
