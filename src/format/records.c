#include "format/records.h"

#include <sys/socket.h>

#include "format/json_rest.h"
#include "format/json_writer.h"
#include "format/time_text.h"
#include "tables/record_types.h"

/* Texts that say that there is nothing to say: auparse leaves such fields out. */
static bool says_nothing(const struct field *field)
{
    struct span value = field_value(field);

    return value.len == 0 || span_equal(value, SPAN("?")) || span_equal(value, SPAN("?,")) ||
           span_equal(value, SPAN("(null)"));
}

/* A member unless the object has one of that name; names outside the table are never laudit's. */
static char *put_new(struct json_writer *writer, char *at, struct json_names *names,
                     struct span name, struct span text)
{
    uint16_t id = field_find(name);
    bool is_new = id < FIELD_COUNT ? json_names_know(names, id)
                                   : json_names_add(names, &writer->event->arena, name);

    return is_new ? json_member_text(writer, at, name, text) : at;
}

static struct span text_of_number(struct arena *arena, uint64_t number)
{
    char *text = arena_alloc(arena, 24);

    return (struct span){ text, (size_t)(json_put_u64(text, number) - text) };
}

static char *put_address(struct json_writer *writer, char *at, struct json_names *names,
                         const struct field *field)
{
    struct arena *arena = &writer->event->arena;
    struct address address;

    if (interpret_sockaddr(arena, field_value(field), &address) < 0)
        return put_new(writer, at, names, SPAN("saddr"), field_value(field));

    struct span family = address.family_number == AF_INET    ? SPAN("ipv4")
                         : address.family_number == AF_INET6 ? SPAN("ipv6")
                         : address.family.len > 0            ? address.family
                                                  : text_of_number(arena, address.family_number);

    at = put_new(writer, at, names, SPAN("family"), family);
    if (address.ip.len > 0) {
        at = put_new(writer, at, names, SPAN("addr"), address.ip);
        at = put_new(writer, at, names, SPAN("port"), text_of_number(arena, address.port));
    }
    if (address.path.len > 0)
        at = put_new(writer, at, names, SPAN("path"), address.path);
    if (address.flow != 0)
        at = put_new(writer, at, names, SPAN("flow"), text_of_number(arena, address.flow));
    if (address.family_number == AF_VSOCK) {
        at = put_new(writer, at, names, SPAN("cid"), text_of_number(arena, address.cid));
        at = put_new(writer, at, names, SPAN("port"), text_of_number(arena, address.port));
    }
    if (address.family_number == AF_NETLINK)
        at = put_new(writer, at, names, SPAN("pid"), text_of_number(arena, address.pid));
    return at;
}

/* subj=u:r:t:s0 → subj_user, subj_role, subj_domain (obj: obj_type), subj_level. */
static char *put_label(struct json_writer *writer, char *at, struct json_names *names, bool is_subj,
                       struct span text)
{
    struct label label;

    interpret_label(text, &label);
    if (label.role.data == NULL)
        return put_new(writer, at, names, is_subj ? SPAN("subj") : SPAN("obj"), text);
    at = put_new(writer, at, names, is_subj ? SPAN("subj_user") : SPAN("obj_user"), label.user);
    at = put_new(writer, at, names, is_subj ? SPAN("subj_role") : SPAN("obj_role"), label.role);
    at = put_new(writer, at, names, is_subj ? SPAN("subj_domain") : SPAN("obj_domain"), label.type);
    if (label.level.len > 0)
        at = put_new(writer, at, names, is_subj ? SPAN("subj_level") : SPAN("obj_level"),
                     label.level);
    return at;
}

/* NUL becomes a space, as in a shell's line. */
static struct span spaced(struct arena *arena, struct span text)
{
    char *copy = arena_alloc(arena, text.len + 1);

    for (size_t i = 0; i < text.len; i++)
        copy[i] = text.data[i] == '\0' ? ' ' : text.data[i];
    return (struct span){ copy, text.len };
}

static struct span result_of(struct span value)
{
    bool is_good = span_equal(value, SPAN("yes")) || span_equal(value, SPAN("success")) ||
                   span_equal(value, SPAN("1"));

    return is_good ? SPAN("success") : SPAN("fail");
}

/* The text of a value that keeps its name. */
static struct span text_of(struct json_writer *writer, const struct record *record,
                           const struct field *field)
{
    struct arena *arena = &writer->event->arena;
    enum field_kind kind = field->id < FIELD_COUNT ? field_info(field->id)->kind : KIND_TEXT;
    struct span name;

    if (record->type == TYPE_EXECVE && field_name(field).data[0] == 'a')
        return field->id == FIELD_ARGC ? field_value(field) : field_decode(field, arena);
    switch (kind) {
    case KIND_ESCAPED:
    case KIND_TTY_DATA:
        return field_decode(field, arena);
    case KIND_PROCTITLE:
        return spaced(arena, field_decode(field, arena));
    case KIND_ARCH:
    case KIND_SYSCALL:
    case KIND_EXIT:
    case KIND_SIGNAL:
    case KIND_SESSION:
        if (interpret_name(&resolver_none, writer->event, record, field, &name))
            return name;
        return field_value(field);
    case KIND_UID:
    case KIND_GID:
        if (interpret_name(&resolver_none, writer->event, record, field, &name) &&
            span_equal(name, SPAN("unset")))
            return name;
        return field_value(field);
    default:
        return field_value(field);
    }
}

static char *put_field(struct json_writer *writer, char *at, struct json_names *names,
                       const struct record *record, const struct field *field,
                       const struct field **key)
{
    if (field->form == FORM_WORD || field->form == FORM_SINGLE || says_nothing(field))
        return at;
    switch (field->id) {
    case FIELD_SADDR:
        return put_address(writer, at, names, field);
    case FIELD_SUBJ:
    case FIELD_OBJ:
        return put_label(writer, at, names, field->id == FIELD_SUBJ, field_value(field));
    case FIELD_SUCCESS:
    case FIELD_RES:
        return put_new(writer, at, names, SPAN("result"), result_of(field_value(field)));
    case FIELD_KEY:
        *key = field;
        return at;
    default:
        return put_new(writer, at, names, field_name(field), text_of(writer, record, field));
    }
}

static char *put_head(struct json_writer *writer, char *at, const struct record *record)
{
    const struct event *event = writer->event;
    char time[TIME_TEXT_ROOM], unknown[] = "UNKNOWN[65535]";
    struct span node = event->id.node.len > 0 ? event->id.node : writer->context->hostname;
    struct span type =
        record->type_token.len > 0 ? record->type_token : record_type_name(record->type);
    struct arena *arena = &writer->event->arena;

    if (type.len == 0) {
        type.data = unknown;
        type.len = (size_t)(json_put_u64(unknown + 8, record->type) - unknown);
        unknown[type.len++] = ']';
    }
    at = json_member_text(
        writer, at, SPAN("@timestamp"),
        (struct span){ time, time_text(event->id.time_ms, ' ', " +0000 UTC", time) });
    at = json_member_text(writer, at, SPAN("record_type"), type);
    at = json_member_text(writer, at, SPAN("sequence"), text_of_number(arena, event->id.serial));
    at = json_member_text(writer, at, SPAN("raw_msg"), record->text);
    if (node.len > 0)
        at = json_member_text(writer, at, SPAN("node"), node);
    return at;
}

static void know_head(struct json_writer *writer, struct json_names *names)
{
    json_names_know(names, FIELD_NODE);
    json_names_add(names, &writer->event->arena, SPAN("record_type"));
    json_names_add(names, &writer->event->arena, SPAN("sequence"));
    json_names_add(names, &writer->event->arena, SPAN("raw_msg"));
    json_names_add(names, &writer->event->arena, SPAN("tags"));
}

static char *put_record(struct json_writer *writer, char *at, const struct record *record)
{
    enum { OWN_NAMES = 16 /* of the head, of an address, of two labels */ };
    size_t place = json_place(writer, at);
    struct json_names names;
    const struct field *key = NULL;
    struct strings tags;

    at = put_head(writer, at, record);
    json_names_begin(&names, record->field_count + OWN_NAMES);
    know_head(writer, &names);
    for (uint32_t i = 0; i < record->kernel_count; i++)
        at = put_field(writer, at, &names, record, &record->fields[i], &key);
    if (key != NULL) {
        interpret_keys(writer->event, key, &tags);
        at = json_member_list(writer, at, SPAN("tags"), &tags);
    }
    at = json_close(writer, at, place, "{}");
    at = json_room(writer, at, 1);
    *at++ = '\n';
    return at;
}

void records_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct json_writer writer;
    char *at = json_begin(&writer, context, event, out);

    for (uint32_t i = 0; i < event->record_count; i++)
        at = put_record(&writer, at, &event->records[i]);
    json_finish(&writer, at);
}
