#include "output/breaker.h"

#include <string.h>

const struct breaker_settings breaker_default = {
    .first_s = 0.5,
    .most_s = 60,
    .failure_ratio = 0.05,
    .window_s = 5,
    .observations = 10,
    .cooldown_s = 1,
};

void breaker_init(struct breaker *breaker, const struct breaker_settings *settings, uint64_t seed)
{
    *breaker = (struct breaker){ .settings = *settings, .seed = seed };
}

/* splitmix64: the next number from 0 to 1. */
static double next_random(struct breaker *breaker)
{
    uint64_t mixed = breaker->seed += UINT64_C(0x9E3779B97F4A7C15);

    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94D049BB133111EB);
    mixed ^= mixed >> 31;
    return (double)(mixed >> 11) / (double)(UINT64_C(1) << 53);
}

static double more(double a, double b)
{
    return a > b ? a : b;
}

/* Not a number counts as 0. */
static uint64_t milliseconds(double seconds)
{
    if (!(seconds > 0))
        return 0;
    return (uint64_t)(seconds < BREAKER_PATIENCE_S ? seconds * 1000 : BREAKER_PATIENCE_S * 1000.0);
}

/* Moves the window to `now_ms`; a clock that went back leaves it where it is. */
static void move_window(struct breaker *breaker, uint64_t now_ms)
{
    uint64_t width = milliseconds(breaker->settings.window_s) / BREAKER_SLOTS;
    uint64_t slot = now_ms / (width > 0 ? width : 1);

    if (slot >= breaker->slot + BREAKER_SLOTS)
        breaker->slot = slot - BREAKER_SLOTS; /* all of them are over */
    while (breaker->slot < slot) {
        size_t place = ++breaker->slot % BREAKER_SLOTS;

        breaker->tries[place] = breaker->failures[place] = 0;
    }
}

static void count_try(struct breaker *breaker, uint64_t now_ms, bool has_failed)
{
    move_window(breaker, now_ms);

    size_t place = breaker->slot % BREAKER_SLOTS;

    breaker->tries[place]++;
    breaker->failures[place] += has_failed;
}

static void forget_tries(struct breaker *breaker)
{
    memset(breaker->tries, 0, sizeof breaker->tries);
    memset(breaker->failures, 0, sizeof breaker->failures);
}

static bool fails_too_often(const struct breaker *breaker)
{
    uint64_t tries = 0, failures = 0;

    for (size_t i = 0; i < BREAKER_SLOTS; i++) {
        tries += breaker->tries[i];
        failures += breaker->failures[i];
    }
    return tries > breaker->settings.observations &&
           (double)failures > breaker->settings.failure_ratio * (double)tries;
}

/* How long the batch waits that has failed `attempt` times. */
static double backoff(struct breaker *breaker, uint32_t attempt)
{
    double wait_s = breaker->settings.first_s;

    for (uint32_t i = 1; i < attempt && i < 64 && wait_s < breaker->settings.most_s; i++)
        wait_s *= 2;
    if (wait_s > breaker->settings.most_s)
        wait_s = breaker->settings.most_s;
    return wait_s * (0.5 + next_random(breaker) / 2);
}

bool breaker_allows(struct breaker *breaker, uint64_t now_ms)
{
    if (now_ms < breaker->next_ms)
        return false;
    if (breaker->state == BREAKER_OPEN)
        breaker->state = BREAKER_HALF_OPEN;
    return true;
}

uint64_t breaker_next(const struct breaker *breaker)
{
    return breaker->next_ms;
}

void breaker_succeeded(struct breaker *breaker, uint64_t now_ms)
{
    if (breaker->state != BREAKER_CLOSED)
        forget_tries(breaker);
    count_try(breaker, now_ms, false);
    breaker->state = BREAKER_CLOSED;
    breaker->attempt = 0;
    breaker->next_ms = 0;
}

bool breaker_failed(struct breaker *breaker, uint64_t now_ms, double wait_s)
{
    uint32_t attempts = breaker->settings.attempts;
    bool goes_on = attempts == 0 || breaker->attempt + 1 < attempts;

    count_try(breaker, now_ms, true);
    if (!goes_on)
        breaker->attempt = 0;
    else if (breaker->attempt < UINT32_MAX)
        breaker->attempt++;
    wait_s = more(wait_s, backoff(breaker, breaker->attempt));
    if (breaker->state != BREAKER_CLOSED || fails_too_often(breaker)) {
        breaker->opened += breaker->state != BREAKER_OPEN;
        breaker->state = BREAKER_OPEN;
        wait_s = more(wait_s, breaker->settings.cooldown_s);
    }
    breaker->next_ms = now_ms + milliseconds(wait_s);
    return goes_on;
}
