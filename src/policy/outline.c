#include "policy/outline.h"

/* A field of a table: `['key'] = value`, `key = value` or `value`. */
struct field {
    struct outline_step step; /* item 0 without a key: nobody knows which */
    unsigned line;
    struct tokens value;
};

/* Where the path led. */
struct arrival {
    unsigned line;
    bool is_whole;       /* all steps were found */
    struct tokens value; /* of the last step */
};

/* +1 for what an end or a closing bracket belongs to, -1 for these. */
static int nesting(const struct token *token)
{
    static const char *const openers[] = { "function", "do", "if", "repeat" };
    static const char *const closers[] = { "end", "until" };

    if (token->kind == TOKEN_SIGN && token->text.len == 1)
        return (strchr("({[", token->text.data[0]) != NULL) -
               (strchr(")}]", token->text.data[0]) != NULL);
    for (size_t i = 0; i < sizeof openers / sizeof openers[0]; i++)
        if (token_is(token, TOKEN_WORD, openers[i]))
            return 1;
    for (size_t i = 0; i < sizeof closers / sizeof closers[0]; i++)
        if (token_is(token, TOKEN_WORD, closers[i]))
            return -1;
    return 0;
}

/* Goes behind the value at hand and the comma that ends it, or before the bracket that does. */
static void skip_value(struct tokens *at)
{
    int depth = 0;

    for (;;) {
        struct tokens before = *at;
        struct token token = token_next(at);

        if (depth == 0 && (token_is(&token, TOKEN_SIGN, ",") || token_is(&token, TOKEN_SIGN, ";")))
            return;
        depth += nesting(&token);
        if (depth < 0 || token.kind == TOKEN_END) {
            *at = before;
            return;
        }
    }
}

/* Reads "[key] =" or "key =" and goes behind it; false when there is no key. */
static bool read_key(struct tokens *at, struct outline_step *step)
{
    struct tokens ahead = *at;
    struct token token = token_next(&ahead);
    bool is_bracketed = token_is(&token, TOKEN_SIGN, "[");
    uint64_t number;

    *step = (struct outline_step){ { NULL, 0 }, 0 };
    if (!is_bracketed && token.kind != TOKEN_WORD)
        return false;
    if (is_bracketed)
        token = token_next(&ahead);
    if (token.kind == TOKEN_TEXT || (token.kind == TOKEN_WORD && !is_bracketed))
        step->key = token.text;
    else if (span_decimal(token.text, &number) && number <= UINT32_MAX)
        step->item = (unsigned)number;
    while (is_bracketed && !token_skip(&ahead, "]")) {
        *step = (struct outline_step){ { NULL, 0 }, 0 }; /* is computed */
        if (token_next(&ahead).kind == TOKEN_END)
            return false;
    }
    if (!token_skip(&ahead, "="))
        return false;
    *at = ahead;
    return true;
}

/* Reads a field of the table; false at its end. `items` counts those without a key. */
static bool next_field(struct tokens *at, unsigned *items, struct field *field)
{
    struct token first = token_peek(at);

    if (first.kind == TOKEN_END || nesting(&first) < 0)
        return false;
    field->line = first.line;
    if (!read_key(at, &field->step))
        field->step = (struct outline_step){ { NULL, 0 }, ++*items };
    field->value = *at;
    skip_value(at);
    return true;
}

static bool is_same_step(const struct outline_step *a, const struct outline_step *b)
{
    if (a->key.data == NULL || b->key.data == NULL)
        return a->key.data == b->key.data && a->item == b->item;
    return span_equal(a->key, b->key);
}

/* The last field of that key counts, as it does for Lua. */
static bool find_field(struct tokens table, const struct outline_step *step, struct field *found)
{
    struct field field;
    unsigned items = 0;
    bool is_found = false;

    while (next_field(&table, &items, &field)) {
        if (!is_same_step(&field.step, step))
            continue;
        *found = field;
        is_found = true;
    }
    return is_found;
}

/* Finds what `local name =` gives a name above `before`: the last one counts. */
static bool find_local(struct span source, struct span name, struct tokens before,
                       struct tokens *value)
{
    struct tokens at = tokens_of(source);
    bool is_found = false;

    while (at.rest.len > before.rest.len) {
        struct token token = token_next(&at);
        struct tokens ahead = at;

        if (!token_is(&token, TOKEN_WORD, "local"))
            continue;
        token = token_next(&ahead);
        if (token.kind != TOKEN_WORD || !span_equal(token.text, name) || !token_skip(&ahead, "="))
            continue;
        *value = ahead;
        is_found = true;
    }
    return is_found;
}

/* Goes from a name that stands alone to what it stands for. */
static struct tokens follow_name(const struct outline *outline, struct tokens value)
{
    struct tokens ahead = value, meant;
    struct token name = token_next(&ahead), next = token_peek(&ahead);

    if (name.kind == TOKEN_WORD && next.kind == TOKEN_SIGN && next.text.len == 1 &&
        strchr(",;})", next.text.data[0]) != NULL &&
        find_local(outline->source, name.text, value, &meant))
        return meant;
    return value;
}

static struct arrival walk(const struct outline *outline, const struct outline_path *path)
{
    struct arrival at = { outline->line, true, { { NULL, 0 }, 0 } };
    struct tokens table = outline->table;

    for (size_t i = 0; i < path->count; i++) {
        struct field field = { .line = 0 };

        if (i > 0 && !token_skip(&table, "{"))
            at.is_whole = false;
        if (!at.is_whole || !find_field(table, &path->steps[i], &field)) {
            at.is_whole = false;
            return at;
        }
        table = follow_name(outline, field.value);
        at.line = field.line;
        at.value = table;
    }
    return at;
}

/* Is what follows a table, or a name for one, in parentheses or not? Then it is entered. */
static bool enter(struct outline *outline, struct tokens at)
{
    bool is_call = token_skip(&at, "(");

    if (is_call)
        at = follow_name(outline, at);
    if (!token_skip(&at, "{"))
        return false;
    outline->table = at;
    return true;
}

struct outline outline_of_policy(struct span source, unsigned number)
{
    struct outline outline = { source, { { NULL, 0 }, 1 }, 1 };
    struct tokens at = tokens_of(source), given = outline.table;
    struct token token, last = { .kind = TOKEN_END };

    while (number > 0 && (token = token_next(&at)).kind != TOKEN_END) {
        struct token next = token_peek(&at);
        bool is_call = token_is(&token, TOKEN_WORD, "policy") &&
                       !token_is(&last, TOKEN_WORD, "function") &&
                       (token_is(&next, TOKEN_SIGN, "(") || token_is(&next, TOKEN_SIGN, "{"));

        if (is_call) {
            outline.line = token.line;
            given = at;
            number--;
        }
        last = token;
    }
    enter(&outline, given);
    return outline;
}

struct outline outline_of_output(struct span source, struct span name, unsigned line)
{
    struct outline outline = { source, { { NULL, 0 }, line }, line };
    struct tokens at = tokens_of(source);
    struct token token;

    while ((token = token_next(&at)).kind != TOKEN_END) {
        struct tokens ahead = at;

        if (token.kind != TOKEN_TEXT || !span_equal(token.text, name))
            continue;
        token_skip(&ahead, ")");

        struct token next = token_peek(&ahead);

        if (next.line >= line &&
            (token_is(&next, TOKEN_SIGN, "(") || token_is(&next, TOKEN_SIGN, "{"))) {
            enter(&outline, ahead);
            break;
        }
    }
    return outline;
}

unsigned outline_line(const struct outline *outline, const struct outline_path *path)
{
    return walk(outline, path).line;
}

/* Reads the text that stands alone where a value does; a TOKEN_END of that line for anything else.
 */
static struct token read_text(struct tokens value, unsigned line)
{
    struct token text = token_next(&value), next = token_peek(&value);
    bool goes_on = token_is(&next, TOKEN_WORD, "or") || token_is(&next, TOKEN_WORD, "and") ||
                   (next.kind == TOKEN_SIGN &&
                    (next.text.len > 1 || strchr(",;}", next.text.data[0]) == NULL));

    return text.kind == TOKEN_TEXT && !goes_on
               ? text
               : (struct token){ TOKEN_END, false, line, { NULL, 0 } };
}

void outline_text(const struct outline *outline, const struct outline_path *path,
                  struct token *text)
{
    struct arrival at = walk(outline, path);

    if (!at.is_whole)
        at.value = (struct tokens){ { NULL, 0 }, at.line };
    *text = read_text(at.value, at.line);
}

struct outline_list outline_list(const struct outline *outline, const struct outline_path *path)
{
    struct arrival at = walk(outline, path);

    if (!at.is_whole || !token_skip(&at.value, "{"))
        at.value = (struct tokens){ { NULL, 0 }, at.line };
    return (struct outline_list){ at.value, at.line };
}

void outline_next(struct outline_list *list, struct token *text)
{
    unsigned items = 0;
    struct field field;

    *text = next_field(&list->at, &items, &field)
                ? read_text(field.value, field.line)
                : (struct token){ TOKEN_END, false, list->line, { NULL, 0 } };
}
