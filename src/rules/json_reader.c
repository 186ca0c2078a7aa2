#include <errno.h>
#include <unistd.h>

#include "rules/json.h"
#include "rules/json_rule.h"
#include "rules/json_value.h"
#include "rules/origin.h"

enum { WHERE_ROOM = RULE_ORIGIN_ROOM + 64 /* bytes: FILE, and "syscall_rules[12]" */ };

struct json_reading {
    struct rule_commands *commands;
    const char *file;
    const struct rule_world *world;
    struct mistakes *mistakes, *notes;
    struct word_list words;
    bool is_over; /* there are too many commands */
};

/* The settings of a document, in the order in which the kernel is to get them. */
static const struct setting {
    const char *member, *option;
    bool is_switch; /* true or false, and no word behind the option */
} settings[] = {
    { "delete", "-D", true },         { "buffer", "-b", false },
    { "backlog_limit", "-b", false }, { "backlog_wait_time", "--backlog_wait_time", false },
    { "failure", "-f", false },       { "rate", "-r", false },
    { "rate_limit", "-r", false },    { "loginuid_immutable", "--loginuid-immutable", true },
};

static const struct setting last_settings[] = { { "enable", "-e", false },
                                                { "enabled", "-e", false } };

static const char *const rule_lists_of_documents[] = { "file_rules", "syscall_rules", "audit_rules",
                                                       "rules" };

#define ENTRIES(array) (sizeof(array) / sizeof(array)[0])

/* Hands the words over as the command that stands at `where`. */
static void read_words(struct json_reading *reading, const char *where)
{
    struct rule_origin origin = { span_of(where), 0 };
    struct error err;

    if (rules_read_words(reading->commands, reading->words.items, reading->words.count, origin,
                         reading->world, reading->notes, &err) != 0)
        mistakes_add(reading->mistakes, "%s: %s", where, err.text);
}

/* libaudit-go: a missing path is a mistake, not a note. */
static int check_path(const struct json_reading *reading, const json_t *rule, bool is_strict,
                      struct error *err)
{
    const char *path = json_string_value(json_object_get(rule, "path"));

    if (json_switch(rule, "strict_path_check", &is_strict, err) != 0)
        return err->code;
    if (!is_strict || !reading->world->checks_paths || path == NULL || access(path, F_OK) == 0)
        return 0;
    return error_set(err, -EINVAL, "path: '%s' is not there, and strict_path_check is on", path);
}

static void read_rule(struct json_reading *reading, const json_t *rule, const char *where,
                      bool is_strict)
{
    struct error err;

    word_list_clear(&reading->words);
    if (json_rule_words(rule, &reading->words, &err) != 0 ||
        check_path(reading, rule, is_strict, &err) != 0)
        mistakes_add(reading->mistakes, "%s: %s", where, err.text);
    else
        read_words(reading, where);
}

static void read_rules(struct json_reading *reading, const json_t *rules, const char *title,
                       bool is_strict)
{
    char where[WHERE_ROOM];

    if (!json_is_array(rules)) {
        mistakes_add(reading->mistakes, "%s: %s: expected a list of rules", reading->file, title);
        return;
    }
    for (size_t i = 0; i < json_array_size(rules) && !reading->is_over; i++) {
        snprintf(where, sizeof where, "%s: %s[%zu]", reading->file, title, i);
        reading->is_over = rule_commands_are_full(reading->commands);
        if (reading->is_over)
            mistakes_add(reading->mistakes, "%s: more than %d commands", where, RULE_COMMANDS_MOST);
        else
            read_rule(reading, json_array_get(rules, i), where, is_strict);
    }
}

/* libaudit-go: "" leaves the kernel as it is. */
static bool is_given(const json_t *value)
{
    return value != NULL && !(json_is_string(value) && json_string_length(value) == 0);
}

/* Makes the words of a setting; none when it is off. */
static int setting_words(struct json_reading *reading, const json_t *document,
                         const struct setting *setting, struct error *err)
{
    const json_t *given = json_object_get(document, setting->member);
    bool is_on = false;
    struct span word;

    word_list_clear(&reading->words);
    if (setting->is_switch) {
        if (json_switch(document, setting->member, &is_on, err) != 0)
            return err->code;
        if (is_on)
            word_list_add(&reading->words, span_of(setting->option));
        return 0;
    }
    if (strcmp(setting->option, "-e") == 0 && json_is_boolean(given))
        return error_set(err, -EINVAL, "%s: expected 0 (off), 1 (on) or 2 (locked)",
                         setting->member);
    if (json_word(given, &reading->words.arena, &word, err) != 0)
        return error_within(err, "%s", setting->member);
    word_list_add(&reading->words, span_of(setting->option));
    word_list_add(&reading->words, word);
    return 0;
}

static void read_setting(struct json_reading *reading, const json_t *document,
                         const struct setting *setting)
{
    char where[WHERE_ROOM];
    struct error err;

    if (!is_given(json_object_get(document, setting->member)))
        return;
    snprintf(where, sizeof where, "%s: %s", reading->file, setting->member);
    if (setting_words(reading, document, setting, &err) != 0)
        mistakes_add(reading->mistakes, "%s: %s", reading->file, err.text);
    else if (reading->words.count > 0)
        read_words(reading, where);
}

/* Are all members known, and the switch of paths one? */
static int check_document(const json_t *document, bool *is_strict, struct error *err)
{
    const char *known[ENTRIES(settings) + ENTRIES(last_settings) +
                      ENTRIES(rule_lists_of_documents) + 1] = { "strict_path_check" };
    size_t count = 1;

    for (size_t i = 0; i < ENTRIES(settings); i++)
        known[count++] = settings[i].member;
    for (size_t i = 0; i < ENTRIES(last_settings); i++)
        known[count++] = last_settings[i].member;
    for (size_t i = 0; i < ENTRIES(rule_lists_of_documents); i++)
        known[count++] = rule_lists_of_documents[i];
    if (json_check_members(document, known, count, err) != 0)
        return err->code;
    return json_switch(document, "strict_path_check", is_strict, err);
}

static void read_document(struct json_reading *reading, const json_t *document)
{
    bool is_strict = false;
    struct error err;

    if (check_document(document, &is_strict, &err) != 0) {
        mistakes_add(reading->mistakes, "%s: %s", reading->file, err.text);
        return;
    }
    if (is_strict && !reading->world->checks_paths)
        mistakes_add(reading->notes, "%s: strict_path_check: paths are not looked up here",
                     reading->file);
    for (size_t i = 0; i < ENTRIES(settings); i++)
        read_setting(reading, document, &settings[i]);
    for (size_t i = 0; i < ENTRIES(rule_lists_of_documents); i++) {
        const char *title = rule_lists_of_documents[i];
        const json_t *rules = json_object_get(document, title);

        if (rules != NULL)
            read_rules(reading, rules, title, is_strict);
    }
    for (size_t i = 0; i < ENTRIES(last_settings); i++)
        read_setting(reading, document, &last_settings[i]);
}

/* What a document takes in memory goes by its brackets and commas. */
static bool has_too_many_parts(struct span text)
{
    size_t count = 0;

    for (size_t i = 0; i < text.len; i++)
        count += text.data[i] == '{' || text.data[i] == '[' || text.data[i] == ',';
    return count > RULES_JSON_PARTS_MOST;
}

void rules_read_json(struct rule_commands *commands, struct span text, const char *file,
                     const struct rule_world *world, struct mistakes *mistakes,
                     struct mistakes *notes)
{
    char name[RULE_ORIGIN_ROOM];
    struct json_reading reading = { .commands = commands,
                                    .file = rule_origin_text(
                                        (struct rule_origin){ span_of(file), 0 }, name),
                                    .world = world,
                                    .mistakes = mistakes,
                                    .notes = notes };
    json_error_t problem;
    json_t *document;

    if (text.len > RULES_JSON_LONGEST) {
        mistakes_add(mistakes, "%s: has %zu bytes: %d are the most", reading.file, text.len,
                     RULES_JSON_LONGEST);
        return;
    }
    if (has_too_many_parts(text)) {
        mistakes_add(mistakes, "%s: has more than %d brackets and commas", reading.file,
                     RULES_JSON_PARTS_MOST);
        return;
    }
    document =
        json_loadb(text.data != NULL ? text.data : "", text.len, JSON_REJECT_DUPLICATES, &problem);
    if (document == NULL) {
        mistakes_add(mistakes, "%s:%d:%d: %s", reading.file, problem.line, problem.column,
                     problem.text);
        return;
    }
    word_list_init(&reading.words);
    if (json_is_array(document))
        read_rules(&reading, document, "rules", false);
    else
        read_document(&reading, document);
    word_list_free(&reading.words);
    json_decref(document);
}
