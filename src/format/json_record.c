#include "format/json_writer.h"

#include "format/json_quick.h"
#include "format/json_rest.h"
#include "tables/record_types.h"

/* One record while it is written. */
struct object {
    const struct record *record;
    struct json_names names;
    struct json_twins twins;
    const struct field *arguments[4]; /* a0 to a3 of SYSCALL */
    uint32_t argument_count;
};

/*
 * Behind the closing quote of a value that ends at `end`; where the value ends if it has none. No
 * quote can be another's: a value goes on to the first one, or to what ends its section.
 */
static const char *behind_quote(const struct field *field, const char *end)
{
    static const char quotes[] = { [FORM_QUOTED] = '"', [FORM_SINGLE] = '\'', [FORM_BRACED] = '}' };
    const char *close = end;

    while (field->form == FORM_BRACED && *close == ' ')
        close++;
    return *close == quotes[field->form] ? close + 1 : end;
}

static struct span whole_field(const struct field *field)
{
    const char *end = field->value + field->value_len;

    if (field->value == NULL || field->name_len == 0)
        return field->name_len > 0 ? field_name(field) : field_value(field);
    if (field->form != FORM_BARE && field->form != FORM_WORD)
        end = behind_quote(field, end);
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

/* Most fields of the table, in a few steps; NULL for those that json_field has to write. */
__attribute__((always_inline)) static inline char *
put_quick_field(char *at, const struct field *field, const struct json_key *key)
{
    memcpy(at, key->text, sizeof key->text);
    return json_quick(at + key->len, field, (enum json_way)key->way);
}

static char *put_field(struct json_writer *writer, char *at, const struct field *field)
{
    char *after = NULL;

    at = json_room(writer, at, sizeof json_keys->text + JSON_QUICK_ROOM);
    if (field->id < FIELD_COUNT)
        after = put_quick_field(at, field, &json_keys[field->id]);
    return after != NULL ? after : json_field(writer, at, field);
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
            at = put_field(writer, at, &record->fields[i]);
    }
    at = json_put_rest(writer, at, &names);
    return json_close(writer, at, place, "{}");
}

/* Remembers what the field is there for; true when it is not to be written where it stands. */
static inline bool take_role(struct object *object, const struct field *field, enum json_role role)
{
    if (role == ROLE_ARGUMENT) { /* those of a system call become ARGV, as laurel has it */
        if (object->record->type != TYPE_SYSCALL)
            return false;
        object->arguments[object->argument_count++] = field;
        return true;
    }
    if (role == ROLE_ARCH)
        object->twins.arch = field;
    if (object->twins.count < TWINS_MOST)
        object->twins.fields[object->twins.count++] = field;
    return false;
}

/* A field that is not quick. */
static char *put_slow_field(struct json_writer *writer, char *at, const struct record *record,
                            const struct field *field)
{
    if (field->id == FIELD_PROCTITLE && record->type == TYPE_PROCTITLE && !field_is_null(field))
        return json_title(writer, at, field);
    at = json_field(writer, at, field);
    if (field->id == FIELD_MSG)
        at = put_message(writer, at, record, (uint32_t)(field - record->fields) + 1);
    return at;
}

static char *put_kernel_fields(struct json_writer *writer, char *at, struct object *object)
{
    const struct record *record = object->record;
    const struct field *end = record->fields + record->kernel_count;

    for (const struct field *field = record->fields; field < end; field++) {
        if ((field->flags & FIELD_IS_NESTED) || !is_member(writer, &object->names, field))
            continue;

        char *after = NULL;

        if (field->id < FIELD_COUNT) {
            const struct json_key *key = &json_keys[field->id];

            if (key->role != ROLE_NONE && take_role(object, field, (enum json_role)key->role))
                continue;
            at = json_room(writer, at, sizeof key->text + JSON_QUICK_ROOM);
            after = put_quick_field(at, field, key);
        }
        at = after != NULL ? after : put_slow_field(writer, at, record, field);
    }
    return at;
}

static char *put_arguments(struct json_writer *writer, char *at, const struct object *object)
{
    bool is_clean = true;

    at = json_literal(writer, at, SPAN(",\"ARGV\":"));

    size_t place = json_place(writer, at);

    for (uint32_t i = 0; i < object->argument_count; i++) {
        at = json_room(writer, at, 1 + JSON_QUICK_ROOM);
        *at++ = ',';

        char *after = json_quick(at, object->arguments[i], WAY_HEX);

        at = after != NULL ? after : json_value(writer, at, object->arguments[i], &is_clean);
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

/* Leaves those fields that have no twin yet. */
static void keep_untold(struct json_twins *twins, struct json_names *given)
{
    uint32_t count = 0;

    for (uint32_t i = 0; i < twins->count; i++) {
        if (json_names_know(given, twins->fields[i]->id))
            twins->fields[count++] = twins->fields[i];
    }
    twins->count = count;
}

static char *put_twins(struct json_writer *writer, char *at, struct object *object)
{
    struct json_names given;

    if (object->record->field_count > object->record->kernel_count) {
        json_names_begin(&given, object->record->field_count);
        at = put_tail(writer, at, object, &given);
        keep_untold(&object->twins, &given);
    }
    return json_put_twins(writer, at, &object->twins);
}

/* The fields of the first EXECVE that are no arguments. */
static char *put_execve_fields(struct json_writer *writer, char *at, struct object *object)
{
    const struct record *record = object->record;

    for (uint32_t i = 0; i < record->kernel_count; i++) {
        const struct field *field = &record->fields[i];

        if (!interpret_is_argument(field) && is_member(writer, &object->names, field))
            at = put_field(writer, at, field);
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
    at = put_field(writer, at, &record->fields[0]);
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
    object.argument_count = object.twins.count = 0;
    object.twins.arch = NULL;
    json_names_begin(&object.names, record->field_count);
    if (record->type == TYPE_EXECVE) {
        at = put_execve(writer, at, &object);
        return json_close(writer, at, place, "{}");
    }
    at = put_kernel_fields(writer, at, &object);
    if (object.argument_count > 0)
        at = put_arguments(writer, at, &object);
    at = put_twins(writer, at, &object);
    if (object.names.rest_count > 0)
        at = json_put_rest(writer, at, &object.names);
    return json_close(writer, at, place, "{}");
}
