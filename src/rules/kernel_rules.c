#include "rules/kernel_rules.h"

#include <errno.h>

#include "kernel/rule_requests.h"
#include "rules/wire.h"

struct listing {
    struct kernel_rules *rules;
    size_t count, bad;
};

static void on_rule(void *context, struct span payload)
{
    struct listing *listing = context;
    struct arena *arena = &listing->rules->arena;
    struct rule rule;

    listing->count++;
    if (rule_decode(arena_copy(arena, payload), &rule) == 0)
        rule_set_append(&listing->rules->set, rule_keep(arena, &rule), (struct rule_origin){ 0 });
    else if (listing->bad == 0)
        listing->bad = listing->count;
}

int kernel_rules_read(struct kernel_rules *rules, struct netlink *netlink, struct error *err)
{
    struct listing listing = { rules, 0, 0 };

    *rules = (struct kernel_rules){ 0 };
    arena_init(&rules->arena);

    int status = rule_list(netlink, on_rule, &listing, err);

    if (status == 0 && listing.bad > 0)
        return error_set(err, -EBADMSG, "the kernel's audit rule number %zu cannot be read",
                         listing.bad);
    return status;
}

void kernel_rules_free(struct kernel_rules *rules)
{
    rule_set_free(&rules->set);
    arena_free(&rules->arena);
}
