/*
 * natural.h - the order of names in which numbers count as numbers: 9-last before 10-first.
 */
#pragma once

#include "base/span.h"

/*
 * As `sort -V` and `ls -v` (coreutils' filevercmp): suffixes as of files count only between names
 * that are otherwise equal, "~" comes before the end, letters before all but digits. Names that are
 * equal so far are in bytewise order.
 */
int natural_compare(struct span, struct span);
