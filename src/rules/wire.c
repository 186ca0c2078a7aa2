#include "rules/wire.h"

#include <errno.h>

_Static_assert(sizeof(struct audit_rule_data) == RULE_WIRE_HEAD, "linux/audit.h has changed");
_Static_assert(sizeof(((struct rule *)0)->calls) == sizeof(((struct audit_rule_data *)0)->mask),
               "a rule's calls are the kernel's mask");

/*
 * The last word of the mask of "-S all": auditctl sets its classes, too, and the kernel drops them.
 * A rule is without them.
 */
enum { LAST = AUDIT_BITMASK_SIZE - 1, LAST_CALLS = 0xffff };

static void put_calls(const struct rule *rule, uint32_t mask[AUDIT_BITMASK_SIZE])
{
    memcpy(mask, rule->calls, sizeof rule->calls);
    if (rule_has_all_calls(rule) && mask[LAST] == LAST_CALLS)
        mask[LAST] = UINT32_MAX;
}

static void take_calls(const uint32_t mask[AUDIT_BITMASK_SIZE], struct rule *rule)
{
    memcpy(rule->calls, mask, sizeof rule->calls);
    if (rule_has_all_calls(rule) && mask[LAST] == UINT32_MAX)
        rule->calls[LAST] = LAST_CALLS;
}

void rule_encode(const struct rule *rule, bool is_prepended, struct buffer *out)
{
    struct audit_rule_data head = {
        .flags = rule->list | (is_prepended ? AUDIT_FILTER_PREPEND : 0),
        .action = rule->action,
        .field_count = rule->field_count,
    };

    put_calls(rule, head.mask);
    for (uint32_t i = 0; i < rule->field_count; i++) {
        const struct rule_field *field = &rule->fields[i];

        head.fields[i] = field->field;
        head.fieldflags[i] = field->op;
        head.values[i] = field->value;
        head.buflen += (uint32_t)field->text.len;
    }
    buffer_append(out, (struct span){ (const char *)&head, sizeof head });
    for (uint32_t i = 0; i < rule->field_count; i++)
        buffer_append(out, rule->fields[i].text);
}

int rule_decode(struct span payload, struct rule *rule)
{
    struct audit_rule_data head;

    if (payload.len < sizeof head)
        return -EBADMSG;
    memcpy(&head, payload.data, sizeof head);

    struct span texts = span_skip(payload, sizeof head);

    if (head.field_count > RULE_FIELDS || head.buflen > texts.len)
        return -EBADMSG;
    texts.len = head.buflen;

    rule->list = head.flags & ~(uint32_t)AUDIT_FILTER_PREPEND;
    rule->action = head.action;
    rule->field_count = head.field_count;
    take_calls(head.mask, rule);
    for (uint32_t i = 0; i < head.field_count; i++) {
        struct rule_field *field = &rule->fields[i];

        *field =
            (struct rule_field){ head.fields[i], head.fieldflags[i], head.values[i], { NULL, 0 } };
        if (!rule_field_is_text(field->field))
            continue;
        if (field->value > texts.len)
            return -EBADMSG;
        field->text = (struct span){ texts.data, field->value };
        texts = span_skip(texts, field->value);
    }
    return 0;
}

bool rule_is_prepended(struct span payload)
{
    uint32_t flags;

    if (payload.len < RULE_WIRE_HEAD)
        return false;
    memcpy(&flags, payload.data, sizeof flags);
    return (flags & AUDIT_FILTER_PREPEND) != 0;
}
