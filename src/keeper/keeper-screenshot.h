/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-screenshot.h - one still picture, taken over a display channel of its own. */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _KeeperScreenshot KeeperScreenshot;

typedef struct {
    int fd; /* a sealed memfd of HEIGHT rows of STRIDE bytes, XRGB8888; the callee's */
    guint width, height, stride;
} KeeperStill;

/* STILL is NULL when ERROR is set.  The screenshot itself may be freed in here. */
typedef void (*KeeperScreenshotDone) (KeeperScreenshot *self, const KeeperStill *still,
                                      const GError *error, gpointer user_data);

/* SOCK, our end of a new display channel, is taken over.  DONE is called once, later. */
KeeperScreenshot *keeper_screenshot_new (int sock, KeeperScreenshotDone done, gpointer user_data);

/* DONE is not called any more.  NULL is nothing. */
void keeper_screenshot_free (KeeperScreenshot *self);

/* Copies the picture that a SCANOUT message describes (BYTES, LEN) out of FD.  FALSE with ENGINE
 * when the two do not fit together: both come from a process that is not trusted. */
gboolean keeper_screenshot_copy (const void *bytes, gsize len, int fd, KeeperStill *still,
                                 GError **error);

G_END_DECLS
