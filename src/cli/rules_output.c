#include "cli/rules_output.h"

#include <stdio.h>

#include "base/escape.h"
#include "rules/json.h"
#include "rules/origin.h"
#include "rules/sayable.h"
#include "rules/set_writer.h"
#include "rules/wire.h"

static void write_hex(const struct rule *rule, struct buffer *out)
{
    static const char digits[] = "0123456789abcdef";
    struct buffer payload = { 0 };

    rule_encode(rule, false, &payload);
    for (size_t i = 0; i < payload.len; i++) {
        buffer_byte(out, digits[(unsigned char)payload.data[i] >> 4]);
        buffer_byte(out, digits[(unsigned char)payload.data[i] & 15]);
    }
    buffer_free(&payload);
}

static struct rule_writing writing(const struct rules_request *request)
{
    return (struct rule_writing){ .arch = request->arch,
                                  .names = request->uses_names,
                                  .marks_directories = !rules_request_is_here(request) };
}

static void write_text(const struct rules_request *request, const struct rule *rule,
                       struct buffer *out)
{
    struct rule_writing how = writing(request);

    rule_write(rule, &how, out);
}

static void print(const struct buffer *text)
{
    if (text->len > 0)
        fwrite(text->data, 1, text->len, stdout);
}

static void write_hexes(const struct rule_set *set, struct buffer *out)
{
    for (size_t i = 0; i < set->count; i++) {
        write_hex(set->items[i].rule, out);
        buffer_byte(out, '\n');
    }
}

static void note_lost(const struct rule_set *set, enum set_form form)
{
    struct mistakes mistakes = { 0 }, notes = { 0 };

    rule_set_note_lost(set, form, &notes);
    rules_say(&mistakes, &notes);
}

static void write_set(const struct rules_request *request, const struct rule_set *set,
                      struct buffer *out)
{
    struct rule_writing how = writing(request);

    switch (request->format) {
    case RULES_TEXT:
        rule_set_write(set, &how, out);
        return;
    case RULES_HEX:
        write_hexes(set, out);
        note_lost(set, SET_OF_BYTES);
        return;
    case RULES_JSON:
        rule_set_write_json(set, &how, out);
        note_lost(set, SET_OF_JSON);
        return;
    }
}

/* Warns whoever would load what was written: a kernel may hold what no line can say. */
static void note_unsayable(const struct rules_request *request, const struct rule_set *set)
{
    struct rule_writing how = writing(request);
    struct buffer line = { 0 };

    for (size_t i = 0; i < set->count; i++) {
        if (rule_can_be_said(set->items[i].rule, &how))
            continue;
        buffer_clear(&line);
        rule_write(set->items[i].rule, &how, &line);
        fprintf(stderr,
                "note: rule %zu is none that a line can say: '%.*s' would be read as another, or "
                "not at all; --format hex has it as it is\n",
                i + 1, SPAN_ARG(buffer_span(&line)));
    }
    buffer_free(&line);
}

void rules_write(const struct rules_request *request, struct rule_set *set)
{
    struct buffer out = { 0 };

    for (size_t i = set->count; i-- > 0 && request->key != NULL;)
        if (!rule_has_key(set->items[i].rule, span_of(request->key)))
            rule_set_remove(set, i);
    write_set(request, set, &out);
    print(&out);
    buffer_free(&out);
    if (request->format == RULES_TEXT)
        note_unsayable(request, set);
}

/* "FILE:LINE", the names of strangers' files made harmless. */
static void put_origin(struct rule_origin origin, struct buffer *line)
{
    char place[RULE_ORIGIN_ROOM], harmless[4 * RULE_ORIGIN_ROOM];

    escape_text(harmless, sizeof harmless, span_of(rule_origin_text(origin, place)));
    buffer_printf(line, "  # %s", harmless);
}

static void write_step(const struct rules_request *request, const struct rule_step *step,
                       bool is_first, struct buffer *line)
{
    buffer_clear(line);
    buffer_printf(line, "%c ", step->kind == STEP_DELETE ? '-' : step->is_move ? '~' : '+');
    write_text(request, step->rule, line);
    if (step->origin.file.len > 0)
        put_origin(step->origin, line);
    if (step->kind != STEP_DELETE && (step->is_move || is_first))
        buffer_printf(line, "%s to the %s", step->origin.file.len > 0 ? "," : "  #",
                      is_first ? "front" : "end");
    buffer_byte(line, '\n');
    print(line);
}

static void write_setting(const struct setting_change *change, struct buffer *line)
{
    buffer_clear(line);
    buffer_printf(line, "= %s %u -> %u", change->name, change->from, change->to);
    if (change->origin.file.len > 0)
        put_origin(change->origin, line);
    buffer_byte(line, '\n');
    print(line);
}

void rules_write_load(const struct rules_request *request, const struct rule_load *load,
                      bool is_done)
{
    const struct rule_plan *plan = &load->plan;
    const char *still = is_done ? "" : " to be";
    struct buffer line = { 0 };

    for (size_t i = 0; i < load->settings.count; i++)
        write_setting(&load->settings.items[i], &line);
    for (size_t i = 0; i < plan->count; i++) {
        const struct rule_step *step = &plan->steps[i];

        /* of what a move deletes the last is the rule itself, the others are copies */
        if (!step->is_move || step->kind != STEP_DELETE || step[1].kind == STEP_DELETE)
            write_step(request, step, step->kind == STEP_PREPEND, &line);
    }
    buffer_free(&line);
    printf("%zu%s added, %zu%s deleted, %zu%s moved, %zu kept\n", plan->added, still, plan->deleted,
           still, plan->moved, still, plan->kept);
    if (load->unguarded > 0)
        printf("%zu moved with a gap: nothing could stand in for what has %d fields\n",
               load->unguarded, RULE_FIELDS);
}
