/* SPDX-License-Identifier: GPL-2.0-or-later */
/* native-machine-actions.c - what is asked of a machine's keeper, over D-Bus. */
#include <errno.h>
#include <gio/gunixfdlist.h>
#include <glib/gi18n-lib.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "native-machine-private.h"
#include "vitrine-private.h"

/* The keeper types at the pace of a keyboard, and answers when it is done: that must fit a
 * deadline. */
#define KEYS_PER_CALL 256

/* --- errors ----------------------------------------------------------------------------------- */

GError *
native_machine_map_error (NativeMachine *self, GError *error)
{
    const char *name = vitrine_machine_get_name (VITRINE_MACHINE (self));
    GError *mapped = NULL;

    if (error->domain == VITRINE_ERROR) {
        g_dbus_error_strip_remote_error (error);
        return error;
    }
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        return error;
    if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)
        || g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY)) {
        native_set_silent_error (self, &mapped);
    } else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED)) {
        mapped = g_error_new (VITRINE_ERROR, VITRINE_ERROR_BUSY, _ ("“%s” has just ended"), name);
    } else {
        g_dbus_error_strip_remote_error (error);
        mapped = g_error_new (VITRINE_ERROR, VITRINE_ERROR_ENGINE, "%s", error->message);
    }
    g_error_free (error);
    return mapped;
}

static void
return_mapped (GTask *task, GError *error)
{
    g_task_return_error (task, native_machine_map_error (g_task_get_source_object (task), error));
}

/* The proxy, or NULL with TASK answered. */
static VitrineControlMachine1 *
get_proxy (GTask *task)
{
    NativeMachine *self = g_task_get_source_object (task);
    GError *error = NULL;

    if (self->proxy != NULL)
        return self->proxy;
    native_set_silent_error (self, &error);
    g_task_return_error (task, error);
    return NULL;
}

/* --- states ----------------------------------------------------------------------------------- */

struct call {
    const char *method;
    NativeWaitFor wanted;
    gboolean waits;  /* the answer is there when the state is */
    int deadline_ms; /* -1: the usual one */
};

/* A VMM is given time to bring its disks to rest before its keeper is killed. */
static const struct call calls[] = {
    [VITRINE_ACTION_PAUSE] = { "Pause", NATIVE_WAIT_PAUSED, TRUE, -1 },
    [VITRINE_ACTION_RESUME] = { "Resume", NATIVE_WAIT_RUNNING, TRUE, -1 },
    [VITRINE_ACTION_SHUTDOWN] = { .method = "Shutdown", .deadline_ms = -1 },
    [VITRINE_ACTION_RESET] = { .method = "Reset", .deadline_ms = -1 },
    [VITRINE_ACTION_POWER_OFF] = { "PowerOff", NATIVE_WAIT_ENDED, TRUE, NATIVE_OFF_MS },
};

/* Off means off, also where nobody listens any more. */
static void
force_off (GTask *task)
{
    native_machine_kill_keeper (g_task_get_source_object (task));
    native_wait_for (task, NATIVE_WAIT_ENDED, NATIVE_STATE_MS);
}

static void
act_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    VitrineAction action = (VitrineAction) GPOINTER_TO_INT (g_task_get_task_data (task));
    GError *error = NULL;
    g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);
    gboolean off = action == VITRINE_ACTION_POWER_OFF;

    if (error != NULL && off && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_TIMED_OUT)) {
        g_error_free (error);
        force_off (g_steal_pointer (&task));
    } else if (error != NULL && !(off && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CLOSED))) {
        return_mapped (task, error);
    } else {
        g_clear_error (&error); /* it went off before it could answer */
        if (calls[action].waits)
            native_wait_for (g_steal_pointer (&task), calls[action].wanted, NATIVE_STATE_MS);
        else
            g_task_return_boolean (task, TRUE);
    }
}

void
native_machine_act_async (VitrineMachine *machine, VitrineAction action, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    NativeMachine *self = NATIVE_MACHINE (machine);
    g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

    g_task_set_task_data (task, GINT_TO_POINTER (action), NULL);
    if (vitrine_action_is_start (action))
        native_start (g_steal_pointer (&task), action);
    else if (action == VITRINE_ACTION_POWER_OFF && self->proxy == NULL)
        force_off (g_steal_pointer (&task));
    else if (get_proxy (task) != NULL)
        g_dbus_proxy_call (G_DBUS_PROXY (self->proxy), calls[action].method, NULL,
                           G_DBUS_CALL_FLAGS_NONE, calls[action].deadline_ms, cancellable, act_cb,
                           g_steal_pointer (&task));
}

/* --- display and consoles --------------------------------------------------------------------- */

/* The descriptor that ANSWER's first member names, or -1. */
static int
take_fd (GVariant *answer, GUnixFDList *fds, GError **error)
{
    gint32 handle;

    g_variant_get_child (answer, 0, "h", &handle);
    if (fds == NULL || handle < 0 || handle >= g_unix_fd_list_get_length (fds)) {
        g_set_error_literal (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                             _ ("The machine's keeper answered without a connection"));
        return -1;
    }
    return g_unix_fd_list_get (fds, handle, error);
}

static void
opened_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    g_autoptr (GUnixFDList) fds = NULL;
    GError *error = NULL;
    g_autoptr (GVariant) answer =
        g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (source), &fds, result, &error);
    int fd = answer != NULL ? take_fd (answer, fds, &error) : -1;

    if (fd < 0)
        return_mapped (task, error);
    else
        vitrine_task_return_fd (task, fd);
}

void
native_machine_open_async (VitrineMachine *machine, gboolean display, const char *name,
                           GCancellable *cancellable, GAsyncReadyCallback callback,
                           gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
    VitrineControlMachine1 *proxy = get_proxy (task);

    if (proxy != NULL)
        g_dbus_proxy_call_with_unix_fd_list (
            G_DBUS_PROXY (proxy), display ? "OpenDisplay" : "OpenConsole",
            g_variant_new ("(s)", name), G_DBUS_CALL_FLAGS_NONE, -1, NULL, cancellable, opened_cb,
            g_steal_pointer (&task));
}

/* --- screenshot ------------------------------------------------------------------------------- */

/* Copies the picture out of the memory file FD; the sizes are a peer's. */
static VitrinePicture *
read_picture (int fd, guint width, guint height, guint stride)
{
    g_autoptr (GBytes) pixels = NULL;
    guint64 needed = (guint64) stride * height;
    struct stat st;
    void *map;

    if (fstat (fd, &st) != 0 || needed == 0 || (guint64) st.st_size < needed)
        return NULL;
    map = mmap (NULL, needed, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED)
        return NULL;
    pixels = g_bytes_new (map, needed);
    munmap (map, needed);
    return vitrine_picture_new (pixels, width, height, stride);
}

static void
screenshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    g_autoptr (GUnixFDList) fds = NULL;
    GError *error = NULL;
    g_autoptr (GVariant) answer =
        g_dbus_proxy_call_with_unix_fd_list_finish (G_DBUS_PROXY (source), &fds, result, &error);
    vitrine_autofd fd = answer != NULL ? take_fd (answer, fds, &error) : -1;
    guint width, height, stride;
    VitrinePicture *picture;

    if (fd < 0) {
        return_mapped (task, error);
        return;
    }
    g_variant_get (answer, "(huuu)", NULL, &width, &height, &stride);
    picture = read_picture (fd, width, height, stride);
    if (picture != NULL)
        g_task_return_pointer (task, picture, (GDestroyNotify) vitrine_picture_free);
    else
        g_task_return_new_error (task, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                                 _ ("The machine's keeper answered with a broken picture"));
}

void
native_machine_screenshot_async (VitrineMachine *machine, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
    VitrineControlMachine1 *proxy = get_proxy (task);

    if (proxy != NULL)
        g_dbus_proxy_call_with_unix_fd_list (G_DBUS_PROXY (proxy), "Screenshot", NULL,
                                             G_DBUS_CALL_FLAGS_NONE, -1, NULL, cancellable,
                                             screenshot_cb, g_steal_pointer (&task));
}

/* --- keys ------------------------------------------------------------------------------------- */

struct keys {
    GVariant *keys;
    gsize n_sent;
};

static void
keys_free (gpointer data)
{
    struct keys *keys = data;

    g_variant_unref (keys->keys);
    g_free (keys);
}

static void send_some_keys (GTask *task);

static void
keys_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

    if (answer == NULL)
        return_mapped (task, error);
    else
        send_some_keys (g_steal_pointer (&task));
}

/* A long text goes in as many calls as it takes, one after the other. */
static void
send_some_keys (GTask *task)
{
    g_autoptr (GTask) owned = task;
    struct keys *keys = g_task_get_task_data (task);
    gsize n = g_variant_n_children (keys->keys);
    GVariantBuilder builder;
    VitrineControlMachine1 *proxy;

    if (keys->n_sent == n) {
        g_task_return_boolean (task, TRUE);
        return;
    }
    proxy = get_proxy (task);
    if (proxy == NULL)
        return;
    g_variant_builder_init (&builder, G_VARIANT_TYPE ("a(ub)"));
    for (gsize end = MIN (n, keys->n_sent + KEYS_PER_CALL); keys->n_sent < end; keys->n_sent++) {
        g_autoptr (GVariant) key = g_variant_get_child_value (keys->keys, keys->n_sent);

        g_variant_builder_add_value (&builder, key);
    }
    g_dbus_proxy_call (G_DBUS_PROXY (proxy), "SendKeys", g_variant_new ("(a(ub))", &builder),
                       G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), keys_cb,
                       g_steal_pointer (&owned));
}

void
native_machine_send_keys_async (VitrineMachine *machine, GVariant *keys_variant,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data)
{
    GTask *task = g_task_new (machine, cancellable, callback, user_data);
    struct keys *keys = g_new0 (struct keys, 1);

    keys->keys = g_variant_ref (keys_variant);
    g_task_set_task_data (task, keys, keys_free);
    send_some_keys (task);
}

/* --- network cards ---------------------------------------------------------------------------- */

static void
link_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    g_autoptr (GVariant) answer = g_dbus_proxy_call_finish (G_DBUS_PROXY (source), result, &error);

    if (error != NULL)
        return_mapped (task, error);
    else
        g_task_return_boolean (task, TRUE);
}

void
native_machine_set_link_async (VitrineMachine *machine, const char *card, gboolean up,
                               GCancellable *cancellable, GAsyncReadyCallback callback,
                               gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (machine, cancellable, callback, user_data);
    VitrineControlMachine1 *proxy = get_proxy (task);

    if (proxy != NULL)
        g_dbus_proxy_call (G_DBUS_PROXY (proxy), "SetLink",
                           g_variant_new ("(ss)", card, up ? "up" : "down"),
                           G_DBUS_CALL_FLAGS_NONE, -1, cancellable, link_cb,
                           g_steal_pointer (&task));
}
