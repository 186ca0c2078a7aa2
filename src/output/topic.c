#include "output/topic.h"

#include <unistd.h>

static bool is_plain(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9') || byte == '.' || byte == '_' || byte == '-';
}

void topic_append(struct buffer *buffer, struct span text)
{
    size_t len = text.len < TOPIC_LONGEST ? text.len : TOPIC_LONGEST;
    char *to = buffer_reserve(buffer, len);

    for (size_t i = 0; i < len; i++)
        to[i] = is_plain(text.data[i]) ? text.data[i] : '_';
    buffer_commit(buffer, len);
}

void topic_append_host(struct buffer *buffer)
{
    char name[256] = "";

    if (gethostname(name, sizeof name - 1) != 0 || name[0] == '\0')
        strcpy(name, "localhost");
    topic_append(buffer, span_of(name));
}
