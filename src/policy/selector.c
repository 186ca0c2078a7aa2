#include "policy/selector.h"

#include <lauxlib.h>
#include <stdlib.h>

#include "policy/selector_check.h"

/* Keys that are laudit's own names, and what they ask for. */
static const struct name own_terms[] = {
    { "type", TERM_TYPE },
    { "key", TERM_KEY },
    { "keys", TERM_KEY },
    { "node", TERM_NODE },
    { "argv", TERM_ARGV },
    { "proctitle", TERM_PROCTITLE },
    { "address.family", TERM_ADDRESS_FAMILY },
    { "address.ip", TERM_ADDRESS_IP },
    { "address.path", TERM_ADDRESS_PATH },
    { "address.port", TERM_ADDRESS_PORT },
};

/* Laudit's own names that no selector can ask for. */
static const struct name unselectable[] = {
    { "time", 0 },    { "serial", 0 },  { "id", 0 },    { "paths", 0 }, { "address", 0 },
    { "process", 0 }, { "records", 0 }, { "field", 0 }, { "text", 0 },  { "copy", 0 },
    { "set", 0 },     { "get", 0 },     { "tag", 0 },   { "route", 0 }, { "send", 0 },
    { "drop", 0 },    { "as", 0 },
};

/* Finds what the key asks for; false, with a mistake, when it asks for nothing. */
static bool find_subject(const struct compiler *compiler, struct term *term)
{
    struct span key = compiler->key, meant;
    uint32_t subject;

    if (names_number(NAMES(own_terms), key, &subject)) {
        term->subject = (enum term_subject)subject;
        return true;
    }
    if (names_number(NAMES(unselectable), key, &subject)) {
        MISTAKE(compiler, "%s", "laudit's own name, which no selector can ask for");
        return false;
    }
    term->subject = TERM_FIELD;
    if (span_starts(key, SPAN("field."))) {
        term->name = span_skip(key, 6);
        if (term->name.len == 0) {
            MISTAKE(compiler, "%s", "expected the name of a field behind 'field.'");
            return false;
        }
        term->id = field_find(term->name);
        if (term->id == FIELD_UNKNOWN)
            term->subject = TERM_NAMED;
        return true;
    }
    term->id = field_find(key);
    if (term->id != FIELD_UNKNOWN)
        return true;
    term->subject = TERM_UPPER;
    term->id = field_find_upper(key);
    if (term->id != FIELD_UNKNOWN)
        return true;

    meant = facts_nearest(key);
    if (meant.data != NULL)
        MISTAKE(compiler, "unknown field (did you mean '%.*s'?)", SPAN_ARG(meant));
    else
        MISTAKE(compiler, "%s",
                "unknown field; ['field.NAME'] asks for one the kernel does not name");
    return false;
}

static void visit(const struct matcher *matcher, literal_visitor *visitor, void *context)
{
    struct value value;

    if (matcher->kind == MATCH_NUMBER || matcher->kind == MATCH_TEXT) {
        value = matcher->kind == MATCH_NUMBER ? value_of_number(matcher->low)
                                              : value_of_text(matcher->text);
        visitor(context, &value);
    } else if (matcher->kind == MATCH_TEXTS) {
        for (size_t i = 0; i < matcher->count; i++) {
            value = value_of_text(matcher->texts[i]);
            visitor(context, &value);
        }
    } else if (matcher->kind == MATCH_ANY || matcher->kind == MATCH_NOT) {
        for (size_t i = 0; i < matcher->count; i++)
            visit(matcher->items[i], visitor, context);
    }
}

static bool is_all_literal(const struct matcher *matcher)
{
    bool is_literal = matcher->kind == MATCH_NUMBER || matcher->kind == MATCH_TEXT ||
                      matcher->kind == MATCH_TEXTS || matcher->kind == MATCH_ANY;

    for (size_t i = 0; is_literal && matcher->kind == MATCH_ANY && i < matcher->count; i++)
        is_literal = is_all_literal(matcher->items[i]);
    return is_literal;
}

bool matcher_each_literal(const struct matcher *matcher, literal_visitor *visitor, void *context)
{
    if (!is_all_literal(matcher))
        return false;
    visit(matcher, visitor, context);
    return true;
}

static bool has_negation(const struct matcher *matcher)
{
    bool has = matcher->kind == MATCH_NOT;

    for (size_t i = 0; !has && matcher->kind == MATCH_ANY && i < matcher->count; i++)
        has = has_negation(matcher->items[i]);
    return has;
}

/* Compiles the term whose key and matcher are the two topmost values. */
static void compile_term(struct compiler *compiler, lua_State *L, struct selector *selector)
{
    struct term *term = &selector->terms[selector->count];

    *term = (struct term){ .matcher = matcher_at(L, -1) };
    if (term->matcher == NULL || !find_subject(compiler, term))
        return;
    selector_check(compiler, term);
    for (; term->matcher->kind == MATCH_NOT; term->matcher = term->matcher->items[0])
        term->is_negated = !term->is_negated;
    term->has_negation = has_negation(term->matcher);
    selector->count++;
}

/* Compiles the list of { key, matcher } on top of the stack. */
static struct selector *new_alternative(struct compiler *compiler, lua_State *L)
{
    struct selector *selector = calloc(1, sizeof *selector);

    if (selector == NULL)
        abort();
    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
        lua_rawgeti(L, -1, i); /* [terms, pair] */
        lua_rawgeti(L, -1, 1); /* [terms, pair, key] */
        lua_rawgeti(L, -2, 2); /* [terms, pair, key, matcher] */
        compiler->key.data = lua_tolstring(L, -2, &compiler->key.len);
        *compiler->line = 0;
        if (selector->count < SELECTOR_TERMS_MOST)
            compile_term(compiler, L, selector);
        else
            MISTAKE(compiler, "a selector has at most %d keys", SELECTOR_TERMS_MOST);
        lua_pop(L, 3); /* [terms] */
    }
    return selector;
}

struct selector *selector_new(lua_State *L, const struct selector_place *place,
                              const struct resolver *resolver, struct mistakes *mistakes,
                              struct mistakes *notes)
{
    unsigned line = 0;
    struct compiler compiler = {
        .place = place, .resolver = resolver, .mistakes = mistakes, .notes = notes, .line = &line
    };
    struct selector *first = NULL, **last = &first;
    unsigned before = mistakes->found;

    for (int i = 1, count = (int)lua_objlen(L, -1); i <= count; i++) {
        lua_rawgeti(L, -1, i);       /* [on, terms] */
        lua_getfield(L, -1, "item"); /* [on, terms, item] */
        compiler.item = (unsigned)lua_tointeger(L, -1);
        lua_pop(L, 1); /* [on, terms] */
        *last = new_alternative(&compiler, L);
        last = &(*last)->otherwise;
        lua_pop(L, 1); /* [on] */
    }
    if (mistakes->found == before)
        return first;
    selector_free(first);
    return NULL;
}

void selector_free(struct selector *selector)
{
    while (selector != NULL) {
        struct selector *otherwise = selector->otherwise;

        for (size_t i = 0; i < selector->count; i++)
            free(selector->terms[i].known);
        free(selector);
        selector = otherwise;
    }
}
