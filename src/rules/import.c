#include "rules/import.h"

#include <ctype.h>

#include "rules/command_writer.h"
#include "rules/import_yaml.h"
#include "rules/json.h"

/* Cuts the next line off `rest`; false at the end of the text. */
static bool next_line(struct span *rest, struct span *line)
{
    if (rest->len == 0)
        return false;

    const char *stop = memchr(rest->data, '\n', rest->len);

    *line = (struct span){ rest->data, stop != NULL ? (size_t)(stop - rest->data) : rest->len };
    *rest = span_skip(*rest, stop != NULL ? line->len + 1 : line->len);
    return true;
}

static struct span without_blanks(struct span line)
{
    while (line.len > 0 && isspace((unsigned char)*line.data))
        line = span_skip(line, 1);
    while (line.len > 0 && isspace((unsigned char)line.data[line.len - 1]))
        line.len--;
    return line;
}

/* A mark of order that editors put before a text. */
static struct span without_mark(struct span text)
{
    return span_starts(text, SPAN("\xEF\xBB\xBF")) ? span_skip(text, 3) : text;
}

/* "key:" with a blank or nothing behind it, "- item", "---", "%YAML": none begins a command. */
static bool is_yaml_line(struct span line)
{
    const char *colon = memchr(line.data, ':', line.len);
    struct span behind = colon != NULL ? span_skip(line, (size_t)(colon - line.data) + 1) : line;

    if (span_starts(line, SPAN("--- ")) || span_equal(line, SPAN("---")) || *line.data == '%')
        return true;
    if (*line.data == '-')
        return line.len == 1 || line.data[1] == ' ';
    return colon != NULL && (behind.len == 0 || *behind.data == ' ');
}

enum import_form import_form_of(struct span text)
{
    struct span rest = without_mark(text), line;

    while (next_line(&rest, &line)) {
        line = without_blanks(line);
        if (line.len == 0 || *line.data == '#')
            continue;
        if (*line.data == '{' || *line.data == '[')
            return IMPORT_JSON;
        return is_yaml_line(line) ? IMPORT_YAML : IMPORT_LINES;
    }
    return IMPORT_LINES;
}

static void import_lines(struct rule_commands *commands, struct span text, const char *file,
                         const struct rule_world *world, struct mistakes *mistakes,
                         struct mistakes *notes)
{
    struct span rest = text, line;
    bool has_comment = false;

    rules_read_text(commands, text, file, 1, world, mistakes, notes);
    for (unsigned number = 1; next_line(&rest, &line); number++) {
        line = without_blanks(line);
        if (line.len == 0)
            continue;
        if (*line.data == '#') {
            has_comment = true;
            continue;
        }
        if (memchr(line.data, '"', line.len) != NULL || memchr(line.data, '\'', line.len) != NULL)
            mistakes_add(notes,
                         "%s:%u: auditctl -R takes quotes as part of a word; here they quote", file,
                         number);
    }
    if (has_comment)
        mistakes_add(notes, "%s: comments are not carried over", file);
}

void rules_import(struct rule_commands *commands, struct span text, const char *file,
                  const struct rule_world *world, struct mistakes *mistakes, struct mistakes *notes)
{
    text = without_mark(text);
    switch (import_form_of(text)) {
    case IMPORT_JSON:
        rules_read_json(commands, text, file, world, mistakes, notes);
        return;
    case IMPORT_YAML:
        rules_import_yaml(commands, text, file, world, mistakes, notes);
        return;
    case IMPORT_LINES:
        import_lines(commands, text, file, world, mistakes, notes);
        return;
    }
}

void rules_import_write(const struct rule_commands *commands, const struct rule_writing *writing,
                        struct buffer *out)
{
    for (size_t i = 0; i < commands->count; i++) {
        rule_command_write(&commands->items[i], writing, out);
        buffer_byte(out, '\n');
    }
}
