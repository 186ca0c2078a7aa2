#include "output/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "output/output_parts.h"

/* Returns 0 or a negative errno; `path` ends with a zero byte. */
static int append(const char *path, struct span text)
{
    int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, 0600);
    struct stat status;
    int code = 0;

    if (fd < 0)
        return -errno;
    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))
        code = -EINVAL;
    while (code == 0 && text.len > 0) {
        ssize_t written = write(fd, text.data, text.len);

        if (written >= 0)
            text = span_skip(text, (size_t)written);
        else if (errno != EINTR)
            code = -errno;
    }
    close(fd);
    return code;
}

struct dead_letter {
    uv_work_t work;
    struct output *output;
    struct outcome outcome; /* of the try */
    char *why;              /* outcome.why */
    struct buffer text;
    size_t messages;
    int code;
};

static void write_text(struct dead_letter *letter)
{
    letter->code = append(letter->output->settings.dead_letter.data, buffer_span(&letter->text));
}

static void end(struct dead_letter *letter)
{
    struct output *output = letter->output;
    int code = letter->code;

    if (code == 0)
        output->stats.sink.dead_letters += letter->messages;
    if (code != output->dead_letter_failure && code != 0)
        log_write(
            output->log, LOG_LEVEL_ERROR, "output '%.*s': dead letters: cannot write '%s': %s",
            SPAN_ARG(output->settings.name), output->settings.dead_letter.data, strerror(-code));
    output->dead_letter_failure = code;
    buffer_free(&letter->text);
    free(letter->why);
    free(letter);
}

static void on_work(uv_work_t *work)
{
    write_text(work->data);
}

static void on_worked(uv_work_t *work, int status)
{
    struct dead_letter *letter = work->data;
    struct output *output = letter->output;
    struct outcome outcome = letter->outcome;
    char *why = letter->why;

    (void)status;
    letter->why = NULL;
    end(letter);
    output->is_burying = false;
    delivery_settle(output, &outcome);
    free(why);
}

static struct dead_letter *letter_of(struct output *output, const struct outcome *outcome)
{
    const struct batch *batch = output->sending;
    struct dead_letter *letter = calloc(1, sizeof *letter);

    if (letter == NULL)
        abort();
    letter->output = output;
    letter->outcome = *outcome;
    letter->work.data = letter;
    if (outcome->why != NULL) {
        letter->why = strdup(outcome->why);
        if (letter->why == NULL)
            abort();
        letter->outcome.why = letter->why;
    }
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_message *message = &batch->messages[i];

        if (message->fate != FATE_REJECTED && message->fate != FATE_TOO_LONG)
            continue;
        letter->messages++;
        buffer_append(&letter->text,
                      (struct span){ batch->bytes.data + message->begin, message->len });
    }
    return letter;
}

bool dead_letter_write(struct output *output, const struct outcome *outcome)
{
    const struct batch *batch = output->sending;

    if (output->settings.dead_letter.data == NULL ||
        batch_count_fate(batch, FATE_REJECTED) + batch_count_fate(batch, FATE_TOO_LONG) == 0)
        return false;

    struct dead_letter *letter = letter_of(output, outcome);

    if (output->settings.loop != NULL &&
        uv_queue_work(output->settings.loop, &letter->work, on_work, on_worked) == 0) {
        output->is_burying = true;
        return true;
    }
    write_text(letter);
    end(letter);
    return false;
}
