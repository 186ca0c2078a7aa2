#include "cli/signals.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

static sigset_t our_signals(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    return set;
}

void signals_open(struct signals *signals)
{
    sigset_t set = our_signals();

    *signals = (struct signals){ 0 };
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->fd < 0)
        abort(); /* no descriptors before anything was opened */
}

void signals_close(struct signals *signals)
{
    sigset_t set = our_signals();

    close(signals->fd);
    signals->fd = -1;
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Whoever asks twice does not want to wait: the next one has its default effect. */
static void let_through(void)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
}

void signals_read(struct signals *signals)
{
    struct signalfd_siginfo signal;

    while (read(signals->fd, &signal, sizeof signal) == sizeof signal) {
        switch (signal.ssi_signo) {
        case SIGHUP:
            signals->reload = true;
            break;
        case SIGUSR1:
            signals->reopen = true;
            break;
        default:
            signals->ends++;
        }
    }
    if (signals->ends > 0)
        let_through();
}
