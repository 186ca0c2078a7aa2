/*
 * alert.h - what a policy says when it found something. It leaves like an event, on a line of its
 * own.
 */
#pragma once

#include "event/event.h"

enum severity { SEVERITY_INFO, SEVERITY_LOW, SEVERITY_MEDIUM, SEVERITY_HIGH, SEVERITY_CRITICAL };

struct alert {
    struct event *event; /* gives time, key facts, attributes and tags */
    struct span id;      /* event id/policy/n */
    struct span policy;
    struct span message;
    enum severity severity;
    struct span fields; /* JSON object of what the policy added, absent when nothing */
};

struct span severity_name(enum severity);
bool severity_find(struct span name, enum severity *);
