#include "rules/load.h"

#include <errno.h>
#include <time.h>

#include "kernel/refusal.h"
#include "kernel/rule_requests.h"
#include "kernel/status.h"
#include "kernel/tree_requests.h"
#include "rules/folders.h"
#include "rules/load_lock.h"
#include "rules/origin.h"
#include "rules/rule_refusal.h"
#include "rules/stand_in.h"
#include "rules/wire.h"
#include "rules/writer.h"

enum {
    ROUNDS = 4,               /* in which a load meets what others do meanwhile */
    STAND_BACK_NS = 32000000, /* at most, twice as long each round */
    SHOWN_MOST = 256          /* bytes of a rule in a sentence */
};

struct loading {
    struct rule_load *load;
    struct netlink *netlink;
    const struct rule_planning *planning;
    struct rule_set wanted; /* without what was skipped */
    struct mistakes *notes;
    uint32_t features;
    struct buffer payload;
    /* What this load did and has not taken back since. */
    struct rule_set added, deleted;
    struct kernel_rules seen[ROUNDS]; /* whose rules a later round deleted */
    struct arena stand_ins;
    bool is_contested; /* to the end somebody else changed rules, too */
};

static void note_done(struct loading *loading, enum rule_step_kind kind, const struct rule *rule)
{
    bool is_delete = kind == STEP_DELETE;
    struct rule_set *done = is_delete ? &loading->deleted : &loading->added;
    struct rule_set *opposite = is_delete ? &loading->added : &loading->deleted;
    size_t place;

    if (rule_set_find(opposite, rule, &place))
        rule_set_remove(opposite, place);
    else
        rule_set_append(done, rule, (struct rule_origin){ 0 });
}

static int send_rule(struct loading *loading, enum rule_step_kind kind, const struct rule *rule)
{
    buffer_clear(&loading->payload);
    rule_encode(rule, kind == STEP_PREPEND, &loading->payload);

    int code = kind == STEP_DELETE ? rule_delete(loading->netlink, buffer_span(&loading->payload))
                                   : rule_add(loading->netlink, buffer_span(&loading->payload));

    if (code == 0)
        note_done(loading, kind, rule);
    return code;
}

static void skip(struct loading *loading, const struct rule_step *step, const struct error *why)
{
    size_t place;

    mistakes_add(loading->notes, "%s; left out", why->text);
    loading->load->refused++;
    if (rule_set_find(&loading->wanted, step->rule, &place))
        rule_set_remove(&loading->wanted, place);
}

/* Somebody else was faster: what the step was for is so already. */
static bool is_so_already(const struct rule_step *step, int code)
{
    return code == (step->kind == STEP_DELETE ? -ENOENT : -EEXIST);
}

static int take_step(struct loading *loading, const struct rule_step *step, struct error *err)
{
    int code = send_rule(loading, step->kind, step->rule);

    if (code == 0 || is_so_already(step, code))
        return 0;
    rule_refusal_explain(err, code,
                         &(struct rule_attempt){ step->rule, step->origin,
                                                 step->kind == STEP_DELETE, loading->features,
                                                 loading->netlink });
    if (code == -EPERM || !step->is_optional || step->kind == STEP_DELETE)
        return code;
    skip(loading, step, err);
    return 0;
}

/* The steps of one move, from its first on. */
static size_t count_move(const struct rule_step *steps)
{
    size_t count = 1;

    while (steps[count - 1].kind == STEP_DELETE)
        count++;
    return count;
}

/* Carries out a move of `count` steps. Its stand-in comes to where the rule goes, then leaves. */
static int move(struct loading *loading, const struct rule_step *steps, size_t count,
                struct error *err)
{
    struct rule *stand_in = arena_alloc(&loading->stand_ins, sizeof *stand_in);
    bool is_guarded = rule_stand_in(steps[0].rule, stand_in) &&
                      send_rule(loading, steps[count - 1].kind, stand_in) == 0;
    int status = 0;

    loading->load->unguarded += !is_guarded;
    for (size_t i = 0; status == 0 && i < count; i++)
        status = take_step(loading, &steps[i], err);
    if (is_guarded) {
        struct error ignored;
        struct rule_step leave = { .kind = STEP_DELETE, .rule = stand_in };
        int left = take_step(loading, &leave, status == 0 ? err : &ignored);

        status = status == 0 ? left : status;
    }
    return status;
}

static int carry_out(struct loading *loading, const struct rule_plan *plan, struct error *err)
{
    int status = 0;
    size_t count;

    for (size_t i = 0; status == 0 && i < plan->count; i += count) {
        const struct rule_step *step = &plan->steps[i];

        count = step->is_move ? count_move(step) : 1;
        status = step->is_move ? move(loading, step, count, err) : take_step(loading, step, err);
    }
    return status;
}

/* Plans from what the kernel has now; `now` and the plan are to be freed in any case. */
static int plan_again(struct loading *loading, const struct rule_set *wanted,
                      const struct rule_planning *planning, struct kernel_rules *now,
                      struct rule_plan *plan, struct error *err)
{
    int status = kernel_rules_read(now, loading->netlink, err);

    *plan = (struct rule_plan){ 0 };
    if (status == 0)
        rule_plan_make(plan, &now->set, wanted, planning);
    return status;
}

static int tell_difference(struct error *err, const struct rule_plan *plan)
{
    const struct rule_step *step = &plan->steps[0];
    const char *state = step->is_move               ? "out of order"
                        : step->kind == STEP_DELETE ? "there"
                                                    : "missing";
    struct buffer text = { 0 };

    rule_write(step->rule, &(struct rule_writing){ 0 }, &text);
    if (text.len > SHOWN_MOST)
        text.len = SHOWN_MOST;
    error_set(err, -EAGAIN,
              "read back, the kernel's rules are not those that were loaded: %zu are missing, %zu "
              "too many, %zu out of order (one that is %s: '%.*s'); somebody else changes rules",
              plan->added, plan->deleted, plan->moved, state, SPAN_ARG(buffer_span(&text)));
    buffer_free(&text);
    return err->code;
}

static int read_back(struct loading *loading, const struct rule_set *wanted,
                     const struct rule_planning *planning, struct error *err)
{
    struct kernel_rules now;
    struct rule_plan plan;
    int status = plan_again(loading, wanted, planning, &now, &plan, err);

    if (status == 0 && plan.count > 0)
        status = tell_difference(err, &plan);
    rule_plan_free(&plan);
    kernel_rules_free(&now);
    return status;
}

/* Waits a time that another load, which races with this one, will not wait, too. */
static void stand_back(unsigned round)
{
    struct timespec rest = { 0 };

    clock_gettime(CLOCK_MONOTONIC, &rest);
    rest = (struct timespec){ .tv_nsec = rest.tv_nsec % (STAND_BACK_NS << round) };
    nanosleep(&rest, NULL);
}

/* Carries the plan out, reads back, and does so again with what others have changed meanwhile. */
static int load_rules(struct loading *loading, struct error *err)
{
    int status = carry_out(loading, &loading->load->plan, err);
    bool is_done = false;

    for (unsigned round = 0; status == 0 && !is_done; round++) {
        struct rule_plan plan;

        status = plan_again(loading, &loading->wanted, loading->planning, &loading->seen[round],
                            &plan, err);
        is_done = plan.count == 0;
        loading->is_contested = !is_done && round == ROUNDS - 1;
        if (status == 0 && loading->is_contested) {
            status = tell_difference(err, &plan);
        } else if (status == 0 && !is_done) {
            stand_back(round);
            status = carry_out(loading, &plan, err);
        }
        rule_plan_free(&plan);
    }
    return status;
}

static bool has(const struct rule_set *set, const struct rule *rule)
{
    size_t place;

    return rule_set_find(set, rule, &place);
}

static bool is_outside(const struct loading *loading, const struct rule *rule)
{
    const struct rule_planning *planning = loading->planning;

    return planning->is_outside != NULL && planning->is_outside(planning->context, rule);
}

/* Neither from before nor this load's doing. */
static bool is_of_others(const struct loading *loading, const struct rule *rule)
{
    return !has(&loading->load->before.set, rule) && !has(&loading->added, rule) &&
           !has(&loading->deleted, rule);
}

static bool is_not_to_undo(void *context, const struct rule *rule)
{
    return is_outside(context, rule) || is_of_others(context, rule);
}

/* The rules as they were, each once, but for what others have deleted since. */
static struct rule_set what_was(const struct loading *loading, const struct rule_set *now)
{
    const struct rule_set *const sources[] = { &loading->load->before.set, &loading->deleted };
    struct rule_set was = { 0 };

    for (size_t source = 0; source < 2; source++) {
        for (size_t i = 0; i < sources[source]->count; i++) {
            const struct rule *rule = sources[source]->items[i].rule;

            if (!has(&was, rule) && (has(now, rule) || has(&loading->deleted, rule)))
                rule_set_append(&was, rule, (struct rule_origin){ 0 });
        }
    }
    return was;
}

/* Have others changed rules between the look and `now`? */
static bool has_others(const struct loading *loading, const struct rule_set *now)
{
    const struct rule_set *before = &loading->load->before.set;
    bool is_changed = false;

    for (size_t i = 0; i < now->count && !is_changed; i++)
        is_changed =
            is_of_others(loading, now->items[i].rule) && !is_outside(loading, now->items[i].rule);
    for (size_t i = 0; i < before->count && !is_changed; i++)
        is_changed =
            !has(now, before->items[i].rule) && !has(&loading->deleted, before->items[i].rule);
    return is_changed;
}

/* Takes back what this load did, in exactly the old order; what others did stays. */
static int undo(struct loading *loading, bool *is_as_before, struct error *err)
{
    struct rule_planning exact = { .is_exact = true,
                                   .is_outside = is_not_to_undo,
                                   .context = loading };
    struct kernel_rules now;
    struct rule_plan plan = { 0 };
    struct rule_set was = { 0 };
    int status = kernel_rules_read(&now, loading->netlink, err);

    if (status == 0) {
        *is_as_before = !has_others(loading, &now.set);
        was = what_was(loading, &now.set);
        rule_plan_make(&plan, &now.set, &was, &exact);
        status = carry_out(loading, &plan, err);
    }
    if (status == 0)
        status = read_back(loading, &was, &exact, err);
    rule_plan_free(&plan);
    rule_set_free(&was);
    kernel_rules_free(&now);
    return status;
}

static int undo_after(struct loading *loading, struct error *err)
{
    struct error why = *err, also;
    bool is_as_before = false;
    int status = undo(loading, &is_as_before, &also);

    if (setting_changes_undo(&loading->load->settings, loading->netlink, &also) != 0)
        status = also.code;
    if (status == 0)
        return error_set(err, why.code, "%s; %s", why.text,
                         is_as_before ? "all is as it was before"
                                      : "what was loaded is undone, what somebody else changed "
                                        "meanwhile stays");
    return error_set(err, why.code, "%s; undoing what was loaded failed, too: %s", why.text,
                     also.text);
}

static int look(struct loading *loading, const struct rule_settings *settings, struct error *err)
{
    struct rule_load *load = loading->load;
    struct status status = { 0 };
    struct features features = { 0 };
    int code = status_get(loading->netlink, &status, datagram_ignore, NULL, err);

    if (code == 0 && settings->loginuid_immutable.is_wanted)
        code = features_get(loading->netlink, &features, err);
    if (code == 0)
        code = kernel_rules_read(&load->before, loading->netlink, err);
    if (code != 0)
        return code;
    loading->features = status.kernel.feature_bitmap;
    load->is_locked = status.kernel.enabled == ENABLED_LOCKED;
    setting_changes_find(&load->settings, settings, &status, &features);
    rule_plan_make(&load->plan, &load->before.set, &loading->wanted, loading->planning);
    return 0;
}

/* What is wanted, without optional rules that the kernel could not take. */
static void choose(struct loading *loading, const struct rule_set *wanted)
{
    for (size_t i = 0; i < wanted->count; i++) {
        const struct rule_item *item = &wanted->items[i];
        struct span folder;
        struct error why;

        if (item->is_optional && rule_missing_folder(item->rule, &folder)) {
            rule_refusal_explain(
                &why, -ENOENT,
                &(struct rule_attempt){ .rule = item->rule, .origin = item->origin });
            mistakes_add(loading->notes, "%s; left out", why.text);
            loading->load->untried++;
            continue;
        }
        rule_set_append(&loading->wanted, item->rule, item->origin);
        loading->wanted.items[loading->wanted.count - 1].is_optional = item->is_optional;
    }
}

/* What -q and -t say. */
static int tell_trees(struct loading *loading, const struct rule_set *wanted, struct error *err)
{
    for (size_t i = 0; i < wanted->tree_count; i++) {
        const struct rule_tree *tree = &wanted->trees[i];
        const char *comma =
            tree->paths.data != NULL ? memchr(tree->paths.data, ',', tree->paths.len) : NULL;
        size_t len = comma != NULL ? (size_t)(comma - tree->paths.data) : 0;
        char place[RULE_ORIGIN_ROOM];
        int code = comma == NULL ? tree_trim(loading->netlink)
                                 : tree_make_equivalent(loading->netlink,
                                                        (struct span){ tree->paths.data, len },
                                                        span_skip(tree->paths, len + 1));

        rule_origin_text(tree->origin, place);
        if (code == -ENOENT)
            return error_set(err, code, "%s: -q %.*s: one of the two does not exist", place,
                             SPAN_ARG(tree->paths));
        if (code != 0) {
            refusal_explain(err, code, comma != NULL ? "-q" : "-t", 0);
            return error_within(err, "%s", place);
        }
    }
    return 0;
}

/* What the kernel holds is nobody's doing alone: there is nothing to go back to. */
static int tell_contest(struct error *err)
{
    struct error why = *err;

    return error_set(err, why.code, "%s; nothing is undone", why.text);
}

static int load_all(struct loading *loading, const struct rule_set *wanted, struct error *err)
{
    struct setting_changes *settings = &loading->load->settings;
    int status = setting_changes_make(settings, settings->early, loading->netlink, err);

    if (status == 0)
        status = load_rules(loading, err);
    if (status != 0 && loading->is_contested)
        return tell_contest(err);
    if (status == 0)
        status = tell_trees(loading, wanted, err);
    if (status == 0)
        status = setting_changes_make(settings, settings->count, loading->netlink, err);
    return status == 0 ? 0 : undo_after(loading, err);
}

static struct loading begin(struct rule_load *load, struct netlink *netlink,
                            const struct rule_planning *planning, struct mistakes *notes)
{
    static const struct rule_planning plain;

    *load = (struct rule_load){ 0 };
    return (struct loading){ .load = load,
                             .netlink = netlink,
                             .planning = planning != NULL ? planning : &plain,
                             .notes = notes };
}

static int end(struct loading *loading, int status)
{
    buffer_free(&loading->payload);
    rule_set_free(&loading->wanted);
    rule_set_free(&loading->added);
    rule_set_free(&loading->deleted);
    for (size_t i = 0; i < ROUNDS; i++)
        kernel_rules_free(&loading->seen[i]);
    arena_free(&loading->stand_ins);
    return status;
}

int rule_load_look(struct rule_load *load, struct netlink *netlink, const struct rule_set *wanted,
                   const struct rule_planning *planning, struct mistakes *notes, struct error *err)
{
    struct loading loading = begin(load, netlink, planning, notes);

    choose(&loading, wanted);
    return end(&loading, look(&loading, &wanted->settings, err));
}

int rule_load_run(struct rule_load *load, struct netlink *netlink, const struct rule_set *wanted,
                  const struct rule_planning *planning, struct mistakes *notes, struct error *err)
{
    struct loading loading = begin(load, netlink, planning, notes);
    int lock = load_lock_take(planning != NULL ? planning->patience_ms : 0, err);

    if (lock == -EBUSY)
        return end(&loading, lock);
    choose(&loading, wanted);

    int status = look(&loading, &wanted->settings, err);

    if (status == 0 && !load->is_locked && (rule_load_is_different(load) || wanted->tree_count > 0))
        status = load_all(&loading, wanted, err);
    load_lock_release(lock);
    return end(&loading, status);
}

void rule_load_free(struct rule_load *load)
{
    rule_plan_free(&load->plan);
    kernel_rules_free(&load->before);
}
