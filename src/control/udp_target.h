/*
 * udp_target.h - another process to which datagrams go, whether it is there or not.
 *
 * Never blocks and never fails for good: a name is looked up on the loop, and again each minute;
 * until then, and while the host cannot be reached, sending says false.
 */
#pragma once

#include <uv.h>

#include "base/span.h"

struct udp_target;

struct udp_target *udp_target_new(uv_loop_t *, struct span host, uint16_t port);
bool udp_target_send(struct udp_target *, struct span datagram);

/* Frees when the loop has let go. */
void udp_target_close(struct udp_target *);
