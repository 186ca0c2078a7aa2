/*
 * tree_requests.h - what the kernel is told about directories that rules watch (dir=).
 *
 * As rule_requests.h: for a socket of its own that is no registered daemon's.
 */
#pragma once

#include "base/span.h"
#include "kernel/netlink.h"

/*
 * What is mounted at `subtree`, below the watched `directory`, is watched with it from now on. 0,
 * or negative errno: -ENOENT when one of the two is not there, -EINVAL for texts that are no paths.
 */
int tree_make_equivalent(struct netlink *, struct span directory, struct span subtree);

/* Forgets subtrees that are mounted no more. 0, or negative errno. */
int tree_trim(struct netlink *);
