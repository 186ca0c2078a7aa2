#include "control/notices.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "tables/record_types.h"

enum {
    NOTICE_ROOM = 1024, /* bytes of one record */
    SERIAL_MOST = 10000 /* the first serial is below it, as auditd's is */
};

/* A number of /proc/self, or "unset". */
static uint32_t own_number(const char *path)
{
    FILE *file = fopen(path, "re");
    uint32_t number = UINT32_MAX;

    if (file == NULL)
        return number;
    if (fscanf(file, "%" SCNu32, &number) != 1)
        number = UINT32_MAX;
    fclose(file);
    return number;
}

void notices_begin(struct notices *notices, struct pipeline *pipeline, uint64_t now_ms)
{
    *notices = (struct notices){ .pipeline = pipeline,
                                 .serial = (uint32_t)(now_ms % SERIAL_MOST) + 1,
                                 .auid = own_number("/proc/self/loginuid"),
                                 .session = own_number("/proc/self/sessionid") };
}

/* Sends one record; `what` is what stands before auid, `result` behind res=. */
static void give(struct notices *notices, uint16_t type, uint64_t now_ms, const char *what,
                 const char *result)
{
    char text[NOTICE_ROOM];
    int len = snprintf(text, sizeof text,
                       "audit(%" PRIu64 ".%03u:%" PRIu32 "): %s auid=%" PRIu32
                       " pid=%d uid=%u ses=%" PRIu32 " res=%s",
                       now_ms / 1000, (unsigned)(now_ms % 1000), notices->serial++, what,
                       notices->auid, (int)getpid(), (unsigned)getuid(), notices->session, result);
    struct record_text record = { .type = type,
                                  .text = { text, (size_t)len },
                                  .arrival_ns = now_ms * 1000000 };

    pipeline_take(notices->pipeline, &record);
}

void notice_start(struct notices *notices, uint64_t now_ms)
{
    char what[256];
    struct utsname host = { .release = "" };

    uname(&host);
    snprintf(what, sizeof what, "op=start ver=%s format=laudit kernel=%s", LAUDIT_VERSION,
             host.release);
    give(notices, TYPE_DAEMON_START, now_ms, what, "success");
}

void notice_reload(struct notices *notices, uint64_t now_ms, bool is_swapped)
{
    give(notices, TYPE_DAEMON_CONFIG, now_ms,
         is_swapped ? "op=reconfigure state=changed" : "op=reconfigure state=no-change",
         is_swapped ? "success" : "failed");
}

void notice_end(struct notices *notices, uint64_t now_ms)
{
    give(notices, TYPE_DAEMON_END, now_ms, "op=terminate", "success");
}

void notice_loss(struct notices *notices, uint64_t now_ms, const struct ledger_source *source)
{
    char what[128];

    if (source->kernel_lost <= notices->lost && source->enobufs <= notices->enobufs)
        return;
    snprintf(what, sizeof what, "op=lost-records lost=%" PRIu64 " enobufs=%" PRIu64,
             source->kernel_lost - notices->lost, source->enobufs - notices->enobufs);
    notices->lost = source->kernel_lost;
    notices->enobufs = source->enobufs;
    give(notices, TYPE_DAEMON_ERR, now_ms, what, "failed");
}

void notice_rival(struct notices *notices, uint64_t now_ms, const struct ledger_source *source)
{
    char what[64];

    if (source->rivals <= notices->rivals)
        return;
    snprintf(what, sizeof what, "op=rival opid=%" PRIu32, source->rival_pid);
    notices->rivals = source->rivals;
    give(notices, TYPE_DAEMON_ERR, now_ms, what, "failed");
}

void notice_drift(struct notices *notices, uint64_t now_ms, const struct rule_drift *drift)
{
    static const char *const states[] = { "changed", "restored", "failed" };
    char what[128];

    snprintf(what, sizeof what, "op=drift removed=%zu added=%zu moved=%zu state=%s", drift->missing,
             drift->foreign, drift->moved, states[drift->state]);
    give(notices, TYPE_DAEMON_ERR, now_ms, what, "failed");
}

void notice_quarantines(struct notices *notices, uint64_t now_ms, const struct ledger *ledger)
{
    uint64_t quarantines = 0;
    char what[256];

    for (size_t i = 0; i < ledger->policy_count; i++)
        quarantines += ledger->policies[i].quarantines;
    for (size_t i = 0; quarantines > notices->quarantines && i < ledger->policy_count; i++) {
        if (!ledger->policies[i].is_quarantined)
            continue;
        snprintf(what, sizeof what, "op=quarantine policy=%.*s",
                 SPAN_ARG(ledger->policies[i].name));
        give(notices, TYPE_DAEMON_ERR, now_ms, what, "failed");
    }
    notices->quarantines = quarantines;
}
