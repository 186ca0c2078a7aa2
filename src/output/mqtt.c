#include "output/mqtt.h"

#include <errno.h>
#include <mosquitto.h>

#include "output/secret.h"
#include "output/topic.h"

#define AT(member) offsetof(struct mqtt_settings, member)

static const char *const versions[] = { "5", "3.1.1", NULL };

static const struct option of_tls[] = { TLS_OPTIONS(AT(tls)) };

static const struct option options[] = {
    { .name = "address",
      .kind = OPTION_TEXT,
      .offset = AT(address),
      .summary = "the broker: HOST or HOST:PORT" },
    { .name = "topic",
      .kind = OPTION_TEXT,
      .offset = AT(topic),
      .summary = "where to publish; {node}, {key} and {topic} stand for what the event says" },
    { .name = "client_id",
      .kind = OPTION_TEXT,
      .offset = AT(client_id),
      .summary = "how the broker tells clients apart; default: laudit-HOST-OUTPUT" },
    { .name = "version",
      .kind = OPTION_CHOICE,
      .offset = AT(version),
      .choices = versions,
      .summary = "of the protocol; 3.1.1 cannot say that a message was refused" },
    { .name = "keepalive",
      .kind = OPTION_COUNT,
      .offset = AT(keepalive_s),
      .least = 5,
      .most = 65535,
      .summary = "seconds of silence after which the broker is asked whether it is there" },
    { .name = "window",
      .kind = OPTION_COUNT,
      .offset = AT(window),
      .least = 1,
      .most = 65535,
      .summary = "messages that may be under way before the broker has acknowledged the first" },
    { .name = "retain",
      .kind = OPTION_BOOL,
      .offset = AT(retains),
      .summary = "the broker keeps the last message of each topic for who comes later" },
    { .name = "user", .kind = OPTION_TEXT, .offset = AT(user), .summary = "who we are" },
    { .name = "password",
      .kind = OPTION_SECRET,
      .offset = AT(password),
      .summary = "where the password is" },
    TLS_TABLE(of_tls, AT(tls)),
};

static const struct mqtt_settings at_first = {
    .topic = { "laudit/{node}", 13 },
    .keepalive_s = 60,
    .window = 100,
};

/* Cuts what stands before the last ':'; false when there is none, or nothing on one side of it. */
static bool cut_port(struct span text, struct span *host, struct span *port)
{
    const char *colon = memrchr(text.data, ':', text.len);
    uint64_t number;

    if (colon == NULL)
        return false;
    *host = (struct span){ text.data, (size_t)(colon - text.data) };
    *port = span_skip(text, host->len + 1);
    return host->len > 0 && span_decimal(*port, &number) && number > 0 && number <= 65535;
}

bool mqtt_address_parse(struct span address, bool has_tls, struct span *host, struct span *port)
{
    bool is_bracketed = address.len > 0 && address.data[0] == '[';
    bool is_bare = is_bracketed
                       ? span_ends(address, SPAN("]"))
                       : address.len == 0 || memchr(address.data, ':', address.len) == NULL;

    *host = address;
    *port = has_tls ? SPAN("8883") : SPAN("1883");
    if (!is_bare && !cut_port(address, host, port))
        return false;
    if (is_bracketed) {
        if (host->len < 3 || !span_ends(*host, SPAN("]")))
            return false;
        *host = (struct span){ host->data + 1, host->len - 2 };
    }
    return host->len > 0 && host->len < 256 && memchr(host->data, '/', host->len) == NULL &&
           (is_bracketed || memchr(host->data, ':', host->len) == NULL);
}

static void append_or_none(struct buffer *out, struct span text)
{
    topic_append(out, text.len > 0 ? text : SPAN("none"));
}

bool mqtt_topic_write(struct span pattern, const struct envelope *envelope, struct span host,
                      struct buffer *out)
{
    while (pattern.len > 0) {
        const char *brace = memchr(pattern.data, '{', pattern.len);
        size_t len = brace != NULL ? (size_t)(brace - pattern.data) : pattern.len;

        buffer_append(out, (struct span){ pattern.data, len });
        pattern = span_skip(pattern, len);
        if (pattern.len == 0)
            return true;
        if (span_starts(pattern, SPAN("{node}"))) {
            topic_append(out, envelope->node.len > 0 ? envelope->node : host);
            pattern = span_skip(pattern, 6);
        } else if (span_starts(pattern, SPAN("{key}"))) {
            append_or_none(out, envelope->key);
            pattern = span_skip(pattern, 5);
        } else if (span_starts(pattern, SPAN("{topic}"))) {
            append_or_none(out, envelope->topic);
            pattern = span_skip(pattern, 7);
        } else {
            return false;
        }
    }
    return true;
}

static int check_topic(struct span pattern, struct error *err)
{
    static const struct envelope none = { 0 };
    struct buffer topic = { 0 };
    bool is_good =
        mqtt_topic_write(pattern, &none, SPAN("host"), &topic) && pattern.len <= TOPIC_LONGEST;

    if (is_good) {
        buffer_byte(&topic, '\0');
        is_good = mosquitto_pub_topic_check(topic.data) == MOSQ_ERR_SUCCESS &&
                  mosquitto_validate_utf8(topic.data, (int)topic.len - 1) == MOSQ_ERR_SUCCESS;
    }
    buffer_free(&topic);
    if (is_good)
        return 0;
    return error_set(err, -EINVAL,
                     "topic: expected a topic without '+' and '#' and no names but {node}, {key} "
                     "and {topic}, found '%.*s'",
                     SPAN_ARG(pattern));
}

static int check(const void *given, struct error *err)
{
    const struct mqtt_settings *settings = given;
    struct span host, port;
    int code;

    if (settings->address.data == NULL)
        return error_set(err, -EINVAL, "address: expected HOST:PORT, found nothing");
    if (!mqtt_address_parse(settings->address, settings->tls.is_on, &host, &port))
        return error_set(err, -EINVAL, "address: expected HOST:PORT, found '%.*s'",
                         SPAN_ARG(settings->address));
    if ((code = check_topic(settings->topic, err)) != 0 ||
        (code = tls_check(&settings->tls, err)) != 0)
        return code;
    if (secret_is_given(&settings->password) && settings->user.data == NULL)
        return error_set(err, -EINVAL, "password: needs 'user'");
    if (settings->client_id.len > 256)
        return error_set(err, -EINVAL, "client_id: expected up to 256 bytes, found %zu",
                         settings->client_id.len);
    return 0;
}

static int probe(const void *given, struct error *err)
{
    const struct mqtt_settings *settings = given;

    return settings->tls.is_on ? tls_probe(&settings->tls, err) : 0;
}

const struct output_kind kind_mqtt = {
    .name = "mqtt",
    .summary = "publishes each message to an MQTT broker and waits for its acknowledgement",
    .defaults = { .format = "json", .batch_events = 1000, .batch_bytes = 1 << 20 },
    .wants_envelope = true,
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .settings_size = sizeof(struct mqtt_settings),
    .settings = &at_first,
    .check = check,
    .probe = probe,
    .open = mqtt_sink_open,
};
