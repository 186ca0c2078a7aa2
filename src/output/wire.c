#include "output/wire.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/un.h>

enum {
    WIRE_READ = 16 << 10,       /* bytes read at once */
    WIRE_FAREWELL = 1000,       /* ms that a side may take to close after us */
    WIRE_POLL_MOST = 32,        /* ms between two looks at what was acknowledged */
    WIRE_IDLE = 30,             /* s of silence before the first probe */
    WIRE_PROBE = 10,            /* s between probes */
    WIRE_PROBES = 3,            /* unanswered: the other side is gone */
    WIRE_UNANSWERED = 60 * 1000 /* ms that sent bytes may stay without an answer */
};

struct wire {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    };
    uv_timer_t timer; /* looks at what was acknowledged; the farewell */
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;
    const struct wire_user *user;
    void *context;
    bool is_tcp, is_ending, is_closed;
    int refused; /* why connecting failed before the loop could try */
    unsigned handles;
    uint64_t submitted;
    uint64_t poll_ms;
    char room[WIRE_READ];
};

static struct wire *wire_of(const void *handle)
{
    return ((const uv_handle_t *)handle)->data;
}

static void on_handle_closed(uv_handle_t *handle)
{
    struct wire *wire = wire_of(handle);

    if (--wire->handles > 0)
        return;
    wire->user->gone(wire->context);
    free(wire);
}

static void close_handles(struct wire *wire)
{
    if (wire->is_closed)
        return;
    wire->is_closed = true;
    if (wire->handles == 2)
        uv_close(&wire->handle, on_handle_closed);
    uv_close((uv_handle_t *)&wire->timer, on_handle_closed);
}

struct wire *wire_new(uv_loop_t *loop, const struct wire_user *user, void *context)
{
    struct wire *wire = calloc(1, sizeof *wire);

    if (wire == NULL)
        abort();
    wire->user = user;
    wire->context = context;
    uv_timer_init(loop, &wire->timer);
    wire->timer.data = wire;
    wire->handles = 1;
    return wire;
}

/* A side that is gone without a word is found by the kernel, also while nothing is sent. */
static void watch_for_death(struct wire *wire)
{
    const int probe = WIRE_PROBE, probes = WIRE_PROBES, unanswered = WIRE_UNANSWERED;
    uv_os_fd_t fd;

    if (!wire->is_tcp || uv_fileno(&wire->handle, &fd) != 0)
        return;
    uv_tcp_nodelay(&wire->tcp, 1);
    uv_tcp_keepalive(&wire->tcp, 1, WIRE_IDLE);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &probe, sizeof probe);
    setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
    setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &unanswered, sizeof unanswered);
}

static void on_room_wanted(uv_handle_t *handle, size_t suggested, uv_buf_t *room)
{
    struct wire *wire = wire_of(handle);

    (void)suggested;
    *room = uv_buf_init(wire->room, sizeof wire->room);
}

static void take_input(struct wire *wire, ssize_t len)
{
    if (len == -EAGAIN || len == -EINTR)
        return;
    if (len < 0 && uv_is_active(&wire->handle))
        uv_read_stop(&wire->stream);
    if (wire->is_ending) {
        if (len < 0)
            close_handles(wire);
        return;
    }
    if (len > 0)
        wire->user->received(wire->context, (struct span){ wire->room, (size_t)len });
    else if (len < 0)
        wire->user->ended(wire->context, len == UV_EOF ? 0 : (int)len);
}

static void on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *room)
{
    (void)room;
    if (len != 0)
        take_input(wire_of(stream), len);
}

static void on_connected(uv_connect_t *request, int code)
{
    struct wire *wire = wire_of(request->handle);

    if (wire->is_ending)
        return;
    if (code == 0) {
        watch_for_death(wire);
        code = uv_read_start(&wire->stream, on_room_wanted, on_read);
    }
    wire->user->connected(wire->context, code);
}

static void on_refused(uv_timer_t *timer)
{
    struct wire *wire = wire_of(timer);

    if (!wire->is_ending)
        wire->user->connected(wire->context, wire->refused);
}

/* Tells it from the loop, as every other answer. */
static void refuse(struct wire *wire, int code)
{
    wire->refused = code;
    uv_timer_start(&wire->timer, on_refused, 0, 0);
}

void wire_connect_address(struct wire *wire, const struct sockaddr *address)
{
    wire->is_tcp = true;
    uv_tcp_init(wire->timer.loop, &wire->tcp);
    wire->handle.data = wire;
    wire->handles++;

    int code = uv_tcp_connect(&wire->connect, &wire->tcp, address, on_connected);

    if (code != 0)
        refuse(wire, code);
}

void wire_connect_path(struct wire *wire, struct span path)
{
    char name[sizeof((struct sockaddr_un *)NULL)->sun_path];

    if (path.len >= sizeof name) {
        refuse(wire, -ENAMETOOLONG);
        return;
    }
    memcpy(name, path.data, path.len);
    name[path.len] = '\0';
    uv_pipe_init(wire->timer.loop, &wire->pipe, 0);
    wire->handle.data = wire;
    wire->handles++;
    uv_pipe_connect(&wire->connect, &wire->pipe, name, on_connected);
}

static void on_written(uv_write_t *request, int code)
{
    struct wire *wire = wire_of(request->handle);

    if (!wire->is_ending)
        wire->user->written(wire->context, code);
}

void wire_write(struct wire *wire, struct span bytes)
{
    /* libuv takes no pointer to const, and writes nothing there. */
    uv_buf_t chunk = { .base = (char *)(uintptr_t)bytes.data, .len = bytes.len };

    wire->submitted += bytes.len;

    int code = uv_write(&wire->write, &wire->stream, &chunk, 1, on_written);

    if (code != 0)
        wire->user->written(wire->context, code);
}

/* Bytes that the kernel has taken and nobody has acknowledged. */
static uint64_t unacknowledged(const struct wire *wire)
{
    uv_os_fd_t fd;
    int bytes;

    if (uv_fileno(&wire->handle, &fd) != 0 || ioctl(fd, SIOCOUTQ, &bytes) != 0 || bytes < 0)
        return 0;
    return (uint64_t)bytes;
}

static void on_poll(uv_timer_t *timer)
{
    struct wire *wire = wire_of(timer);

    if (wire->is_ending)
        return;
    if (unacknowledged(wire) == 0) {
        wire->user->acknowledged(wire->context);
        return;
    }
    uv_timer_start(timer, on_poll, wire->poll_ms, 0);
    if (wire->poll_ms < WIRE_POLL_MOST)
        wire->poll_ms *= 2;
}

void wire_await(struct wire *wire)
{
    wire->poll_ms = 1;
    on_poll(&wire->timer);
}

void wire_look(struct wire *wire)
{
    uv_os_fd_t fd;
    ssize_t len = 1;

    while (len > 0 && !wire->is_ending && uv_fileno(&wire->handle, &fd) == 0) {
        len = recv(fd, wire->room, sizeof wire->room, MSG_DONTWAIT);
        take_input(wire, len > 0 ? len : len == 0 ? UV_EOF : -errno);
    }
}

uint64_t wire_submitted(const struct wire *wire)
{
    return wire->submitted;
}

uint64_t wire_acknowledged(const struct wire *wire)
{
    uint64_t open = uv_stream_get_write_queue_size(&wire->stream) + unacknowledged(wire);

    return open < wire->submitted ? wire->submitted - open : 0;
}

static void on_farewell_over(uv_timer_t *timer)
{
    close_handles(wire_of(timer));
}

static void on_shut_down(uv_shutdown_t *request, int code)
{
    if (code != 0)
        close_handles(wire_of(request->handle));
}

void wire_finish(struct wire *wire, struct span last)
{
    uv_buf_t chunk = { .base = (char *)(uintptr_t)last.data, .len = last.len };

    wire->is_ending = true;
    if (last.len > 0)
        uv_try_write(&wire->stream, &chunk, 1);
    if (wire->handles < 2 || uv_shutdown(&wire->shutdown, &wire->stream, on_shut_down) != 0) {
        close_handles(wire);
        return;
    }
    uv_timer_start(&wire->timer, on_farewell_over, WIRE_FAREWELL, 0);
}

void wire_abort(struct wire *wire)
{
    const struct linger now = { .l_onoff = 1, .l_linger = 0 };
    uv_os_fd_t fd;

    wire->is_ending = true;
    if (wire->is_tcp && uv_fileno(&wire->handle, &fd) == 0 && wire_submitted(wire) > 0 &&
        unacknowledged(wire) > 0)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close_handles(wire);
}
