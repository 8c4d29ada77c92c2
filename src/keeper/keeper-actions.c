/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-actions.c - what clients ask of a running machine: whether its state allows it, and doing
 * it. */
#include <glib/gi18n-lib.h>

#include "fd.h"
#include "keeper-private.h"
#include "vitrine-error.h"

#define MAX_SHOTS 8

/* One request of a client's on its way to the VMM. */
typedef struct {
    Keeper *keeper;
    enum vmm_message_type type;
    KeeperDone done;
    gpointer user_data;
} Action;

G_GNUC_PRINTF (1, 2)
static GError *
busy (const char *format, ...)
{
    GError *error;
    va_list args;

    va_start (args, format);
    error = g_error_new_valist (VITRINE_ERROR, VITRINE_ERROR_BUSY, format, args);
    va_end (args);
    return error;
}

GError *
keeper_gone_error (Keeper *self)
{
    return g_error_new (VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” is no longer running"),
                        keeper_name (self));
}

GError *
keeper_check_up (Keeper *self)
{
    if (!self->vmm)
        return keeper_gone_error (self);
    if (!self->started)
        return busy (_ ("“%s” is still starting"), keeper_name (self));
    return NULL;
}

GError *
keeper_check_running (Keeper *self)
{
    GError *error = keeper_check_up (self);

    if (error)
        return error;
    if (self->stuck)
        return busy (_ ("“%s” must be reset first"), keeper_name (self));
    return self->running ? NULL : busy (_ ("“%s” is paused; resume it first"), keeper_name (self));
}

/* Calls DONE with PROBLEM, which is consumed, when there is one. */
static gboolean
refused (GError *problem, KeeperDone done, gpointer user_data)
{
    g_autoptr (GError) error = problem;

    if (error)
        done (error, user_data);
    return error != NULL;
}

static void
action_done_cb (const void *reply, gsize size, const GError *error, gpointer user_data)
{
    g_autofree Action *action = user_data;
    Keeper *self = action->keeper;

    if (action->type == VMM_RESET)
        self->n_resets_by_us--;
    if (!error) {
        if (action->type == VMM_POWER_BUTTON)
            self->asked_to_stop = TRUE;
        else if (action->type == VMM_RUN || action->type == VMM_PAUSE)
            self->running = action->type == VMM_RUN;
        if (action->type == VMM_RUN)
            g_clear_pointer (&self->pause_reason, g_free);
        keeper_update_state (self);
    }
    action->done (error, action->user_data);
}

static void
request (Keeper *self, enum vmm_message_type type, KeeperDone done, gpointer user_data)
{
    Action *action = g_new0 (Action, 1);

    *action = (Action){ self, type, done, user_data };
    if (type == VMM_RESET)
        self->n_resets_by_us++;
    keeper_vmm_request_plain (self->vmm, type, action_done_cb, action);
}

void
keeper_pause (Keeper *self, KeeperDone done, gpointer user_data)
{
    GError *problem = keeper_check_up (self);

    if (!problem && !self->running)
        problem = busy (_ ("“%s” is paused already"), keeper_name (self));
    if (!refused (problem, done, user_data))
        request (self, VMM_PAUSE, done, user_data);
}

void
keeper_resume (Keeper *self, KeeperDone done, gpointer user_data)
{
    GError *problem = keeper_check_up (self);

    if (!problem && self->running)
        problem = busy (_ ("“%s” is running already"), keeper_name (self));
    if (!problem && self->stuck)
        problem = busy ("%s", self->stuck);
    if (!refused (problem, done, user_data))
        request (self, VMM_RUN, done, user_data);
}

void
keeper_shutdown (Keeper *self, KeeperDone done, gpointer user_data)
{
    if (!refused (keeper_check_running (self), done, user_data))
        request (self, VMM_POWER_BUTTON, done, user_data);
}

void
keeper_reset (Keeper *self, KeeperDone done, gpointer user_data)
{
    if (!refused (keeper_check_up (self), done, user_data))
        request (self, VMM_RESET, done, user_data);
}

void
keeper_power_off (Keeper *self, KeeperDone done, gpointer user_data)
{
    KeeperWaiter waiter = { done, user_data };

    if (!self->vmm) {
        done (NULL, user_data);
        return;
    }
    g_array_append_val (self->waiters, waiter);
    keeper_begin_quit (self, _ ("Switched off"));
}

void
keeper_send_keys (Keeper *self, GVariant *events, KeeperDone done, gpointer user_data)
{
    if (!refused (keeper_check_running (self), done, user_data))
        keeper_keys_send (self->keys, events, done, user_data);
}

/* --- screenshots ----------------------------------------------------------------------------- */

/* Ends SHOT with a picture or an error. */
static void
shot_end (KeeperShot *shot, const KeeperStill *still, const GError *error)
{
    Keeper *self = shot->keeper;
    KeeperStillDone done = shot->done;
    gpointer user_data = shot->user_data;

    keeper_screenshot_free (shot->screenshot);
    g_ptr_array_remove_fast (self->shots, shot);
    if (still)
        done (still->fd, still->width, still->height, still->stride, NULL, user_data);
    else
        done (-1, 0, 0, 0, error, user_data);
}

static void
shot_cb (KeeperScreenshot *screenshot, const KeeperStill *still, const GError *error,
         gpointer user_data)
{
    shot_end (user_data, still, error);
}

void
keeper_fail_shots (Keeper *self)
{
    g_autoptr (GError) error = keeper_gone_error (self);

    while (self->shots->len > 0)
        shot_end (g_ptr_array_index (self->shots, 0), NULL, error);
}

void
keeper_take_screenshot (Keeper *self, KeeperStillDone done, gpointer user_data)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    KeeperShot *shot;
    int channel = -1;

    if (!problem && !vitrine_definition_get_video (self->definition))
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED, _ ("“%s” has no display"),
                               keeper_name (self));
    if (!problem && self->shots->len >= MAX_SHOTS)
        problem = busy (_ ("%d screenshots of “%s” are being taken already"), MAX_SHOTS,
                        keeper_name (self));
    if (!problem)
        channel = keeper_display_open_channel (self->vmm, &problem);
    if (channel < 0) {
        done (-1, 0, 0, 0, problem, user_data);
        return;
    }
    shot = g_new0 (KeeperShot, 1);
    shot->keeper = self;
    shot->done = done;
    shot->user_data = user_data;
    shot->screenshot = keeper_screenshot_new (channel, shot_cb, shot);
    g_ptr_array_add (self->shots, shot);
}

/* --- descriptors for clients ----------------------------------------------------------------- */

static void
display_died (gpointer owner, const char *text)
{
    Keeper *self = owner;
    guint index;

    if (g_ptr_array_find_with_equal_func (self->warnings, text, g_str_equal, &index))
        return;
    g_ptr_array_add (self->warnings, g_strdup (text));
    keeper_update_warnings (self);
}

/* The port of the guest's agent; -1 where there is none, or somebody else is at it. */
static int
display_open_agent (gpointer owner)
{
    Keeper *self = owner;
    KeeperConsole *console =
        self->ports ? keeper_ports_find (self->ports, VITRINE_DEFINITION_SPICE_CHANNEL) : NULL;

    return console ? keeper_console_connect (console, NULL) : -1;
}

static const KeeperDisplayOps display_ops = {
    keeper_processes_changed,
    display_died,
    display_open_agent,
};

int
keeper_open_display (Keeper *self, const char *protocol, GError **error)
{
    g_autoptr (GError) problem = keeper_check_up (self);
    KeeperDisplayKind kind = keeper_display_kind (protocol);

    if (!problem && kind == KEEPER_N_DISPLAYS)
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” cannot be shown by “%s”, only by “vnc” and “spice”"),
                               keeper_name (self), protocol);
    if (!problem
        && (!vitrine_definition_has_graphics (self->definition)
            || !vitrine_definition_get_video (self->definition)))
        problem = g_error_new (VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                               _ ("“%s” has no display to show"), keeper_name (self));
    if (problem) {
        g_propagate_error (error, g_steal_pointer (&problem));
        return -1;
    }
    if (!self->displays[kind])
        self->displays[kind] = keeper_display_new (kind, keeper_name (self), self->vmm,
                                                   self->display_log, &display_ops, self);
    return keeper_display_connect (self->displays[kind], error);
}

int
keeper_open_console (Keeper *self, const char *name, GError **error)
{
    KeeperConsole *console = self->ports ? keeper_ports_find (self->ports, name) : NULL;

    if (!console) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND, _ ("“%s” has no console “%s”"),
                     keeper_name (self), name);
        return -1;
    }
    return keeper_console_connect (console, error);
}
