/*
 * hosts.h - the hosts whose records are read: each has a clock and serials of its own.
 *
 * One of them leads: its clock is Now. A host takes the lead when its clock passes the leader's, or
 * when the leader was silent while it went on for HOSTS_SILENCE_MS: logs of several hosts may stand
 * one behind the other. Bounded: only the last HOSTS_KNOWN are known.
 */
#pragma once

#include "event/serials.h"

enum {
    HOSTS_KNOWN = 64,
    HOSTS_SILENCE_MS = 10000 /* of another host's time */
};

struct host {
    uint32_t node;     /* hash of its name, 0 for this host */
    uint32_t turn;     /* of the leader's turns: in which since_ms was read */
    uint64_t now_ms;   /* the highest time read of its clock since that went back last */
    uint64_t due_ms;   /* none of its events in flight times out before */
    uint64_t since_ms; /* its clock when the leader had been heard last */
    struct serials serials;
};

struct hosts {
    struct host *recent; /* the one heard last */
    struct host *leader;
    uint32_t count, oldest, turn;
    struct host all[HOSTS_KNOWN];
};

void hosts_init(struct hosts *);

/* The slow path of hosts_hear: another host than the one before. */
struct host *hosts_turn(struct hosts *, uint32_t node);

/* The host with that hash, of which a record is read now. */
static inline struct host *hosts_hear(struct hosts *hosts, uint32_t node)
{
    return hosts->recent->node == node ? hosts->recent : hosts_turn(hosts, node);
}

/* The slow path of hosts_now: may `host` lead? */
void hosts_challenge(struct hosts *, struct host *);

/* Now, after the clock of `host` was moved. */
static inline uint64_t hosts_now(struct hosts *hosts, struct host *host)
{
    if (host != hosts->leader)
        hosts_challenge(hosts, host);
    return hosts->leader->now_ms;
}
