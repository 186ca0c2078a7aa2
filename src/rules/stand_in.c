#include "rules/stand_in.h"

/* The kernel takes each of these only once in a rule. */
static bool may_be_doubled(uint32_t field)
{
    return !rule_field_is_text(field) && field != AUDIT_INODE;
}

bool rule_stand_in(const struct rule *rule, struct rule *out)
{
    struct rule_field more = { .field = AUDIT_PID, .op = AUDIT_GREATER_THAN_OR_EQUAL };
    bool is_found = rule->list != AUDIT_FILTER_FS; /* which knows no pid */

    if (rule->field_count >= RULE_FIELDS)
        return false;
    for (uint32_t i = 0; i < rule->field_count; i++) {
        if (may_be_doubled(rule->fields[i].field)) {
            more = rule->fields[i];
            is_found = true;
            break;
        }
    }
    rule_copy(out, rule);
    out->fields[out->field_count++] = more;
    return is_found;
}
