#include "format/format.h"

#include "format/cef.h"
#include "format/gelf.h"
#include "format/go_audit.h"
#include "format/json.h"
#include "format/raw.h"
#include "format/records.h"
#include "format/text.h"

static const struct format json = {
    .name = "json",
    .summary = "one JSON object an event, in laurel's structure",
    .event = json_event,
    .alert = json_alert,
};

static const struct format raw = {
    .name = "raw",
    .summary = "records as auditd's log has them; no alerts",
    .has_many_lines = true,
    .event = raw_event,
};

static const struct format audisp = {
    .name = "audisp",
    .summary = "records with EOE, as auditd gives them to its plugins; no alerts",
    .has_many_lines = true,
    .event = audisp_event,
};

static const struct format records = {
    .name = "records",
    .summary = "one JSON object a record, as go-libaudit's auparse gives",
    .has_many_lines = true,
    .event = records_event,
    .alert = json_alert,
};

static const struct format text = {
    .name = "text",
    .summary = "one line an event for people, in colour on a terminal",
    .event = text_event,
    .alert = text_alert,
};

static const struct format go_audit = {
    .name = "go-audit",
    .summary = "one JSON object an event, byte for byte go-audit's; no alerts",
    .event = go_audit_event,
};

static const struct format pauditd = {
    .name = "pauditd",
    .summary = "the same with the key of the rule, pauditd's; no alerts",
    .event = pauditd_event,
};

static const struct format gelf = {
    .name = "gelf",
    .summary = "one GELF 1.1 message an event, for Graylog",
    .event = gelf_event,
    .alert = gelf_alert,
};

static const struct format cef = {
    .name = "cef",
    .summary = "one line an event in ArcSight's Common Event Format",
    .event = cef_event,
    .alert = cef_alert,
};

static const struct format *const formats[] = { &json,     &raw,     &audisp, &records, &text,
                                                &go_audit, &pauditd, &gelf,   &cef,     NULL };

const struct format *format_find(struct span name)
{
    for (size_t i = 0; formats[i] != NULL; i++) {
        if (span_equal(span_of(formats[i]->name), name))
            return formats[i];
    }
    return NULL;
}

const struct format *const *format_all(void)
{
    return formats;
}
