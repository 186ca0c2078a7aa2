#include "output/kafka.h"

#include <errno.h>
#include <stdlib.h>

#include "base/arena.h"
#include "output/file_stamp.h"
#include "output/secret.h"

enum { CONNECT_LEAST_MS = 1000 /* librdkafka takes no less */ };

struct kafka_config {
    struct arena arena; /* what the spans below point to */
    rd_kafka_conf_t *base;
    struct span brokers; /* as librdkafka wants them, between commas */
    struct tls_settings tls;
    struct tls_stamp stamp;
    struct secret password;
    struct option_pair *secrets; /* of librdkafka's own options */
    size_t secret_count;
    uint64_t secrets_stamp; /* of all their files */
};

/* What `options` may not set. A name that ends with '.' stands for all that begin so. */
static const struct {
    const char *name, *why;
} reserved[] = {
    { "bootstrap.servers", "is said by 'brokers'" },
    { "metadata.broker.list", "is said by 'brokers'" },
    { "compression.codec", "is said by 'compression'" },
    { "compression.type", "is said by 'compression'" },
    { "security.protocol", "follows from 'tls' and 'sasl'" },
    { "sasl.", "is said by 'sasl'" },
    { "ssl.ca.location", "is said by 'tls'" },
    { "ssl.certificate.location", "is said by 'tls'" },
    { "ssl.key.location", "is said by 'tls'" },
    { "enable.ssl.certificate.verification", "is said by 'tls'" },
    { "acks", "is always 'all'" },
    { "request.required.acks", "is always 'all'" },
    { "enable.idempotence", "is always 'true'" },
    { "transactional.id", "has no meaning here: there are no transactions" },
    { "delivery.report.only.error", "is always 'false': the ledger needs every report" },
    { "message.timeout.ms", "is said by 'send_timeout'" },
    { "delivery.timeout.ms", "is said by 'send_timeout'" },
    { "socket.connection.setup.timeout.ms", "is said by 'connect_timeout'" },
    { "plugin.library.paths", "is refused: laudit loads no libraries by name" },
};

static int refuse_reserved(struct span name, struct error *err)
{
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++) {
        struct span each = span_of(reserved[i].name);

        if (span_equal(name, each) || (each.data[each.len - 1] == '.' && span_starts(name, each)))
            return error_set(err, -EINVAL, "options: '%.*s' %s", SPAN_ARG(name), reserved[i].why);
    }
    return 0;
}

static int set(rd_kafka_conf_t *conf, struct span name, struct span value, struct error *err)
{
    struct buffer text = { 0 };
    char why[512];

    buffer_append(&text, name);
    buffer_byte(&text, '\0');

    size_t value_at = text.len;

    buffer_append(&text, value);
    buffer_byte(&text, '\0');

    rd_kafka_conf_res_t result =
        rd_kafka_conf_set(conf, text.data, text.data + value_at, why, sizeof why);

    secret_forget(&text);
    if (result == RD_KAFKA_CONF_OK)
        return 0;
    return error_set(err, -EINVAL, "options: %s", why);
}

static int set_text(rd_kafka_conf_t *conf, const char *name, const char *value, struct error *err)
{
    return set(conf, span_of(name), span_of(value), err);
}

/* What laudit's promises rest on. */
static int set_promises(rd_kafka_conf_t *conf, double connect_timeout_s, struct error *err)
{
    char ms[32];
    double wanted = connect_timeout_s * 1000;

    snprintf(ms, sizeof ms, "%d",
             wanted < CONNECT_LEAST_MS ? CONNECT_LEAST_MS
             : wanted > 2147483647.0   ? 2147483647
                                       : (int)wanted);
    rd_kafka_conf_set_log_cb(conf, NULL); /* it would be called from librdkafka's own threads */

    const struct {
        const char *name, *value;
    } promises[] = {
        { "client.id", "laudit" },
        { "enable.idempotence", "true" },
        { "message.timeout.ms", "0" }, /* the output watches the time */
        { "socket.connection.setup.timeout.ms", ms },
        { "linger.ms", "2" }, /* a batch is already gathered; this lets it be handed over whole */
        { "topic.metadata.propagation.max.ms", "10000" },
    };
    int code = 0;

    for (size_t i = 0; i < sizeof promises / sizeof promises[0] && code == 0; i++)
        code = set_text(conf, promises[i].name, promises[i].value, err);
    return code;
}

static int set_sasl(rd_kafka_conf_t *conf, const struct kafka_settings *settings, struct error *err)
{
    const char *mechanism = kafka_mechanisms[settings->sasl.mechanism];
    int code = set_text(conf, "sasl.mechanism", mechanism, err);

    return code != 0 ? code : set(conf, SPAN("sasl.username"), settings->sasl.user, err);
}

/* Everything but names of files, brokers and secrets. */
static int set_given(struct kafka_config *config, const struct kafka_settings *settings,
                     struct error *err)
{
    int code =
        set_text(config->base, "compression.codec", kafka_compressions[settings->compression], err);

    if (code == 0 && settings->sasl.is_given)
        code = set_sasl(config->base, settings, err);
    if (code == 0 && settings->tls.trusts_all)
        code = set_text(config->base, "enable.ssl.certificate.verification", "false", err);
    for (size_t i = 0; i < settings->options.count && code == 0; i++) {
        const struct option_pair *pair = &settings->options.list[i];

        code = refuse_reserved(pair->name, err);
        if (code == 0 && pair->value.data != NULL)
            code = set(config->base, pair->name, pair->value, err);
    }
    return code;
}

/* librdkafka compares its options with each other only when it makes a producer: this one knows no
 * broker, opens nothing and is gone in a millisecond. */
static int try_out(const struct kafka_config *config, struct error *err)
{
    char why[512];
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(config->base);
    rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);

    if (producer != NULL) {
        rd_kafka_destroy(producer);
        return 0;
    }
    rd_kafka_conf_destroy(conf);
    return error_set(err, -EINVAL, "options: %s", why);
}

static struct span keep(struct kafka_config *config, struct span text)
{
    return text.data != NULL ? arena_copy(&config->arena, text) : text;
}

static struct secret keep_secret(struct kafka_config *config, struct secret secret)
{
    return (struct secret){ keep(config, secret.file), keep(config, secret.env) };
}

static void keep_brokers(struct kafka_config *config, const struct option_texts *brokers)
{
    struct buffer list = { 0 };

    for (size_t i = 0; i < brokers->count; i++) {
        if (i > 0)
            buffer_byte(&list, ',');
        buffer_append(&list, brokers->list[i]);
    }
    config->brokers = arena_copy(&config->arena, buffer_span(&list));
    buffer_free(&list);
}

static void keep_secrets(struct kafka_config *config, const struct option_pairs *pairs)
{
    config->secrets = arena_alloc(&config->arena, (pairs->count + 1) * sizeof *config->secrets);
    for (size_t i = 0; i < pairs->count; i++) {
        if (pairs->list[i].value.data != NULL)
            continue;
        config->secrets[config->secret_count++] =
            (struct option_pair){ .name = keep(config, pairs->list[i].name),
                                  .secret = keep_secret(config, pairs->list[i].secret) };
    }
}

/* A number that changes with the files of the secrets. */
static uint64_t stamp_secrets(const struct kafka_config *config)
{
    uint64_t stamp = file_stamp(config->password.file);

    for (size_t i = 0; i < config->secret_count; i++)
        stamp = stamp * 31 + file_stamp(config->secrets[i].secret.file);
    return stamp;
}

struct kafka_config *kafka_config_new(const struct kafka_settings *settings,
                                      double connect_timeout_s, struct error *err)
{
    struct kafka_config *config = calloc(1, sizeof *config);

    if (config == NULL)
        abort();
    arena_init(&config->arena);
    config->base = rd_kafka_conf_new();
    if (set_promises(config->base, connect_timeout_s, err) != 0 ||
        set_given(config, settings, err) != 0 || try_out(config, err) != 0) {
        kafka_config_free(config);
        return NULL;
    }
    keep_brokers(config, &settings->brokers);
    keep_secrets(config, &settings->options);
    if (settings->sasl.is_given)
        config->password = keep_secret(config, settings->sasl.password);
    config->tls = settings->tls;
    config->tls.ca = keep(config, settings->tls.ca);
    config->tls.certificate = keep(config, settings->tls.certificate);
    config->tls.key = keep(config, settings->tls.key);
    config->stamp = tls_stamp(&config->tls);
    config->secrets_stamp = stamp_secrets(config);
    return config;
}

void kafka_config_free(struct kafka_config *config)
{
    rd_kafka_conf_destroy(config->base);
    arena_free(&config->arena);
    free(config);
}

static int set_secret(rd_kafka_conf_t *conf, struct span name, const struct secret *secret,
                      struct error *err)
{
    struct buffer value = { 0 };
    int code = secret_read(secret, &value, err);

    if (code == 0)
        code = set(conf, name, buffer_span(&value), err);
    secret_forget(&value);
    return code;
}

static int set_secrets(rd_kafka_conf_t *conf, const struct kafka_config *config, struct error *err)
{
    int code = 0;

    if (secret_is_given(&config->password))
        code = set_secret(conf, SPAN("sasl.password"), &config->password, err);
    for (size_t i = 0; i < config->secret_count && code == 0; i++)
        code = set_secret(conf, config->secrets[i].name, &config->secrets[i].secret, err);
    return code;
}

static int set_files(rd_kafka_conf_t *conf, const struct tls_settings *tls, struct error *err)
{
    int code = 0;

    if (tls->ca.data != NULL)
        code = set(conf, SPAN("ssl.ca.location"), tls->ca, err);
    if (code == 0 && tls->certificate.data != NULL)
        code = set(conf, SPAN("ssl.certificate.location"), tls->certificate, err);
    if (code == 0 && tls->key.data != NULL)
        code = set(conf, SPAN("ssl.key.location"), tls->key, err);
    return code;
}

rd_kafka_conf_t *kafka_config_make(const struct kafka_config *config, struct error *err)
{
    bool has_tls = config->tls.is_on, has_sasl = secret_is_given(&config->password);
    const char *protocol =
        has_tls ? (has_sasl ? "sasl_ssl" : "ssl") : (has_sasl ? "sasl_plaintext" : "plaintext");
    rd_kafka_conf_t *conf = rd_kafka_conf_dup(config->base);

    if (set(conf, SPAN("bootstrap.servers"), config->brokers, err) == 0 &&
        set_text(conf, "security.protocol", protocol, err) == 0 &&
        set_files(conf, &config->tls, err) == 0 && set_secrets(conf, config, err) == 0)
        return conf;
    rd_kafka_conf_destroy(conf);
    return NULL;
}

bool kafka_config_has_changed(struct kafka_config *config)
{
    uint64_t secrets = stamp_secrets(config);
    bool has_changed = secrets != config->secrets_stamp;

    config->secrets_stamp = secrets;
    if (!config->tls.is_on)
        return has_changed;

    struct tls_stamp now = tls_stamp(&config->tls);

    has_changed = has_changed || !tls_stamp_equal(now, config->stamp);
    config->stamp = now;
    return has_changed;
}
