#include "event/assembler.h"

#include <errno.h>
#include <stdlib.h>

#include "event/completed.h"
#include "event/flights.h"
#include "event/hosts.h"
#include "kernel/logfile.h"
#include "tables/record_types.h"

enum {
    BACKWARD_JUMP_MS = 10000, /* a clock that goes back further was set back */
    EVENT_BYTES = 16 << 20    /* an exec takes 6 MiB of arguments (fs/exec.c), twice that in HEX */
};

_Static_assert((int)EVENT_BYTES >= (int)LOGFILE_LINE_MAX, "an event holds any line that is read");

const struct assembler_limits assembler_default_limits = {
    .events = 1024,
    .records = 4096,
    .bytes = EVENT_BYTES,
    .all_bytes = 32 << 20,
    .timeout_ms = 2000,
};

struct assembler {
    enum assembler_mode mode;
    struct assembler_limits limits;
    event_sink *sink;
    void *context;

    struct cutter *cutter;
    uint64_t now_ms;
    uint64_t bytes;         /* of text in flight */
    bool has_seen_eoe;      /* in this file: then EOE ends events, PROCTITLE does not */
    struct flight *settled; /* had its PROCTITLE; complete unless an EOE comes next */
    struct assembler_stats stats;

    struct hosts hosts;
    struct flights flights;
    struct completed completed;
};

struct assembler *assembler_new(enum assembler_mode mode, const struct assembler_limits *limits,
                                event_sink *sink, void *context)
{
    struct assembler *self = calloc(1, sizeof *self);

    if (self == NULL)
        abort();
    self->mode = mode;
    self->limits = *limits;
    self->sink = sink;
    self->context = context;
    self->cutter = cutter_new();
    hosts_init(&self->hosts);
    flights_init(&self->flights);
    completed_init(&self->completed);
    return self;
}

void assembler_free(struct assembler *self)
{
    if (self == NULL)
        return;
    flights_free(&self->flights);
    cutter_free(self->cutter);
    free(self);
}

static void complete(struct assembler *self, struct flight *flight)
{
    struct event *event = &flight->event;

    if (self->settled == flight)
        self->settled = NULL;
    flights_end(&self->flights, flight);
    completed_add(&self->completed, &event->id, flight->node);
    self->bytes -= flight->bytes;
    self->stats.assembled += event->record_count;
    self->stats.in_flight -= event->record_count;
    self->stats.events++;
    self->stats.events_in_flight--;
    event->now_ms = self->now_ms;
    self->sink(self->context, event);
    flights_recycle(&self->flights, flight);
}

/* The settled event is complete unless the next record is its own. */
static void complete_settled(struct assembler *self, const struct event_id *id, uint32_t node)
{
    if (!flight_is(self->settled, id, node))
        complete(self, self->settled);
}

static void flush(struct assembler *self)
{
    struct flight *flight;

    if (self->settled != NULL)
        complete(self, self->settled);
    while ((flight = flights_oldest(&self->flights)) != NULL) {
        self->stats.flushed++;
        complete(self, flight);
    }
}

/* The next of a host's events in flight, in the order in which they began; NULL at the end. */
static struct flight *next_of(struct assembler *self, struct list *link, const struct host *host)
{
    for (; link != &self->flights.begun; link = link->next) {
        struct flight *flight = LIST_MEMBER(link, struct flight, link);

        if (flight->node == host->node)
            return flight;
    }
    return NULL;
}

/* A host's events begin in the order of their deadlines. */
static void time_out(struct assembler *self, struct host *host)
{
    struct flight *flight = next_of(self, self->flights.begun.next, host);

    while (flight != NULL && flight->deadline_ms <= host->now_ms) {
        struct list *next = flight->link.next;

        self->stats.timed_out++;
        complete(self, flight);
        flight = next_of(self, next, host);
    }
    host->due_ms = flight != NULL ? flight->deadline_ms : UINT64_MAX;
}

/* A host's clock was set back: what it has in flight would wait too long. */
static void flush_host(struct assembler *self, struct host *host)
{
    struct flight *flight = next_of(self, self->flights.begun.next, host);

    while (flight != NULL) {
        struct list *next = flight->link.next;

        self->stats.flushed++;
        complete(self, flight);
        flight = next_of(self, next, host);
    }
    host->due_ms = UINT64_MAX;
    serials_set_back(&host->serials);
}

/* Moves a host's clock, and Now when it leads, to a time that was read. */
static void advance(struct assembler *self, struct host *host, uint64_t time_ms)
{
    if (time_ms > host->now_ms) {
        host->now_ms = time_ms;
        self->now_ms = hosts_now(&self->hosts, host);
        if (time_ms >= host->due_ms)
            time_out(self, host);
    } else if (host->now_ms - time_ms > BACKWARD_JUMP_MS) {
        flush_host(self, host);
        host->now_ms = time_ms;
        self->now_ms = hosts_now(&self->hosts, host);
    }
}

static void evict(struct assembler *self, struct flight *flight)
{
    self->stats.evicted++;
    flight->event.flags |= EVENT_IS_CUT;
    complete(self, flight);
}

/* auditd's own records count apart from the kernel's. */
static bool has_kernel_serial(uint16_t type)
{
    return type < TYPE_DAEMON_START || type > 1299;
}

static struct flight *begin(struct assembler *self, const struct event_id *id, struct host *host,
                            uint16_t type)
{
    if (self->flights.count >= self->limits.events && self->flights.count > 0)
        evict(self, flights_oldest(&self->flights));

    struct flight *flight = flights_begin(&self->flights, id, host->node);

    flight->deadline_ms = host->now_ms + self->limits.timeout_ms;
    if (flight->deadline_ms < host->due_ms)
        host->due_ms = flight->deadline_ms;
    self->stats.events_in_flight++;
    if (completed_has(&self->completed, id, host->node)) {
        flight->event.flags |= EVENT_IS_LATE;
        self->stats.late++;
    } else if (has_kernel_serial(type)) {
        serials_take(&host->serials, id->time_ms, id->serial, &self->stats.gaps);
    }
    return flight;
}

/* Copies text and token into one piece of the event's arena. */
static void copy_source(struct arena *arena, const struct record_text *source,
                        struct record *record)
{
    size_t len = source->text.len, token_len = source->type_token.len;
    char *copy = arena_alloc(arena, len + ARENA_PAD + token_len);

    memcpy(copy, source->text.data, len);
    memset(copy + len, 0, ARENA_PAD);
    record->text = (struct span){ copy, len };
    record->type_token = source->type_token;
    if (token_len > 0) {
        record->type_token.data = copy + len + ARENA_PAD;
        memcpy(copy + len + ARENA_PAD, source->type_token.data, token_len);
    }
}

static void add_record(struct assembler *self, struct flight *flight,
                       const struct record_text *source, uint32_t body_at)
{
    struct event *event = &flight->event;
    struct record *record = flight_record(flight);

    copy_source(&event->arena, source, record);
    record->type = source->type;
    record->body_at = body_at;
    cutter_cut(self->cutter, &event->arena, record);
    if (source->type == TYPE_SYSCALL && event->syscall == NULL)
        event->syscall = record;
    event->record_count++;
    flight->bytes += (uint32_t)source->text.len;
    self->bytes += source->text.len;
    self->stats.in_flight++;
}

/* Makes room for the text of a record; false when its event has no room left. */
static bool find_room(struct assembler *self, struct flight *flight, size_t len)
{
    if (flight->event.record_count >= self->limits.records ||
        len > self->limits.bytes - flight->bytes)
        return false;
    while (self->bytes + len > self->limits.all_bytes) {
        struct flight *oldest = flights_oldest(&self->flights);

        if (oldest == flight) {
            if (oldest->link.next == &self->flights.begun)
                return flight->event.record_count == 0;
            oldest = LIST_MEMBER(oldest->link.next, struct flight, link);
        }
        evict(self, oldest);
    }
    return true;
}

bool assembler_ends_at_once(uint16_t type)
{
    return (type >= 1100 && type <= 1299) || type == TYPE_KERNEL || (type >= 2100 && type <= 2999);
}

static void take_end(struct assembler *self, const struct event_id *id, uint32_t node,
                     const struct record_text *source)
{
    struct flight *flight = flights_find(&self->flights, id, node);

    self->stats.eoe++;
    self->has_seen_eoe = true;
    if (flight == NULL)
        return;

    struct event *event = &flight->event;

    event->end.type_token = arena_copy(&event->arena, source->type_token);
    event->end.text = arena_copy(&event->arena, source->text);
    complete(self, flight);
}

int assembler_take(void *assembler, const struct record_text *source)
{
    struct assembler *self = assembler;
    struct record_header header;

    self->stats.seen++;
    if (record_header_parse(source->text, &header) != 0) {
        self->stats.malformed++;
        return -EBADMSG;
    }

    struct event_id id = { source->node, header.time_ms, header.serial };
    uint32_t node = flights_node(source->node);

    if (self->settled != NULL)
        complete_settled(self, &id, node);

    struct host *host = hosts_hear(&self->hosts, node);

    if (header.time_ms != host->now_ms)
        advance(self, host, header.time_ms);
    if (source->type == TYPE_EOE) {
        take_end(self, &id, node, source);
        return 0;
    }

    struct flight *flight = flights_find(&self->flights, &id, node);

    if (flight == NULL && source->text.len <= self->limits.bytes)
        flight = begin(self, &id, host, source->type);
    if (flight == NULL || !find_room(self, flight, source->text.len)) {
        self->stats.cut++;
        if (flight != NULL)
            flight->event.flags |= EVENT_IS_CUT;
        return 0;
    }
    add_record(self, flight, source, header.body_at);
    if (assembler_ends_at_once(source->type))
        complete(self, flight);
    else if (source->type == TYPE_PROCTITLE && self->mode == ASSEMBLE_FILE && !self->has_seen_eoe &&
             flight->event.syscall != NULL)
        self->settled = flight;
    return 0;
}

void assembler_new_file(struct assembler *self)
{
    self->has_seen_eoe = false;
}

void assembler_tick(struct assembler *self, uint64_t now_ms)
{
    if (self->settled != NULL)
        complete(self, self->settled);
    advance(self, hosts_hear(&self->hosts, 0), now_ms); /* live, all records are of this host */
}

void assembler_flush(struct assembler *self)
{
    flush(self);
}

uint64_t assembler_now(const struct assembler *self)
{
    return self->now_ms;
}

const struct assembler_stats *assembler_stats(const struct assembler *self)
{
    return &self->stats;
}
