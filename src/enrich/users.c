#include "enrich/users.h"

#include <stdlib.h>

#include "enrich/answers.h"
#include "enrich/nss.h"

/* Users or groups: the file, and what failed with it last. */
struct source {
    struct names_file *file;
    char *path;
    int failed; /* errno of the last reading that failed, said once */
};

struct users {
    uv_loop_t *loop;
    const struct log *log;
    struct source sources[2]; /* users, groups */
    struct answers *answers;
    uint64_t now_ms;
    uint64_t epoch;   /* of the answers; never 0 */
    unsigned lookups; /* under way */
    bool is_closing;
    struct lookup *first; /* all lookups under way */
};

struct lookup {
    uv_work_t work;
    struct users *users;
    struct lookup *next;
    uint32_t id;
    bool is_group;
    size_t len; /* of the name found; 0 for nobody */
    char name[NAME_MOST + 1];
};

static void *need(void *memory)
{
    if (memory == NULL)
        abort();
    return memory;
}

static void read_source(struct users *users, struct source *source)
{
    struct error err;
    int status = names_file_read(source->file, source->path, &err);

    if (status < 0 && status != source->failed)
        log_write(users->log, LOG_LEVEL_WARNING, "names are not read anew: %s", err.text);
    source->failed = status < 0 ? status : 0;
}

struct users *users_new_from(const char *passwd, const char *group, uv_loop_t *loop,
                             const struct log *log)
{
    struct users *users = need(calloc(1, sizeof *users));

    users->epoch = 1;
    users->loop = loop;
    users->log = log;
    users->answers = answers_new();
    users->sources[0].path = need(strdup(passwd));
    users->sources[1].path = need(strdup(group));
    for (size_t i = 0; i < 2; i++) {
        users->sources[i].file = names_file_new();
        read_source(users, &users->sources[i]);
    }
    return users;
}

struct users *users_new(uv_loop_t *loop, const struct log *log)
{
    return users_new_from("/etc/passwd", "/etc/group", loop, log);
}

static void finish(struct users *users)
{
    for (size_t i = 0; i < 2; i++) {
        names_file_free(users->sources[i].file);
        free(users->sources[i].path);
    }
    answers_free(users->answers);
    free(users);
}

void users_close(struct users *users)
{
    users->is_closing = true;
    for (struct lookup *lookup = users->first; lookup != NULL; lookup = lookup->next)
        uv_cancel((uv_req_t *)&lookup->work); /* what already runs is waited for */
    if (users->lookups == 0)
        finish(users);
}

void users_tick(struct users *users, uint64_t now_ms)
{
    users->now_ms = now_ms;
    users->epoch++;
    for (size_t i = 0; i < 2; i++)
        read_source(users, &users->sources[i]);
}

static void keep_answer(struct users *users, bool is_group, uint32_t id, struct span name)
{
    bool known = name.len > 0;

    users->epoch++;
    answers_put(users->answers, is_group, id, known ? ANSWER_NAME : ANSWER_NOBODY, name,
                users->now_ms + (known ? USERS_KEEP_MS : USERS_NOBODY_MS));
}

/* On a thread of libuv's pool: touches the lookup alone. */
static void on_work(uv_work_t *work)
{
    struct lookup *lookup = work->data;

    lookup->len = nss_name(lookup->is_group, lookup->id, lookup->name);
}

static void on_done(uv_work_t *work, int status)
{
    struct lookup *lookup = work->data;
    struct users *users = lookup->users;
    struct lookup **at = &users->first;

    while (*at != lookup)
        at = &(*at)->next;
    *at = lookup->next;
    users->lookups--;
    if (status == 0)
        keep_answer(users, lookup->is_group, lookup->id,
                    (struct span){ lookup->name, lookup->len });
    free(lookup);
    if (users->is_closing && users->lookups == 0)
        finish(users);
}

static void start_lookup(struct users *users, bool is_group, uint32_t id)
{
    if (users->is_closing || users->lookups >= USERS_LOOKUPS)
        return;

    struct lookup *lookup = need(calloc(1, sizeof *lookup));

    lookup->users = users;
    lookup->is_group = is_group;
    lookup->id = id;
    lookup->work.data = lookup;
    if (uv_queue_work(users->loop, &lookup->work, on_work, on_done) < 0) {
        free(lookup);
        return;
    }
    lookup->next = users->first;
    users->first = lookup;
    users->lookups++;
    answers_put(users->answers, is_group, id, ANSWER_PENDING, SPAN(""),
                users->now_ms + USERS_NOBODY_MS);
}

static bool ask_now(struct users *users, bool is_group, uint32_t id, struct span *name)
{
    char found[NAME_MOST + 1];
    size_t len = nss_name(is_group, id, found);

    keep_answer(users, is_group, id, (struct span){ found, len });
    return answers_find(users->answers, is_group, id, users->now_ms, name) == ANSWER_NAME;
}

static bool find_name(struct users *users, bool is_group, uint32_t id, struct span *name)
{
    if (names_file_name(users->sources[is_group].file, id, name))
        return true;
    switch (answers_find(users->answers, is_group, id, users->now_ms, name)) {
    case ANSWER_NAME:
        return true;
    case ANSWER_NOBODY:
    case ANSWER_PENDING:
        return false;
    case ANSWER_MISSING:
        break;
    }
    if (users->loop == NULL)
        return ask_now(users, is_group, id, name);
    start_lookup(users, is_group, id);
    return false;
}

static bool on_user(void *context, uint32_t uid, struct span *name)
{
    return find_name(context, false, uid, name);
}

static bool on_group(void *context, uint32_t gid, struct span *name)
{
    return find_name(context, true, gid, name);
}

static bool on_user_id(void *context, struct span name, uint32_t *uid)
{
    struct users *users = context;

    return names_file_id(users->sources[0].file, name, uid) || nss_id(false, name, uid);
}

static bool on_group_id(void *context, struct span name, uint32_t *gid)
{
    struct users *users = context;

    return names_file_id(users->sources[1].file, name, gid) || nss_id(true, name, gid);
}

struct resolver users_resolver(struct users *users)
{
    return (struct resolver){
        .context = users,
        .user = on_user,
        .group = on_group,
        .user_id = on_user_id,
        .group_id = on_group_id,
        .epoch = &users->epoch,
        .says_unknown = true,
    };
}
