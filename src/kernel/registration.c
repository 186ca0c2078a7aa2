#include "kernel/registration.h"

#include <unistd.h>

#include "kernel/refusal.h"

static void note_status(struct registration *registration, const struct status *status)
{
    if (registration->is_known)
        registration->lost +=
            status_newly_lost(registration->status.kernel.lost, status->kernel.lost);
    registration->status = *status;
    registration->is_known = true;
}

int registration_poll(struct registration *registration, datagram_sink *others, void *context,
                      struct error *err)
{
    struct status status;
    int code = status_get(registration->netlink, &status, others, context, err);

    if (code == 0)
        note_status(registration, &status);
    return code;
}

int registration_take(struct registration *registration, datagram_sink *others, void *context,
                      struct error *err)
{
    int code = registration_poll(registration, others, context, err);

    if (!registration->is_wanted) { /* reading along needs no more than CAP_AUDIT_READ */
        registration->is_mute = code != 0;
        return 0;
    }
    if (code == 0)
        code = status_set_pid(registration->netlink, (uint32_t)getpid(), others, context, err);
    registration->is_ours = code == 0;
    return code;
}

int registration_release(struct registration *registration, datagram_sink *others, void *context,
                         struct error *err)
{
    if (!registration->is_ours)
        return 0;
    registration->is_ours = registration->is_wanted = false;

    int code = status_set_pid(registration->netlink, 0, others, context, err);

    if (code != 0) { /* a socket that cannot be read may still be written */
        status_claim(&registration->claim, &registration->set, 0);
        request_send(&registration->claim, registration->netlink);
    }
    return code;
}

void registration_look(struct registration *registration, bool again)
{
    bool is_open = registration->ask.sequence != 0;

    if (registration->is_mute || (is_open && !again))
        return;
    status_ask(&registration->ask);
    request_send(&registration->ask, registration->netlink);
    if (again)
        registration->has_told = false;
}

static void claim_again(struct registration *registration, uint32_t holder)
{
    char who[HOLDER_TEXT];

    if (registration->is_ours || !registration->has_told)
        log_write(registration->log, LOG_LEVEL_WARNING,
                  "the kernel sends its audit records to %s; registering again",
                  holder != 0 ? refusal_holder(holder, who) : "nobody");
    registration->is_ours = false;
    registration->has_told = true;
    status_claim(&registration->claim, &registration->set, (uint32_t)getpid());
    request_send(&registration->claim, registration->netlink);
}

static void on_status(struct registration *registration)
{
    const struct request *ask = &registration->ask;
    struct status status;

    if (ask->code < 0 || status_parse((struct span){ ask->reply, ask->reply_len }, &status) != 0) {
        registration->is_mute = !registration->is_wanted;
        return;
    }
    note_status(registration, &status);
    if (registration->is_wanted && status.kernel.pid != (uint32_t)getpid())
        claim_again(registration, status.kernel.pid);
    else
        registration->is_ours = registration->is_wanted;
}

static void on_claim(struct registration *registration)
{
    if (registration->claim.code < 0)
        return; /* the next look says who holds it and tries again */
    registration->is_ours = true;
    registration->retaken++;
    log_write(registration->log, LOG_LEVEL_WARNING,
              "registered again; records went elsewhere meanwhile");
}

void registration_answer(struct registration *registration, const struct message *message)
{
    if (request_take(&registration->ask, message)) {
        if (!request_is_done(&registration->ask))
            return;
        registration->ask.sequence = 0;
        on_status(registration);
    } else if (request_take(&registration->claim, message) &&
               request_is_done(&registration->claim)) {
        registration->claim.sequence = 0;
        on_claim(registration);
    }
}

void registration_rival(struct registration *registration, uint32_t pid)
{
    char who[HOLDER_TEXT];

    if (!registration->has_told)
        log_write(registration->log, LOG_LEVEL_WARNING,
                  "%s tried to become the audit daemon in our place", refusal_holder(pid, who));
    registration->has_told = true;
    registration_look(registration, false);
}
