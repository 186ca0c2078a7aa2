#include "rules/import_yaml.h"

#include <strings.h>

#include "rules/word_list.h"

struct reading {
    struct rule_commands *commands;
    const char *file;
    const struct rule_world *world;
    struct mistakes *mistakes, *notes;
    struct word_list words;
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

static void note_quotes(struct reading *reading, unsigned line)
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
static void read_words(struct reading *reading, unsigned line)
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

static void read_rule(struct reading *reading, const struct yaml *rule)
{
    if (rule->kind != YAML_TEXT) {
        mistakes_add(reading->mistakes, "%s:%u:%u: rules: expected a text, found %s", reading->file,
                     rule->line, rule->column, yaml_kind_name(rule));
        return;
    }
    word_list_clear(&reading->words);
    cut_words(rule->text, &reading->words);
    if (reading->words.count == 0)
        return; /* go-audit passes over an empty text */
    note_quotes(reading, rule->line);
    read_words(reading, rule->line);
}

/* Before its list go-audit deletes what the kernel holds. */
static void delete_all(struct reading *reading, unsigned line)
{
    word_list_clear(&reading->words);
    word_list_add(&reading->words, SPAN("-D"));
    read_words(reading, line);
}

void rules_import_list(struct rule_commands *commands, const struct yaml_member *rules,
                       const char *file, const struct rule_world *world, struct mistakes *mistakes,
                       struct mistakes *notes)
{
    const struct yaml *list = rules->value;
    struct reading reading = {
        .commands = commands, .file = file, .world = world, .mistakes = mistakes, .notes = notes
    };

    if (list->kind != YAML_LIST) {
        mistakes_add(mistakes, "%s:%u:%u: rules: expected a list of texts", file, list->line,
                     list->column);
        return;
    }
    word_list_init(&reading.words);
    delete_all(&reading, rules->name->line);
    for (size_t i = 0; i < list->count; i++) {
        if (rule_commands_are_full(commands)) {
            mistakes_add(mistakes, "%s:%u:%u: more than %d commands", file,
                         list->members[i].value->line, list->members[i].value->column,
                         RULE_COMMANDS_MOST);
            break;
        }
        read_rule(&reading, list->members[i].value);
    }
    word_list_free(&reading.words);
}

static void note_other(const struct yaml *name, const char *file, struct mistakes *notes)
{
    const char *place = "not carried over";

    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcasecmp(others[i].name, name->text.data) == 0)
            place = others[i].place;
    mistakes_add(notes, "%s:%u: '%.*s' is no rule: %s", file, name->line, SPAN_ARG(name->text),
                 place);
}

/* Names have letters of either case, as for go-audit. */
static void read_members(struct rule_commands *commands, const struct yaml *root, const char *file,
                         const struct rule_world *world, struct mistakes *mistakes,
                         struct mistakes *notes)
{
    bool has_rules = false;

    for (size_t i = 0; i < root->count; i++) {
        const struct yaml_member *member = &root->members[i];

        if (strcasecmp(member->name->text.data, "rules") != 0) {
            note_other(member->name, file, notes);
            continue;
        }
        if (has_rules)
            mistakes_add(mistakes, "%s:%u:%u: rules: a second list", file, member->name->line,
                         member->name->column);
        else
            rules_import_list(commands, member, file, world, mistakes, notes);
        has_rules = true;
    }
    if (!has_rules)
        mistakes_add(mistakes, "%s: has no list of 'rules'", file);
}

void rules_import_yaml(struct rule_commands *commands, struct span text, const char *file,
                       const struct rule_world *world, struct mistakes *mistakes,
                       struct mistakes *notes)
{
    struct yaml_document document;
    struct error err;

    if (yaml_read(&document, text, file, &err) != 0)
        mistakes_add(mistakes, "%s", err.text);
    else if (document.root == NULL || document.root->kind != YAML_MAP)
        mistakes_add(mistakes, "%s:%u:%u: expected a mapping that has 'rules:'", file,
                     document.root != NULL ? document.root->line : 1,
                     document.root != NULL ? document.root->column : 1);
    else
        read_members(commands, document.root, file, world, mistakes, notes);
    yaml_free(&document);
}
