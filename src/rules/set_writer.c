#include "rules/set_writer.h"

#include <stdio.h>

#include "rules/command_writer.h"

/* What to do with a line that is no rule. */
typedef void command_visitor(void *context, const struct rule_command *);

static void visit_setting(const struct rule_setting *setting, enum rule_verb verb,
                          command_visitor *visit, void *context)
{
    struct rule_command command = { .verb = verb,
                                    .number = setting->value,
                                    .origin = setting->origin };

    if (setting->is_wanted)
        visit(context, &command);
}

static void visit_early(const struct rule_set *set, command_visitor *visit, void *context)
{
    const struct rule_settings *settings = &set->settings;

    visit_setting(&settings->backlog_limit, VERB_BACKLOG_LIMIT, visit, context);
    visit_setting(&settings->failure, VERB_FAILURE, visit, context);
    visit_setting(&settings->rate_limit, VERB_RATE_LIMIT, visit, context);
    visit_setting(&settings->backlog_wait_time, VERB_BACKLOG_WAIT_TIME, visit, context);
}

static void visit_trees(const struct rule_set *set, command_visitor *visit, void *context)
{
    for (size_t i = 0; i < set->tree_count; i++) {
        const struct rule_tree *tree = &set->trees[i];
        struct rule_command command = {
            .verb = tree->paths.data != NULL ? VERB_EQUIVALENT : VERB_TRIM,
            .text = tree->paths,
            .origin = tree->origin,
        };

        visit(context, &command);
    }
}

static void visit_late(const struct rule_set *set, command_visitor *visit, void *context)
{
    visit_setting(&set->settings.loginuid_immutable, VERB_LOGINUID_IMMUTABLE, visit, context);
    visit_setting(&set->settings.enabled, VERB_ENABLED, visit, context);
}

static void write_command(void *context, const struct rule_command *command)
{
    rule_command_write(command, &(struct rule_writing){ 0 }, context);
    buffer_byte(context, '\n');
}

void rule_set_write(const struct rule_set *set, const struct rule_writing *writing,
                    struct buffer *out)
{
    visit_early(set, write_command, out);
    for (size_t i = 0; i < set->count; i++) {
        rule_write(set->items[i].rule, writing, out);
        buffer_byte(out, '\n');
    }
    visit_trees(set, write_command, out);
    visit_late(set, write_command, out);
}

struct loss {
    const char *form; /* "hex" */
    struct mistakes *notes;
};

static void note_loss(void *context, const struct rule_command *command)
{
    const struct loss *loss = context;
    struct buffer line = { 0 };
    char number[16] = "";

    if (command->origin.line > 0)
        snprintf(number, sizeof number, ":%u", command->origin.line);
    rule_command_write(command, &(struct rule_writing){ 0 }, &line);
    mistakes_add(loss->notes, "%.*s%s: %s has no place for %.*s; left out",
                 SPAN_ARG(command->origin.file), number, loss->form, SPAN_ARG(buffer_span(&line)));
    buffer_free(&line);
}

void rule_set_note_lost(const struct rule_set *set, enum set_form form, struct mistakes *notes)
{
    struct loss loss = { form == SET_OF_BYTES ? "hex" : "JSON", notes };

    if (form == SET_OF_BYTES)
        visit_early(set, note_loss, &loss);
    visit_trees(set, note_loss, &loss);
    if (form == SET_OF_BYTES)
        visit_late(set, note_loss, &loss);
}
