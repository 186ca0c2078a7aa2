#include "output/http_loop.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

#include "output/http_settings.h"

struct watcher {
    uv_poll_t poll;
    struct http_loop *loop;
    curl_socket_t socket;
    struct watcher *next, **link;
};

struct http_loop {
    uv_loop_t *uv;
    CURLM *multi;
    uv_timer_t timer;
    struct watcher *watchers; /* that are not closing */
    unsigned held;            /* handles that the loop has not let go of */
    http_transfer_ended *ended;
    http_transfers_ended *all_ended;
    void *context;
    void (*closed)(void *context);
    void *closed_context;
};

/* Hands over what has ended. Nothing of `loop` may be touched behind it. */
static void hand_over(struct http_loop *loop)
{
    bool has_any = false;
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(loop->multi, &left)) != NULL) {
        CURL *easy = message->easy_handle;
        CURLcode code = message->data.result;

        if (message->msg != CURLMSG_DONE)
            continue;
        curl_multi_remove_handle(loop->multi, easy);
        loop->ended(loop->context, easy, code);
        has_any = true;
    }
    if (has_any)
        loop->all_ended(loop->context);
}

static void act(struct http_loop *loop, curl_socket_t socket, int events)
{
    int running;

    curl_multi_socket_action(loop->multi, socket, events, &running);
    hand_over(loop);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct watcher *watcher = poll->data;
    int what = 0;

    if (status < 0)
        what = CURL_CSELECT_ERR;
    if ((events & UV_READABLE) != 0)
        what |= CURL_CSELECT_IN;
    if ((events & UV_WRITABLE) != 0)
        what |= CURL_CSELECT_OUT;
    act(watcher->loop, watcher->socket, what);
}

static void on_timer(uv_timer_t *timer)
{
    act(timer->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout(CURLM *multi, long timeout_ms, void *context)
{
    struct http_loop *loop = context;

    (void)multi;
    if (timeout_ms < 0)
        return uv_timer_stop(&loop->timer);
    uv_update_time(loop->uv);
    return uv_timer_start(&loop->timer, on_timer, (uint64_t)timeout_ms, 0);
}

static void let_go(struct http_loop *loop)
{
    if (--loop->held > 0 || loop->closed == NULL)
        return;

    void (*closed)(void *context) = loop->closed;
    void *context = loop->closed_context;

    free(loop);
    closed(context);
}

static void on_watcher_closed(uv_handle_t *handle)
{
    struct watcher *watcher = handle->data;
    struct http_loop *loop = watcher->loop;

    free(watcher);
    let_go(loop);
}

static void on_timer_closed(uv_handle_t *handle)
{
    let_go(handle->data);
}

static void watcher_end(struct watcher *watcher)
{
    *watcher->link = watcher->next;
    if (watcher->next != NULL)
        watcher->next->link = watcher->link;
    uv_close((uv_handle_t *)&watcher->poll, on_watcher_closed);
}

static struct watcher *watcher_new(struct http_loop *loop, curl_socket_t socket)
{
    struct watcher *watcher = calloc(1, sizeof *watcher);

    if (watcher == NULL)
        abort();
    if (uv_poll_init_socket(loop->uv, &watcher->poll, socket) != 0) {
        free(watcher);
        return NULL;
    }
    watcher->poll.data = watcher;
    watcher->loop = loop;
    watcher->socket = socket;
    watcher->next = loop->watchers;
    watcher->link = &loop->watchers;
    if (watcher->next != NULL)
        watcher->next->link = &watcher->next;
    loop->watchers = watcher;
    loop->held++;
    curl_multi_assign(loop->multi, socket, watcher);
    return watcher;
}

static int on_socket(CURL *easy, curl_socket_t socket, int what, void *context, void *of_socket)
{
    struct http_loop *loop = context;
    struct watcher *watcher = of_socket;

    (void)easy;
    if (what == CURL_POLL_REMOVE) {
        if (watcher != NULL) {
            curl_multi_assign(loop->multi, socket, NULL);
            watcher_end(watcher);
        }
        return 0;
    }
    if (watcher == NULL)
        watcher = watcher_new(loop, socket);
    if (watcher == NULL)
        return -1;

    int events = (what & CURL_POLL_IN ? UV_READABLE : 0) | (what & CURL_POLL_OUT ? UV_WRITABLE : 0);

    return uv_poll_start(&watcher->poll, events, on_poll) == 0 ? 0 : -1;
}

static void multi_begin(struct http_loop *loop)
{
    loop->multi = curl_multi_init();
    if (loop->multi == NULL)
        abort();
    /* Else four for each transfer that is under way: those that end last would end the others'. */
    curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, (long)HTTP_REQUESTS_MOST);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timeout);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
}

static void multi_end(struct http_loop *loop)
{
    curl_multi_cleanup(loop->multi);
    while (loop->watchers != NULL) /* it forgets to take back some */
        watcher_end(loop->watchers);
    uv_timer_stop(&loop->timer);
}

struct http_loop *http_loop_new(uv_loop_t *uv, http_transfer_ended *ended,
                                http_transfers_ended *all_ended, void *context)
{
    struct http_loop *loop = calloc(1, sizeof *loop);

    if (loop == NULL)
        abort();
    *loop = (struct http_loop){
        .uv = uv, .held = 1, .ended = ended, .all_ended = all_ended, .context = context
    };
    uv_timer_init(uv, &loop->timer);
    loop->timer.data = loop;
    multi_begin(loop);
    return loop;
}

int http_loop_add(struct http_loop *loop, CURL *easy)
{
    return curl_multi_add_handle(loop->multi, easy) == CURLM_OK ? 0 : -ENOMEM;
}

void http_loop_remove(struct http_loop *loop, CURL *easy)
{
    curl_multi_remove_handle(loop->multi, easy);
}

void http_loop_renew(struct http_loop *loop)
{
    multi_end(loop);
    multi_begin(loop);
}

void http_loop_close(struct http_loop *loop, void (*closed)(void *context), void *context)
{
    loop->closed = closed;
    loop->closed_context = context;
    multi_end(loop);
    uv_close((uv_handle_t *)&loop->timer, on_timer_closed);
}
