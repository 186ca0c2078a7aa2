#include "event/notes.h"

static struct attribute **find_attribute(struct notes *notes, struct span name)
{
    struct attribute **link = &notes->attributes;

    while (*link != NULL && !span_equal((*link)->name, name))
        link = &(*link)->next;
    return link;
}

void notes_set(struct notes *notes, struct arena *arena, struct span name, struct span json)
{
    struct attribute **link = find_attribute(notes, name);

    if (*link == NULL) {
        *link = arena_alloc(arena, sizeof **link);
        **link = (struct attribute){ .name = arena_copy(arena, name) };
    }
    (*link)->json = arena_copy(arena, json);
}

struct span notes_get(const struct notes *notes, struct span name)
{
    for (const struct attribute *each = notes->attributes; each != NULL; each = each->next)
        if (span_equal(each->name, name))
            return each->json;
    return (struct span){ NULL, 0 };
}

/* Adds `text` to the end of a list unless it is there. */
static void add_tag(struct tag **link, struct arena *arena, struct span text)
{
    for (; *link != NULL; link = &(*link)->next)
        if (span_equal((*link)->text, text))
            return;
    *link = arena_alloc(arena, sizeof **link);
    **link = (struct tag){ .text = arena_copy(arena, text) };
}

void notes_tag(struct notes *notes, struct arena *arena, struct span text)
{
    add_tag(&notes->tags, arena, text);
}

void notes_alert(struct notes *notes, struct arena *arena, struct span id)
{
    add_tag(&notes->alerts, arena, id);
}
