#include "output/lookup.h"

#include <stdbool.h>
#include <stdlib.h>

struct lookup {
    uv_getaddrinfo_t request;
    const struct lookup_user *user;
    void *context;
    bool is_forgotten;
};

static void on_looked_up(uv_getaddrinfo_t *request, int code, struct addrinfo *list)
{
    struct lookup *lookup = request->data;

    if (!lookup->is_forgotten)
        lookup->user->found(lookup->context, code, list);
    else if (list != NULL)
        uv_freeaddrinfo(list);
    lookup->user->gone(lookup->context);
    free(lookup);
}

struct lookup *lookup_start(uv_loop_t *loop, const char *host, const char *port, int socket_type,
                            const struct lookup_user *user, void *context)
{
    const struct addrinfo hints = { .ai_socktype = socket_type };
    struct lookup *lookup = calloc(1, sizeof *lookup);

    if (lookup == NULL)
        abort();
    lookup->user = user;
    lookup->context = context;
    lookup->request.data = lookup;
    if (uv_getaddrinfo(loop, &lookup->request, on_looked_up, host, port, &hints) != 0) {
        free(lookup);
        return NULL;
    }
    return lookup;
}

void lookup_forget(struct lookup *lookup)
{
    lookup->is_forgotten = true;
    uv_cancel((uv_req_t *)&lookup->request);
}
