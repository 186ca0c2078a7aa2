#include "base/yaml.h"

#include <errno.h>
#include <stdlib.h>
#include <yaml.h>

#include "base/array.h"

/* A list or mapping whose end is not read yet. */
struct frame {
    struct yaml *node;
    struct span anchor; /* absent when it has none */
    const struct yaml *name;
    struct yaml_member *members; /* heap, until the end is read */
    size_t count;
};

struct anchor {
    struct span name;
    const struct yaml *node;
};

struct reading {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; its texts live until the next */
    struct yaml_document *document;
    const char *file;
    struct error *err;
    struct frame frames[YAML_DEPTH_MOST];
    size_t depth, nodes;
    struct anchor anchors[YAML_ANCHORS_MOST];
    size_t anchor_count;
};

#define REFUSE(reading, format, ...)                                                               \
    error_set((reading)->err, -EINVAL, "%s:%zu:%zu: " format, (reading)->file,                     \
              (reading)->event.start_mark.line + 1, (reading)->event.start_mark.column + 1,        \
              __VA_ARGS__)

const char *yaml_kind_name(const struct yaml *node)
{
    static const char *const names[] = { "a text", "a list", "a mapping" };

    return names[node->kind];
}

/* Goes to the next event; -EINVAL when the text is no YAML. */
static int next(struct reading *reading)
{
    yaml_event_delete(&reading->event);
    if (yaml_parser_parse(&reading->parser, &reading->event) != 0)
        return 0;
    return error_set(reading->err, -EINVAL, "%s:%zu:%zu: %s", reading->file,
                     reading->parser.problem_mark.line + 1, reading->parser.problem_mark.column + 1,
                     reading->parser.problem != NULL ? reading->parser.problem : "no YAML");
}

static struct span keep(struct reading *reading, const yaml_char_t *text, size_t len)
{
    char *copy = arena_alloc(&reading->document->arena, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return (struct span){ copy, len };
}

static struct yaml *new_node(struct reading *reading, enum yaml_kind kind)
{
    struct yaml *node = arena_alloc(&reading->document->arena, sizeof *node);

    *node = (struct yaml){ .kind = kind,
                           .line = (unsigned)reading->event.start_mark.line + 1,
                           .column = (unsigned)reading->event.start_mark.column + 1 };
    return node;
}

static struct span anchor_of(struct reading *reading)
{
    const yaml_event_t *event = &reading->event;
    const yaml_char_t *name = event->type == YAML_SCALAR_EVENT ? event->data.scalar.anchor
                              : event->type == YAML_SEQUENCE_START_EVENT
                                  ? event->data.sequence_start.anchor
                                  : event->data.mapping_start.anchor;

    return name != NULL ? keep(reading, name, strlen((const char *)name)) : (struct span){ 0 };
}

static int add_anchor(struct reading *reading, struct span name, const struct yaml *node)
{
    if (name.data == NULL)
        return 0;
    if (reading->anchor_count == YAML_ANCHORS_MOST)
        return REFUSE(reading, "anchors: %d are the most", YAML_ANCHORS_MOST);
    reading->anchors[reading->anchor_count++] = (struct anchor){ name, node };
    return 0;
}

/* The newest node of that name. One that still is open has none yet: no cycles. */
static const struct yaml *find_anchor(const struct reading *reading, const char *name)
{
    for (size_t i = reading->anchor_count; i > 0; i--)
        if (span_equal(reading->anchors[i - 1].name, span_of(name)))
            return reading->anchors[i - 1].node;
    return NULL;
}

/* Puts a node that is whole into what is open, as name or value. */
static int add_node(struct reading *reading, const struct yaml *node)
{
    if (reading->depth == 0) {
        reading->document->root = node;
        return 0;
    }

    struct frame *frame = &reading->frames[reading->depth - 1];

    if (frame->node->kind == YAML_MAP && frame->name == NULL) {
        if (node->kind != YAML_TEXT)
            return REFUSE(reading, "expected a name, found %s", yaml_kind_name(node));
        frame->name = node;
        return 0;
    }
    frame->members = array_grow(frame->members, frame->count, sizeof *frame->members);
    frame->members[frame->count++] = (struct yaml_member){ frame->name, node, false };
    frame->name = NULL;
    return 0;
}

static int read_text(struct reading *reading)
{
    struct yaml *node = new_node(reading, YAML_TEXT);
    int status;

    node->is_plain = reading->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = keep(reading, reading->event.data.scalar.value, reading->event.data.scalar.length);
    status = add_anchor(reading, anchor_of(reading), node);
    return status != 0 ? status : add_node(reading, node);
}

static int read_alias(struct reading *reading)
{
    const char *name = (const char *)reading->event.data.alias.anchor;
    const struct yaml *node = find_anchor(reading, name);

    if (node == NULL)
        return REFUSE(reading, "the alias '%s' names nothing that ended before it", name);
    return add_node(reading, node);
}

static int open_frame(struct reading *reading, enum yaml_kind kind)
{
    if (reading->depth == YAML_DEPTH_MOST)
        return REFUSE(reading, "lists and mappings in each other: %d are the most",
                      YAML_DEPTH_MOST);
    reading->frames[reading->depth++] =
        (struct frame){ .node = new_node(reading, kind), .anchor = anchor_of(reading) };
    return 0;
}

static int close_frame(struct reading *reading)
{
    struct frame *frame = &reading->frames[--reading->depth];
    struct yaml *node = frame->node;
    size_t size = frame->count * sizeof *frame->members;

    node->count = frame->count;
    if (size > 0) {
        node->members = arena_alloc(&reading->document->arena, size);
        memcpy(node->members, frame->members, size);
    }
    free(frame->members);
    frame->members = NULL;

    int status = add_anchor(reading, frame->anchor, node);

    return status != 0 ? status : add_node(reading, node);
}

static int read_event(struct reading *reading)
{
    switch (reading->event.type) {
    case YAML_SCALAR_EVENT:
        return read_text(reading);
    case YAML_ALIAS_EVENT:
        return read_alias(reading);
    case YAML_SEQUENCE_START_EVENT:
        return open_frame(reading, YAML_LIST);
    case YAML_MAPPING_START_EVENT:
        return open_frame(reading, YAML_MAP);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_frame(reading);
    default:
        return 0;
    }
}

static int read_document(struct reading *reading)
{
    while (true) {
        int status = next(reading);

        if (status != 0)
            return status;
        if (reading->event.type == YAML_DOCUMENT_END_EVENT ||
            reading->event.type == YAML_STREAM_END_EVENT)
            return 0;
        if (++reading->nodes > 2 * (size_t)YAML_NODES_MOST) /* lists have an end, too */
            return REFUSE(reading, "texts, lists and mappings: %d are the most", YAML_NODES_MOST);
        status = read_event(reading);
        if (status != 0)
            return status;
    }
}

int yaml_read(struct yaml_document *document, struct span text, const char *file, struct error *err)
{
    static const unsigned char empty[] = "";
    struct reading *reading;

    arena_init(&document->arena);
    document->root = NULL;
    if (text.len > YAML_LONGEST)
        return error_set(err, -EINVAL, "%s: has %zu bytes: %d are the most", file, text.len,
                         YAML_LONGEST);
    reading = calloc(1, sizeof *reading);
    if (reading == NULL || yaml_parser_initialize(&reading->parser) == 0)
        abort(); /* no memory */
    reading->document = document;
    reading->file = file;
    reading->err = err;
    yaml_parser_set_input_string(&reading->parser,
                                 text.len > 0 ? (const unsigned char *)text.data : empty, text.len);

    int status = read_document(reading);

    for (size_t i = 0; i < reading->depth; i++)
        free(reading->frames[i].members);
    if (status != 0)
        document->root = NULL;
    yaml_event_delete(&reading->event);
    yaml_parser_delete(&reading->parser);
    free(reading);
    return status;
}

void yaml_free(struct yaml_document *document)
{
    arena_free(&document->arena);
}
