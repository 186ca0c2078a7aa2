#include "kernel/user_message.h"

#include <errno.h>
#include <limits.h>
#include <linux/audit.h>
#include <unistd.h>

#include "kernel/refusal.h"
#include "kernel/request.h"

static bool is_plain(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~' || text.data[i] == '"')
            return false;
    }
    return true;
}

/* As the kernel writes untrusted text: "quoted" when that is safe, else hex. */
static void write_untrusted(struct span text, struct buffer *out)
{
    if (is_plain(text)) {
        buffer_printf(out, "\"%.*s\"", SPAN_ARG(text));
        return;
    }
    for (size_t i = 0; i < text.len; i++)
        buffer_printf(out, "%02X", (unsigned char)text.data[i]);
}

void user_message_write(struct span text, struct span exe, struct span terminal, struct buffer *out)
{
    buffer_append(out, SPAN("text="));
    buffer_append(out, text);
    buffer_append(out, SPAN(" exe="));
    if (exe.data != NULL)
        write_untrusted(exe, out);
    else
        buffer_byte(out, '?');
    buffer_append(out, SPAN(" hostname=? addr=? terminal="));
    buffer_append(out, terminal.data != NULL ? terminal : SPAN("?"));
    buffer_append(out, SPAN(" res=success"));
}

/* The program's path; absent when /proc does not tell it. */
static struct span find_exe(char *room, size_t size)
{
    ssize_t len = readlink("/proc/self/exe", room, size);

    return (struct span){ len > 0 ? room : NULL, len > 0 ? (size_t)len : 0 };
}

/* The terminal of the first standard descriptor that has one, without "/dev/". */
static struct span find_terminal(char *room, size_t size)
{
    static const struct span folder = { "/dev/", 5 };

    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (ttyname_r(fd, room, size) == 0) {
            struct span name = span_of(room);

            return span_starts(name, folder) ? span_skip(name, folder.len) : name;
        }
    }
    return (struct span){ NULL, 0 };
}

static bool has_control_byte(struct span text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7f)
            return true;
    }
    return false;
}

int user_message_send(struct netlink *netlink, struct span text, struct error *err)
{
    static const char attempt[] = "cannot send the message";
    char exe[PATH_MAX], terminal[64];
    struct buffer message = { 0 };

    if (has_control_byte(text))
        return error_set(err, -EINVAL, "%s: it holds a control character", attempt);
    user_message_write(text, find_exe(exe, sizeof exe), find_terminal(terminal, sizeof terminal),
                       &message);

    size_t len = message.len;
    int code = -EMSGSIZE;

    buffer_byte(&message, '\0'); /* the kernel wants it */

    struct request request = { .type = AUDIT_USER,
                               .payload = buffer_span(&message),
                               .is_once = true };

    if (len <= AUDIT_MESSAGE_TEXT_MAX)
        code = request_run(&request, netlink, datagram_ignore, NULL);
    buffer_free(&message);
    if (code == -EMSGSIZE)
        return error_set(err, code,
                         "%s: with what stands around it, it has %zu bytes; the kernel "
                         "keeps %d",
                         attempt, len, AUDIT_MESSAGE_TEXT_MAX);
    return code < 0 ? refusal_explain_message(err, code, attempt) : 0;
}
