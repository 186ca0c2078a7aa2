/*
 * signals.h - signals as something to read, between two records.
 *
 * From signals_open on, the first SIGINT or SIGTERM, SIGHUP, SIGUSR1 and SIGUSR2 wait here until
 * they are read. The second SIGINT or SIGTERM ends the process at once, whatever keeps it busy.
 * Open it before any thread is started, which would take signals that are not meant for it.
 */
#pragma once

#include <stdbool.h>

struct signals {
    int fd;      /* readable when a signal waits */
    bool end;    /* SIGINT or SIGTERM came */
    bool reload; /* SIGHUP came; whoever acts on it clears it */
    bool reopen; /* SIGUSR1 came; likewise */
    bool ledger; /* SIGUSR2 came; likewise */
};

void signals_open(struct signals *);

/* What comes later is left unread: the process is about to end. */
void signals_close(struct signals *);

/* Takes what has come. */
void signals_read(struct signals *);
