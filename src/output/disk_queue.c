#include "output/disk_queue.h"

#include <errno.h>
#include <stdlib.h>

enum task { TASK_NONE, TASK_OPEN, TASK_APPEND, TASK_READ, TASK_FINISH, TASK_CLOSE };

struct disk_queue {
    struct disk_queue_host host;
    struct spool_settings settings;
    char *path;
    uv_work_t work;
    enum task task; /* under way */
    struct spool *spool;
    struct spool_stats stats; /* as they were when the last task ended */
    struct batch *first, **last;
    size_t messages, bytes;           /* in `first` and behind it, and in `writing` */
    struct batch *writing;            /* of TASK_APPEND */
    struct batch *head;               /* what is read, lent, or finished */
    size_t head_messages, head_bytes; /* as it was lent */
    bool is_wanted, is_read, is_lent, is_finished;
    bool has_appended; /* by the last task */
    bool is_resting;   /* the last task failed: not before the next tick */
    bool is_closing;
    int status; /* of the task that ended */
    struct error err;
    int said; /* errno that was logged last */
    void (*closed)(void *context);
    void *closed_context;
};

static void next_task(struct disk_queue *queue);

struct disk_queue *disk_queue_new(const struct spool_settings *settings,
                                  const struct disk_queue_host *host)
{
    struct disk_queue *queue = calloc(1, sizeof *queue);

    if (queue == NULL)
        abort();
    queue->path = strndup(settings->path.data, settings->path.len);
    if (queue->path == NULL)
        abort();
    queue->host = *host;
    queue->settings = *settings;
    queue->settings.path = span_of(queue->path);
    queue->last = &queue->first;
    queue->head = batch_new();
    queue->work.data = queue;
    return queue;
}

/* All that blocks on the disk; in a thread. */
static void do_task(struct disk_queue *queue)
{
    queue->err = (struct error){ 0 };
    switch (queue->task) {
    case TASK_OPEN:
        queue->spool = spool_open(&queue->settings, queue->host.log, &queue->err);
        queue->status = queue->spool != NULL ? 0 : queue->err.code;
        break;
    case TASK_APPEND:
        queue->status = spool_append(queue->spool, queue->writing, &queue->err);
        break;
    case TASK_READ:
        queue->status = spool_read(queue->spool, queue->head, &queue->err);
        break;
    case TASK_FINISH:
        queue->status = batch_count_fate(queue->head, FATE_WAITING) > 0
                            ? spool_return(queue->spool, queue->head, &queue->err)
                            : spool_acknowledge(queue->spool, &queue->err);
        break;
    default:
        if (queue->spool != NULL)
            spool_close(queue->spool);
        queue->spool = NULL;
        queue->status = 0;
        return;
    }
}

static void say_failure(struct disk_queue *queue)
{
    int code = queue->status < 0 ? -queue->status : 0;

    if (code == queue->said || code == EWOULDBLOCK) /* the output before us still has it */
        return;
    if (code != 0)
        log_write(queue->host.log, LOG_LEVEL_WARNING, "output '%.*s': spool: %s",
                  SPAN_ARG(queue->host.name), queue->err.text);
    else
        log_write(queue->host.log, LOG_LEVEL_WARNING, "output '%.*s': the spool works again",
                  SPAN_ARG(queue->host.name));
    queue->said = code;
}

/* What was written is in the spool, or lost. */
static void end_append(struct disk_queue *queue)
{
    struct batch *batch = queue->writing;

    queue->writing = NULL;
    queue->messages -= batch->count;
    queue->bytes -= batch->bytes.len;
    if (queue->status < 0)
        queue->host.lost(queue->host.context, batch->count, batch->bytes.len, &queue->err);
    batch_free(batch);
}

static void end_task(struct disk_queue *queue)
{
    enum task task = queue->task;

    queue->task = TASK_NONE;
    queue->has_appended = task == TASK_APPEND;
    if (task == TASK_CLOSE)
        return;
    if (queue->spool != NULL)
        queue->stats = *spool_stats(queue->spool);
    say_failure(queue);
    if (task == TASK_APPEND)
        end_append(queue);
    else
        queue->is_resting = queue->status < 0;
    if (task == TASK_READ)
        queue->is_read = queue->status == 1;
    if (task == TASK_FINISH)
        queue->is_finished = queue->status < 0;
    queue->host.changed(queue->host.context);
}

static void free_queue(struct disk_queue *queue)
{
    void (*closed)(void *context) = queue->closed;
    void *context = queue->closed_context;

    batch_free(queue->head);
    free(queue->path);
    free(queue);
    if (closed != NULL)
        closed(context);
}

/* What could not be written because the spool never opened. */
static void lose_rest(struct disk_queue *queue)
{
    while (queue->first != NULL) {
        struct batch *batch = queue->first;

        queue->first = batch->next;
        queue->messages -= batch->count;
        queue->bytes -= batch->bytes.len;
        queue->host.lost(queue->host.context, batch->count, batch->bytes.len, &queue->err);
        batch_free(batch);
    }
    queue->last = &queue->first;
}

static void on_work(uv_work_t *work)
{
    do_task(work->data);
}

static void on_worked(uv_work_t *work, int status)
{
    struct disk_queue *queue = work->data;
    bool is_over = queue->task == TASK_CLOSE;

    (void)status;
    end_task(queue);
    if (is_over)
        free_queue(queue);
    else
        next_task(queue);
}

static void begin(struct disk_queue *queue, enum task task)
{
    queue->task = task;
    if (queue->host.loop != NULL &&
        uv_queue_work(queue->host.loop, &queue->work, on_work, on_worked) == 0)
        return;
    do_task(queue);
    end_task(queue);
}

static bool can_read(const struct disk_queue *queue)
{
    return queue->is_wanted && !queue->is_closing && !queue->is_resting && !queue->is_read &&
           !queue->is_lent && !queue->is_finished && queue->stats.messages > 0;
}

/* Writing and reading take turns: a source that never rests would keep the reader away. */
static enum task choose(const struct disk_queue *queue)
{
    if (queue->spool == NULL)
        return queue->is_resting ? TASK_NONE : TASK_OPEN;
    if (queue->is_finished && !queue->is_resting)
        return TASK_FINISH;
    if (can_read(queue) && (queue->has_appended || queue->first == NULL))
        return TASK_READ;
    return queue->first != NULL ? TASK_APPEND : TASK_NONE;
}

static void take_writing(struct disk_queue *queue)
{
    struct batch *batch = queue->first;

    queue->first = batch->next;
    if (queue->first == NULL)
        queue->last = &queue->first;
    batch->next = NULL;
    queue->writing = batch;
}

/* Begins what is to be done next, if nothing is under way. */
static void next_task(struct disk_queue *queue)
{
    while (queue->task == TASK_NONE) {
        enum task task = choose(queue);

        if (task == TASK_NONE && queue->is_closing && !queue->is_lent) {
            lose_rest(queue);
            task = TASK_CLOSE;
        }
        if (task == TASK_NONE)
            return;
        if (task == TASK_APPEND)
            take_writing(queue);
        begin(queue, task);
        if (task == TASK_CLOSE && queue->task == TASK_NONE) { /* done at once */
            free_queue(queue);
            return;
        }
    }
}

void disk_queue_put(struct disk_queue *queue, struct batch *batch)
{
    batch->next = NULL;
    *queue->last = batch;
    queue->last = &batch->next;
    queue->messages += batch->count;
    queue->bytes += batch->bytes.len;
    next_task(queue);
}

/* What was lent still counts as waiting. */
static bool is_out(const struct disk_queue *queue)
{
    return queue->is_lent || queue->is_finished;
}

/* The spool may have forgotten what was lent already, and a rest is larger than its frame. */
static uint64_t less(uint64_t all, uint64_t out)
{
    return all > out ? all - out : 0;
}

static size_t messages_out(const struct disk_queue *queue)
{
    return is_out(queue) ? queue->head_messages : 0;
}

struct batch *disk_queue_take(struct disk_queue *queue)
{
    /* not read before: what comes meanwhile may go with it */
    queue->is_wanted = less(queue->stats.messages, messages_out(queue)) > 0;
    next_task(queue);
    if (queue->is_closing || !queue->is_read || queue->is_lent)
        return NULL;
    queue->is_wanted = queue->is_read = false;
    queue->is_lent = true;
    queue->head_messages = queue->head->count;
    queue->head_bytes = queue->head->bytes.len;
    return queue->head;
}

void disk_queue_done(struct disk_queue *queue, struct batch *batch)
{
    (void)batch;
    queue->is_lent = false;
    queue->is_finished = true;
    next_task(queue);
}

void disk_queue_tick(struct disk_queue *queue)
{
    queue->is_resting = false;
    next_task(queue);
}

void disk_queue_in_memory(const struct disk_queue *queue, size_t *messages, size_t *bytes)
{
    *messages = queue->messages;
    *bytes = queue->bytes;
}

void disk_queue_behind(const struct disk_queue *queue, uint64_t *messages, uint64_t *bytes)
{
    uint64_t bytes_out = is_out(queue) ? queue->head_bytes : 0;

    *messages = queue->messages + less(queue->stats.messages, messages_out(queue));
    *bytes = queue->bytes + less(queue->stats.bytes, bytes_out);
}

bool disk_queue_is_busy(const struct disk_queue *queue)
{
    return queue->task != TASK_NONE;
}

bool disk_queue_is_empty(const struct disk_queue *queue)
{
    return queue->task != TASK_OPEN && queue->spool != NULL && queue->messages == 0 &&
           queue->stats.messages == 0;
}

bool disk_queue_is_opening(const struct disk_queue *queue)
{
    return !queue->is_closing &&
           (queue->task == TASK_OPEN || (queue->spool == NULL && !queue->is_resting));
}

struct spool_stats disk_queue_stats(const struct disk_queue *queue)
{
    return queue->stats;
}

void disk_queue_close(struct disk_queue *queue, void (*closed)(void *context), void *context)
{
    queue->is_closing = true;
    queue->closed = closed;
    queue->closed_context = context;
    next_task(queue);
}
