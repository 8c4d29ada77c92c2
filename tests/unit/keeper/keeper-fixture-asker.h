/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture-asker.h - a client with a connection of his own, who asks for something and does not wait for it. */
#pragma once

#include <gio/gunixfdlist.h>

#include "keeper-fixture.h"

G_BEGIN_DECLS

typedef struct {
    GDBusConnection *connection;
    gboolean may_succeed; /* else it is a failure when he gets anything but an error */
    gboolean asked, answered;
    GError *error; /* of the answer, its message without D-Bus's words; NULL: it succeeded */
} FixtureAsker;

void fixture_asker_set_up (FixtureAsker *self, Fixture *fixture);

/* METHOD ("org.vitrine.Machine1.Attach") of the object at PATH, with ARGUMENTS (floating) and FDS (NULL: none). */
void fixture_asker_ask (FixtureAsker *self, const char *path, const char *method,
                        GVariant *arguments, GUnixFDList *fds);

/* A check for fixture_wait(). */
gboolean fixture_asker_is_answered (Fixture *fixture, gconstpointer asker);

/* Who asked for the disk virtio-disk1 is not answered yet; the machine answers others within AT_ONCE_US: it pauses, resumes,
 * and refuses that ATTACH (DATA) adds that disk, too. */
void fixture_asker_assert_waits (FixtureAsker *self, Fixture *fixture,
                                 char *(*attach) (gpointer data, GError **error), gpointer data,
                                 gint64 at_once_us);

/* He hangs up; what he asked for is answered before this returns, as the answer would come to the next test. */
void fixture_asker_tear_down (FixtureAsker *self);

G_END_DECLS
