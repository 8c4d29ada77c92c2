/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-fixture.h - a machine in a folder of its own, kept by a real vitrine-keeper, reached over
 * real D-Bus.
 *
 * Everything waits for a state, with a deadline that only a broken program meets.
 */
#pragma once

#include <gio/gio.h>
#include <vitrine-control.h>

G_BEGIN_DECLS

#define FIXTURE_UUID      "6f1f9d0e-3c67-4f5e-9b6a-8a9f2f1f7c11"
#define FIXTURE_TIMEOUT_S 60

typedef struct {
    char *root;     /* everything is below */
    char *folder;   /* ROOT/machines/UUID */
    char *runtime;  /* ROOT/run/UUID */
    char *disk;     /* ROOT/disk.img, 1 MiB */
    char *iso;      /* ROOT/cd.iso, 64 KiB */
    GPtrArray *env; /* NAME=VALUE for the next keeper */
    char *keeper;   /* the program */

    GPid pid; /* of the keeper that was started last, 0 when it does not run */
    int wait_status;
    guint n_children; /* keepers that run, or are not reaped */
    char *ready;      /* what it said on --ready-fd */
    GDBusConnection *connection;
    VitrineControlMachine1 *machine;
} Fixture;

/* Works on hosts without KVM: see fake-kvm.c. */
void fixture_set_up (Fixture *self);
void fixture_tear_down (Fixture *self);

/* Writes a definition with these devices (a disk at vda and the serial port come anyway) and this
 * in <domain>. */
void fixture_define (Fixture *self, const char *devices, const char *domain);
/* Writes XML as it is. */
void fixture_define_xml (Fixture *self, const char *xml);
void fixture_set_env (Fixture *self, const char *name, const char *value);

/* Starts a keeper and waits until it said how it went; TRUE for OK, else self->ready has the
 * words. */
gboolean fixture_start (Fixture *self);
/* With one argument more: "--detach" or NULL.  The keeper is then not our child: self->pid stays
 * 0. */
gboolean fixture_start_with (Fixture *self, const char *argument);

/* Starting fails with the error NAME and a sentence in which @ stands for FILE, and leaves nothing. */
void fixture_assert_refused (Fixture *self, const char *name, const char *sentence,
                             const char *file);

/* Starts, expects "OK", connects. */
void fixture_run (Fixture *self);
void fixture_connect (Fixture *self);
/* One more connection; NULL when it is refused. */
GDBusConnection *fixture_new_connection (Fixture *self);

/* Waits until all keepers have ended; returns the wait status of the last. */
int fixture_wait_end (Fixture *self);
/* Waits until "State" is that. */
void fixture_wait_state (Fixture *self, const char *state);
/* Turns the main loop until CHECK says TRUE. */
typedef gboolean (*FixtureCheck) (Fixture *self, gconstpointer data);
void fixture_wait (Fixture *self, FixtureCheck check, gconstpointer data);

/* A check: the process of that number (GINT_TO_POINTER) runs no more; whose child it was matters
 * not. */
gboolean fixture_is_gone (Fixture *self, gconstpointer pid);

/* A connected console, -1 on error. */
int fixture_open_console (Fixture *self, GError **error);
/* Reads from FD until WORD came; returns all that came. */
char *fixture_read_until (int fd, const char *word);
/* Types LINE and a line feed on a console of its own. */
void fixture_type (Fixture *self, const char *line);

/* A value of FOLDER/last-run, or NULL. */
char *fixture_last_run (Fixture *self, const char *key);
/* The nth process of "Processes", 0 when there are less. */
guint fixture_process (Fixture *self, guint index);

G_END_DECLS
