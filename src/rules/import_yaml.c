#include "rules/import_yaml.h"

#include <strings.h>
#include <yaml.h>

#include "rules/word_list.h"

struct yaml_reading {
    yaml_parser_t parser;
    yaml_event_t event; /* the newest; its texts live until the next */
    struct rule_commands *commands;
    const char *file;
    const struct rule_world *world;
    struct mistakes *mistakes, *notes;
    struct word_list words;
    bool has_rules;
};

/* What else stands in such a file, and where its like is here. */
static const struct {
    const char *name, *place;
} others[] = {
    { "filters", "policies decide what is kept" },
    { "output", "the configuration names outputs" },
    { "socket_buffer", "the configuration has receive_buffer" },
    { "extras", "policies add to events" },
};

static unsigned line_of(const struct yaml_reading *reading)
{
    return (unsigned)reading->event.start_mark.line + 1;
}

static struct span scalar_of(const struct yaml_reading *reading)
{
    return (struct span){ (const char *)reading->event.data.scalar.value,
                          reading->event.data.scalar.length };
}

/* Goes to the next event; false when the text is no YAML, which is then said. */
static bool next(struct yaml_reading *reading)
{
    yaml_event_delete(&reading->event);
    if (yaml_parser_parse(&reading->parser, &reading->event) != 0)
        return true;
    mistakes_add(reading->mistakes, "%s:%zu:%zu: %s", reading->file,
                 reading->parser.problem_mark.line + 1, reading->parser.problem_mark.column + 1,
                 reading->parser.problem != NULL ? reading->parser.problem : "no YAML");
    return false;
}

static bool is_start(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_START_EVENT || type == YAML_MAPPING_START_EVENT;
}

static bool is_end(yaml_event_type_t type)
{
    return type == YAML_SEQUENCE_END_EVENT || type == YAML_MAPPING_END_EVENT;
}

/* Goes to the last event of the value that begins at this one. */
static bool skip_value(struct yaml_reading *reading)
{
    unsigned depth = is_start(reading->event.type) ? 1 : 0;

    while (depth > 0) {
        if (!next(reading))
            return false;
        if (is_start(reading->event.type) && ++depth > IMPORT_YAML_DEPTH) {
            mistakes_add(reading->mistakes,
                         "%s:%u: lists and mappings in each other: %d are the most", reading->file,
                         line_of(reading), IMPORT_YAML_DEPTH);
            return false;
        }
        if (is_end(reading->event.type))
            depth--;
    }
    return true;
}

/* The bytes of the white space that `text` begins with, by strings.Fields of Go; 0 when none. */
static size_t space_len(struct span text)
{
    static const char *const wide[] = { "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80",
                                        "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF",
                                        "\xE2\x81\x9F", "\xE3\x80\x80" };

    if (text.len > 0 && memchr(" \t\n\v\f\r", *text.data, 6) != NULL)
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof wide[0]; i++)
        if (span_starts(text, span_of(wide[i])))
            return strlen(wide[i]);
    return span_starts(text, SPAN("\xE2\x80")) && text.len > 2 &&
                   (unsigned char)text.data[2] >= 0x80 && (unsigned char)text.data[2] <= 0x8A
               ? 3
               : 0;
}

static void cut_words(struct span text, struct word_list *words)
{
    while (text.len > 0) {
        size_t len = 0, space = space_len(text);

        if (space > 0) {
            text = span_skip(text, space);
            continue;
        }
        while (len < text.len && space_len(span_skip(text, len)) == 0)
            len++;
        word_list_add(words, (struct span){ text.data, len });
        text = span_skip(text, len);
    }
}

static void note_quotes(struct yaml_reading *reading, unsigned line)
{
    for (size_t i = 0; i < reading->words.count; i++) {
        struct span word = reading->words.items[i];

        if (memchr(word.data, '"', word.len) != NULL || memchr(word.data, '\'', word.len) != NULL ||
            memchr(word.data, '\\', word.len) != NULL)
            mistakes_add(
                reading->notes,
                "%s:%u: quotes and backslashes are part of the word %.*s, as go-audit has it",
                reading->file, line, SPAN_ARG(word));
    }
}

/* Hands over what stands in `words`. -R has no place in a file of rules. */
static void read_words(struct yaml_reading *reading, unsigned line)
{
    struct rule_commands *commands = reading->commands;
    struct rule_origin origin = { span_of(reading->file), line };
    size_t first = commands->count;
    struct error err;

    if (rules_read_words(commands, reading->words.items, reading->words.count, origin,
                         reading->world, reading->notes, &err) != 0) {
        mistakes_add(reading->mistakes, "%s:%u: %s", reading->file, line, err.text);
        return;
    }
    if (commands->count > first && commands->items[first].verb == VERB_READ_FILE) {
        mistakes_add(reading->notes, "%s:%u: -R %.*s is not carried over: import that file too",
                     reading->file, line, SPAN_ARG(commands->items[first].text));
        commands->count = first;
    }
}

static void read_rule(struct yaml_reading *reading)
{
    unsigned line = line_of(reading);

    word_list_clear(&reading->words);
    cut_words(scalar_of(reading), &reading->words);
    if (reading->words.count == 0)
        return; /* go-audit passes over an empty text */
    note_quotes(reading, line);
    read_words(reading, line);
}

/* Before its list go-audit deletes what the kernel holds. */
static void delete_all(struct yaml_reading *reading, unsigned line)
{
    word_list_clear(&reading->words);
    word_list_add(&reading->words, SPAN("-D"));
    read_words(reading, line);
}

/* Takes the name `rules`, at which it stands, and its value. */
static bool read_rules(struct yaml_reading *reading)
{
    unsigned line = line_of(reading);

    if (reading->has_rules)
        mistakes_add(reading->mistakes, "%s:%u: rules: a second list", reading->file, line);
    reading->has_rules = true;
    if (!next(reading))
        return false;
    if (reading->event.type != YAML_SEQUENCE_START_EVENT) {
        mistakes_add(reading->mistakes, "%s:%u: rules: expected a list of texts", reading->file,
                     line);
        return skip_value(reading);
    }
    delete_all(reading, line);
    while (next(reading)) {
        if (reading->event.type == YAML_SEQUENCE_END_EVENT)
            return true;
        if (rule_commands_are_full(reading->commands)) {
            mistakes_add(reading->mistakes, "%s:%u: more than %d commands", reading->file,
                         line_of(reading), RULE_COMMANDS_MOST);
            return false;
        }
        if (reading->event.type == YAML_SCALAR_EVENT)
            read_rule(reading);
        else
            mistakes_add(reading->mistakes, "%s:%u: rules: expected a text, found %s",
                         reading->file, line_of(reading),
                         reading->event.type == YAML_ALIAS_EVENT ? "an alias"
                                                                 : "a list or mapping");
        if (!skip_value(reading))
            return false;
    }
    return false;
}

static void note_other(struct yaml_reading *reading)
{
    struct span name = scalar_of(reading);
    const char *place = "not carried over";

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(others[i].name, name.data) == 0)
            place = others[i].place;
    mistakes_add(reading->notes, "%s:%u: '%.*s' is no rule: %s", reading->file, line_of(reading),
                 SPAN_ARG(name), place);
}

/* One name and its value; names have letters of either case, as for go-audit. */
static bool read_member(struct yaml_reading *reading)
{
    bool is_name = reading->event.type == YAML_SCALAR_EVENT;

    if (is_name && strcasecmp(scalar_of(reading).data, "rules") == 0)
        return read_rules(reading);
    if (is_name)
        note_other(reading);
    return skip_value(reading) && next(reading) && skip_value(reading);
}

static bool read_document(struct yaml_reading *reading)
{
    if (reading->event.type != YAML_MAPPING_START_EVENT) {
        mistakes_add(reading->mistakes, "%s:%u: expected a mapping that has 'rules:'",
                     reading->file, line_of(reading));
        return false;
    }
    while (next(reading)) {
        if (reading->event.type == YAML_MAPPING_END_EVENT)
            return true;
        if (!read_member(reading))
            return false;
    }
    return false;
}

/* Goes to the first event of the first document; false when there is none. */
static bool begin_document(struct yaml_reading *reading)
{
    do {
        if (!next(reading))
            return false;
    } while (reading->event.type == YAML_STREAM_START_EVENT ||
             reading->event.type == YAML_DOCUMENT_START_EVENT);
    return true;
}

void rules_import_yaml(struct rule_commands *commands, struct span text, const char *file,
                       const struct rule_world *world, struct mistakes *mistakes,
                       struct mistakes *notes)
{
    struct yaml_reading reading = {
        .commands = commands, .file = file, .world = world, .mistakes = mistakes, .notes = notes
    };

    if (text.len > IMPORT_YAML_LONGEST) {
        mistakes_add(mistakes, "%s: has %zu bytes: %d are the most", file, text.len,
                     IMPORT_YAML_LONGEST);
        return;
    }
    if (yaml_parser_initialize(&reading.parser) == 0)
        abort(); /* no memory */
    yaml_parser_set_input_string(
        &reading.parser, (const unsigned char *)(text.data != NULL ? text.data : ""), text.len);
    word_list_init(&reading.words);
    if (begin_document(&reading) && read_document(&reading) && !reading.has_rules)
        mistakes_add(mistakes, "%s: has no list of 'rules'", file);
    word_list_free(&reading.words);
    yaml_event_delete(&reading.event);
    yaml_parser_delete(&reading.parser);
}
