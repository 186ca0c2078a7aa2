#include "output/kafka.h"

#include <errno.h>

#include "output/secret.h"
#include "output/topic.h"

#define AT(member) offsetof(struct kafka_settings, member)

const char *const kafka_compressions[] = { "none", "gzip", "snappy", "lz4", "zstd", NULL };
const char *const kafka_mechanisms[] = { "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", NULL };

static const char *const topics_from[] = { "fixed", "attribute", NULL };
static const char *const keys[] = { "none", "topic", "node", "rule", NULL };

static const struct option of_tls[] = { TLS_OPTIONS(AT(tls)) };

static const struct option of_sasl[] = {
    { .name = "mechanism",
      .kind = OPTION_CHOICE,
      .offset = AT(sasl.mechanism),
      .choices = kafka_mechanisms,
      .summary = "how the broker is shown that we know the password" },
    { .name = "user", .kind = OPTION_TEXT, .offset = AT(sasl.user), .summary = "who we are" },
    { .name = "password",
      .kind = OPTION_SECRET,
      .offset = AT(sasl.password),
      .summary = "where the password is" },
};

static const struct option options[] = {
    { .name = "brokers",
      .kind = OPTION_TEXTS,
      .offset = AT(brokers),
      .summary = "where to ask for the cluster: HOST:PORT, one or several" },
    { .name = "topic",
      .kind = OPTION_TEXT,
      .offset = AT(topic),
      .summary = "the topic of messages that name no other" },
    { .name = "topic_from",
      .kind = OPTION_CHOICE,
      .offset = AT(topic_from),
      .choices = topics_from,
      .summary = "attribute: the event's attribute `topic`, else its key, is its topic" },
    { .name = "key",
      .kind = OPTION_CHOICE,
      .offset = AT(key),
      .choices = keys,
      .summary = "what chooses a message's partition" },
    { .name = "compression",
      .kind = OPTION_CHOICE,
      .offset = AT(compression),
      .choices = kafka_compressions,
      .summary = "of the batches on the wire and in the broker" },
    TLS_TABLE(of_tls, AT(tls)),
    { .name = "sasl",
      .kind = OPTION_TABLE,
      .inside = of_sasl,
      .inside_count = sizeof of_sasl / sizeof of_sasl[0],
      .given = AT(sasl.is_given),
      .summary = "log in with a password" },
    { .name = "options",
      .kind = OPTION_PAIRS,
      .offset = AT(options),
      .summary = "librdkafka's own: { ['linger.ms'] = '5' }" },
};

static const struct kafka_settings at_first = {
    .topic = { "audit", 5 }, .compression = 3, /* lz4 */
};

static int check_brokers(const struct kafka_settings *settings, struct error *err)
{
    if (settings->brokers.count == 0)
        return error_set(err, -EINVAL, "brokers: expected HOST:PORT, found nothing");
    for (size_t i = 0; i < settings->brokers.count; i++) {
        struct span broker = settings->brokers.list[i];
        const char *bad = memchr(broker.data, ',', broker.len);

        for (size_t j = 0; j < broker.len && bad == NULL; j++) {
            if (broker.data[j] <= ' ' || broker.data[j] == '/')
                bad = broker.data + j;
        }
        if (bad != NULL)
            return error_set(err, -EINVAL, "brokers: expected HOST:PORT, found '%.*s'",
                             SPAN_ARG(broker));
    }
    return 0;
}

static int check_topic(struct span topic, struct error *err)
{
    struct buffer clean = { 0 };

    topic_append(&clean, topic);

    bool is_good = span_equal(topic, buffer_span(&clean)) && !span_equal(topic, SPAN(".")) &&
                   !span_equal(topic, SPAN(".."));

    buffer_free(&clean);
    if (is_good)
        return 0;
    return error_set(err, -EINVAL,
                     "topic: expected up to %d letters, digits, '.', '_' and '-', found '%.*s'",
                     TOPIC_LONGEST, SPAN_ARG(topic));
}

static int check(const void *given, struct error *err)
{
    const struct kafka_settings *settings = given;
    int code;

    if ((code = check_brokers(settings, err)) != 0 ||
        (code = check_topic(settings->topic, err)) != 0 ||
        (code = tls_check(&settings->tls, err)) != 0)
        return code;
    if (settings->tls.server_name.data != NULL)
        return error_set(err, -EINVAL,
                         "tls: 'server_name' has no meaning here: each broker's "
                         "certificate bears the broker's own name");
    if (settings->sasl.is_given && settings->sasl.user.data == NULL)
        return error_set(err, -EINVAL, "sasl: 'user' is missing");
    if (settings->sasl.is_given && !secret_is_given(&settings->sasl.password))
        return error_set(err, -EINVAL, "sasl: 'password' is missing");

    struct kafka_config *config = kafka_config_new(settings, 10, err);

    if (config == NULL)
        return err->code;
    kafka_config_free(config);
    return 0;
}

static int probe(const void *given, struct error *err)
{
    const struct kafka_settings *settings = given;

    return settings->tls.is_on ? tls_probe(&settings->tls, err) : 0;
}

const struct output_kind kind_kafka = {
    .name = "kafka",
    .summary = "gives messages to an Apache Kafka cluster with an idempotent producer",
    .defaults = { .format = "json", .batch_events = 10000, .batch_bytes = 1 << 20, .batch_s = 0.1 },
    .wants_envelope = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct kafka_settings),
    .settings = &at_first,
    .check = check,
    .probe = probe,
    .open = kafka_sink_open,
};
