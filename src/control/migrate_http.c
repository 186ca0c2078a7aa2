/* migrate_http.c - output.http of pauditd. */
#include "control/migrate_reader.h"

enum {
    BUFFER_DEFAULT = 100, /* events */
    WORKERS_DEFAULT = 10,
    REQUESTS_MOST = 64 /* of ours, at once */
};

static void put_text(struct migration *migration, const char *name, struct span text)
{
    buffer_printf(migration->out, "%s = ", name);
    lua_quote(migration->out, text);
}

/* The first of the places that pauditd's documents name for them. */
static struct section find_attributes(struct migration *migration, const struct section *http)
{
    static const char *const places[] = { "notification_service_transformer",
                                          "notification-service", "notification_service" };
    struct section attributes = { 0 };

    for (size_t i = 0; attributes.map == NULL && i < sizeof places / sizeof places[0]; i++) {
        struct section section = section_open(migration, http, places[i], "output.http");

        attributes =
            section_open(migration, &section, "extra_attributes", "output.http: extra_attributes");
    }
    if (attributes.map == NULL)
        attributes =
            section_open(migration, http, "extra_attributes", "output.http: extra_attributes");
    return attributes;
}

static void put_attributes(struct migration *migration, const struct section *http)
{
    struct section attributes = find_attributes(migration, http);

    buffer_append(migration->out, SPAN("  transform = audit.transform.notification {"));
    if (attributes.map == NULL || attributes.map->count == 0) {
        buffer_append(migration->out, SPAN("},\n"));
        return;
    }
    buffer_append(migration->out, SPAN("\n    extra_attributes = {\n"));
    for (size_t i = 0; i < attributes.map->count; i++) {
        const struct yaml_member *member = &attributes.map->members[i];

        if (member->value->kind != YAML_TEXT) {
            migrate_mistake(migration, member->value, "%s: expected a text, found %s",
                            attributes.name, yaml_kind_name(member->value));
            continue;
        }
        buffer_append(migration->out, SPAN("      ["));
        if (strpbrk(member->name->text.data, "\\'") != NULL)
            buffer_byte(migration->out, ' '); /* a long bracket is another */
        lua_quote(migration->out, member->name->text);
        buffer_append(migration->out, SPAN("] = "));
        lua_quote(migration->out, member->value->text);
        buffer_append(migration->out, SPAN(",\n"));
    }
    buffer_append(migration->out, SPAN("    },\n  },\n"));
}

static void put_body(struct migration *migration, const struct section *http)
{
    struct span transformer = SPAN("noop");

    section_text(migration, http, "response_body_transformer", &transformer);
    if (span_equal(transformer, SPAN("notification-service"))) {
        put_attributes(migration, http);
        return;
    }
    if (!span_equal(transformer, SPAN("noop")))
        migrate_mistake(migration, section_find(migration, http, "response_body_transformer"),
                        "output.http.response_body_transformer: expected noop or "
                        "notification-service, found '%.*s'",
                        SPAN_ARG(transformer));
    find_attributes(migration, http); /* read, and of no use */
    buffer_append(migration->out, SPAN("  format = 'pauditd',\n"));
}

static void put_tls(struct migration *migration, const struct section *http)
{
    static const char *const names[][2] = { { "client_cert", "certificate" },
                                            { "client_key", "key" },
                                            { "ca_cert", "ca" } };
    struct section ssl = section_open(migration, http, "ssl", "output.http.ssl");
    bool is_enabled = false;

    section_bool(migration, &ssl, "enabled", &is_enabled);
    if (is_enabled)
        buffer_append(migration->out, SPAN("  tls = {"));
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct span path;

        if (!section_text(migration, &ssl, names[i][0], &path) || !is_enabled)
            continue;
        buffer_append(migration->out, SPAN("\n    "));
        put_text(migration, names[i][1], path);
        buffer_byte(migration->out, ',');
    }
    if (is_enabled)
        buffer_append(migration->out, SPAN("\n  },\n"));
    else if (ssl.map != NULL)
        migrate_remark(migration, ssl.map, "output.http.ssl: not enabled");
    section_rest(migration, &ssl);
}

static void put_numbers(struct migration *migration, const struct section *http)
{
    int64_t buffer = BUFFER_DEFAULT, workers = WORKERS_DEFAULT;
    double ratio = 0.05, idle = 10;

    section_number(migration, http, "buffer_size", 1, INT32_MAX, &buffer);
    section_number(migration, http, "worker_count", 1, INT32_MAX, &workers);
    if (workers > REQUESTS_MOST)
        section_remark(migration, http, "worker_count", "64 requests at once are the most");
    workers = workers < REQUESTS_MOST ? workers : REQUESTS_MOST;
    section_real(migration, http, "breaker_failure_ratio", &ratio);
    section_seconds(migration, http, "idle_conn_timeout", &idle);
    buffer_printf(migration->out,
                  "  body = 'one',\n  batch = { events = %lld, seconds = 0 },\n  requests = %lld,\n"
                  "  queue = { events = %lld, full = 'drop_newest' },\n"
                  "  breaker = { failure_ratio = %g, window = 5, observations = 10, "
                  "cooldown = 1 },\n  idle_timeout = %g,\n",
                  (long long)workers, (long long)workers, (long long)buffer, ratio, idle);
}

void migrate_http(struct migration *migration, const struct section *http)
{
    struct span text;

    migration->indent = "  ";
    buffer_append(migration->out, SPAN("output 'http' {\n  type = 'http',\n"));
    if (section_text(migration, http, "url", &text)) {
        put_text(migration, "  url", text);
        buffer_append(migration->out, SPAN(",\n"));
    } else {
        migrate_mistake(migration, http->map, "output.http.url: is missing");
    }
    put_body(migration, http);
    put_numbers(migration, http);
    if (section_text(migration, http, "trace_header_name", &text)) {
        put_text(migration, "  trace_header", text);
        buffer_append(migration->out, SPAN(",\n"));
    }
    put_tls(migration, http);
    section_remark(migration, http, "attempts",
                   "pauditd sent each body once, whatever this says; here it is sent until it is "
                   "taken or refused for good (`retry`)");
    section_remark(migration, http, "debug", "bodies are not logged");
    section_rest(migration, http);
    buffer_append(migration->out, SPAN("  default = true,\n}\n\n"));
    migration->indent = "";
}
