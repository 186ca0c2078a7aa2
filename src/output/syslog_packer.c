#include "output/syslog_packer.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/utf8.h"
#include "format/time_text.h"

enum {
    HOST_LONGEST = 255,                /* bytes; RFC 5424's HOSTNAME */
    KEY_LONGEST = 255,                 /* bytes of a rule's key that are sent */
    MARK_ROOM = 48,                    /* bytes that say what was cut or split */
    TEXT_LEAST = 64,                   /* bytes; shorter parts are not worth a header */
    NO_LIMIT = 1 << 30,                /* bytes */
    SECONDS_OF_FOUR_DIGITS = 253402300 /* thousands; the year 10000 begins then */
};

struct syslog_packer {
    struct packer packer;
    struct syslog_packer_settings settings;
    char tag[SYSLOG_TAG_LONGEST + 1];
    char host[HOST_LONGEST + 1]; /* this machine */
    struct buffer head;          /* what all parts of a message begin with */
    struct buffer piece;
    char time[TIME_TEXT_ROOM]; /* RFC 3164 */
    uint64_t time_of;          /* the second that it says */
};

/* What stands around the text of one part. */
struct mark {
    char before[MARK_ROOM], after[MARK_ROOM];
};

/* Bytes that a header may hold: printable, no space; others become '?'. */
static void append_word(struct buffer *out, struct span word, size_t longest)
{
    for (size_t i = 0; i < word.len && i < longest; i++)
        buffer_byte(out, word.data[i] > ' ' && word.data[i] <= '~' ? word.data[i] : '?');
}

/* RFC 5424, 6.3.3: UTF-8, and a backslash before '"', '\\' and ']'. */
static void append_value(struct buffer *out, struct span value, size_t longest)
{
    size_t len;

    for (size_t i = 0; i < value.len && i < longest; i += len) {
        struct span rest = span_skip(value, i);
        unsigned char byte = (unsigned char)*rest.data;

        len = utf8_len(rest);
        if (len == 0 || byte < ' ' || byte == 0x7f) {
            len = 1;
            buffer_byte(out, '?');
            continue;
        }
        if (byte == '"' || byte == '\\' || byte == ']')
            buffer_byte(out, '\\');
        buffer_append(out, (struct span){ rest.data, len });
    }
}

static unsigned severity_of(const struct syslog_packer *packer, const struct envelope *envelope)
{
    static const unsigned of_alerts[] = {
        [SEVERITY_INFO] = 6,    /* info */
        [SEVERITY_LOW] = 5,     /* notice */
        [SEVERITY_MEDIUM] = 4,  /* warning */
        [SEVERITY_HIGH] = 3,    /* err */
        [SEVERITY_CRITICAL] = 2 /* crit */
    };

    return envelope->is_alert ? of_alerts[envelope->severity] : packer->settings.severity;
}

static void append_host(const struct syslog_packer *packer, const struct envelope *envelope,
                        struct buffer *out)
{
    if (envelope->node.len > 0)
        append_word(out, envelope->node, HOST_LONGEST);
    else
        append_word(out, span_of(packer->host), HOST_LONGEST);
}

static void append_structured_data(const struct envelope *envelope, struct buffer *out)
{
    buffer_append(out, SPAN("[laudit@32473"));
    if (envelope->time_ms != 0)
        buffer_printf(out, " id=\"%llu.%03u:%u\"", (unsigned long long)(envelope->time_ms / 1000),
                      (unsigned)(envelope->time_ms % 1000), envelope->serial);
    if (envelope->is_alert) {
        buffer_append(out, SPAN(" severity=\""));
        buffer_append(out, severity_name(envelope->severity));
        buffer_byte(out, '"');
    }
    if (envelope->key.len > 0) {
        buffer_append(out, SPAN(" key=\""));
        append_value(out, envelope->key, KEY_LONGEST);
        buffer_byte(out, '"');
    }
}

/* <134>1 2021-03-07T10:50:32.375Z web1 laudit 812 event [laudit@32473 id="..." key="..." */
static void write_rfc5424(const struct syslog_packer *packer, const struct envelope *envelope,
                          struct buffer *out)
{
    bool has_time = envelope->time_ms != 0 && envelope->time_ms / 1000000 < SECONDS_OF_FOUR_DIGITS;
    char time[TIME_TEXT_ROOM] = "-";

    if (has_time)
        time_text(envelope->time_ms, 'T', "Z", time);
    buffer_append(out, SPAN("1 "));
    buffer_append(out, span_of(time));
    buffer_byte(out, ' ');
    append_host(packer, envelope, out);
    buffer_byte(out, ' ');
    buffer_append(out, span_of(packer->tag));
    buffer_byte(out, ' ');
    buffer_decimal(out, (uint64_t)getpid());
    buffer_append(out, envelope->is_alert ? SPAN(" alert ") : SPAN(" event "));
    append_structured_data(envelope, out);
}

/* "Mar  7 10:50:32" in local time, as the other side reads it. Made anew when the second changes.
 */
static struct span local_time(struct syslog_packer *packer, uint64_t time_ms)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                          "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
    time_t seconds = (time_t)(time_ms / 1000);
    struct tm parts = { 0 };

    if (time_ms == 0)
        return local_time(packer, (uint64_t)time(NULL) * 1000);
    if (packer->time_of != time_ms / 1000 || packer->time[0] == '\0') {
        if (localtime_r(&seconds, &parts) == NULL)
            parts = (struct tm){ .tm_mday = 1 };
        snprintf(packer->time, sizeof packer->time, "%s %2d %02d:%02d:%02d", months[parts.tm_mon],
                 parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec);
        packer->time_of = time_ms / 1000;
    }
    return span_of(packer->time);
}

/* <134>Mar  7 10:50:32 web1 laudit[812]: */
static void write_rfc3164(struct syslog_packer *packer, const struct envelope *envelope,
                          struct buffer *out)
{
    buffer_append(out, local_time(packer, envelope->time_ms));
    buffer_byte(out, ' ');
    if (packer->settings.has_hostname) {
        append_host(packer, envelope, out);
        buffer_byte(out, ' ');
    }
    buffer_append(out, span_of(packer->tag));
    buffer_byte(out, '[');
    buffer_decimal(out, (uint64_t)getpid());
    buffer_append(out, SPAN("]: "));
}

static void write_head(struct syslog_packer *packer, const struct envelope *envelope)
{
    buffer_clear(&packer->head);
    buffer_byte(&packer->head, '<');
    buffer_decimal(&packer->head, packer->settings.facility * 8 + severity_of(packer, envelope));
    buffer_byte(&packer->head, '>');
    if (packer->settings.protocol == SYSLOG_RFC5424)
        write_rfc5424(packer, envelope, &packer->head);
    else
        write_rfc3164(packer, envelope, &packer->head);
}

/* Appends a syslog message with this part of the text, framed if it goes to a stream. */
static void append_part(struct syslog_packer *packer, struct span text, const struct mark *mark,
                        bool is_stream, struct buffer *out)
{
    struct buffer *piece = &packer->piece;
    bool is_counted = is_stream && packer->settings.framing == SYSLOG_OCTETS;

    buffer_clear(piece);
    buffer_append(piece, buffer_span(&packer->head));
    buffer_append(piece, span_of(mark->before));
    if (packer->settings.protocol == SYSLOG_RFC5424)
        buffer_append(piece, SPAN("] "));
    if (is_counted) {
        buffer_decimal(out, piece->len + text.len + strlen(mark->after));
        buffer_byte(out, ' ');
    }
    buffer_append(out, buffer_span(piece));
    buffer_append(out, text);
    buffer_append(out, span_of(mark->after));
    if (is_stream && !is_counted)
        buffer_byte(out, '\n');
}

/* The longest beginning of at most `longest` bytes that ends between two characters. */
static struct span cut_text(struct span text, size_t longest)
{
    size_t len = longest;

    if (text.len <= longest)
        return text;
    for (unsigned back = 0; back < 3 && len > 1 && ((unsigned char)text.data[len] & 0xc0) == 0x80;
         back++)
        len--;
    if (((unsigned char)text.data[len] & 0xc0) == 0x80)
        len = longest; /* no UTF-8 */
    return (struct span){ text.data, len };
}

static size_t count_parts(struct span text, size_t longest)
{
    size_t parts = 0;

    for (; text.len > 0; parts++)
        text = span_skip(text, cut_text(text, longest).len);
    return parts;
}

static void pack_parts(struct syslog_packer *packer, struct span text, size_t longest,
                       bool is_stream, size_t message, struct cargo *cargo)
{
    bool is_old = packer->settings.protocol == SYSLOG_RFC3164;
    size_t parts = count_parts(text, longest);

    for (size_t number = 1; number <= parts; number++) {
        struct span part = cut_text(text, longest);
        struct mark mark = { "", "" };

        snprintf(mark.before, sizeof mark.before, is_old ? "part %zu/%zu: " : " part=\"%zu/%zu\"",
                 number, parts);
        append_part(packer, part, &mark, is_stream, &cargo->bytes);
        cargo_commit(cargo, message);
        text = span_skip(text, part.len);
    }
}

static void pack_cut(struct syslog_packer *packer, struct span text, size_t longest, bool is_stream,
                     size_t message, struct cargo *cargo)
{
    struct span part = cut_text(text, longest);
    struct mark mark = { "", "" };

    if (packer->settings.protocol == SYSLOG_RFC3164)
        snprintf(mark.after, sizeof mark.after, " [cut]");
    else
        snprintf(mark.before, sizeof mark.before, " cut=\"%zu\"", text.len - part.len);
    append_part(packer, part, &mark, is_stream, &cargo->bytes);
    cargo_commit(cargo, message);
}

/* Packs one line. False when it cannot be made short enough. */
static bool pack_line(struct syslog_packer *packer, struct span text, size_t longest,
                      bool is_stream, size_t message, struct cargo *cargo)
{
    static const struct mark none = { "", "" };
    size_t around = packer->head.len + 2; /* "] " */

    if (around + text.len <= longest) {
        append_part(packer, text, &none, is_stream, &cargo->bytes);
        cargo_commit(cargo, message);
        return true;
    }
    if (around + MARK_ROOM + TEXT_LEAST > longest)
        return false;
    packer->packer.cut += packer->settings.too_long == SYSLOG_CUT;
    if (packer->settings.too_long == SYSLOG_CUT)
        pack_cut(packer, text, longest - around - MARK_ROOM, is_stream, message, cargo);
    else
        pack_parts(packer, text, longest - around - MARK_ROOM, is_stream, message, cargo);
    return true;
}

static enum fate syslog_pack(struct packer *base, const struct batch *batch, size_t message,
                             size_t limit, struct cargo *cargo)
{
    struct syslog_packer *packer = (struct syslog_packer *)base;
    struct span rest = batch_body(batch, message);
    size_t longest = packer->settings.longest != 0 ? packer->settings.longest : NO_LIMIT;
    size_t before = cargo->count;
    struct envelope envelope;

    batch_envelope(batch, message, &envelope);
    write_head(packer, &envelope);
    if (limit != 0 && limit < longest)
        longest = limit;
    while (rest.len > 0) {
        const char *newline = memchr(rest.data, '\n', rest.len);
        size_t len = newline != NULL ? (size_t)(newline - rest.data) : rest.len;
        struct span line = { rest.data, len };

        if (len > 0 && !pack_line(packer, line, longest, limit == 0, message, cargo)) {
            cargo_revert(cargo, before);
            return FATE_TOO_LONG;
        }
        rest = span_skip(rest, newline != NULL ? len + 1 : len);
    }
    return cargo->count > before ? FATE_WAITING : FATE_DELIVERED;
}

static void syslog_free(struct packer *base)
{
    struct syslog_packer *packer = (struct syslog_packer *)base;

    buffer_free(&packer->head);
    buffer_free(&packer->piece);
    free(packer);
}

struct packer *syslog_packer_new(const struct syslog_packer_settings *settings)
{
    static const struct packer_class class = { .pack = syslog_pack, .free = syslog_free };
    struct syslog_packer *packer = calloc(1, sizeof *packer);

    if (packer == NULL)
        abort();
    packer->packer.class = &class;
    packer->settings = *settings;
    memcpy(packer->tag, settings->tag.data, settings->tag.len);
    if (gethostname(packer->host, sizeof packer->host - 1) != 0 || packer->host[0] == '\0')
        memcpy(packer->host, "-", 2);
    return &packer->packer;
}
