/*
 * rule_keeper.h - the kernel's rules while laudit runs: loads what configuration and policies want,
 * notices when they are others, and puts them back when it was told to.
 *
 * Works over control sockets of its own and blocks while the kernel answers, a few milliseconds
 * for some hundred rules; records wait in the live source's buffer meanwhile.
 */
#pragma once

#include "control/rule_drift.h"
#include "control/wanted_rules.h"

struct rule_keeper;

enum { RULE_KEEPER_LOOK_MS = 60 * 1000 /* between two looks when nothing is suspect */ };

/* `log` is borrowed. Asks the kernel what it knows, if it may. Never NULL. */
struct rule_keeper *rule_keeper_new(const struct log *);
void rule_keeper_free(struct rule_keeper *);

/*
 * A pipeline_ready: reads what is wanted now, in the place of what was. Before rule_keeper_start it
 * only reads; then it loads too, all or nothing. False with a mistake: all stays as it was, in the
 * kernel too. Where nothing is wanted the kernel's rules are left alone.
 */
bool rule_keeper_take(void *keeper, const struct config *, const struct engine *, struct mistakes *,
                      struct mistakes *notes);

/*
 * Loads for the first time. What the kernel refuses is logged and left out, for a daemon with fewer
 * rules is better than none; it is drift then.
 */
void rule_keeper_start(struct rule_keeper *);

/*
 * In the place of that for one who only reads along: a rule that spares this process, until
 * rule_keeper_free. Why it cannot be is logged.
 */
void rule_keeper_exclude_us(struct rule_keeper *);

/*
 * The kernel is to record nothing of programs that this process starts, or it may: a rule that
 * spares them, until rule_keeper_free, which comes when they have ended. Each tick puts it back
 * where somebody has deleted it or put another one before it. Why it cannot be is logged once.
 */
void rule_keeper_exclude_children(struct rule_keeper *, bool is_wanted);

/* Somebody, maybe we, changed the kernel's rules (CONFIG_CHANGE): the next tick looks. */
void rule_keeper_suspect(struct rule_keeper *);

/*
 * Looks when it is time to, and puts right what is new or was wrong a minute ago. True when there
 * was a difference that was not told before, or one was put right at last.
 */
bool rule_keeper_tick(struct rule_keeper *, uint64_t now_ms, struct rule_drift *);
