/* gelf.c - the options of outputs of kind gelf. */
#include <errno.h>

#include "output/courier.h"
#include "output/gelf_packer.h"
#include "output/kind.h"

enum { UNSET = -1 };

struct gelf_settings {
    int network; /* 0: the first of `networks` */
    struct span address;
    int compression; /* UNSET: gzip, where there is any */
    uint32_t chunk;  /* 0: GELF_CHUNK */
    struct tls_settings tls;
};

#define AT(member) .offset = offsetof(struct gelf_settings, member)

static const char *const networks[] = { "udp", "tcp", "tls", NULL };
static const char *const compressions[] = { "gzip", "zlib", "none", NULL };

static const struct option of_tls[] = { TLS_OPTIONS(offsetof(struct gelf_settings, tls)) };

static const struct option options[] = {
    { .name = "network",
      .kind = OPTION_CHOICE,
      AT(network),
      .choices = networks,
      .summary = "how to send" },
    { .name = "address", .kind = OPTION_TEXT, AT(address), .summary = "where to: HOST:PORT" },
    { .name = "compression",
      .kind = OPTION_CHOICE,
      AT(compression),
      .choices = compressions,
      .summary = "of messages over UDP; default: 'gzip'" },
    { .name = "chunk",
      .kind = OPTION_COUNT,
      AT(chunk),
      .least = GELF_CHUNK_LEAST,
      .most = GELF_CHUNK_MOST,
      .summary = "bytes of a datagram over UDP; default: 1420" },
    TLS_TABLE(of_tls, offsetof(struct gelf_settings, tls)),
};

static const struct gelf_settings defaults = { .compression = UNSET };

static struct carrier_settings carrier_of(const struct gelf_settings *settings, double timeout_s)
{
    static const enum network of_choice[] = { NETWORK_UDP, NETWORK_TCP, NETWORK_TLS };

    return (struct carrier_settings){ .network = of_choice[settings->network],
                                      .address = settings->address,
                                      .port = "12201",
                                      .tls = settings->tls,
                                      .timeout_s = timeout_s };
}

static int check(const void *any, struct error *err)
{
    const struct gelf_settings *settings = any;
    const struct carrier_settings carrier = carrier_of(settings, 0);

    if (carrier.network != NETWORK_UDP && settings->compression != UNSET &&
        settings->compression != GELF_NONE)
        return error_set(err, -EINVAL, "compression: only with network = 'udp'");
    if (carrier.network != NETWORK_UDP && settings->chunk != 0)
        return error_set(err, -EINVAL, "chunk: only with network = 'udp'");
    return carrier_check(&carrier, err);
}

static int probe(const void *any, struct error *err)
{
    const struct gelf_settings *settings = any;

    return settings->tls.is_on ? tls_probe(&settings->tls, err) : 0;
}

static struct sink *open_sink(const void *any, const struct sink_host *host, struct error *err)
{
    const struct gelf_settings *settings = any;
    const struct carrier_settings carrier = carrier_of(settings, host->connect_timeout_s);
    int compression = settings->compression != UNSET ? settings->compression : GELF_GZIP;

    (void)err;
    if (carrier.network != NETWORK_UDP)
        compression = GELF_NONE;
    return courier_open(&carrier,
                        gelf_packer_new((enum gelf_compression)compression,
                                        settings->chunk != 0 ? settings->chunk : GELF_CHUNK),
                        host);
}

const struct output_kind kind_gelf = {
    .name = "gelf",
    .summary = "sends GELF messages over UDP, TCP or TLS",
    .defaults = { .format = "gelf", .batch_events = 1000, .batch_bytes = 1 << 20, .batch_s = 0.2 },
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct gelf_settings),
    .settings = &defaults,
    .check = check,
    .probe = probe,
    .open = open_sink,
};
