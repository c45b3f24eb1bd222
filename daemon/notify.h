/* SPDX-License-Identifier: MIT */
/* notify: tells systemd that the daemon is ready (sd_notify(3) protocol), when it asked to be told.
 */
#ifndef DAEMON_NOTIFY_H
#define DAEMON_NOTIFY_H

/* notify_ready sends READY=1 to $NOTIFY_SOCKET; does nothing without one. */
void notify_ready(void);

#endif
