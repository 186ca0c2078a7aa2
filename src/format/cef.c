#include "format/cef.h"

#include <sys/socket.h>

#include "base/utf8.h"
#include "format/say.h"
#include "tables/record_types.h"

enum {
    NAME_MOST = 512,    /* bytes of the header's name */
    VALUE_MOST = 1023,  /* bytes of a value of the extension */
    SEVERITY_EVENT = 1, /* of 10 */
    GROWTH = 4          /* bytes a byte may become: "\\n", U+FFFD, "\x1B" */
};

/* One line while it is written. */
struct cef {
    const struct format_context *context;
    struct event *event;
    struct buffer *out;
    bool has_fields;
};

/* A character of `text`; control characters and what is no UTF-8 become harmless. */
static char *put_char(char *at, struct span text, size_t *used)
{
    size_t len = utf8_len(text);
    const unsigned char *bytes = (const unsigned char *)text.data;

    *used = len > 0 ? len : 1;
    if (len == 0) {
        memcpy(at, "\xEF\xBF\xBD", 3);
        return at + 3;
    }
    if ((len == 1 && (bytes[0] < ' ' || bytes[0] == 0x7F)) ||
        (len == 2 && bytes[0] == 0xC2 && bytes[1] < 0xA0) ||
        (len == 3 && bytes[0] == 0xE2 && bytes[1] == 0x80 &&
         (bytes[2] == 0xA8 || bytes[2] == 0xA9)))
        *at++ = ' '; /* C0, C1, separators of lines */
    else {
        memcpy(at, bytes, len);
        at += len;
    }
    return at;
}

/* Appends up to `most` bytes of `text`, whole characters, with a backslash before `marks`. */
static void put_escaped(struct buffer *out, struct span text, size_t most, const char *marks,
                        bool keeps_lines)
{
    size_t bound = text.len < most ? text.len : most, used;
    char *begin = buffer_reserve(out, GROWTH * bound + GROWTH * GROWTH), *at = begin;

    for (size_t done = 0; done < bound; done += used) {
        struct span rest = span_skip(text, done);
        char byte = *rest.data;

        if (done + utf8_len(rest) > bound)
            break;
        used = 1;
        if (keeps_lines && (byte == '\n' || byte == '\r')) {
            *at++ = '\\';
            *at++ = byte == '\n' ? 'n' : 'r';
        } else if (byte != '\0' && strchr(marks, byte) != NULL) {
            *at++ = '\\';
            *at++ = byte;
        } else {
            at = put_char(at, rest, &used);
        }
    }
    buffer_commit(out, (size_t)(at - begin));
}

static void put_header(struct cef *cef, struct span signature, struct span name, unsigned severity)
{
    buffer_append(cef->out, SPAN("CEF:0|laudit|laudit|" LAUDIT_VERSION "|"));
    put_escaped(cef->out, signature, NAME_MOST, "\\|", false);
    buffer_byte(cef->out, '|');
    put_escaped(cef->out, name, NAME_MOST, "\\|", false);
    buffer_byte(cef->out, '|');
    buffer_decimal(cef->out, severity);
    buffer_byte(cef->out, '|');
}

static void put_key(struct cef *cef, const char *key)
{
    if (cef->has_fields)
        buffer_byte(cef->out, ' ');
    cef->has_fields = true;
    buffer_append(cef->out, span_of(key));
    buffer_byte(cef->out, '=');
}

/* " key=text"; nothing where there is no text. */
static void put_text(struct cef *cef, const char *key, struct span text)
{
    if (text.len == 0)
        return;
    put_key(cef, key);
    put_escaped(cef->out, text, VALUE_MOST, "\\=", true);
}

static void put_number(struct cef *cef, const char *key, uint64_t number)
{
    put_key(cef, key);
    buffer_decimal(cef->out, number);
}

static bool say(struct cef *cef, uint16_t id, struct span *text)
{
    return say_field(cef->context, cef->event, id, text) && !span_equal(*text, SPAN("?"));
}

static void put_field(struct cef *cef, const char *key, uint16_t id)
{
    struct span text;

    if (say(cef, id, &text))
        put_text(cef, key, text);
}

/* As the kernel wrote it, where it is a number. */
static bool put_digits(struct cef *cef, const char *key, uint16_t id)
{
    const struct record *record;
    const struct field *field;
    uint64_t number;

    if (!event_field(cef->event, id, &record, &field) || !span_decimal(field_value(field), &number))
        return false;
    put_number(cef, key, number);
    return true;
}

static void put_label(struct cef *cef, const char *key, const char *label)
{
    buffer_byte(cef->out, ' ');
    buffer_append(cef->out, span_of(key));
    buffer_append(cef->out, SPAN("Label="));
    buffer_append(cef->out, span_of(label));
}

/* " csN=text csNLabel=label" */
static void put_custom(struct cef *cef, const char *key, const char *label, struct span text)
{
    if (text.len == 0)
        return;
    put_text(cef, key, text);
    put_label(cef, key, label);
}

static void put_custom_number(struct cef *cef, const char *key, const char *label, uint16_t id)
{
    if (put_digits(cef, key, id))
        put_label(cef, key, label);
}

static void put_custom_field(struct cef *cef, const char *key, const char *label, uint16_t id)
{
    struct span text;

    if (say(cef, id, &text))
        put_custom(cef, key, label, text);
}

/* Where there is an acct, it is what the event is about; else the user that acts. */
static void put_users(struct cef *cef)
{
    struct span text;

    put_digits(cef, "suid", FIELD_AUID);
    put_field(cef, "suser", FIELD_AUID);
    if (say(cef, FIELD_ACCT, &text)) {
        put_text(cef, "duser", text);
        return;
    }
    put_digits(cef, "duid", FIELD_UID);
    put_field(cef, "duser", FIELD_UID);
}

static void put_outcome(struct cef *cef)
{
    struct span text;

    if (!say(cef, FIELD_SUCCESS, &text) && !say(cef, FIELD_RES, &text))
        return;

    bool is_good = span_equal(text, SPAN("yes")) || span_equal(text, SPAN("success"));

    put_text(cef, "outcome", is_good ? SPAN("success") : SPAN("failure"));
    if (!is_good)
        put_field(cef, "reason", FIELD_EXIT);
}

/* The last name of a path that names something. */
static struct span base_name(struct span path)
{
    while (path.len > 1 && path.data[path.len - 1] == '/')
        path.len--;

    const char *slash = path.len > 0 ? memrchr(path.data, '/', path.len) : NULL;

    return slash != NULL && path.len > 1 ? span_skip(path, (size_t)(slash - path.data) + 1) : path;
}

/* The first path that is no parent of another; all of them, where there are several, too. */
static void put_paths(struct cef *cef)
{
    struct event *event = cef->event;
    struct strings paths;

    for (uint32_t i = 0; i < event->record_count; i++) {
        const struct record *record = &event->records[i];
        const struct field *name = record_field(record, FIELD_NAME);
        const struct field *kind = record_field(record, FIELD_NAMETYPE);
        bool is_parent = kind != NULL && span_equal(field_value(kind), SPAN("PARENT"));

        if (record->type != TYPE_PATH || name == NULL || field_is_null(name) || is_parent)
            continue;

        struct span path = field_decode(name, &event->arena);

        put_text(cef, "fname", base_name(path));
        put_text(cef, "filePath", path);
        break;
    }
    say_paths(event, &paths);
    if (paths.count > 1)
        put_custom(cef, "cs4", "paths", say_joined(&event->arena, &paths));
}

static void put_addresses(struct cef *cef)
{
    struct address address;
    struct span text;

    if (say(cef, FIELD_ADDR, &text)) {
        if (memchr(text.data, ':', text.len) != NULL)
            put_custom(cef, "c6a2", "Source IPv6 Address", text);
        else
            put_text(cef, "src", text);
    }
    if (!say_find_address(cef->event, &address))
        return;
    if (address.family_number == AF_INET)
        put_text(cef, "dst", address.ip);
    else if (address.family_number == AF_INET6)
        put_custom(cef, "c6a3", "Destination IPv6 Address", address.ip);
    else if (address.family_number == AF_UNIX)
        put_custom(cef, "cs5", "socket", address.path);
    if (address.family_number == AF_INET || address.family_number == AF_INET6)
        put_number(cef, "dpt", address.port);
}

static void put_command(struct cef *cef)
{
    struct event *event = cef->event;
    const struct record *title = event_record(event, TYPE_PROCTITLE);
    struct strings argv;

    if (interpret_argv(event, &argv) || (title != NULL && interpret_proctitle(event, title, &argv)))
        put_custom(cef, "cs2", "arguments", say_joined(&event->arena, &argv));
}

static void put_topic(struct cef *cef)
{
    struct span json = notes_get(&cef->event->notes, SPAN("topic"));

    if (json.len > 2 && json.data[0] == '"' && memchr(json.data, '\\', json.len) == NULL)
        put_custom(cef, "cs6", "topic", (struct span){ json.data + 1, json.len - 2 });
}

/* What events and alerts have alike. */
static void put_extension(struct cef *cef, struct span action)
{
    char host[SAY_HOST_ROOM];

    put_text(cef, "dvchost", say_host(cef->context, cef->event, host));
    put_text(cef, "act", action);
    put_outcome(cef);
    put_users(cef);
    put_digits(cef, "spid", FIELD_PID);
    put_field(cef, "sproc", FIELD_EXE);
    put_paths(cef);
    put_addresses(cef);
    put_custom_field(cef, "cs1", "key", FIELD_KEY);
    put_command(cef);
    put_custom_field(cef, "cs3", "cwd", FIELD_CWD);
    put_topic(cef);
    put_custom_number(cef, "cn1", "session", FIELD_SES);
    put_custom_number(cef, "cn2", "parent process", FIELD_PPID);
}

void cef_event(const struct format_context *context, struct event *event, struct buffer *out)
{
    struct cef cef = { context, event, out, false };
    struct span action = say_action(context, event);
    char id[EVENT_ID_ROOM];

    put_header(&cef, action, action, SEVERITY_EVENT);
    put_number(&cef, "rt", event->id.time_ms);
    put_text(&cef, "externalId", (struct span){ id, event_id_write(&event->id, id) });
    put_extension(&cef, action);
    buffer_byte(out, '\n');
}

void cef_alert(const struct format_context *context, const struct alert *alert, struct buffer *out)
{
    struct cef cef = { context, alert->event, out, false };
    unsigned severity = 2 + 2 * (unsigned)alert->severity; /* info 2 ... critical 10 */

    put_header(&cef, alert->policy, alert->message, severity);
    put_number(&cef, "rt", alert->event->id.time_ms);
    put_text(&cef, "externalId", alert->id);
    put_text(&cef, "msg", alert->message);
    put_extension(&cef, say_action(context, alert->event));
    buffer_byte(out, '\n');
}
