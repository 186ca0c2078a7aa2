#include "control/metrics_page.h"

#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/prometheus.h"

enum {
    REQUESTS_MOST = 8,   /* at a time; further ones wait in the socket */
    REQUEST_ROOM = 8192, /* bytes of memory for each, beside the page */
    REQUEST_MS = 10000,  /* then it is over */
    IDLE_S = 5,          /* without a byte */
    WATCH_MS = 1000,     /* how often old requests are looked for */
    SOCKET_MODE = 0660
};

/* One connection and since when it is there. */
struct visitor {
    int fd; /* -1: a free place */
    uint64_t since_ms;
};

struct metrics_page {
    uv_poll_t poll;   /* of libmicrohttpd's epoll descriptor */
    uv_timer_t timer; /* libmicrohttpd's own time limits */
    uv_timer_t watch; /* ours */
    unsigned open_handles;
    struct MHD_Daemon *daemon;
    struct page_address address;
    int fd;       /* -1 once libmicrohttpd has it */
    dev_t device; /* of the unix socket that was made */
    ino_t inode;
    struct visitor visitors[REQUESTS_MOST];
    struct buffer text;
    page_writer *write;
    void *context;
};

static struct sockaddr *socket_address(struct page_address *address)
{
    return (struct sockaddr *)(void *)&address->place;
}

static const char *socket_path(const struct page_address *address)
{
    return ((const struct sockaddr_un *)(const void *)&address->place)->sun_path;
}

/* Takes away a socket that a laudit which was killed left behind. */
static void remove_dead_socket(struct page_address *address)
{
    struct stat stat;

    if (lstat(socket_path(address), &stat) != 0 || !S_ISSOCK(stat.st_mode))
        return;

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return;
    if (connect(fd, socket_address(address), address->len) != 0 && errno == ECONNREFUSED)
        unlink(socket_path(address));
    close(fd);
}

/* Its owner's and group's before anybody can connect. */
static bool bind_unix(struct metrics_page *page)
{
    const char *path = socket_path(&page->address);
    struct stat stat;
    mode_t mask = umask(0777 & ~SOCKET_MODE);
    int status = bind(page->fd, socket_address(&page->address), page->address.len);

    umask(mask);
    if (status != 0)
        return false;
    if (lstat(path, &stat) == 0) {
        page->device = stat.st_dev;
        page->inode = stat.st_ino;
    }
    return true;
}

static bool listen_there(struct metrics_page *page)
{
    const int yes = 1;

    page->fd = socket(socket_address(&page->address)->sa_family,
                      SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (page->fd < 0)
        return false;
    if (page->address.is_unix) {
        remove_dead_socket(&page->address);
        return bind_unix(page) && listen(page->fd, REQUESTS_MOST) == 0;
    }
    setsockopt(page->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind(page->fd, socket_address(&page->address), page->address.len) == 0 &&
           listen(page->fd, REQUESTS_MOST) == 0;
}

/* Removes the unix socket, if it is still the one that was made here. */
static void remove_socket(const struct metrics_page *page)
{
    struct stat stat;

    if (page->address.is_unix && page->inode != 0 &&
        lstat(socket_path(&page->address), &stat) == 0 && stat.st_dev == page->device &&
        stat.st_ino == page->inode)
        unlink(socket_path(&page->address));
}

static enum MHD_Result answer(struct MHD_Connection *connection, unsigned status, struct span body,
                              const char *type)
{
    /* copied: the text is written anew for the next request while this one may still be sent */
    struct MHD_Response *response = MHD_create_response_from_buffer(
        body.len, (void *)(uintptr_t)body.data, MHD_RESPMEM_MUST_COPY);

    if (response == NULL)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");

    enum MHD_Result result = MHD_queue_response(connection, status, response);

    MHD_destroy_response(response);
    return result;
}

/* A request whose headers are here. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload,
                                  size_t *upload_len, void **state)
{
    static const char plain[] = "text/plain; charset=utf-8";
    struct metrics_page *page = context;

    (void)version;
    (void)upload;
    (void)upload_len;
    (void)state;
    if (strcmp(url, "/metrics") != 0)
        return answer(connection, MHD_HTTP_NOT_FOUND, SPAN("the page is /metrics\n"), plain);
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return answer(connection, MHD_HTTP_METHOD_NOT_ALLOWED, SPAN("only GET and HEAD\n"), plain);
    buffer_clear(&page->text);
    page->write(page->context, &page->text);
    return answer(connection, MHD_HTTP_OK, buffer_span(&page->text), PROMETHEUS_TYPE);
}

/* Keeps an eye on how long each connection is there. */
static void on_visitor(void *context, struct MHD_Connection *connection, void **state,
                       enum MHD_ConnectionNotificationCode code)
{
    struct metrics_page *page = context;
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    int sought = code == MHD_CONNECTION_NOTIFY_STARTED ? -1 : info->connect_fd;

    (void)state;
    for (size_t i = 0; i < REQUESTS_MOST; i++) {
        if (page->visitors[i].fd != sought)
            continue;
        page->visitors[i].fd = sought == -1 ? info->connect_fd : -1;
        page->visitors[i].since_ms = uv_now(page->poll.loop);
        return;
    }
}

static void serve(struct metrics_page *page);

static void on_timer(uv_timer_t *timer)
{
    serve(timer->data);
}

static void on_readable(uv_poll_t *poll, int status, int events)
{
    (void)status;
    (void)events;
    serve(poll->data);
}

/* Lets libmicrohttpd do what it can do now. */
static void serve(struct metrics_page *page)
{
    MHD_UNSIGNED_LONG_LONG wait_ms;

    MHD_run(page->daemon);
    if (MHD_get_timeout(page->daemon, &wait_ms) == MHD_YES)
        uv_timer_start(&page->timer, on_timer, wait_ms, 0);
    else
        uv_timer_stop(&page->timer);
}

/* Ends what has taken too long: a reader of a byte a second would keep its place for hours. */
static void on_watch(uv_timer_t *timer)
{
    struct metrics_page *page = timer->data;
    uint64_t now = uv_now(timer->loop);

    for (size_t i = 0; i < REQUESTS_MOST; i++) {
        if (page->visitors[i].fd >= 0 && now - page->visitors[i].since_ms >= REQUEST_MS)
            shutdown(page->visitors[i].fd, SHUT_RDWR);
    }
}

static bool start_daemon(struct metrics_page *page)
{
    page->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, on_request, page, MHD_OPTION_LISTEN_SOCKET, page->fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)REQUESTS_MOST, MHD_OPTION_CONNECTION_TIMEOUT,
        (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)REQUEST_ROOM,
        MHD_OPTION_NOTIFY_CONNECTION, on_visitor, page, MHD_OPTION_END);
    if (page->daemon == NULL)
        return false;
    page->fd = -1;
    return true;
}

static struct metrics_page *fail(struct metrics_page *page, const char *what, struct error *err)
{
    error_set(err, -errno, "%s: %s", what, strerror(errno));
    remove_socket(page);
    if (page->fd >= 0)
        close(page->fd);
    free(page);
    return NULL;
}

struct metrics_page *metrics_page_open(uv_loop_t *loop, const struct page_address *address,
                                       page_writer *write, void *context, struct error *err)
{
    struct metrics_page *page = calloc(1, sizeof *page);

    if (page == NULL)
        abort();
    page->address = *address;
    page->write = write;
    page->context = context;
    for (size_t i = 0; i < REQUESTS_MOST; i++)
        page->visitors[i].fd = -1;
    if (!listen_there(page))
        return fail(page, "cannot listen", err);
    page->poll.loop = loop;
    if (!start_daemon(page))
        return fail(page, "cannot serve HTTP", err);

    const union MHD_DaemonInfo *info = MHD_get_daemon_info(page->daemon, MHD_DAEMON_INFO_EPOLL_FD);

    uv_poll_init(loop, &page->poll, info->epoll_fd);
    uv_timer_init(loop, &page->timer);
    uv_timer_init(loop, &page->watch);
    page->poll.data = page->timer.data = page->watch.data = page;
    page->open_handles = 3;
    return page;
}

void metrics_page_start(struct metrics_page *page)
{
    uv_poll_start(&page->poll, UV_READABLE, on_readable);
    uv_timer_start(&page->watch, on_watch, WATCH_MS, WATCH_MS);
    uv_unref((uv_handle_t *)&page->watch);
    serve(page);
}

static void on_closed(uv_handle_t *handle)
{
    struct metrics_page *page = handle->data;

    if (--page->open_handles == 0)
        free(page);
}

void metrics_page_close(struct metrics_page *page)
{
    remove_socket(page);
    uv_poll_stop(&page->poll);
    MHD_stop_daemon(page->daemon);
    buffer_free(&page->text);
    uv_close((uv_handle_t *)&page->poll, on_closed);
    uv_close((uv_handle_t *)&page->timer, on_closed);
    uv_close((uv_handle_t *)&page->watch, on_closed);
}
