#include "rules/exclusion.h"

#include <errno.h>
#include <unistd.h>

#include "base/own_program.h"
#include "kernel/rule_requests.h"
#include "kernel/settings.h"
#include "rules/kernel_rules.h"
#include "rules/wire.h"

static struct rule rule_for(uint32_t field, uint32_t pid)
{
    const struct span key = SPAN("laudit");
    struct rule rule = { .list = AUDIT_FILTER_EXIT, .action = AUDIT_NEVER, .field_count = 2 };

    rule_add_all_calls(&rule);
    rule.fields[0] = (struct rule_field){ .field = field, .op = AUDIT_EQUAL, .value = pid };
    rule.fields[1] = (struct rule_field){
        .field = AUDIT_FILTERKEY, .op = AUDIT_EQUAL, .value = (uint32_t)key.len, .text = key
    };
    return rule;
}

/* The rule is one that laudit made for a process; whether it lives is not asked. */
static bool is_ours(const struct rule *rule)
{
    uint32_t field = rule->fields[0].field;
    struct rule expected = rule_for(field, rule->fields[0].value);

    return (field == AUDIT_PID || field == AUDIT_PPID) && rule_equal(rule, &expected);
}

bool rule_is_exclusion(void *context, const struct rule *rule)
{
    (void)context;
    return is_ours(rule) && is_own_program(rule->fields[0].value);
}

static int send(struct netlink *netlink, const struct rule *rule, bool is_delete)
{
    struct buffer payload = { 0 };

    rule_encode(rule, !is_delete, &payload);

    int code = is_delete ? rule_delete(netlink, buffer_span(&payload))
                         : rule_add(netlink, buffer_span(&payload));

    buffer_free(&payload);
    return code;
}

/* What one that was killed has left. */
static void sweep(struct netlink *netlink)
{
    struct kernel_rules now;
    struct error ignored; /* what is wrong is told when ours is added */

    if (kernel_rules_read(&now, netlink, &ignored) == 0)
        for (size_t i = 0; i < now.set.count; i++)
            if (is_ours(now.set.items[i].rule) && !rule_is_exclusion(NULL, now.set.items[i].rule))
                send(netlink, now.set.items[i].rule, true);
    kernel_rules_free(&now);
}

static struct rule our_rule(enum exclusion exclusion)
{
    static const uint32_t fields[EXCLUSIONS] = { AUDIT_PID, AUDIT_PPID };

    return rule_for(fields[exclusion], (uint32_t)getpid());
}

/*
 * True when the rule is there, and before all that are none of ours; deletes it where it is behind
 * one. The kernel would take a second one at the front: to it that is another rule.
 */
static bool is_in_front(struct netlink *netlink, const struct rule *rule)
{
    struct kernel_rules now;
    struct error ignored;
    bool is_behind = false, is_found = false;

    if (kernel_rules_read(&now, netlink, &ignored) == 0)
        for (size_t i = 0; i < now.set.count && !is_found; i++) {
            const struct rule *each = now.set.items[i].rule;

            is_found = rule_equal(each, rule);
            is_behind |= !is_found && each->list == rule->list && !is_ours(each);
        }
    kernel_rules_free(&now);
    if (is_found && is_behind)
        send(netlink, rule, true);
    return is_found && !is_behind;
}

int exclusion_add(struct netlink *netlink, enum exclusion exclusion, struct error *err)
{
    struct rule rule = our_rule(exclusion);

    sweep(netlink);
    if (is_in_front(netlink, &rule))
        return 0;

    int code = send(netlink, &rule, false);

    if (code == 0 || code == -EEXIST)
        return 0;
    return setting_explain(netlink, err, code,
                           exclusion == EXCLUDE_US
                               ? "cannot keep laudit's own doings out of the records"
                               : "cannot keep laudit's own programs out of the records");
}

int exclusion_remove(struct netlink *netlink, enum exclusion exclusion, struct error *err)
{
    struct rule rule = our_rule(exclusion);
    int code = send(netlink, &rule, true);

    if (code == 0 || code == -ENOENT)
        return 0;
    return setting_explain(netlink, err, code,
                           exclusion == EXCLUDE_US
                               ? "cannot delete the rule that spares laudit"
                               : "cannot delete the rule that spares laudit's programs");
}
