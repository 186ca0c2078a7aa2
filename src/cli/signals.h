/*
 * signals.h - signals as something to read, for a loop that is no uv loop.
 *
 * From signals_open on, SIGINT, SIGTERM, SIGHUP and SIGUSR1 wait here until they are read.
 */
#pragma once

#include <stdbool.h>

struct signals {
    int fd;        /* readable when a signal waits */
    unsigned ends; /* SIGINT and SIGTERM so far */
    bool reload;   /* SIGHUP came; whoever acts on it clears it */
    bool reopen;   /* SIGUSR1 came; likewise */
};

void signals_open(struct signals *);
void signals_close(struct signals *);

/* Takes what has come. After the first SIGINT or SIGTERM the next one ends the process at once. */
void signals_read(struct signals *);
