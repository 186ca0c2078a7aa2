#include "output/datagram.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "output/lookup.h"

enum {
    DATAGRAM_MANY = 64,          /* messages a system call */
    DATAGRAM_UDP = 65507,        /* bytes; what IPv4 leaves of 64 KiB */
    DATAGRAM_UNIX_OVERHEAD = 32, /* bytes of the send buffer that no message may use; af_unix.c */
    DATAGRAM_AGAIN_MS = 10       /* until the kernel has memory again, it is hoped */
};

/* A socket, and the loop's watch on it. */
struct plug {
    uv_poll_t poll;
    int fd;
    struct datagram *datagram;
};

struct datagram {
    uv_loop_t *loop;
    struct datagram_settings settings; /* spans point to `texts` */
    struct buffer texts;
    struct error err;
    struct lookup *lookup;
    uv_timer_t timer;
    struct plug *plug; /* NULL: closed */
    size_t limit;
    datagram_opened *opened;
    const struct cargo *cargo; /* NULL: nothing is sent */
    size_t next;               /* piece */
    datagram_sent *sent;
    void *context;
    unsigned held; /* by the loop */
    void (*closed)(void *context);
    void *closed_context;
};

static void let_go(void *context)
{
    struct datagram *datagram = context;

    if (--datagram->held > 0)
        return;

    void (*closed)(void *) = datagram->closed;
    void *closed_context = datagram->closed_context;

    buffer_free(&datagram->texts);
    free(datagram);
    if (closed != NULL)
        closed(closed_context);
}

static void on_unplugged(uv_handle_t *handle)
{
    struct plug *plug = handle->data;

    let_go(plug->datagram);
    free(plug);
}

static void take_down(struct datagram *datagram)
{
    uv_timer_stop(&datagram->timer);
    if (datagram->lookup != NULL)
        lookup_forget(datagram->lookup);
    datagram->lookup = NULL;
    if (datagram->plug == NULL)
        return;
    uv_poll_stop(&datagram->plug->poll);
    close(datagram->plug->fd);
    uv_close((uv_handle_t *)&datagram->plug->poll, on_unplugged);
    datagram->plug = NULL;
}

static void tell_opened(struct datagram *datagram, int code)
{
    datagram_opened *opened = datagram->opened;

    if (code != 0)
        take_down(datagram);
    datagram->opened = NULL;
    if (opened != NULL)
        opened(datagram->context, code, code != 0 ? datagram->err.text : NULL);
}

/* Ends the sending. The socket is kept when one message alone was too long. */
static void tell_sent(struct datagram *datagram, int code)
{
    datagram_sent *sent = datagram->sent;

    if (code != 0 && code != -EMSGSIZE)
        take_down(datagram);
    datagram->cargo = NULL;
    sent(datagram->context, code, code != 0 ? datagram->err.text : NULL, datagram->next);
}

static int say(struct datagram *datagram, int code, const char *what)
{
    const struct datagram_settings *settings = &datagram->settings;

    if (settings->path.data != NULL)
        return error_set(&datagram->err, code, "%s '%.*s': %s", what, SPAN_ARG(settings->path),
                         strerror(-code));
    return error_set(&datagram->err, code, "%s %.*s port %.*s: %s", what, SPAN_ARG(settings->host),
                     SPAN_ARG(settings->port), strerror(-code));
}

/* Refusals that come from the network wait in a queue of their own, so that none gets lost between
 * two messages of one call. */
static void ask_for_refusals(int fd, int family)
{
    const int on = 1;

    if (family == AF_INET)
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
    else if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
}

/* The errno of a refusal that came from the network since the last look; 0: none. */
static int look_for_refusal(int fd)
{
    char byte, control[512];
    int found = 0;

    for (;;) {
        struct iovec room = { &byte, 1 };
        struct msghdr message = { .msg_iov = &room,
                                  .msg_iovlen = 1,
                                  .msg_control = control,
                                  .msg_controllen = sizeof control };

        if (recvmsg(fd, &message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
            return found;

        struct cmsghdr *part = CMSG_FIRSTHDR(&message);
        struct sock_extended_err refusal;

        if (part == NULL || part->cmsg_len < CMSG_LEN(sizeof refusal))
            continue;
        memcpy(&refusal, CMSG_DATA(part), sizeof refusal);
        if (refusal.ee_errno != EMSGSIZE)
            found = (int)refusal.ee_errno;
    }
}

static size_t limit_of(int fd, int family)
{
    int bytes;
    socklen_t len = sizeof bytes;

    if (family != AF_UNIX)
        return DATAGRAM_UDP;
    if (getsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, &len) != 0 || bytes < 2048)
        return 2048;
    return (size_t)bytes - DATAGRAM_UNIX_OVERHEAD;
}

/* Makes the socket. 0, or a negative errno. */
static int plug_in(struct datagram *datagram, const struct sockaddr *address, socklen_t len)
{
    int family = address->sa_family;
    int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return -errno;
    if (connect(fd, address, len) != 0) {
        int code = -errno;

        close(fd);
        return code;
    }

    struct plug *plug = calloc(1, sizeof *plug);

    if (plug == NULL)
        abort();
    ask_for_refusals(fd, family);
    plug->fd = fd;
    plug->datagram = datagram;
    plug->poll.data = plug;
    uv_poll_init(datagram->loop, &plug->poll, fd);
    datagram->held++;
    datagram->plug = plug;
    datagram->limit = limit_of(fd, family);
    return 0;
}

static void on_found(void *context, int code, struct addrinfo *list)
{
    struct datagram *datagram = context;
    int failure = -EHOSTUNREACH;

    datagram->lookup = NULL;
    uv_timer_stop(&datagram->timer);
    if (list == NULL) {
        error_set(&datagram->err, failure, "cannot look up %.*s port %.*s: %s",
                  SPAN_ARG(datagram->settings.host), SPAN_ARG(datagram->settings.port),
                  uv_strerror(code));
        tell_opened(datagram, failure);
        return;
    }
    for (const struct addrinfo *at = list; at != NULL && failure != 0; at = at->ai_next)
        failure = plug_in(datagram, at->ai_addr, at->ai_addrlen);
    uv_freeaddrinfo(list);
    if (failure != 0)
        say(datagram, failure, "cannot send to");
    tell_opened(datagram, failure);
}

static void on_lookup_late(uv_timer_t *timer)
{
    struct datagram *datagram = timer->data;

    tell_opened(datagram, say(datagram, -ETIMEDOUT, "cannot look up"));
}

static void look_up(struct datagram *datagram)
{
    static const struct lookup_user user = { on_found, let_go };

    datagram->lookup = lookup_start(datagram->loop, datagram->settings.host.data,
                                    datagram->settings.port.data, SOCK_DGRAM, &user, datagram);
    if (datagram->lookup == NULL) {
        tell_opened(datagram, say(datagram, -EINVAL, "cannot look up"));
        return;
    }
    datagram->held++;
    uv_timer_start(&datagram->timer, on_lookup_late,
                   (uint64_t)(datagram->settings.timeout_s * 1000), 0);
}

void datagram_open(struct datagram *datagram, datagram_opened *opened, void *context)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct span path = datagram->settings.path;
    int code = -ENAMETOOLONG;

    datagram->opened = opened;
    datagram->context = context;
    if (path.data == NULL) {
        look_up(datagram);
        return;
    }
    if (path.len < sizeof address.sun_path) {
        memcpy(address.sun_path, path.data, path.len);
        code = plug_in(datagram, (const struct sockaddr *)&address, sizeof address);
    }
    if (code != 0)
        say(datagram, code, "cannot send to");
    tell_opened(datagram, code);
}

bool datagram_is_open(const struct datagram *datagram)
{
    return datagram->plug != NULL;
}

size_t datagram_limit(const struct datagram *datagram)
{
    return datagram->limit;
}

static void push(struct datagram *datagram);

static void on_writable(uv_poll_t *poll, int status, int events)
{
    struct plug *plug = poll->data;

    (void)status, (void)events; /* an error is told by the next try */
    uv_poll_stop(poll);
    push(plug->datagram);
}

static void on_time(uv_timer_t *timer)
{
    push(timer->data);
}

/* Hands the next messages to the kernel. How many it has taken, or a negative errno. */
static int send_some(struct datagram *datagram)
{
    struct mmsghdr messages[DATAGRAM_MANY];
    struct iovec parts[DATAGRAM_MANY];
    size_t count = datagram->cargo->count - datagram->next;

    if (count > DATAGRAM_MANY)
        count = DATAGRAM_MANY;
    for (size_t i = 0; i < count; i++) {
        struct span piece = cargo_piece(datagram->cargo, datagram->next + i);

        parts[i] = (struct iovec){ (void *)(uintptr_t)piece.data, piece.len };
        messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_iov = &parts[i], .msg_iovlen = 1 } };
    }

    int fd = datagram->plug->fd;
    int taken = sendmmsg(fd, messages, (unsigned)count, MSG_DONTWAIT | MSG_NOSIGNAL);
    int code = taken < 0 ? -errno : 0;
    int refusal = datagram->settings.path.data == NULL ? look_for_refusal(fd) : 0;

    return refusal != 0 ? -refusal : code != 0 ? code : taken;
}

/* Sends until all is gone or something is in the way. */
static void push(struct datagram *datagram)
{
    while (datagram->next < datagram->cargo->count) {
        int taken = send_some(datagram);

        if (taken >= 0) {
            datagram->next += (size_t)taken;
        } else if (taken == -EAGAIN) {
            uv_poll_start(&datagram->plug->poll, UV_WRITABLE, on_writable);
            return;
        } else if (taken == -ENOBUFS || taken == -ENOMEM) {
            uv_timer_start(&datagram->timer, on_time, DATAGRAM_AGAIN_MS, 0);
            return;
        } else if (taken != -EINTR) {
            tell_sent(datagram, say(datagram, taken, "cannot send to"));
            return;
        }
    }
    tell_sent(datagram, 0);
}

void datagram_send(struct datagram *datagram, const struct cargo *cargo, datagram_sent *sent,
                   void *context)
{
    datagram->cargo = cargo;
    datagram->next = 0;
    datagram->sent = sent;
    datagram->context = context;
    push(datagram);
}

void datagram_reset(struct datagram *datagram)
{
    error_set(&datagram->err, -ECANCELED, "given up");
    if (datagram->cargo != NULL)
        tell_sent(datagram, -ECANCELED);
    else if (datagram->opened != NULL)
        tell_opened(datagram, -ECANCELED);
    else
        take_down(datagram);
}

static void on_timer_closed(uv_handle_t *timer)
{
    let_go(timer->data);
}

void datagram_close(struct datagram *datagram, void (*closed)(void *context), void *context)
{
    datagram_reset(datagram);
    datagram->closed = closed;
    datagram->closed_context = context;
    uv_close((uv_handle_t *)&datagram->timer, on_timer_closed);
}

/* Copies a text behind the others and ends it with a zero byte; there is room. */
static void keep(struct datagram *datagram, struct span *text)
{
    if (text->data == NULL)
        return;

    const char *copy = datagram->texts.data + datagram->texts.len;

    buffer_append(&datagram->texts, *text);
    buffer_byte(&datagram->texts, '\0');
    text->data = copy;
}

struct datagram *datagram_new(uv_loop_t *loop, const struct datagram_settings *settings)
{
    struct datagram *datagram = calloc(1, sizeof *datagram);

    if (datagram == NULL)
        abort();
    datagram->loop = loop;
    datagram->settings = *settings;
    buffer_reserve(&datagram->texts,
                   settings->host.len + settings->port.len + settings->path.len + 3);
    keep(datagram, &datagram->settings.host);
    keep(datagram, &datagram->settings.port);
    keep(datagram, &datagram->settings.path);
    uv_timer_init(loop, &datagram->timer);
    datagram->timer.data = datagram;
    datagram->held = 1;
    return datagram;
}
