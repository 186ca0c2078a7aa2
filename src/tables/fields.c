#include "tables/fields.h"

#include "base/nearest.h"

#include "tables/lookup.h"

#define FIELD(symbol, text, what)                                                                  \
    [FIELD_##symbol].name = { text, sizeof(text) - 1 }, [FIELD_##symbol].kind = (what),
#define UPPER(symbol, text) [FIELD_##symbol].upper = { text, sizeof(text) - 1 },
static const struct field_info fields[FIELD_COUNT] = {
#include "tables/fields.inc"
#include "tables/fields_upper.inc"
};
#undef UPPER
#undef FIELD

static const struct lookup by_name = {
#include "tables/fields_lookup.inc"
};

_Static_assert((int)FIELD_UNKNOWN == (int)LOOKUP_NONE, "a row that is none is no field");

enum field_shape field_shape(enum field_kind kind)
{
    switch (kind) {
    case KIND_DECIMAL:
    case KIND_UID:
    case KIND_GID:
    case KIND_SESSION:
    case KIND_SYSCALL:
    case KIND_EXIT:
    case KIND_ERRNO:
    case KIND_SIGNAL:
    case KIND_CAPABILITY:
    case KIND_LIST:
    case KIND_PROMISCUOUS:
    case KIND_NET_FAMILY:
    case KIND_NET_ACTION:
    case KIND_NET_HOOK:
    case KIND_PROTOCOL:
    case KIND_ICMP_TYPE:
    case KIND_FANOTIFY:
    case KIND_MULTICAST_GROUP:
        return SHAPE_NUMBER;
    case KIND_HEX:
    case KIND_ARCH:
    case KIND_CAP_SET:
    case KIND_SECCOMP:
    case KIND_PERSONALITY:
    case KIND_MMAP_FLAGS:
    case KIND_RESOLVE:
    case KIND_MAC_PROTOCOL:
    case KIND_IOCTL:
        return SHAPE_HEX;
    case KIND_OCTAL:
    case KIND_MODE:
    case KIND_OPEN_FLAGS:
        return SHAPE_OCTAL;
    case KIND_ESCAPED:
    case KIND_PROCTITLE:
    case KIND_KEY:
    case KIND_TTY_DATA:
    case KIND_ARGUMENT:
        return SHAPE_ESCAPED;
    case KIND_MESSAGE:
        return SHAPE_FIELDS;
    case KIND_TEXT:
    case KIND_SUCCESS:
    case KIND_RESULT:
    case KIND_PERM:
    case KIND_SOCKADDR:
    case KIND_LABEL:
    case KIND_DEVICE:
    case KIND_ADDRESS:
        break;
    }
    return SHAPE_TEXT;
}

const struct field_info *field_info(uint16_t id)
{
    return &fields[id];
}

uint16_t field_find(struct span name)
{
    uint16_t id = lookup_find(&by_name, name);

    if (lookup_is_long(name) && id != FIELD_UNKNOWN && !span_equal(fields[id].name, name))
        return FIELD_UNKNOWN;
    return id;
}

uint16_t field_find_upper(struct span name)
{
    uint16_t id = lookup_candidate(&by_name, name);

    return id != FIELD_UNKNOWN && span_equal(fields[id].upper, name) ? id : FIELD_UNKNOWN;
}

static struct span name_of(const void *context, size_t id)
{
    (void)context;
    return fields[id].name;
}

struct span field_nearest(struct span name)
{
    return nearest_name(name, name_of, NULL, FIELD_COUNT);
}
