#include "cli/signals.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Sent to ourselves for the first SIGINT or SIGTERM: those two cannot wait and have a handler. */
#define SIGNAL_END SIGRTMIN

static void handle_ends(void (*handler)(int))
{
    struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };

    sigaddset(&action.sa_mask, SIGINT);
    sigaddset(&action.sa_mask, SIGTERM);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

/* Whoever asks twice does not want to wait. */
static void on_second_end(int number)
{
    sigset_t set;

    signal(number, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, number);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    raise(number);
    _exit(128 + number); /* the first process of a container does not die of signals */
}

static void on_first_end(int number)
{
    int code = errno;

    (void)number;
    handle_ends(on_second_end);
    kill(getpid(), SIGNAL_END);
    errno = code;
}

void signals_open(struct signals *signals)
{
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGHUP);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGNAL_END);
    *signals = (struct signals){ 0 };
    sigprocmask(SIG_BLOCK, &set, NULL);
    signals->fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals->fd < 0)
        abort(); /* no descriptors before anything was opened */
    handle_ends(on_first_end);
}

void signals_close(struct signals *signals)
{
    close(signals->fd);
    signals->fd = -1;
}

void signals_read(struct signals *signals)
{
    struct signalfd_siginfo signal;

    while (read(signals->fd, &signal, sizeof signal) == sizeof signal) {
        if (signal.ssi_signo == SIGHUP)
            signals->reload = true;
        else if (signal.ssi_signo == SIGUSR1)
            signals->reopen = true;
        else if (signal.ssi_signo == SIGUSR2)
            signals->ledger = true;
        else
            signals->end = true;
    }
}
