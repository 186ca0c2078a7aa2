#include "control/wanted_rules.h"

/* Adding, and -i: what follows may be refused, for its folder need not be on every host. */
static bool is_addition(const struct rule_command *command)
{
    return command->verb == VERB_ADD || command->verb == VERB_PREPEND ||
           command->verb == VERB_IGNORE;
}

static void add_policy(struct rulebook *book, const struct policy_rules *rules,
                       const struct rule_world *world, struct mistakes *mistakes,
                       struct mistakes *notes)
{
    size_t done = book->commands.count;

    rulebook_add_lines(book, rules->text, span_of(rules->path), rules->lines, rules->line_count,
                       world, mistakes, notes);
    for (size_t i = done; i < book->commands.count; i++) {
        const struct rule_command *command = &book->commands.items[i];

        if (!is_addition(command))
            mistakes_add(mistakes, "%s:%u: a policy can only add rules (-a, -A, -w; -i)",
                         rules->path, command->origin.line);
    }
}

/* What kernel { } gives counts, whatever files of rules say: it is set from there. */
static void leave_to_config(struct rule_settings *settings, const struct config_kernel *kernel)
{
    settings->enabled.is_wanted &= !kernel->settings[SETTING_ENABLED].is_given;
    settings->failure.is_wanted &= !kernel->settings[SETTING_FAILURE].is_given;
    settings->rate_limit.is_wanted &= !kernel->settings[SETTING_RATE_LIMIT].is_given;
    settings->backlog_limit.is_wanted &= !kernel->settings[SETTING_BACKLOG_LIMIT].is_given;
    settings->backlog_wait_time.is_wanted &= !kernel->settings[SETTING_BACKLOG_WAIT_TIME].is_given;
}

/* What panics without us is no setting for a file: nothing takes it back when we end. */
static void refuse_panic(const struct rule_setting *failure, struct mistakes *mistakes)
{
    if (failure->is_wanted && failure->value == AUDIT_FAIL_PANIC)
        mistakes_add(
            mistakes,
            "%.*s:%u: -f 2 would outlive laudit: write kernel { failure = 'panic' }, which "
            "is taken back when it ends",
            SPAN_ARG(failure->origin.file), failure->origin.line);
}

void wanted_rules_add(struct rulebook *book, const struct config *config,
                      const struct engine *engine, const struct rule_world *world,
                      struct mistakes *mistakes, struct mistakes *notes)
{
    config_add_rules(config, book, world, mistakes, notes);
    for (size_t i = 0; i < engine_policy_count(engine); i++) {
        struct policy_rules rules;

        engine_policy_rules(engine, i, &rules);
        if (rules.text.len > 0)
            add_policy(book, &rules, world, mistakes, notes);
    }
    leave_to_config(&book->set.settings, &config->kernel);
    refuse_panic(&book->set.settings.failure, mistakes);
}

bool wanted_rules_read(void *context, const struct config *config, const struct engine *engine,
                       struct mistakes *mistakes, struct mistakes *notes)
{
    struct wanted_rules *wanted = context;

    wanted_rules_add(&wanted->book, config, engine, &wanted->world, mistakes, notes);
    if (config->kernel.leaves_rules)
        mistakes_add(notes,
                     "%.*s: kernel { rules = false }: laudit run leaves the kernel's rules alone",
                     SPAN_ARG(config->path));
    return mistakes->found == 0;
}
