#include "control/rule_drift.h"

#include "rules/writer.h"

enum { STEPS_SAID = 20 /* rules of a difference that the log names */ };

/* The steps of a plan, a line each: what was missing, what nobody wants, what is out of place. */
static void say_steps(const struct log *log, const struct rule_plan *plan, enum rule_step_kind kind,
                      const char *what)
{
    struct buffer line = { 0 };
    size_t said = 0;

    for (size_t i = 0; i < plan->count; i++) {
        const struct rule_step *step = &plan->steps[i];

        if (step->is_move || (step->kind == STEP_DELETE) != (kind == STEP_DELETE))
            continue;
        if (said++ == STEPS_SAID)
            break;
        buffer_clear(&line);
        rule_write(step->rule, &(struct rule_writing){ .names = false }, &line);
        log_write(log, LOG_LEVEL_WARNING, "%s: %.*s", what, SPAN_ARG(buffer_span(&line)));
    }
    if (said > STEPS_SAID)
        log_write(log, LOG_LEVEL_WARNING, "%s: ... and more", what);
    buffer_free(&line);
}

void rule_drift_say(const struct log *log, const struct rule_plan *plan, enum drift_state state)
{
    static const char *const outcomes[] = { "left so", "they are again",
                                            "not all could be put back" };

    log_write(log, LOG_LEVEL_WARNING,
              "the kernel's rules were not those wanted: %zu missing, %zu not wanted, %zu out of "
              "order; %s",
              plan->added, plan->deleted, plan->moved, outcomes[state]);
    say_steps(log, plan, STEP_ADD, "kernel rule missing");
    say_steps(log, plan, STEP_DELETE, "kernel rule not wanted");
}

void rule_load_say(const struct log *log, const struct rule_load *loaded)
{
    const struct rule_plan *plan = &loaded->plan;

    if (!loaded->is_locked) {
        log_write(log, LOG_LEVEL_INFO,
                  "kernel rules: %zu wanted, %zu added, %zu deleted, %zu moved",
                  plan->added + plan->kept + plan->moved, plan->added, plan->deleted, plan->moved);
        say_steps(log, plan, STEP_DELETE, "kernel rule deleted");
    } else if (rule_load_is_different(loaded)) {
        log_write(log, LOG_LEVEL_WARNING,
                  "the kernel's rules are locked until the next boot and are not those wanted: %zu "
                  "missing, %zu not wanted, %zu out of order, %zu settings; 'laudit rules plan' "
                  "says which",
                  plan->added, plan->deleted, plan->moved, loaded->settings.count);
    }
}

uint64_t rule_drift_number(const struct rule_plan *plan)
{
    uint64_t sum = plan->count;

    for (size_t i = 0; i < plan->count; i++)
        sum += rule_hash(plan->steps[i].rule) * (2 * (uint64_t)plan->steps[i].kind + 1);
    return plan->count == 0 || sum != 0 ? sum : 1;
}
