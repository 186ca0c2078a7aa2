#include "output/connection.h"

#include <errno.h>
#include <stdlib.h>

#include "output/lookup.h"
#include "output/passage.h"
#include "output/tls_session.h"
#include "output/wire.h"

enum {
    CONNECTION_ADDRESSES = 16,    /* of one host that are tried */
    CONNECTION_VERDICT_MS = 1000, /* that a side may take to refuse our certificate */
};

enum phase {
    PHASE_CLOSED,
    PHASE_LOOKUP,
    PHASE_CONNECTING,
    PHASE_HANDSHAKE,
    PHASE_VERDICT, /* the handshake is done, our certificate may still be refused */
    PHASE_OPEN
};

struct connection {
    uv_loop_t *loop;
    struct connection_settings settings; /* spans point to `texts` */
    struct buffer texts;
    struct error err;

    enum phase phase;
    uv_timer_t timer;
    uint64_t deadline_ms;
    struct lookup *lookup;
    struct addrinfo *addresses, *address; /* found; tried now */
    unsigned addresses_left;
    struct wire *wire;
    struct tls_session *tls;
    struct tls_stamp stamp;
    connection_opened *opened;
    void *opened_context;

    bool is_wire_busy;
    struct buffer cipher;
    struct passage passage; /* what is written */
    size_t acknowledged;
    connection_written *written; /* NULL: nothing is written */
    void *written_context;

    unsigned held; /* by the loop: the timer, lookups, wires */
    void (*closed)(void *context);
    void *closed_context;
};

static void let_go(void *context)
{
    struct connection *connection = context;

    if (--connection->held > 0)
        return;

    void (*closed)(void *) = connection->closed;
    void *closed_context = connection->closed_context;

    buffer_free(&connection->texts);
    buffer_free(&connection->cipher);
    buffer_free(&connection->passage.slices);
    free(connection);
    if (closed != NULL)
        closed(closed_context);
}

/* The bytes of the write under way that arrived for certain. A side that throws us out may not
 * have read what its machine has acknowledged. */
static size_t count_acknowledged(const struct connection *connection, int code)
{
    if (connection->wire == NULL || code == -ECONNRESET || code == -EPIPE)
        return 0;

    return passage_arrived(&connection->passage, connection->tls != NULL,
                           wire_acknowledged(connection->wire));
}

static void forget_lookup(struct connection *connection)
{
    if (connection->lookup != NULL)
        lookup_forget(connection->lookup);
    connection->lookup = NULL;
    if (connection->addresses != NULL)
        uv_freeaddrinfo(connection->addresses);
    connection->addresses = connection->address = NULL;
}

/* Back to PHASE_CLOSED; a peer that is well is told goodbye. */
static void take_down(struct connection *connection, bool is_well)
{
    uv_timer_stop(&connection->timer);
    forget_lookup(connection);
    if (connection->wire != NULL) {
        buffer_clear(&connection->cipher);
        if (is_well && connection->tls != NULL) {
            tls_session_goodbye(connection->tls);
            tls_session_pull(connection->tls, &connection->cipher);
        }
        if (is_well)
            wire_finish(connection->wire, buffer_span(&connection->cipher));
        else
            wire_abort(connection->wire);
    }
    connection->wire = NULL;
    tls_session_free(connection->tls);
    connection->tls = NULL;
    connection->is_wire_busy = false;
    connection->phase = PHASE_CLOSED;
}

/* Answers whoever waits; nothing of the connection may be touched behind it. */
static void answer(struct connection *connection, int code, const char *why)
{
    if (connection->written != NULL) {
        connection_written *written = connection->written;

        connection->written = NULL;
        written(connection->written_context, code, why);
    } else if (connection->opened != NULL) {
        connection_opened *opened = connection->opened;

        connection->opened = NULL;
        opened(connection->opened_context, code, why);
    }
}

static void fail(struct connection *connection, int code)
{
    bool is_polite = code == -EPROTO || code == -ESHUTDOWN;

    connection->acknowledged = count_acknowledged(connection, code);
    take_down(connection, is_polite && connection->written == NULL);
    answer(connection, code, connection->err.text);
}

/* "HOST port PORT" or "'PATH'" goes into the sentence. */
static void say(struct connection *connection, int code, const char *what)
{
    const struct connection_settings *settings = &connection->settings;
    const char *why = code == -ESHUTDOWN ? "it has closed the connection" : strerror(-code);

    if (settings->path.data != NULL)
        error_set(&connection->err, code, "%s '%.*s': %s", what, SPAN_ARG(settings->path), why);
    else
        error_set(&connection->err, code, "%s %.*s port %.*s: %s", what, SPAN_ARG(settings->host),
                  SPAN_ARG(settings->port), why);
}

static void on_late(uv_timer_t *timer);

static void set_timer(struct connection *connection, uint64_t most_ms)
{
    uint64_t now = uv_now(connection->loop);
    uint64_t left = connection->deadline_ms > now ? connection->deadline_ms - now : 0;

    uv_timer_start(&connection->timer, on_late, left < most_ms ? left : most_ms, 0);
}

static void become_open(struct connection *connection)
{
    uv_timer_stop(&connection->timer);
    forget_lookup(connection);
    connection->phase = PHASE_OPEN;
    answer(connection, 0, NULL);
}

/* Gives the wire what is next: what TLS has to say, then what is written. */
static void pump(struct connection *connection)
{
    struct span next = { NULL, 0 };

    if (connection->is_wire_busy || connection->wire == NULL)
        return;
    if (connection->tls != NULL) {
        buffer_clear(&connection->cipher);
        tls_session_pull(connection->tls, &connection->cipher);
        if (connection->written != NULL && !passage_is_over(&connection->passage) &&
            passage_encrypt(&connection->passage, connection->tls, &connection->cipher,
                            wire_submitted(connection->wire), &connection->err) != 0) {
            fail(connection, -EPROTO);
            return;
        }
        next = buffer_span(&connection->cipher);
    } else if (connection->written != NULL) {
        next = passage_rest(&connection->passage);
    }
    if (next.len > 0) {
        connection->is_wire_busy = true;
        wire_write(connection->wire, next);
    } else if (connection->written != NULL) {
        wire_await(connection->wire);
    }
}

/* Looks how far the handshake is. */
static void go_on(struct connection *connection)
{
    bool is_young = connection->phase == PHASE_HANDSHAKE || connection->phase == PHASE_VERDICT;

    if (!is_young || !tls_session_is_ready(connection->tls))
        return;
    if (!tls_session_awaits_verdict(connection->tls)) {
        become_open(connection);
    } else if (connection->phase == PHASE_HANDSHAKE) {
        connection->phase = PHASE_VERDICT;
        set_timer(connection, CONNECTION_VERDICT_MS);
    }
}

static void on_received(void *context, struct span bytes)
{
    struct connection *connection = context;

    if (connection->tls == NULL)
        return; /* nothing that a writer wants to know */

    int code = tls_session_take(connection->tls, bytes, &connection->err);

    if (code != 0) {
        fail(connection, code);
        return;
    }
    pump(connection);
    go_on(connection);
}

static void on_ended(void *context, int code)
{
    struct connection *connection = context;

    if (code == 0)
        code = -ESHUTDOWN;
    say(connection, code, connection->phase == PHASE_OPEN ? "lost" : "cannot shake hands with");
    fail(connection, connection->err.code);
}

static void on_written(void *context, int code)
{
    struct connection *connection = context;

    connection->is_wire_busy = false;
    if (code != 0) {
        say(connection, code, "cannot write to");
        fail(connection, code);
        return;
    }
    pump(connection);
}

static void on_acknowledged(void *context)
{
    struct connection *connection = context;

    if (connection->written == NULL)
        return;
    connection->acknowledged = connection->passage.bytes.len;
    answer(connection, 0, NULL);
}

static void start_handshake(struct connection *connection)
{
    connection->phase = PHASE_HANDSHAKE;
    connection->stamp = tls_stamp(&connection->settings.tls);
    connection->tls =
        tls_session_new(&connection->settings.tls, connection->settings.host, &connection->err);
    if (connection->tls == NULL) {
        fail(connection, connection->err.code);
        return;
    }
    set_timer(connection, UINT64_MAX);
    on_received(connection, (struct span){ NULL, 0 });
}

static void try_next_address(struct connection *connection);

static void on_connected(void *context, int code)
{
    struct connection *connection = context;

    if (code != 0) {
        say(connection, code, "cannot connect to");
        try_next_address(connection);
    } else if (connection->settings.tls.is_on) {
        start_handshake(connection);
    } else {
        become_open(connection);
    }
}

static const struct wire_user wire_user = {
    .connected = on_connected,
    .received = on_received,
    .ended = on_ended,
    .written = on_written,
    .acknowledged = on_acknowledged,
    .gone = let_go,
};

/* The time for a phase is over. */
static void on_late(uv_timer_t *timer)
{
    struct connection *connection = timer->data;

    if (connection->phase == PHASE_VERDICT) {
        become_open(connection);
    } else if (connection->phase == PHASE_CONNECTING) {
        say(connection, -ETIMEDOUT, "cannot connect to");
        try_next_address(connection);
    } else {
        say(connection, -ETIMEDOUT,
            connection->phase == PHASE_LOOKUP ? "cannot look up" : "cannot shake hands with");
        fail(connection, -ETIMEDOUT);
    }
}

/* Each address gets its share of the time that is left. */
static void try_next_address(struct connection *connection)
{
    if (connection->wire != NULL)
        wire_abort(connection->wire);
    connection->wire = NULL;
    if (connection->address == NULL || connection->addresses_left == 0) {
        fail(connection, connection->err.code);
        return;
    }

    uint64_t now = uv_now(connection->loop);
    uint64_t left = connection->deadline_ms > now ? connection->deadline_ms - now : 0;
    const struct sockaddr *address = connection->address->ai_addr;

    set_timer(connection, left / connection->addresses_left);
    connection->address = connection->address->ai_next;
    connection->addresses_left--;
    connection->wire = wire_new(connection->loop, &wire_user, connection);
    connection->held++;
    wire_connect_address(connection->wire, address);
}

static void on_found(void *context, int code, struct addrinfo *list)
{
    struct connection *connection = context;

    connection->lookup = NULL;
    if (list == NULL) {
        error_set(&connection->err, -EHOSTUNREACH, "cannot look up %.*s port %.*s: %s",
                  SPAN_ARG(connection->settings.host), SPAN_ARG(connection->settings.port),
                  uv_strerror(code));
        fail(connection, -EHOSTUNREACH);
        return;
    }
    connection->addresses = connection->address = list;
    connection->addresses_left = 0;
    for (; list != NULL && connection->addresses_left < CONNECTION_ADDRESSES; list = list->ai_next)
        connection->addresses_left++;
    connection->phase = PHASE_CONNECTING;
    try_next_address(connection);
}

/* The texts of the settings end with a zero byte. */
static void look_up(struct connection *connection)
{
    static const struct lookup_user user = { on_found, let_go };

    connection->phase = PHASE_LOOKUP;
    connection->lookup =
        lookup_start(connection->loop, connection->settings.host.data,
                     connection->settings.port.data, SOCK_STREAM, &user, connection);
    connection->held += connection->lookup != NULL;
    set_timer(connection, connection->lookup != NULL ? UINT64_MAX : 0);
}

/* Copies a text behind the others and ends it with a zero byte; there is room. */
static void keep(struct connection *connection, struct span *text)
{
    if (text->data == NULL)
        return;

    const char *copy = connection->texts.data + connection->texts.len;

    buffer_append(&connection->texts, *text);
    buffer_byte(&connection->texts, '\0');
    text->data = copy;
}

struct connection *connection_new(uv_loop_t *loop, const struct connection_settings *settings)
{
    struct connection *connection = calloc(1, sizeof *connection);

    if (connection == NULL)
        abort();
    connection->loop = loop;
    connection->settings = *settings;

    struct connection_settings *own = &connection->settings;
    struct span *const texts[] = {
        &own->host,    &own->port,           &own->path, &own->tls.ca, &own->tls.certificate,
        &own->tls.key, &own->tls.server_name
    };
    size_t room = 0;

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        room += texts[i]->len + 1;
    buffer_reserve(&connection->texts, room);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        keep(connection, texts[i]);
    uv_timer_init(loop, &connection->timer);
    connection->timer.data = connection;
    connection->held = 1;
    return connection;
}

void connection_open(struct connection *connection, connection_opened *opened, void *context)
{
    connection->opened = opened;
    connection->opened_context = context;
    connection->deadline_ms =
        uv_now(connection->loop) + (uint64_t)(connection->settings.timeout_s * 1000);
    if (connection->settings.path.data == NULL) {
        look_up(connection);
        return;
    }
    connection->phase = PHASE_CONNECTING;
    set_timer(connection, UINT64_MAX);
    connection->wire = wire_new(connection->loop, &wire_user, connection);
    connection->held++;
    wire_connect_path(connection->wire, connection->settings.path);
}

bool connection_is_open(struct connection *connection)
{
    struct error unheard;

    if (connection->phase != PHASE_OPEN)
        return false;
    wire_look(connection->wire);
    if (connection->phase != PHASE_OPEN || connection->written != NULL || connection->tls == NULL)
        return connection->phase == PHASE_OPEN;

    struct tls_stamp stamp = tls_stamp(&connection->settings.tls);

    if (tls_stamp_equal(stamp, connection->stamp))
        return true;
    connection->stamp = stamp;
    if (tls_probe(&connection->settings.tls, &unheard) != 0)
        return true; /* files that are half changed: the next change decides */
    take_down(connection, true);
    return false;
}

void connection_write(struct connection *connection, struct span bytes, connection_written *written,
                      void *context)
{
    connection->acknowledged = 0;
    passage_begin(&connection->passage, bytes, wire_submitted(connection->wire));
    connection->written = written;
    connection->written_context = context;
    pump(connection);
}

size_t connection_acknowledged(const struct connection *connection)
{
    return connection->acknowledged;
}

void connection_reset(struct connection *connection)
{
    if (connection->phase == PHASE_CLOSED)
        return;
    error_set(&connection->err, -ECANCELED, "given up");
    fail(connection, -ECANCELED);
}

static void on_timer_closed(uv_handle_t *timer)
{
    let_go(timer->data);
}

void connection_close(struct connection *connection, void (*closed)(void *context), void *context)
{
    if (connection->phase == PHASE_OPEN && connection->written == NULL)
        take_down(connection, true);
    connection_reset(connection);
    connection->closed = closed;
    connection->closed_context = context;
    uv_close((uv_handle_t *)&connection->timer, on_timer_closed);
}
