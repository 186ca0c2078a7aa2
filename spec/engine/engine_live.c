#include "engine.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/capture.h"
#include "kernel/live.h"
#include "kernel/status.h"
#include "push.h"

/* run is only for a guest kernel: it takes the audit socket of the kernel it runs on. */

enum { LOOK = 10 /* ms between two looks for the files that steer a run */ };

struct run {
    struct live *live;
    uv_loop_t loop;
    uv_timer_t end, look, lose;
    struct error err;
    struct capture *capture;
    const char *release_path, *end_path; /* NULL once they are there */
    double lose_s;
    bool is_drained;
    uint32_t types[3000]; /* records by type */
    uint64_t untidy;      /* records whose text is not as it has to be */
    int drain_status;
};

static lua_Number field_number(lua_State *L, const char *name, lua_Number otherwise)
{
    lua_getfield(L, 1, name); /* [value] */

    lua_Number value = luaL_optnumber(L, -1, otherwise);

    lua_pop(L, 1);
    return value;
}

static const char *field_text(lua_State *L, const char *name)
{
    lua_getfield(L, 1, name); /* [value] */

    const char *text = luaL_optstring(L, -1, NULL);

    lua_pop(L, 1); /* the settings keep it alive */
    return text;
}

static int on_record(void *context, const struct record_text *record)
{
    struct run *run = context;
    struct span text = record->text;

    run->types[record->type]++;
    if (!span_starts(text, SPAN("audit(")) || text.data[text.len - 1] == '\n' ||
        text.data[text.len - 1] == '\0' || record->arrival_ns == 0 || record->type_token.len > 0)
        run->untidy++;
    return 0;
}

static void on_tap(void *context, const struct datagram *datagram)
{
    capture_take(context, datagram);
}

static void on_end(uv_timer_t *timer)
{
    struct run *run = timer->data;

    if (run->is_drained)
        run->drain_status = live_drain(run->live, &run->err);
    uv_stop(timer->loop);
}

/* Whether the file that is waited for is there; it is not waited for again then. */
static bool has_come(const char **path)
{
    if (*path == NULL || access(*path, F_OK) != 0)
        return false;
    *path = NULL;
    return true;
}

static void on_look(uv_timer_t *timer)
{
    struct run *run = timer->data;

    if (has_come(&run->release_path))
        live_hold(run->live, false);
    if (has_come(&run->end_path))
        on_end(&run->end);
}

static void ignore(void *context, const struct datagram *datagram)
{
    (void)context;
    (void)datagram;
}

/* Gives the registration back behind the live source's back; only its own process can. */
static void on_lose(uv_timer_t *timer)
{
    struct run *run = timer->data;
    struct netlink *other = netlink_open(0, &run->err);

    if (other == NULL || status_set_pid(other, 0, ignore, NULL, &run->err) != 0)
        abort();
    netlink_close(other);
}

static void push_stats(lua_State *L, const struct live_stats *stats)
{
    lua_newtable(L); /* [stats] */
    set_number(L, "received", stats->received);
    set_number(L, "records", stats->records);
    set_number(L, "truncated", stats->truncated);
    set_number(L, "answers", stats->answers);
    set_number(L, "rivals", stats->rivals);
    set_number(L, "malformed", stats->malformed);
    set_number(L, "strange", stats->strange);
    set_number(L, "foreign", stats->foreign);
    set_number(L, "enobufs", stats->enobufs);
    set_number(L, "gulps", stats->gulps);
    set_number(L, "retaken", stats->retaken);
    set_number(L, "kernel_known", stats->kernel_known);
    set_number(L, "kernel_lost", stats->kernel_lost);
    set_number(L, "backlog", stats->backlog);
    set_number(L, "buffer", stats->buffer);
}

static void push_types(lua_State *L, const struct run *run)
{
    lua_newtable(L); /* [types] */
    for (int type = 0; type < 3000; type++) {
        if (run->types[type] == 0)
            continue;
        lua_pushnumber(L, run->types[type]);
        lua_rawseti(L, -2, type);
    }
}

static void start_timers(struct run *run, double seconds)
{
    uv_timer_init(&run->loop, &run->end);
    uv_timer_init(&run->loop, &run->look);
    uv_timer_init(&run->loop, &run->lose);
    run->end.data = run->look.data = run->lose.data = run;
    uv_timer_start(&run->end, on_end, (uint64_t)(seconds * 1000), 0);
    if (run->lose_s > 0)
        uv_timer_start(&run->lose, on_lose, (uint64_t)(run->lose_s * 1000), 0);
    if (run->release_path != NULL)
        live_hold(run->live, true);
    uv_timer_start(&run->look, on_look, LOOK, LOOK);
}

static void stop_all(struct run *run)
{
    live_close(run->live, NULL, NULL);
    uv_close((uv_handle_t *)&run->end, NULL);
    uv_close((uv_handle_t *)&run->look, NULL);
    uv_close((uv_handle_t *)&run->lose, NULL);
    uv_run(&run->loop, UV_RUN_DEFAULT);
}

static void push_result(lua_State *L, struct run *run, const char *said)
{
    lua_newtable(L); /* [result] */
    push_stats(L, live_stats(run->live));
    lua_setfield(L, -2, "stats");
    push_types(L, run);
    lua_setfield(L, -2, "types");
    set_number(L, "untidy", run->untidy);
    lua_pushstring(L, said);
    lua_setfield(L, -2, "log");
    if (run->drain_status != 0) {
        lua_pushstring(L, run->err.text);
        lua_setfield(L, -2, "drain_error");
    }
}

/*
 * run { mode = 'unicast' | 'multicast', seconds= at most, buffer=, gather=, release= path before
 * whose file nothing is read, ends= path whose file ends it, lose= seconds, drain= 0 | 1, capture=
 * path } → { stats=, types=, untidy=, log=, drain_error= }, or nil and a sentence
 */
static int live_lua_run(lua_State *L)
{
    const char *mode = field_text(L, "mode");
    const char *capture = field_text(L, "capture");
    double seconds = field_number(L, "seconds", 1);
    struct run *run = calloc(1, sizeof *run);
    char *said = NULL;
    size_t said_len = 0;
    struct log log = { .stream = open_memstream(&said, &said_len), .least = LOG_LEVEL_DEBUG };

    if (run == NULL)
        abort();
    run->is_drained = field_number(L, "drain", 1) != 0;
    run->release_path = field_text(L, "release");
    run->end_path = field_text(L, "ends");
    run->lose_s = field_number(L, "lose", 0);
    run->capture = capture != NULL ? capture_open(capture, &run->err) : NULL;

    struct live_options options = {
        .mode = mode != NULL && strcmp(mode, "multicast") == 0 ? LIVE_MULTICAST : LIVE_UNICAST,
        .receive_buffer = (uint32_t)field_number(L, "buffer", 0),
        .gather_ms = (unsigned)field_number(L, "gather", 0),
        .tap = run->capture != NULL ? on_tap : NULL,
        .tap_context = run->capture,
    };

    uv_loop_init(&run->loop);
    run->live = live_open(&run->loop, &options, on_record, run, &log, &run->err);
    if (run->live == NULL) {
        lua_pushnil(L);
        lua_pushstring(L, run->err.text); /* [nil, sentence] */
    } else {
        start_timers(run, seconds);
        uv_run(&run->loop, UV_RUN_DEFAULT);
        fflush(log.stream);
        push_result(L, run, said); /* [result] */
        stop_all(run);
    }
    if (run->capture != NULL)
        capture_close(run->capture, &run->err);
    uv_loop_close(&run->loop);
    fclose(log.stream);
    free(said);

    int results = run->live == NULL ? 2 : 1;

    free(run);
    return results;
}

enum {
    FAILURE_MS = 10000,     /* until the first failure */
    SECOND_FAILURE_MS = 150 /* in which no second one may come */
};

/* A live source over a socket whose far end the spec plays. */
struct attached {
    uv_loop_t loop;
    uv_timer_t tear, end;
    struct live *live;
    int peer;
    lua_Number records, failures;
    struct error why;
};

static int on_attached_record(void *context, const struct record_text *record)
{
    struct attached *attached = context;

    (void)record;
    attached->records++;
    return 0;
}

static void on_attached_end(uv_timer_t *timer)
{
    uv_stop(timer->loop);
}

static void on_failed(void *context, const struct error *why)
{
    struct attached *attached = context;

    if (++attached->failures == 1)
        uv_timer_start(&attached->end, on_attached_end, SECOND_FAILURE_MS, 0);
    attached->why = *why;
    live_hold(attached->live, false); /* to no effect */
}

/* What the far end did not read makes its end a reset of the connection. */
static void on_tear(uv_timer_t *timer)
{
    struct attached *attached = timer->data;

    close(attached->peer);
}

static void run_attached(struct attached *attached)
{
    uv_timer_init(&attached->loop, &attached->tear);
    uv_timer_init(&attached->loop, &attached->end);
    attached->tear.data = attached;
    uv_timer_start(&attached->tear, on_tear, 50, 0);
    uv_timer_start(&attached->end, on_attached_end, FAILURE_MS, 0);
    uv_run(&attached->loop, UV_RUN_DEFAULT);
    live_close(attached->live, NULL, NULL);
    uv_close((uv_handle_t *)&attached->tear, NULL);
    uv_close((uv_handle_t *)&attached->end, NULL);
    uv_run(&attached->loop, UV_RUN_DEFAULT);
    uv_loop_close(&attached->loop);
}

/* torn(datagram) → records, failures, sentence: the socket breaks after one datagram */
static int live_lua_torn(lua_State *L)
{
    size_t len;
    const char *datagram = luaL_checklstring(L, 1, &len);
    struct attached attached = { 0 };
    struct live_options options = { .mode = LIVE_MULTICAST,
                                    .failed = on_failed,
                                    .failed_context = &attached };
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0 ||
        send(ends[1], datagram, len, 0) != (ssize_t)len || send(ends[0], "x", 1, 0) != 1)
        return luaL_error(L, "no sockets");
    attached.peer = ends[1];
    uv_loop_init(&attached.loop);
    attached.live = live_attach(&attached.loop, netlink_attach(ends[0]), &options,
                                on_attached_record, &attached, NULL, &attached.why);
    if (attached.live == NULL)
        return luaL_error(L, "%s", attached.why.text);
    run_attached(&attached);
    lua_pushnumber(L, attached.records);
    lua_pushnumber(L, attached.failures);
    lua_pushstring(L, attached.why.text); /* [records, failures, sentence] */
    return 3;
}

void engine_live_open(lua_State *L)
{
    lua_newtable(L); /* [live] */
    lua_pushcfunction(L, live_lua_run);
    lua_setfield(L, -2, "run");
    lua_pushcfunction(L, live_lua_torn);
    lua_setfield(L, -2, "torn");
}
