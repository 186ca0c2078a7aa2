#include "output/dead_letter.h"

#include <errno.h>
#include <fcntl.h>
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

static void keep(struct output *output, struct span text, size_t messages)
{
    int code = append(output->settings.dead_letter.data, text);

    if (code == 0)
        output->stats.sink.dead_letters += messages;
    if (code != output->dead_letter_failure && code != 0)
        log_write(
            output->log, LOG_LEVEL_ERROR, "output '%.*s': dead letters: cannot write '%s': %s",
            SPAN_ARG(output->settings.name), output->settings.dead_letter.data, strerror(-code));
    output->dead_letter_failure = code;
}

size_t dead_letter_write(struct output *output, const struct batch *batch)
{
    struct buffer text = { 0 };
    size_t messages = 0, bytes = 0;

    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_message *message = &batch->messages[i];

        if (message->fate != FATE_REJECTED && message->fate != FATE_TOO_LONG)
            continue;
        messages++;
        bytes += message->len;
        if (output->settings.dead_letter.data != NULL)
            buffer_append(&text, (struct span){ batch->bytes.data + message->begin, message->len });
    }
    if (text.len > 0)
        keep(output, buffer_span(&text), messages);
    buffer_free(&text);
    return bytes;
}
