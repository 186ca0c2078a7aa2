#include "control/routing.h"

#include <stdlib.h>

#include "control/envelope.h"
#include "policy/outlets.h"

/* Outputs that want the same bytes. */
struct group {
    const struct format *format;
    struct format_context context;
    struct format_names kept;
    struct route members;
};

struct routing {
    const struct config *config; /* borrowed */
    struct routing_settings settings;
    size_t output_count, group_count;
    struct output *outputs[ROUTE_OUTPUTS_MOST]; /* NULL: not opened, or moved away */
    struct span names[ROUTE_OUTPUTS_MOST];
    struct group groups[ROUTE_OUTPUTS_MOST];
    struct buffer lines;                      /* of a format with several lines */
    struct outlets *outlets;                  /* NULL where no output has `on` or `transform` */
    struct route transformed;                 /* outputs with a transform: in no group */
    uint64_t refusing[SEVERITY_CRITICAL + 1]; /* outputs that want no alerts of that severity */
    struct buffer body, headers;              /* of a transform */
};

static struct group *group_of(struct routing *routing, const struct format *format, bool color)
{
    for (size_t i = 0; i < routing->group_count; i++) {
        if (routing->groups[i].format == format && routing->groups[i].context.color == color)
            return &routing->groups[i];
    }

    struct group *group = &routing->groups[routing->group_count++];

    *group = (struct group){
        .format = format,
        .context = { .resolver = routing->settings.resolver,
                     .color = color,
                     .is_live = routing->settings.is_live,
                     .kept = &group->kept },
    };
    return group;
}

struct routing *routing_new(const struct config *config, const struct routing_settings *settings)
{
    struct routing *routing = calloc(1, sizeof *routing);

    if (routing == NULL)
        abort();
    routing->config = config;
    routing->settings = *settings;
    for (size_t i = 0; i < config->output_count && i < ROUTE_OUTPUTS_MOST; i++) {
        const struct config_output *output = &config->outputs[i];
        bool color = output->settings.kind == &kind_stdout && settings->color;

        routing->names[i] = output->settings.name;
        if (output->has_transform)
            route_add(&routing->transformed, (unsigned)i);
        else
            route_add(&group_of(routing, output->format, color)->members, (unsigned)i);
        for (int severity = SEVERITY_INFO; severity <= SEVERITY_CRITICAL; severity++) {
            if (output->has_no_alerts || severity < (int)output->alerts_from)
                routing->refusing[severity] |= UINT64_C(1) << i;
        }
        routing->output_count++;
    }
    return routing;
}

void routing_prepare(struct routing *routing, struct mistakes *mistakes, struct mistakes *notes)
{
    struct outlet_place places[ROUTE_OUTPUTS_MOST] = { 0 };
    const struct config *config = routing->config;
    struct outlets_settings settings = { .path = config->path,
                                         .source = config->source,
                                         .places = places,
                                         .count = routing->output_count,
                                         .is_wrong = mistakes->found > 0,
                                         .resolver = routing->settings.resolver,
                                         .log = routing->settings.log };
    bool has_any = false;

    for (size_t i = 0; i < routing->output_count; i++) {
        const struct config_output *output = &config->outputs[i];

        places[i] = (struct outlet_place){ output->settings.name, output->line, output->has_on,
                                           output->has_transform };
        has_any |= output->has_on || output->has_transform;
    }
    if (has_any)
        routing->outlets = outlets_new(&settings, mistakes, notes);
}

static struct output_settings settings_of(const struct routing *routing, size_t index)
{
    struct output_settings settings = routing->config->outputs[index].settings;

    settings.loop = routing->settings.loop;
    settings.waits = routing->settings.waits;
    settings.interrupt = routing->settings.interrupt;
    return settings;
}

/* The place of the output in `routing` that these settings mean; false when there is none. */
static bool find_same(const struct routing *routing, const struct output_settings *settings,
                      size_t *index)
{
    for (size_t i = 0; routing != NULL && i < routing->output_count; i++) {
        if (routing->outputs[i] != NULL && output_is_as(routing->outputs[i], settings)) {
            *index = i;
            return true;
        }
    }
    return false;
}

/* The one that writes to the same place in another way. */
static bool find_at_place(const struct routing *routing, const struct output_settings *settings,
                          size_t *index)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        if (routing->outputs[i] != NULL && output_shares_place(routing->outputs[i], settings)) {
            *index = i;
            return true;
        }
    }
    return false;
}

static void add_mistake(const struct routing *routing, size_t index, const struct error *err,
                        struct mistakes *mistakes)
{
    mistakes_add(mistakes, "%.*s:%u: output '%.*s': %s", SPAN_ARG(routing->config->path),
                 routing->config->outputs[index].line, SPAN_ARG(routing->names[index]), err->text);
}

static bool open_outputs(struct routing *routing, const struct routing *previous,
                         struct mistakes *mistakes)
{
    bool is_whole = true;

    for (size_t i = 0; i < routing->output_count; i++) {
        struct output_settings settings = settings_of(routing, i);
        struct error err;
        size_t same;

        if (find_same(previous, &settings, &same))
            continue;
        routing->outputs[i] = output_open(&settings, routing->settings.log, &err);
        if (routing->outputs[i] != NULL)
            continue;
        add_mistake(routing, i, &err, mistakes);
        is_whole = false;
    }
    return is_whole;
}

bool routing_open(struct routing *routing, const struct routing *previous,
                  struct mistakes *mistakes)
{
    bool is_whole = open_outputs(routing, previous, mistakes);

    for (size_t i = 0; is_whole && i < routing->output_count; i++) {
        struct error err;

        if (routing->outputs[i] == NULL || output_settle(routing->outputs[i], &err) == 0)
            continue;
        add_mistake(routing, i, &err, mistakes);
        is_whole = false;
    }
    return is_whole;
}

static void end(struct routing *routing)
{
    outlets_free(routing->outlets);
    buffer_free(&routing->lines);
    buffer_free(&routing->body);
    buffer_free(&routing->headers);
    free(routing);
}

void routing_abandon(struct routing *routing)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        if (routing->outputs[i] != NULL)
            output_abandon(routing->outputs[i]);
    }
    end(routing);
}

void routing_adopt(struct routing *routing, struct routing *previous)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        struct output_settings settings = settings_of(routing, i);
        size_t same;

        if (routing->outputs[i] == NULL) {
            if (!find_same(previous, &settings, &same))
                continue;
            routing->outputs[i] = previous->outputs[same];
            output_reloaded(routing->outputs[i]);
        } else {
            if (!find_at_place(previous, &settings, &same))
                continue;
            output_inherit(routing->outputs[i], previous->outputs[same]);
        }
        previous->outputs[same] = NULL;
    }
}

bool routing_take_back(struct routing *routing, struct output *left)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        struct output_settings settings = settings_of(routing, i);

        if (!output_shares_place(left, &settings) || !output_may_inherit(routing->outputs[i]))
            continue;
        output_inherit(routing->outputs[i], left);
        return true;
    }
    return false;
}

void routing_free(struct routing *routing, routing_left *left, void *context)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        if (routing->outputs[i] != NULL)
            left(context, routing->outputs[i], routing->config->outputs[i].drain_s);
    }
    end(routing);
}

/* Takes what stands in `text` as one message for each line. */
static void take_lines(struct output *output, struct span text, const struct envelope *envelope)
{
    while (text.len > 0) {
        const char *newline = memchr(text.data, '\n', text.len);
        size_t len = newline != NULL ? (size_t)(newline + 1 - text.data) : text.len;

        output_take(output, (struct span){ text.data, len }, envelope);
        text = span_skip(text, len);
    }
}

/*
 * Gives what the first member's buffer got behind `begin` to all of `members`. Several lines are
 * several messages.
 */
static void share(struct routing *routing, uint64_t members, struct buffer *buffer, size_t begin,
                  const struct envelope *envelope)
{
    struct output *first = routing->outputs[__builtin_ctzll(members)];
    struct span text = { buffer->data + begin, buffer->len - begin };
    const char *newline = memchr(text.data, '\n', text.len);
    bool is_one = newline != NULL && newline + 1 == text.data + text.len;

    for (uint64_t rest = members & (members - 1); rest != 0; rest &= rest - 1) {
        struct output *output = routing->outputs[__builtin_ctzll(rest)];

        if (is_one)
            output_take(output, text, envelope);
        else
            take_lines(output, text, envelope);
    }
    if (is_one) {
        output_commit(first, envelope);
        return;
    }
    buffer_clear(&routing->lines);
    buffer_append(&routing->lines, text);
    output_revert(first);
    take_lines(first, buffer_span(&routing->lines), envelope);
}

static bool wants_envelope(const struct routing *routing, uint64_t members)
{
    for (; members != 0; members &= members - 1) {
        if (output_wants_envelope(routing->outputs[__builtin_ctzll(members)]))
            return true;
    }
    return false;
}

/* An event or alert on its way to the outputs. */
struct going {
    struct event *event;
    const struct alert *alert; /* NULL for an event */
    struct envelope envelope;
    bool has_envelope;
};

static struct envelope *envelope_of(struct going *going)
{
    if (!going->has_envelope)
        envelope_fill(going->event, going->alert, &going->envelope);
    going->has_envelope = true;
    return &going->envelope;
}

/* Formats once for each group that is meant, and shares it. */
static void format(struct routing *routing, struct going *going, uint64_t outputs)
{
    for (size_t i = 0; i < routing->group_count; i++) {
        const struct group *group = &routing->groups[i];
        uint64_t members = group->members.bits & outputs;

        if (members == 0 || (going->alert != NULL && group->format->alert == NULL))
            continue;

        struct buffer *buffer = output_begin(routing->outputs[__builtin_ctzll(members)]);
        size_t begin = buffer->len;

        if (going->alert != NULL)
            group->format->alert(&group->context, going->alert, buffer);
        else
            group->format->event(&group->context, going->event, buffer);
        if (buffer->len == begin)
            continue;
        share(routing, members, buffer, begin,
              wants_envelope(routing, members) ? envelope_of(going) : NULL);
    }
}

static void transform(struct routing *routing, struct going *going, size_t index)
{
    struct output *output = routing->outputs[index];
    struct envelope envelope;

    buffer_clear(&routing->body);
    buffer_clear(&routing->headers);
    switch (outlets_transform(routing->outlets, index, going->event, going->alert, &routing->body,
                              &routing->headers)) {
    case OUTLET_SKIP:
        output_skip(output);
        return;
    case OUTLET_FAILED:
        output_miss(output);
        return;
    case OUTLET_MESSAGE:
        break;
    }
    if (!output_wants_envelope(output)) {
        output_take(output, buffer_span(&routing->body), NULL);
        return;
    }
    envelope = *envelope_of(going);
    envelope.headers = buffer_span(&routing->headers);
    output_take(output, buffer_span(&routing->body), &envelope);
}

static void hand_out(struct routing *routing, struct event *event, const struct alert *alert,
                     const struct route *route)
{
    struct going going = { .event = event, .alert = alert };
    uint64_t outputs = route->bits;

    if (alert != NULL)
        outputs &= ~routing->refusing[alert->severity];
    if (routing->outlets != NULL && outputs != 0)
        outputs &= outlets_wanting(routing->outlets, event);
    format(routing, &going, outputs);
    for (outputs &= routing->transformed.bits; outputs != 0; outputs &= outputs - 1)
        transform(routing, &going, (size_t)__builtin_ctzll(outputs));
}

void routing_event(void *context, struct event *event, const struct route *route)
{
    struct routing *routing = context;

    if (!routing->settings.alerts_only)
        hand_out(routing, event, NULL, route);
}

void routing_alert(void *context, const struct alert *alert, const struct route *route)
{
    hand_out(context, alert->event, alert, route);
}

bool routing_holds(const struct routing *routing)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        if (output_holds(routing->outputs[i]))
            return true;
    }
    return false;
}

bool routing_starts_programs(const struct routing *routing)
{
    for (size_t i = 0; i < routing->output_count; i++) {
        if (routing->config->outputs[i].settings.kind->starts_programs)
            return true;
    }
    return false;
}

size_t routing_count(const struct routing *routing)
{
    return routing->output_count;
}

struct output *routing_output(const struct routing *routing, size_t index)
{
    return routing->outputs[index];
}

const struct span *routing_names(const struct routing *routing)
{
    return routing->names;
}
