/*
 * rules_bench - what reading, compiling and planning rules costs: rules_bench FILE [TURNS]
 *
 * Prints the best of TURNS runs each, in milliseconds of the processor. FILE holds the rules that
 * are wanted (spec/bench/rules.lua makes one); what the kernel would hold is made of the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "rules/plan.h"
#include "rules/rulebook.h"
#include "rules/wire.h"

struct bench {
    const char *path;
    int turns;
    struct rulebook wanted;
    struct rule_set now;
    bool is_exact;
    struct rule_plan plan;
};

static double milliseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec * 1e3 + (double)now.tv_nsec / 1e6;
}

static void read_rules(struct bench *bench)
{
    struct rule_world world = { .features = RULE_FEATURES_ALL };
    struct mistakes mistakes = { 0 }, notes = { 0 };

    rulebook_free(&bench->wanted);
    rulebook_init(&bench->wanted);
    rulebook_add_path(&bench->wanted, bench->path, &world, &mistakes, &notes);
    if (mistakes.found > 0) {
        fprintf(stderr, "%s\n", mistakes.sentences[0]);
        exit(1);
    }
    mistakes_free(&notes);
}

static void encode(struct bench *bench)
{
    struct buffer payload = { 0 };

    for (size_t i = 0; i < bench->wanted.set.count; i++) {
        buffer_clear(&payload);
        rule_encode(bench->wanted.set.items[i].rule, false, &payload);
    }
    buffer_free(&payload);
}

static void plan(struct bench *bench)
{
    struct rule_planning planning = { .is_exact = bench->is_exact };

    rule_plan_free(&bench->plan);
    rule_plan_make(&bench->plan, &bench->now, &bench->wanted.set, &planning);
}

static void measure(struct bench *bench, const char *what, void (*work)(struct bench *))
{
    double best = 1e9;

    for (int turn = 0; turn < bench->turns; turn++) {
        double start = milliseconds();

        work(bench);
        best = milliseconds() - start < best ? milliseconds() - start : best;
    }
    printf("| %s | %.2f |", what, best);
    if (work == plan)
        printf(" %zu added, %zu deleted, %zu moved |\n", bench->plan.added, bench->plan.deleted,
               bench->plan.moved);
    else
        printf(" |\n");
}

/* What the kernel has: each rule wanted but those at which `skip` stops, turned round if asked. */
static void hold(struct bench *bench, size_t skip, bool is_turned)
{
    const struct rule_set *wanted = &bench->wanted.set;

    rule_set_free(&bench->now);
    for (size_t i = 0; i < wanted->count; i++) {
        const struct rule_item *item = &wanted->items[is_turned ? wanted->count - 1 - i : i];

        if (skip == 0 || i % skip != skip - 1)
            rule_set_append(&bench->now, item->rule, item->origin);
    }
}

int main(int argc, char **argv)
{
    struct bench bench = { .path = argc > 1 ? argv[1] : "-",
                           .turns = argc > 2 ? atoi(argv[2]) : 20 };

    printf("| work | ms | plan |\n|---|---|---|\n");
    measure(&bench, "read and compile", read_rules);
    measure(&bench, "to the kernel's bytes", encode);
    hold(&bench, 0, false);
    measure(&bench, "plan: the same rules", plan);
    hold(&bench, bench.wanted.set.count / 2, false);
    measure(&bench, "plan: two are new", plan);
    hold(&bench, 10, false);
    measure(&bench, "plan: a tenth is new", plan);
    hold(&bench, 0, true);
    measure(&bench, "plan: turned round", plan);
    bench.is_exact = true;
    measure(&bench, "plan: turned round, in exact order", plan);
    rule_plan_free(&bench.plan);
    rule_set_free(&bench.now);
    rulebook_free(&bench.wanted);
    return 0;
}
