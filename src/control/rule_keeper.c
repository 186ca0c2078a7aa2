#include "control/rule_keeper.h"

#include <stdlib.h>

#include "control/reload.h"
#include "kernel/status.h"
#include "rules/exclusion.h"
#include "rules/merge.h"

struct rule_keeper {
    const struct log *log;
    struct netlink *netlink; /* while the kernel is asked, else NULL */
    struct error deaf;       /* why there is none */
    uint32_t features;
    struct rulebook *wanted; /* NULL: the kernel's rules are left alone */
    bool has_started, is_listener, enforces;
    bool is_suspect;
    bool is_late; /* the first load is still to come: another one was under way */
    uint64_t looked_ms;
    bool has_exclusion[EXCLUSIONS];
    bool wants_children_out; /* of the records */
    uint64_t told;           /* the difference that was told last, 0 for none */
};

enum { PATIENCE_MS = 1000 /* with another load: the loop stands still meanwhile */ };

static const struct rule_planning planning = { .is_outside = rule_is_exclusion };

/* A socket for the while: one that nobody reads in between could be filled by anybody. */
static bool open_kernel(struct rule_keeper *keeper)
{
    keeper->netlink = netlink_open(0, &keeper->deaf);
    return keeper->netlink != NULL;
}

static void close_kernel(struct rule_keeper *keeper)
{
    if (keeper->netlink != NULL)
        netlink_close(keeper->netlink);
    keeper->netlink = NULL;
}

struct rule_keeper *rule_keeper_new(const struct log *log)
{
    struct rule_keeper *keeper = calloc(1, sizeof *keeper);
    struct status status;

    if (keeper == NULL)
        abort();
    keeper->log = log;
    keeper->features = RULE_FEATURES_ALL;
    if (open_kernel(keeper) &&
        status_get(keeper->netlink, &status, datagram_ignore, NULL, &keeper->deaf) == 0)
        keeper->features = status.kernel.feature_bitmap;
    close_kernel(keeper);
    return keeper;
}

static void forget(struct rulebook *book)
{
    if (book != NULL)
        rulebook_free(book);
    free(book);
}

static void remove_exclusion(struct rule_keeper *keeper, enum exclusion exclusion)
{
    struct error err;

    if (!keeper->has_exclusion[exclusion])
        return;
    keeper->has_exclusion[exclusion] = false;
    if (open_kernel(keeper) && exclusion_remove(keeper->netlink, exclusion, &err) != 0)
        log_write(keeper->log, LOG_LEVEL_WARNING, "%s", err.text);
    close_kernel(keeper);
}

void rule_keeper_free(struct rule_keeper *keeper)
{
    remove_exclusion(keeper, EXCLUDE_CHILDREN);
    remove_exclusion(keeper, EXCLUDE_US);
    forget(keeper->wanted);
    free(keeper);
}

static struct rulebook *read_wanted(const struct rule_keeper *keeper, const struct config *config,
                                    const struct engine *engine, struct mistakes *mistakes,
                                    struct mistakes *notes)
{
    struct rule_world world = { .features = keeper->features,
                                .checks_paths = true,
                                .file_demands = RULE_FILE_GUARDED };
    struct rulebook *book = calloc(1, sizeof *book);

    if (book == NULL)
        abort();
    rulebook_init(book);
    wanted_rules_add(book, config, engine, &world, mistakes, notes);
    return book;
}

static bool has_rules(const struct config *config, const struct engine *engine)
{
    for (size_t i = 0; i < engine_policy_count(engine); i++) {
        struct policy_rules rules;

        engine_policy_rules(engine, i, &rules);
        if (rules.text.data != NULL)
            return true;
    }
    return config->rule_count > 0;
}

/* The wanted rules, each of which may be refused, without the settings of files. */
static struct rule_set each_for_itself(const struct rule_set *wanted)
{
    struct rule_set each = { 0 };

    for (size_t i = 0; i < wanted->count; i++) {
        rule_set_append(&each, wanted->items[i].rule, wanted->items[i].origin);
        each.items[i].is_optional = true;
    }
    return each;
}

/* What may be refused and was: it is not wanted any more. */
static void give_up_optional(struct rule_keeper *keeper, struct rulebook *book)
{
    struct rule_load loaded = { 0 };
    struct mistakes notes = { 0 };
    struct error err;
    size_t place;

    if (rule_load_look(&loaded, keeper->netlink, &book->set, &planning, &notes, &err) == 0) {
        for (size_t i = 0; i < loaded.plan.count; i++) {
            const struct rule_step *step = &loaded.plan.steps[i];

            if (step->kind != STEP_DELETE && !step->is_move && step->is_optional &&
                rule_set_find(&book->set, step->rule, &place))
                rule_set_remove(&book->set, place);
        }
    }
    mistakes_free(&notes);
    rule_load_free(&loaded);
}

/* Loads the book's rules. 0, or negative errno with a sentence; then nothing was changed. */
static int load(struct rule_keeper *keeper, struct rulebook *book, unsigned patience_ms,
                struct mistakes *notes, struct error *err)
{
    const struct rule_planning patient = { .is_outside = rule_is_exclusion,
                                           .patience_ms = patience_ms };
    struct rule_load loaded = { 0 };

    if (!open_kernel(keeper)) {
        *err = keeper->deaf;
        return err->code;
    }

    int status = rule_load_run(&loaded, keeper->netlink, &book->set, &patient, notes, err);

    if (status == 0) {
        rule_load_say(keeper->log, &loaded);
        keeper->told = loaded.is_locked ? rule_drift_number(&loaded.plan) : 0;
    }
    if (status == 0 && !loaded.is_locked)
        give_up_optional(keeper, book);
    rule_load_free(&loaded);
    close_kernel(keeper);
    return status;
}

bool rule_keeper_take(void *context, const struct config *config, const struct engine *engine,
                      struct mistakes *mistakes, struct mistakes *notes)
{
    struct rule_keeper *keeper = context;
    bool is_listener = keeper->has_started ? keeper->is_listener : config->kernel.multicast;
    bool is_wanted = !config->kernel.leaves_rules && !is_listener && has_rules(config, engine);
    struct rulebook *book = is_wanted ? read_wanted(keeper, config, engine, mistakes, notes) : NULL;
    struct error err;

    if (mistakes->found == 0 && book != NULL && keeper->has_started &&
        load(keeper, book, PATIENCE_MS, notes, &err) != 0)
        mistakes_add(mistakes, "%s", err.text);
    if (mistakes->found > 0) {
        forget(book);
        return false;
    }
    forget(keeper->wanted);
    keeper->wanted = book;
    keeper->enforces = config->kernel.enforces;
    keeper->is_late = false;
    return true;
}

/* Loads what the kernel takes. False with sentences in the log when it did not take all. */
static bool load_what_goes(struct rule_keeper *keeper)
{
    struct rule_set each = each_for_itself(&keeper->wanted->set);
    struct rule_load loaded = { 0 };
    struct mistakes notes = { 0 };
    struct error err;
    int status = rule_load_run(&loaded, keeper->netlink, &each, &planning, &notes, &err);
    bool is_whole = status == 0 && loaded.untried == 0 && loaded.refused == 0 && !loaded.is_locked;

    if (status != 0)
        log_write(keeper->log, LOG_LEVEL_ERROR, "kernel rules: %s", err.text);
    log_mistakes(keeper->log, LOG_LEVEL_ERROR, &notes);
    mistakes_free(&notes);
    rule_load_free(&loaded);
    rule_set_free(&each);
    return is_whole;
}

/* The first load; when another one is under way, the next tick tries again. */
static void load_first(struct rule_keeper *keeper, unsigned patience_ms)
{
    struct mistakes notes = { 0 };
    struct error err;
    int status = load(keeper, keeper->wanted, patience_ms, &notes, &err);

    if (status != 0 && !(keeper->is_late && status == -EBUSY))
        log_write(keeper->log, LOG_LEVEL_ERROR, "%s", err.text);
    keeper->is_late = status == -EBUSY;
    if (status != 0 && !keeper->is_late) {
        if (open_kernel(keeper))
            load_what_goes(keeper);
        close_kernel(keeper);
    }
    keeper->is_suspect = status != 0;
    log_mistakes(keeper->log, LOG_LEVEL_WARNING, &notes);
    mistakes_free(&notes);
}

void rule_keeper_start(struct rule_keeper *keeper)
{
    keeper->has_started = true;
    if (keeper->wanted != NULL)
        load_first(keeper, PATIENCE_MS);
}

/* Adds it, or sees to it that it is there and comes first. `says`: log why it cannot be. */
static void add_exclusion(struct rule_keeper *keeper, enum exclusion exclusion, bool says)
{
    struct error err;

    keeper->has_exclusion[exclusion] =
        open_kernel(keeper) && exclusion_add(keeper->netlink, exclusion, &err) == 0;
    if (!keeper->has_exclusion[exclusion] && says)
        log_write(keeper->log, LOG_LEVEL_WARNING, "%s",
                  keeper->netlink != NULL ? err.text : keeper->deaf.text);
    close_kernel(keeper);
}

void rule_keeper_exclude_us(struct rule_keeper *keeper)
{
    keeper->has_started = keeper->is_listener = true;
    add_exclusion(keeper, EXCLUDE_US, true);
}

void rule_keeper_exclude_children(struct rule_keeper *keeper, bool is_wanted)
{
    if (is_wanted == keeper->wants_children_out)
        return;
    keeper->wants_children_out = is_wanted;
    if (is_wanted)
        add_exclusion(keeper, EXCLUDE_CHILDREN, true);
    else
        remove_exclusion(keeper, EXCLUDE_CHILDREN);
}

void rule_keeper_suspect(struct rule_keeper *keeper)
{
    keeper->is_suspect = true;
}

/* How the kernel's rules differ now, as a number; false when it cannot be told. */
static bool look(struct rule_keeper *keeper, struct rule_load *loaded, uint64_t *difference)
{
    struct mistakes notes = { 0 };
    struct error err;
    int status =
        rule_load_look(loaded, keeper->netlink, &keeper->wanted->set, &planning, &notes, &err);

    mistakes_free(&notes);
    if (status != 0)
        log_write(keeper->log, LOG_LEVEL_ERROR, "kernel rules: %s", err.text);
    else
        *difference = rule_drift_number(&loaded->plan);
    return status == 0;
}

/* Puts back what can be; what differs then is `told`. */
static enum drift_state restore(struct rule_keeper *keeper)
{
    struct rule_load loaded = { 0 };
    bool is_whole = load_what_goes(keeper);
    bool is_seen = look(keeper, &loaded, &keeper->told);

    rule_load_free(&loaded);
    return is_whole && is_seen && keeper->told == 0 ? DRIFT_RESTORED : DRIFT_FAILED;
}

/* Compares with an open socket, and puts right what is to be. True when there is something to tell.
 */
static bool compare(struct rule_keeper *keeper, bool is_minute, struct rule_drift *drift)
{
    struct rule_load loaded = { 0 };
    uint64_t difference;

    if (!look(keeper, &loaded, &difference)) {
        rule_load_free(&loaded);
        return false;
    }

    bool is_news = difference != 0 && difference != keeper->told;

    *drift = (struct rule_drift){ .missing = loaded.plan.added,
                                  .foreign = loaded.plan.deleted,
                                  .moved = loaded.plan.moved };
    keeper->told = difference;
    if (difference != 0 && keeper->enforces && !loaded.is_locked && (is_news || is_minute))
        drift->state = restore(keeper);
    is_news |= drift->state == DRIFT_RESTORED;
    if (is_news)
        rule_drift_say(keeper->log, &loaded.plan, drift->state);
    rule_load_free(&loaded);
    return is_news;
}

bool rule_keeper_tick(struct rule_keeper *keeper, uint64_t now_ms, struct rule_drift *drift)
{
    bool is_minute = now_ms - keeper->looked_ms >= RULE_KEEPER_LOOK_MS, is_news = false;

    if (!keeper->is_suspect && !is_minute)
        return false;
    keeper->is_suspect = false;
    keeper->looked_ms = is_minute ? now_ms : keeper->looked_ms;
    if (keeper->wants_children_out)
        add_exclusion(keeper, EXCLUDE_CHILDREN, false);
    if (keeper->wanted == NULL)
        return false;
    if (keeper->is_late)
        load_first(keeper, 0);
    else if (open_kernel(keeper))
        is_news = compare(keeper, is_minute, drift);
    else
        log_write(keeper->log, LOG_LEVEL_ERROR, "kernel rules: %s", keeper->deaf.text);
    close_kernel(keeper);
    return is_news;
}
