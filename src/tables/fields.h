/*
 * fields.h - the one table of fields: what each name means, from which the parser, the interpreter,
 * the selectors, the JSON writer and the hints for unknown names are derived (fields.inc holds the
 * rows).
 *
 * Source: the kernel's audit_log_format calls and the audit field dictionary.
 */
#pragma once

#include "base/span.h"

/* How the kernel writes a value, and what a person would make of it. */
enum field_kind {
    KIND_TEXT,      /* bare or "quoted" text as it stands; an unquoted decimal is a number */
    KIND_DECIMAL,   /* a number: 59, -13 */
    KIND_HEX,       /* digits, with or without 0x in the record: a0, ip; becomes '0x...' */
    KIND_OCTAL,     /* octal digits: becomes '0o...' */
    KIND_MODE,      /* octal st_mode: '0o100644'; UPPER 'file,644' */
    KIND_ESCAPED,   /* untrusted text: "quoted", or HEX where it holds anything odd; (null) */
    KIND_PROCTITLE, /* as ESCAPED; NUL separates arguments */
    KIND_KEY,       /* as ESCAPED; 0x01 separates keys */
    KIND_TTY_DATA,  /* always hex: what was typed */
    KIND_UID,       /* decimal; 4294967295 is unset */
    KIND_GID,
    KIND_SESSION, /* decimal; 4294967295 is unset */
    KIND_ARCH,    /* hex AUDIT_ARCH_* */
    KIND_SYSCALL, /* decimal, named by the record's arch */
    KIND_EXIT,    /* decimal; negative is an errno */
    KIND_ERRNO,
    KIND_SUCCESS, /* yes / no */
    KIND_RESULT,  /* res: success / failed, 1 / 0 */
    KIND_SIGNAL,
    KIND_PERM, /* r w x a bits, or letters */
    KIND_SOCKADDR,
    KIND_CAPABILITY, /* one capability's number */
    KIND_CAP_SET,    /* hex bitmap of capabilities */
    KIND_LABEL,      /* subj, obj: user:role:type:level, or one word */
    KIND_ARGUMENT,   /* a0 ... of EXECVE: as ESCAPED */
    KIND_MESSAGE,    /* msg='...': holds a list of fields */
    KIND_LIST,       /* filter list number */
    KIND_SECCOMP,    /* seccomp return code, hex */
    KIND_DEVICE,     /* dev, rdev: maj:min in hex */
    KIND_ADDRESS,    /* addr, laddr: text */

    /* Numbers that have names of their own; their shape is that of field_shape. */
    KIND_PERSONALITY,    /* per: hex */
    KIND_OPEN_FLAGS,     /* oflag: octal in OPENAT2, 0x hex in MQ_OPEN */
    KIND_MMAP_FLAGS,     /* flags of MMAP: 0x hex; APPARMOR_* have text there */
    KIND_RESOLVE,        /* resolve of OPENAT2: 0x hex */
    KIND_PROMISCUOUS,    /* prom: decimal interface flags */
    KIND_NET_FAMILY,     /* family: decimal; APPARMOR_* have text there */
    KIND_NET_ACTION,     /* action of NETFILTER_PKT: decimal; INTEGRITY_* have text there */
    KIND_NET_HOOK,       /* hook: decimal */
    KIND_PROTOCOL,       /* proto: decimal IP protocol */
    KIND_ICMP_TYPE,      /* icmptype: decimal */
    KIND_MAC_PROTOCOL,   /* macproto: hex ethertype */
    KIND_IOCTL,          /* ioctlcmd: 0x hex */
    KIND_FANOTIFY,       /* resp: decimal */
    KIND_MULTICAST_GROUP /* nl-mcgrp: decimal */
};

/* How a value of a kind looks as data, whatever names it has. A value that does not look so (a
 * program may write anything) is text. */
enum field_shape {
    SHAPE_TEXT,
    SHAPE_NUMBER,  /* decimal */
    SHAPE_HEX,     /* '0x...' */
    SHAPE_OCTAL,   /* '0o...'; a value that begins with 0x is SHAPE_HEX */
    SHAPE_ESCAPED, /* "quoted" or hex text */
    SHAPE_FIELDS   /* a list of fields of its own */
};

enum field_shape field_shape(enum field_kind);

/* FIELD_ARCH, FIELD_AUID ... in the order of fields.inc; the name in capitals, '-' as '_'. */
enum field_id {
#define FIELD(symbol, name, kind) FIELD_##symbol,
#include "tables/fields.inc"
#undef FIELD
    FIELD_COUNT,
    FIELD_UNKNOWN = 0xFFFF /* a name the table does not hold */
};

struct field_info {
    struct span name;  /* "auid" */
    struct span upper; /* "AUID", the interpreted name as ENRICHED logs and JSON write it */
    enum field_kind kind;
};

/* The row of a field; `id` must be below FIELD_COUNT. */
const struct field_info *field_info(uint16_t id);

/* The id of a name, FIELD_UNKNOWN when the table does not hold it. Constant time: for the hot path.
 */
uint16_t field_find(struct span name);

/* As field_find for an interpreted name: "AUID" gives FIELD_AUID. */
uint16_t field_find_upper(struct span name);

/* The field somebody probably meant; absent when none is near. */
struct span field_nearest(struct span name);
