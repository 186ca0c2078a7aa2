/* syslog.c - the options of outputs of kind syslog. */
#include <errno.h>

#include "output/courier.h"
#include "output/kind.h"
#include "output/syslog_packer.h"

enum { UNSET = -1, LONGEST_LEAST = 1024 /* bytes */ };

struct syslog_settings {
    int network;
    struct span address;
    int protocol, framing; /* UNSET: as the network has it */
    int facility, severity;
    struct span tag;
    uint64_t longest;
    int too_long;
    struct tls_settings tls;
};

#define AT(member) .offset = offsetof(struct syslog_settings, member)

static const char *const networks[] = { "unix", "udp", "tcp", "tls", NULL };
static const char *const protocols[] = { "rfc5424", "rfc3164", NULL };
static const char *const framings[] = { "octets", "newline", NULL };
static const char *const facilities[] = { "kern",     "user",   "mail",   "daemon", "auth",
                                          "syslog",   "lpr",    "news",   "uucp",   "cron",
                                          "authpriv", "ftp",    "ntp",    "audit",  "alert",
                                          "clock",    "local0", "local1", "local2", "local3",
                                          "local4",   "local5", "local6", "local7", NULL };
static const char *const severities[] = { "emerg",  "alert", "crit",  "err", "warning",
                                          "notice", "info",  "debug", NULL };
static const char *const answers[] = { "cut", "split", NULL };

static const struct option of_tls[] = { TLS_OPTIONS(offsetof(struct syslog_settings, tls)) };

static const struct option options[] = {
    { .name = "network",
      .kind = OPTION_CHOICE,
      AT(network),
      .choices = networks,
      .summary = "how to send" },
    { .name = "address",
      .kind = OPTION_TEXT,
      AT(address),
      .summary = "where to: HOST:PORT, or the path of a socket; default with network = 'unix': "
                 "/dev/log" },
    { .name = "protocol",
      .kind = OPTION_CHOICE,
      AT(protocol),
      .choices = protocols,
      .summary = "form of the messages; default: 'rfc5424', with 'unix' 'rfc3164'" },
    { .name = "framing",
      .kind = OPTION_CHOICE,
      AT(framing),
      .choices = framings,
      .summary = "how messages stand in a stream; default: 'octets', with 'unix' 'newline'" },
    { .name = "facility",
      .kind = OPTION_CHOICE,
      AT(facility),
      .choices = facilities,
      .summary = "of all messages" },
    { .name = "severity",
      .kind = OPTION_CHOICE,
      AT(severity),
      .choices = severities,
      .summary = "of events; alerts bring their own" },
    { .name = "tag", .kind = OPTION_TEXT, AT(tag), .summary = "name of the program" },
    { .name = "longest",
      .kind = OPTION_SIZE,
      AT(longest),
      .summary = "bytes of a message with its header; default: what the transport carries" },
    { .name = "too_long",
      .kind = OPTION_CHOICE,
      AT(too_long),
      .choices = answers,
      .summary = "what becomes of longer ones" },
    TLS_TABLE(of_tls, offsetof(struct syslog_settings, tls)),
};

static const struct syslog_settings defaults = {
    .network = NETWORK_UNIX,
    .protocol = UNSET,
    .framing = UNSET,
    .facility = 16, /* local0 */
    .severity = 6,  /* info */
    .tag = { "laudit", 6 },
    .too_long = SYSLOG_CUT,
};

static struct carrier_settings carrier_of(const struct syslog_settings *settings, double timeout_s)
{
    bool is_local = settings->network == NETWORK_UNIX && settings->address.data == NULL;

    return (struct carrier_settings){ .network = (enum network)settings->network,
                                      .address = is_local ? SPAN("/dev/log") : settings->address,
                                      .port = settings->network == NETWORK_TLS ? "6514" : "514",
                                      .tls = settings->tls,
                                      .timeout_s = timeout_s };
}

static bool is_tag(struct span tag)
{
    for (size_t i = 0; i < tag.len; i++) {
        if (tag.data[i] <= ' ' || tag.data[i] > '~')
            return false;
    }
    return tag.len > 0 && tag.len <= SYSLOG_TAG_LONGEST;
}

static int check(const void *any, struct error *err)
{
    const struct syslog_settings *settings = any;
    const struct carrier_settings carrier = carrier_of(settings, 0);
    bool is_stream = settings->network != NETWORK_UDP;

    if (!is_tag(settings->tag))
        return error_set(err, -EINVAL,
                         "tag: expected 1 to %d printable characters without a space, found '%.*s'",
                         SYSLOG_TAG_LONGEST, SPAN_ARG(settings->tag));
    if (settings->longest != 0 && settings->longest < LONGEST_LEAST)
        return error_set(err, -EINVAL, "longest: expected at least %d bytes, found %llu",
                         LONGEST_LEAST, (unsigned long long)settings->longest);
    if (settings->framing != UNSET && !is_stream)
        return error_set(err, -EINVAL, "framing: datagrams have none");
    if (settings->network == NETWORK_TLS && settings->framing == SYSLOG_NEWLINE)
        return error_set(err, -EINVAL, "framing: over TLS it is 'octets' (RFC 5425)");
    return carrier_check(&carrier, err);
}

static int probe(const void *any, struct error *err)
{
    const struct syslog_settings *settings = any;

    return settings->network == NETWORK_TLS ? tls_probe(&settings->tls, err) : 0;
}

static struct sink *open_sink(const void *any, const struct sink_host *host, struct error *err)
{
    const struct syslog_settings *settings = any;
    const struct carrier_settings carrier = carrier_of(settings, host->connect_timeout_s);
    bool is_local = settings->network == NETWORK_UNIX;
    int protocol = is_local ? SYSLOG_RFC3164 : SYSLOG_RFC5424;
    int framing = is_local ? SYSLOG_NEWLINE : SYSLOG_OCTETS;

    if (settings->protocol != UNSET)
        protocol = settings->protocol;
    if (settings->framing != UNSET)
        framing = settings->framing;

    const struct syslog_packer_settings packer = {
        .protocol = (enum syslog_protocol)protocol,
        .framing = (enum syslog_framing)framing,
        .too_long = (enum syslog_too_long)settings->too_long,
        .facility = (unsigned)settings->facility,
        .severity = (unsigned)settings->severity,
        .tag = settings->tag,
        .longest = settings->longest,
        .has_hostname = !is_local,
    };

    (void)err;
    return courier_open(&carrier, syslog_packer_new(&packer), host);
}

const struct output_kind kind_syslog = {
    .name = "syslog",
    .summary = "sends syslog messages to /dev/log or over UDP, TCP or TLS",
    .defaults = { .format = "json", .batch_events = 1000, .batch_bytes = 1 << 20, .batch_s = 0.2 },
    .wants_envelope = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct syslog_settings),
    .settings = &defaults,
    .check = check,
    .probe = probe,
    .open = open_sink,
};
