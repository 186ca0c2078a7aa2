/*
 * wire.h - a rule as the bytes of struct audit_rule_data (linux/audit.h): what AUDIT_ADD_RULE and
 * AUDIT_DEL_RULE carry, and what AUDIT_LIST_RULES answers.
 */
#pragma once

#include "base/buffer.h"
#include "rules/rule.h"

enum {
    RULE_WIRE_HEAD = 1040,      /* bytes before the texts */
    RULE_WIRE_TEXT_MOST = 4096, /* bytes of one text that the kernel takes: PATH_MAX */
    /* Bytes of a payload at most; the longest that the language can say has three long texts. */
    RULE_WIRE_LONGEST = RULE_WIRE_HEAD + RULE_FIELDS * RULE_WIRE_TEXT_MOST
};

/*
 * Appends the payload, byte for byte as auditctl makes it: texts in the order of their fields,
 * nothing between or behind them. `is_prepended` is "-A": to the front of its list.
 */
void rule_encode(const struct rule *, bool is_prepended, struct buffer *out);

/*
 * Reads any bytes. Texts are borrowed from `payload`; fields, operators, lists and actions that
 * nobody knows stay as numbers. 0; -EBADMSG when they are no rule, and then *rule is not to be
 * read: shorter than they say, more than RULE_FIELDS fields, a text beyond the end. Behind what
 * they say there may be more (netlink rounds up).
 */
int rule_decode(struct span payload, struct rule *);

/* True when `payload` asks for the front of its list, which a rule itself does not say. */
bool rule_is_prepended(struct span payload);
