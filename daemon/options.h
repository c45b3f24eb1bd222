/* SPDX-License-Identifier: MIT */
/*
 * options: the command line of onayd, one table behind the parser and --help.
 */
#ifndef DAEMON_OPTIONS_H
#define DAEMON_OPTIONS_H

#include "core/settings.h"

enum options_action { ACTION_RUN, ACTION_HELP, ACTION_VERSION, ACTION_DESCRIBE_SETTINGS };

struct options {
    enum options_action action;
    bool port_given;
    unsigned port; /* with port_given: this one alone, 0 = any free one */
    struct settings settings;
};

/* options_read parses the command line and the configuration file it leads to.
 * On an error `why` gets one line for stderr. Errors: SETTING_INVALID (usage, a bad value),
 * FILE_UNREADABLE (configuration). */
err_t options_read(int argc, char **argv, struct options *out, struct buf *why);

/* options_help appends the text of --help, made from the table. */
void options_help(struct buf *out);

#endif
