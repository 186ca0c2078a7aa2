#include "format/json_notes.h"

char *json_put_marks(struct json_writer *writer, char *at)
{
    static const struct span late = { "late", 4 }, cut = { "cut", 3 };
    struct span items[2];
    struct strings marks = { .items = items };

    if (writer->event->flags & EVENT_IS_LATE)
        items[marks.count++] = late;
    if (writer->event->flags & EVENT_IS_CUT)
        items[marks.count++] = cut;
    return marks.count > 0 ? json_member_list(writer, at, SPAN("MARKS"), &marks) : at;
}

/* ,"name":JSON, which was written when the attribute was set. */
static char *put_attribute(struct json_writer *writer, char *at, const struct attribute *attribute)
{
    at = json_member(writer, at, attribute->name);
    at = json_room(writer, at, attribute->json.len);
    return json_put_plain(at, attribute->json);
}

char *json_put_tags(struct json_writer *writer, char *at, struct span name, const struct tag *tag)
{
    if (tag == NULL)
        return at;
    at = json_member(writer, at, name);

    size_t place = json_place(writer, at);

    for (; tag != NULL; tag = tag->next) {
        at = json_room(writer, at, JSON_GROWTH * tag->text.len + JSON_SLACK);
        *at++ = ',';
        at = json_put_string(at, tag->text);
    }
    return json_close(writer, at, place, "[]");
}

char *json_put_notes(struct json_writer *writer, char *at, const struct notes *notes)
{
    if (notes->attributes != NULL) {
        at = json_member(writer, at, SPAN("ATTRIBUTES"));

        size_t place = json_place(writer, at);

        for (const struct attribute *each = notes->attributes; each != NULL; each = each->next)
            at = put_attribute(writer, at, each);
        at = json_close(writer, at, place, "{}");
    }
    return json_put_tags(writer, at, SPAN("TAGS"), notes->tags);
}
