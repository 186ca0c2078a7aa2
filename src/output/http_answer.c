#include "output/http_answer.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/escape.h"

enum { SNIPPET = 200 /* bytes of an answer that are told */ };

/* What a status does to a message. */
enum reaction { DELIVERED, AGAIN, TROUBLE, TOO_BIG, REJECTED };

/* The messages of one request that wait. */
struct sent {
    struct batch *batch;
    size_t first, end, count;
};

static enum reaction reaction_to(long status)
{
    if (status >= 200 && status < 300)
        return DELIVERED;
    if (status < 400)
        return TROUBLE;
    switch (status) {
    case 401:
    case 403:
    case 407:
        return TROUBLE;
    case 408:
    case 425:
    case 429:
        return AGAIN;
    case 413:
        return TOO_BIG;
    default:
        return status < 500 ? REJECTED : AGAIN;
    }
}

/* Could the messages have been taken all the same? A server that says it is busy took nothing. */
static bool is_unknown(long status)
{
    return status >= 500 && status != 501 && status != 503;
}

static void settle(const struct sent *sent, enum fate fate)
{
    for (size_t i = sent->first; i < sent->end; i++) {
        struct batch_message *message = &sent->batch->messages[i];

        if (message->fate == FATE_WAITING)
            message->fate = fate;
    }
}

/* The index of the first message at or behind `from` that waits. */
static size_t next_waiting(const struct sent *sent, size_t from)
{
    while (from < sent->end && sent->batch->messages[from].fate != FATE_WAITING)
        from++;
    return from;
}

/* The beginning of an answer for people: printable, one line. */
static void say(struct http_verdict *verdict, long status, struct span text)
{
    char safe[SNIPPET];

    escape_text(safe, sizeof safe, text);
    snprintf(verdict->why, sizeof verdict->why, "HTTP %ld%s%s", status, *safe != '\0' ? ": " : "",
             safe);
}

static void fail(struct http_verdict *verdict, int code, const char *why)
{
    verdict->code = code;
    verdict->is_unknown = true;
    snprintf(verdict->why, sizeof verdict->why, "%s", why);
}

static json_t *read_object(struct span text)
{
    json_error_t unheard;
    json_t *root = json_loadb(text.data != NULL ? text.data : "", text.len, 0, &unheard);

    if (json_is_object(root))
        return root;
    json_decref(root);
    return NULL;
}

/* What an item of _bulk says: {"create":{"status":400,"error":{"type":...,"reason":...}}} */
static bool read_item(json_t *item, long *status, const char **reason)
{
    json_t *said = json_object_iter_value(json_object_iter(item));
    json_t *number = json_object_get(said, "status");
    json_t *error = json_object_get(said, "error");
    const char *why = json_string_value(json_object_get(error, "reason"));

    if (!json_is_integer(number) || json_object_size(item) != 1)
        return false;
    *status = (long)json_integer_value(number);
    *reason = why != NULL ? why : json_string_value(json_object_get(error, "type"));
    return true;
}

/* Counts of one answer of _bulk, and the first reasons. */
struct bulk_tally {
    size_t rejected, waiting;
    bool has_trouble;
    const char *rejected_why, *waiting_why;
    long rejected_status, waiting_status;
};

static enum fate fate_of_item(const struct http_settings *settings, long status, const char *reason,
                              struct bulk_tally *tally)
{
    enum reaction reaction = reaction_to(status);

    if (reaction == DELIVERED)
        return FATE_DELIVERED;
    if (status == 409 && settings->bulk.has_id)
        return FATE_DELIVERED; /* it is there since an earlier try */
    if (reaction == REJECTED || reaction == TOO_BIG) {
        if (tally->rejected++ == 0) {
            tally->rejected_why = reason;
            tally->rejected_status = status;
        }
        return FATE_REJECTED;
    }
    tally->has_trouble |= reaction == TROUBLE;
    if (tally->waiting++ == 0) {
        tally->waiting_why = reason;
        tally->waiting_status = status;
    }
    return FATE_WAITING;
}

static void tell_bulk(const struct bulk_tally *tally, const struct sent *sent,
                      struct http_verdict *verdict)
{
    bool waits = tally->waiting > 0;
    const char *why = waits ? tally->waiting_why : tally->rejected_why;
    char safe[SNIPPET];

    if (tally->waiting + tally->rejected == 0)
        return;
    escape_text(safe, sizeof safe, span_of(why != NULL ? why : "no reason given"));
    snprintf(verdict->why, sizeof verdict->why, "%zu of %zu documents were %s with status %ld: %s",
             waits ? tally->waiting : tally->rejected, sent->count, waits ? "put off" : "refused",
             waits ? tally->waiting_status : tally->rejected_status, safe);
    if (waits) {
        verdict->code = tally->has_trouble ? -EACCES : -EAGAIN;
        if (tally->has_trouble && verdict->wait_s < HTTP_TROUBLE_S)
            verdict->wait_s = HTTP_TROUBLE_S;
    }
}

static void judge_items(const struct http_settings *settings, json_t *items,
                        const struct sent *sent, struct http_verdict *verdict)
{
    struct bulk_tally tally = { 0 };
    size_t at = sent->first;

    if (json_array_size(items) != sent->count) {
        fail(verdict, -EPROTO, "the answer does not speak of every document");
        return;
    }
    for (size_t i = 0; i < sent->count; i++) {
        const char *reason;
        long status;

        at = next_waiting(sent, at);
        if (!read_item(json_array_get(items, i), &status, &reason)) {
            fail(verdict, -EPROTO, "the answer does not say what became of a document");
            return;
        }
        sent->batch->messages[at++].fate = fate_of_item(settings, status, reason, &tally);
    }
    tell_bulk(&tally, sent, verdict);
}

static void judge_bulk(const struct http_settings *settings, const struct http_answer *answer,
                       const struct sent *sent, struct http_verdict *verdict)
{
    json_t *root = answer->is_cut ? NULL : read_object(answer->text);
    json_t *errors = json_object_get(root, "errors");

    if (answer->is_cut)
        fail(verdict, -EPROTO, "the answer is longer than what is read of one");
    else if (!json_is_boolean(errors))
        fail(verdict, -EPROTO, "the answer is not one of _bulk");
    else if (json_is_false(errors))
        settle(sent, FATE_DELIVERED);
    else
        judge_items(settings, json_object_get(root, "items"), sent, verdict);
    json_decref(root);
}

/* OTLP says how many it refused, but not which, and that they must not be sent again. */
static void judge_otlp(const struct http_answer *answer, const struct sent *sent,
                       struct http_verdict *verdict)
{
    json_t *root = answer->is_cut ? NULL : read_object(answer->text);
    json_t *partial = json_object_get(root, "partialSuccess");
    json_t *count = json_object_get(partial, "rejectedLogRecords");
    const char *why = json_string_value(json_object_get(partial, "errorMessage"));
    const char *digits = json_string_value(count);
    uint64_t refused = json_is_integer(count) ? (uint64_t)json_integer_value(count) : 0;

    if (digits != NULL)
        span_decimal(span_of(digits), &refused);
    settle(sent, refused == 0 ? FATE_DELIVERED : FATE_REJECTED);
    if (refused > 0) {
        char safe[SNIPPET];

        escape_text(safe, sizeof safe, span_of(why != NULL ? why : "no reason given"));
        snprintf(verdict->why, sizeof verdict->why, "%llu of %zu records were refused: %s",
                 (unsigned long long)refused, sent->count, safe);
    }
    json_decref(root);
}

/* Splunk names the event that it could not read; false when it names none of ours. */
static bool is_one_refused(const struct http_answer *answer, const struct sent *sent,
                           struct http_verdict *verdict)
{
    json_t *root = read_object(answer->text);
    json_t *number = json_object_get(root, "invalid-event-number");
    bool is_named = json_is_integer(number) && json_integer_value(number) >= 0 &&
                    (size_t)json_integer_value(number) < sent->count;

    if (is_named) {
        size_t at = next_waiting(sent, sent->first);

        for (json_int_t i = 0; i < json_integer_value(number); i++)
            at = next_waiting(sent, at + 1);
        sent->batch->messages[at].fate = FATE_REJECTED;
        verdict->is_unknown = true;
        verdict->code = sent->count > 1 ? -EAGAIN : 0;
    }
    json_decref(root);
    return is_named;
}

/* nginx answers 400 to a client certificate that it does not take: that is no message's fault. The
 * whole beginning is compared, for what follows may hold words of strangers. */
static bool is_certificate_refused(const struct http_answer *answer)
{
    return answer->status == 400 &&
           (span_starts(answer->text, SPAN("<html>\r\n<head><title>400 The SSL certificate error"
                                           "</title></head>")) ||
            span_starts(answer->text,
                        SPAN("<html>\r\n<head><title>400 No required SSL certificate was sent"
                             "</title></head>")));
}

static void judge_2xx(const struct http_settings *settings, const struct http_answer *answer,
                      const struct sent *sent, struct http_verdict *verdict)
{
    if (settings->body == HTTP_BULK)
        judge_bulk(settings, answer, sent, verdict);
    else if (settings->body == HTTP_OTLP)
        judge_otlp(answer, sent, verdict);
    else
        settle(sent, FATE_DELIVERED);
}

static void judge_again(const struct http_answer *answer, bool is_trouble,
                        struct http_verdict *verdict)
{
    say(verdict, answer->status, answer->text);
    verdict->code = is_trouble ? -EACCES : -EAGAIN;
    verdict->is_unknown = is_unknown(answer->status);
    if (is_trouble && verdict->wait_s < HTTP_TROUBLE_S)
        verdict->wait_s = HTTP_TROUBLE_S;
}

static void judge_rejected(const struct http_settings *settings, const struct http_answer *answer,
                           const struct sent *sent, struct http_verdict *verdict)
{
    say(verdict, answer->status, answer->text);
    if (settings->body != HTTP_HEC || !is_one_refused(answer, sent, verdict))
        settle(sent, FATE_REJECTED);
}

void http_judge(const struct http_settings *settings, const struct http_answer *answer,
                struct batch *batch, size_t first, size_t end, struct http_verdict *verdict)
{
    struct sent sent = { .batch = batch, .first = first, .end = end };
    double wait_s = answer->retry_after_s;

    *verdict = (struct http_verdict){ 0 };
    verdict->wait_s = wait_s > HTTP_PATIENCE_S ? HTTP_PATIENCE_S : wait_s > 0 ? wait_s : 0;
    for (size_t i = first; i < end; i++)
        sent.count += batch->messages[i].fate == FATE_WAITING;
    switch (reaction_to(answer->status)) {
    case DELIVERED:
        judge_2xx(settings, answer, &sent, verdict);
        break;
    case AGAIN:
        judge_again(answer, false, verdict);
        break;
    case TROUBLE:
        judge_again(answer, true, verdict);
        break;
    case TOO_BIG:
        verdict->is_too_big = sent.count > 1;
        if (!verdict->is_too_big)
            judge_rejected(settings, answer, &sent, verdict);
        break;
    case REJECTED:
        if (is_certificate_refused(answer))
            judge_again(answer, true, verdict);
        else
            judge_rejected(settings, answer, &sent, verdict);
        break;
    }
    if (verdict->code == 0)
        verdict->wait_s = 0;
}
