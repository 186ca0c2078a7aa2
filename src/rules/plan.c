#include "rules/plan.h"

#include <stdlib.h>

#include "base/array.h"
#include "rules/order.h"
#include "rules/places.h"
#include "tables/archs.h"

/* One list of the kernel: what it holds and what is wanted of it. */
struct side {
    const struct rule_item **items;
    size_t count;
};

struct list_plan {
    struct rule_plan *plan;
    struct side now, wanted;
    size_t *places; /* of the wanted, in `now` */
    enum place *goes;
    struct rule_scope *scopes; /* of the wanted */
    bool is_exact;
};

static void *allocate(size_t count, size_t size)
{
    void *memory = calloc(count + 1, size);

    if (memory == NULL)
        abort();
    return memory;
}

static void add_step(struct rule_plan *plan, enum rule_step_kind kind, const struct rule_item *item,
                     bool is_move)
{
    plan->steps = array_grow(plan->steps, plan->count, sizeof *plan->steps);
    plan->steps[plan->count++] = (struct rule_step){
        .kind = kind,
        .rule = item->rule,
        .origin = item->origin,
        .is_move = is_move,
        .is_optional = item->is_optional,
    };
}

static struct side pick(const struct rule_set *set, uint32_t list,
                        const struct rule_planning *planning)
{
    struct side side = { allocate(set->count, sizeof(struct rule_item *)), 0 };

    for (size_t i = 0; i < set->count; i++) {
        const struct rule_item *item = &set->items[i];

        if (item->rule->list == list &&
            (planning->is_outside == NULL || !planning->is_outside(planning->context, item->rule)))
            side.items[side.count++] = item;
    }
    return side;
}

static bool is_same(const struct rule_item *a, const struct rule_item *b)
{
    return a->hash == b->hash && rule_equal(a->rule, b->rule);
}

/* The last place at which `side` has the rule, from `from` on; PLACE_NEW when it has it not. */
static size_t last_place(const struct side *side, const struct rule_item *item, size_t from)
{
    for (size_t i = side->count; i-- > from;)
        if (is_same(side->items[i], item))
            return i;
    return PLACE_NEW;
}

/* A delete takes the first of several that are equal, so the last one is the one to reckon with. */
static void delete_copies(struct list_plan *list, const struct rule_item *item, bool is_move)
{
    size_t last = last_place(&list->now, item, 0);

    for (size_t i = 0; i < last; i++) {
        if (!is_same(list->now.items[i], item))
            continue;
        add_step(list->plan, STEP_DELETE, list->now.items[i], is_move);
        list->plan->deleted++;
    }
}

static bool is_bound(const void *context, size_t first, size_t second)
{
    const struct list_plan *list = context;

    return list->is_exact || rules_interfere(&list->scopes[first], &list->scopes[second]);
}

/*
 * The rule goes where `kind` says; one that the kernel has is deleted there first, each copy of it:
 * not before, for the first copy may be what keeps another rule from matching.
 */
static void add_rule(struct list_plan *list, size_t i, enum rule_step_kind kind)
{
    bool is_move = list->places[i] != PLACE_NEW;

    if (is_move) {
        delete_copies(list, list->wanted.items[i], true);
        add_step(list->plan, STEP_DELETE, list->wanted.items[i], true);
        list->plan->moved++;
    } else {
        list->plan->added++;
    }
    add_step(list->plan, kind, list->wanted.items[i], is_move);
}

static void add_all(struct list_plan *list)
{
    for (size_t i = 0; i < list->wanted.count; i++) {
        list->plan->kept += list->goes[i] == PLACE_STAY;
        if (list->goes[i] == PLACE_END)
            add_rule(list, i, STEP_ADD);
    }
    for (size_t i = list->wanted.count; i-- > 0;)
        if (list->goes[i] == PLACE_FRONT)
            add_rule(list, i, STEP_PREPEND);
}

static void delete_unwanted(struct list_plan *list)
{
    bool *is_wanted = allocate(list->now.count, sizeof(bool));

    for (size_t i = 0; i < list->wanted.count; i++)
        for (size_t j = 0; list->places[i] != PLACE_NEW && j <= list->places[i]; j++)
            is_wanted[j] = is_wanted[j] || is_same(list->now.items[j], list->wanted.items[i]);
    for (size_t i = 0; i < list->now.count; i++) {
        if (!is_wanted[i]) {
            add_step(list->plan, STEP_DELETE, list->now.items[i], false);
            list->plan->deleted++;
        }
    }
    for (size_t i = 0; i < list->wanted.count; i++)
        if (list->goes[i] == PLACE_STAY)
            delete_copies(list, list->wanted.items[i], false);
    free(is_wanted);
}

static void plan_list(struct list_plan *list, struct call_classes *classes)
{
    list->places = allocate(list->wanted.count, sizeof(size_t));
    list->goes = allocate(list->wanted.count, sizeof(enum place));
    list->scopes = allocate(list->wanted.count, sizeof(struct rule_scope));
    for (size_t i = 0; i < list->wanted.count; i++)
        rule_scope_find(&list->scopes[i], list->wanted.items[i]->rule, classes);
    for (size_t i = 0; i < list->wanted.count; i++)
        list->places[i] = last_place(&list->now, list->wanted.items[i], 0);
    places_find(&(struct places){ list->wanted.count, list->places, is_bound, list }, list->goes);
    add_all(list);
    delete_unwanted(list);
    free(list->places);
    free(list->goes);
    free(list->scopes);
}

void rule_plan_make(struct rule_plan *plan, const struct rule_set *now,
                    const struct rule_set *wanted, const struct rule_planning *planning)
{
    static const struct rule_planning plain;
    struct call_classes classes;

    call_classes_init(&classes, arch_of_host());
    if (planning == NULL)
        planning = &plain;
    *plan = (struct rule_plan){ 0 };
    for (uint32_t kernel_list = 0; kernel_list < AUDIT_NR_FILTERS; kernel_list++) {
        struct list_plan list = {
            .plan = plan,
            .now = pick(now, kernel_list, planning),
            .wanted = pick(wanted, kernel_list, planning),
            .is_exact = planning->is_exact,
        };

        plan_list(&list, &classes);
        free(list.now.items);
        free(list.wanted.items);
    }
}

void rule_plan_free(struct rule_plan *plan)
{
    free(plan->steps);
    *plan = (struct rule_plan){ 0 };
}
