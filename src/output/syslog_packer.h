/*
 * syslog_packer.h - messages as syslog: RFC 5424 or RFC 3164, as datagrams or framed for a stream.
 *
 * Each line of a message becomes a syslog message of its own. What is longer than it may be is cut
 * or split between characters, and says so: in the structured data (cut="BYTES", part="1/3") or,
 * with RFC 3164, which has none, in its text ("[cut]" at the end, "part 1/3: " at the beginning).
 */
#pragma once

#include "output/packer.h"

enum syslog_protocol { SYSLOG_RFC5424, SYSLOG_RFC3164 };
enum syslog_framing { SYSLOG_OCTETS, SYSLOG_NEWLINE }; /* of streams */
enum syslog_too_long { SYSLOG_CUT, SYSLOG_SPLIT };

enum { SYSLOG_TAG_LONGEST = 48 /* bytes; RFC 5424's APP-NAME */ };

struct syslog_packer_settings {
    enum syslog_protocol protocol;
    enum syslog_framing framing;
    enum syslog_too_long too_long;
    unsigned facility; /* 0 (kern) to 23 (local7) */
    unsigned severity; /* of events, 0 (emerg) to 7 (debug); alerts have their own */
    struct span tag;   /* printable characters, no space */
    size_t longest;    /* bytes of a message with its header; 0: what the transport carries */
    bool has_hostname; /* false for a socket of this machine with RFC 3164: nobody expects one */
};

/* Keeps copies. */
struct packer *syslog_packer_new(const struct syslog_packer_settings *);
