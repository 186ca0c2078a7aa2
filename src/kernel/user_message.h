/*
 * user_message.h - a message of a program for the audit trail: a USER record, as auditctl -m makes
 * it.
 */
#pragma once

#include "base/buffer.h"
#include "kernel/netlink.h"

/*
 * Writes what stands in the record's msg='...': "text=... exe="/usr/sbin/laudit" hostname=? addr=?
 * terminal=pts/0 res=success". `exe` becomes hex when it holds a quote, a blank or a byte outside
 * ASCII; an absent `exe` or `terminal` is "?".
 */
void user_message_write(struct span text, struct span exe, struct span terminal, struct buffer *);

/*
 * Sends it in this process's name and waits. 0, or negative errno with a sentence: -EINVAL for a
 * control byte (it could forge a line of a log), -EMSGSIZE for what the kernel would cut.
 */
int user_message_send(struct netlink *, struct span text, struct error *);
