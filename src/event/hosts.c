#include "event/hosts.h"

/* This host is known and leads from the start: most logs know no other. */
void hosts_init(struct hosts *hosts)
{
    *hosts = (struct hosts){ .count = 1 };
    hosts->recent = hosts->leader = &hosts->all[0];
}

/* A place for one more host; the one known longest goes, but never the leader. */
static struct host *take_place(struct hosts *hosts)
{
    if (hosts->count < HOSTS_KNOWN)
        return &hosts->all[hosts->count++];
    if (&hosts->all[hosts->oldest] == hosts->leader)
        hosts->oldest = (hosts->oldest + 1) % HOSTS_KNOWN;

    struct host *host = &hosts->all[hosts->oldest];

    hosts->oldest = (hosts->oldest + 1) % HOSTS_KNOWN;
    return host;
}

static struct host *find(struct hosts *hosts, uint32_t node)
{
    for (uint32_t i = 0; i < hosts->count; i++) {
        if (hosts->all[i].node == node)
            return &hosts->all[i];
    }

    struct host *host = take_place(hosts);

    *host = (struct host){ .node = node };
    return host;
}

struct host *hosts_turn(struct hosts *hosts, uint32_t node)
{
    if (hosts->recent == hosts->leader)
        hosts->turn++; /* it has been heard: all others' silence is counted anew */
    hosts->recent = find(hosts, node);
    return hosts->recent;
}

static bool has_waited(struct hosts *hosts, struct host *host)
{
    if (host->turn == hosts->turn && host->now_ms >= host->since_ms)
        return host->now_ms - host->since_ms > HOSTS_SILENCE_MS;
    host->turn = hosts->turn;
    host->since_ms = host->now_ms;
    return false;
}

void hosts_challenge(struct hosts *hosts, struct host *host)
{
    if (host->now_ms >= hosts->leader->now_ms || has_waited(hosts, host)) {
        hosts->leader = host;
        hosts->turn++;
    }
}
