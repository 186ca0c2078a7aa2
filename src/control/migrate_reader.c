#include "control/migrate_reader.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>

#include "base/escape.h"

enum {
    SENTENCE_ROOM = 1024, /* bytes of a comment */
    COLUMNS = 100
};

void migrate_comment(struct buffer *out, const char *indent, const char *text)
{
    size_t column = 0;

    while (*text != '\0') {
        size_t len = strcspn(text, " ");

        if (column > 0 && column + 1 + len > COLUMNS) {
            buffer_byte(out, '\n');
            column = 0;
        }
        if (column == 0)
            buffer_printf(out, "%s--", indent);
        column = column == 0 ? strlen(indent) + 2 : column;
        buffer_byte(out, ' ');
        buffer_append(out, (struct span){ text, len });
        column += 1 + len;
        text += len;
        text += strspn(text, " ");
    }
    buffer_byte(out, '\n');
}

void migrate_remark(struct migration *migration, const struct yaml *node, const char *format, ...)
{
    char sentence[SENTENCE_ROOM], harmless[SENTENCE_ROOM], comment[2 * SENTENCE_ROOM];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    escape_text(harmless, sizeof harmless, span_of(sentence));
    snprintf(comment, sizeof comment, "%s:%u: %s", migration->name, node->line, harmless);
    migrate_comment(migration->out, migration->indent, comment);
    migration->result->remarks++;
}

void migrate_mistake(struct migration *migration, const struct yaml *node, const char *format, ...)
{
    char sentence[SENTENCE_ROOM];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(sentence, sizeof sentence, format, arguments);
    va_end(arguments);
    mistakes_add(migration->mistakes, "%s:%u:%u: %s", migration->path, node->line, node->column,
                 sentence);
}

static bool is_null(const struct yaml *node)
{
    return node->kind == YAML_TEXT && node->is_plain &&
           (node->text.len == 0 || strcmp(node->text.data, "~") == 0 ||
            strcasecmp(node->text.data, "null") == 0);
}

/* "output.file.path" for a sentence. */
static const char *full_name(const struct section *section, const char *name, char room[128])
{
    snprintf(room, 128, "%s%s%s", section->name, *section->name != '\0' ? "." : "", name);
    return room;
}

const struct yaml *section_find(struct migration *migration, const struct section *section,
                                const char *name)
{
    const struct yaml *found = NULL;
    char full[128];

    for (size_t i = 0; section->map != NULL && i < section->map->count; i++) {
        struct yaml_member *member = &section->map->members[i];

        if (strcasecmp(member->name->text.data, name) != 0)
            continue;
        if (found != NULL && !member->was_read)
            migrate_mistake(migration, member->name, "%s: is there twice",
                            full_name(section, name, full));
        member->was_read = true;
        found = found != NULL ? found : member->value;
    }
    return found != NULL && !is_null(found) ? found : NULL;
}

/* False where there is nothing, or what is there is no text, which is a mistake. */
static bool find_text(struct migration *migration, const struct section *section, const char *name,
                      const struct yaml **node)
{
    char full[128];

    *node = section_find(migration, section, name);
    if (*node == NULL)
        return false;
    if ((*node)->kind == YAML_TEXT)
        return true;
    migrate_mistake(migration, *node, "%s: expected a text or number, found %s",
                    full_name(section, name, full), yaml_kind_name(*node));
    return false;
}

struct section section_open(struct migration *migration, const struct section *parent,
                            const char *name, const char *full)
{
    const struct yaml *node = section_find(migration, parent, name);

    if (node != NULL && node->kind != YAML_MAP) {
        migrate_mistake(migration, node, "%s: expected a mapping, found %s", full,
                        yaml_kind_name(node));
        node = NULL;
    }
    return (struct section){ full, node };
}

bool section_bool(struct migration *migration, const struct section *section, const char *name,
                  bool *value)
{
    static const char *const words[][2] = {
        { "false", "true" }, { "no", "yes" }, { "off", "on" },
        { "f", "t" },        { "n", "y" },    { "0", "1" },
    };
    const struct yaml *node;
    char full[128];

    if (!find_text(migration, section, name, &node))
        return false;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        for (unsigned is_true = 0; is_true < 2; is_true++) {
            if (strcasecmp(node->text.data, words[i][is_true]) == 0) {
                *value = is_true != 0;
                return true;
            }
        }
    }
    migrate_mistake(migration, node, "%s: expected true or false, found '%s'",
                    full_name(section, name, full), node->text.data);
    return false;
}

bool yaml_number(const struct yaml *node, int64_t *value)
{
    struct span text = node->kind == YAML_TEXT ? node->text : (struct span){ 0 };
    bool is_negative = span_starts(text, SPAN("-"));
    uint64_t number;
    bool is_good;

    if (is_negative)
        text = span_skip(text, 1);
    if (span_starts(text, SPAN("0x")))
        is_good = span_hex(span_skip(text, 2), &number);
    else if (span_starts(text, SPAN("0o")))
        is_good = span_octal(span_skip(text, 2), &number);
    else if (text.len > 1 && *text.data == '0')
        is_good = span_octal(span_skip(text, 1), &number);
    else
        is_good = span_decimal(text, &number);
    if (!is_good || number > INT64_MAX)
        return false;
    *value = is_negative ? -(int64_t)number : (int64_t)number;
    return true;
}

bool section_number(struct migration *migration, const struct section *section, const char *name,
                    int64_t least, int64_t most, int64_t *value)
{
    const struct yaml *node;
    int64_t number;
    char full[128];

    if (!find_text(migration, section, name, &node))
        return false;
    if (yaml_number(node, &number) && number >= least && number <= most) {
        *value = number;
        return true;
    }
    migrate_mistake(migration, node, "%s: expected a number from %lld to %lld, found '%s'",
                    full_name(section, name, full), (long long)least, (long long)most,
                    node->text.data);
    return false;
}

bool section_real(struct migration *migration, const struct section *section, const char *name,
                  double *value)
{
    const struct yaml *node;
    char full[128], *end;

    if (!find_text(migration, section, name, &node))
        return false;

    double number = strtod(node->text.data, &end);

    if (node->text.len > 0 && *end == '\0' && number >= 0 && number <= 1) {
        *value = number;
        return true;
    }
    migrate_mistake(migration, node, "%s: expected a number from 0 to 1, found '%s'",
                    full_name(section, name, full), node->text.data);
    return false;
}

/* The seconds of a unit of Go's durations; moves behind it. 0: no unit. */
static double unit_of(const char **text)
{
    static const struct {
        const char *name;
        double seconds;
    } units[] = {
        { "ns", 1e-9 }, { "us", 1e-6 }, { "\xC2\xB5s", 1e-6 }, { "\xCE\xBCs", 1e-6 },
        { "ms", 1e-3 }, { "s", 1 },     { "m", 60 },           { "h", 3600 },
    };

    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (strncmp(*text, units[i].name, strlen(units[i].name)) == 0) {
            *text += strlen(units[i].name);
            return units[i].seconds;
        }
    }
    return 0;
}

/* "1m30s"; a number alone is nanoseconds. Negative when it is none. */
static double duration_of(const char *text)
{
    double sum = 0;

    if (text[strspn(text, "0123456789")] == '\0')
        return *text != '\0' ? strtod(text, NULL) * 1e-9 : -1;
    while (*text != '\0') {
        char *end;

        if (!isdigit((unsigned char)*text) && *text != '.')
            return -1;

        double number = strtod(text, &end), unit;

        text = end;
        unit = unit_of(&text);
        if (unit == 0)
            return -1;
        sum += number * unit;
    }
    return sum;
}

bool section_seconds(struct migration *migration, const struct section *section, const char *name,
                     double *value)
{
    const struct yaml *node;
    char full[128];

    if (!find_text(migration, section, name, &node))
        return false;

    double seconds = duration_of(node->text.data);

    if (seconds >= 0 && seconds <= 1e9) {
        *value = seconds;
        return true;
    }
    migrate_mistake(migration, node, "%s: expected a duration such as 10s, found '%s'",
                    full_name(section, name, full), node->text.data);
    return false;
}

bool section_text(struct migration *migration, const struct section *section, const char *name,
                  struct span *value)
{
    const struct yaml *node;

    if (!find_text(migration, section, name, &node) || node->text.len == 0)
        return false;
    *value = node->text;
    return true;
}

void section_remark(struct migration *migration, const struct section *section, const char *name,
                    const char *sentence)
{
    const struct yaml *node = section_find(migration, section, name);
    char full[128];

    if (node != NULL)
        migrate_remark(migration, node, "%s: %s", full_name(section, name, full), sentence);
}

void section_rest(struct migration *migration, const struct section *section)
{
    for (size_t i = 0; section->map != NULL && i < section->map->count; i++) {
        const struct yaml_member *member = &section->map->members[i];
        char full[128];

        if (member->was_read)
            continue;
        full_name(section, member->name->text.data, full);
        if (span_equal(member->name->text, SPAN("<<")))
            migrate_mistake(migration, member->name, "%s: write out what is to be merged", full);
        else
            migrate_remark(migration, member->name, "%s: %s has no such option", full,
                           migrate_tool_name(migration->result->tool));
    }
}
