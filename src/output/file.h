/*
 * file.h - the kind `file`: lines appended to a file.
 */
#pragma once

#include "output/option.h"

struct file_settings {
    struct span path;
    mode_t mode;
    bool has_mode;
    struct option_owner owner, group;
};
