#include "control/envelope.h"

#include <jansson.h>

#include "interpret/interpret.h"
#include "tables/fields.h"

/* The first of the event's keys. */
static struct span first_key(struct event *event)
{
    const struct record *record;
    const struct field *field;
    struct strings keys;

    if (!event_field(event, FIELD_KEY, &record, &field))
        return (struct span){ NULL, 0 };
    interpret_keys(event, field, &keys);
    return keys.count > 0 ? keys.items[0] : (struct span){ NULL, 0 };
}

/* The text of a JSON string; absent when the value is none. */
static struct span text_of(struct event *event, struct span json)
{
    struct span inside = { json.data + 1, json.len - 2 };
    struct span text = { NULL, 0 };
    json_t *value;

    if (json.len < 2 || json.data[0] != '"')
        return text;
    if (memchr(inside.data, '\\', inside.len) == NULL)
        return inside;
    value = json_loadb(json.data, json.len, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (value != NULL)
        text = arena_copy(&event->arena,
                          (struct span){ json_string_value(value), json_string_length(value) });
    json_decref(value);
    return text;
}

void envelope_fill(struct event *event, const struct alert *alert, struct envelope *envelope)
{
    struct span topic = notes_get(&event->notes, SPAN("topic"));

    *envelope = (struct envelope){
        .time_ms = event->id.time_ms,
        .serial = event->id.serial,
        .severity = alert != NULL ? alert->severity : SEVERITY_INFO,
        .is_alert = alert != NULL,
        .node = event->id.node.len > 0 ? event->id.node : (struct span){ NULL, 0 },
        .key = first_key(event),
    };
    envelope->topic = topic.data != NULL ? text_of(event, topic) : (struct span){ NULL, 0 };
    if (envelope->topic.data == NULL)
        envelope->topic = envelope->key;
}
