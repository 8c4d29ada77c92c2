/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-keyring.c - the passphrases of encrypted disks that are remembered, by libsecret and whatever serves
 * org.freedesktop.secrets.
 *
 * A passphrase is here only in libsecret's memory, which is not swapped and is wiped, and on the bus only as libsecret and
 * the service agreed to encrypt it.
 */
#include "app-keyring.h"

#include <glib/gi18n.h>
#include <libsecret/secret.h>

#define UUID "luks-uuid"

struct _AppKeyring {
    GObject parent_instance;
};

enum {
    SIGNAL_CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppKeyring, app_keyring, G_TYPE_OBJECT)

static const SecretSchema schema = {
    "org.vitrine.Vitrine.EncryptedDisk",
    SECRET_SCHEMA_NONE,
    { { UUID, SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

/* Answers TASK with ERROR, taken over, as the service said it. */
static void
answer_error (GTask *task, GError *error)
{
    g_dbus_error_strip_remote_error (error);
    g_task_return_error (task, error);
}

/* libsecret goes on with the session it has, which ends with the service: one that was started anew would not be found. */
static GTask *
begin (AppKeyring *self, GCancellable *cancellable, GAsyncReadyCallback callback,
       gpointer user_data)
{
    secret_service_disconnect ();
    return g_task_new (self, cancellable, callback, user_data);
}

/* --- finding ------------------------------------------------------------------------------------- */

static AppKeyringEntry
get_entry (gpointer found)
{
    return SECRET_IS_ITEM (found) && secret_item_get_locked (found) ? APP_KEYRING_LOCKED
                                                                    : APP_KEYRING_THERE;
}

/* What can be had without asking comes first. */
static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    GList *found = secret_password_search_finish (result, &error);
    AppKeyringEntry entry = APP_KEYRING_NONE;

    for (GList *at = found; at != NULL && entry != APP_KEYRING_THERE; at = at->next)
        entry = get_entry (at->data);
    g_list_free_full (found, g_object_unref);
    if (error != NULL)
        answer_error (task, error);
    else
        g_task_return_int (task, (gssize) entry);
}

void
app_keyring_find_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                        GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail (APP_IS_KEYRING (self) && uuid != NULL);

    task = begin (self, cancellable, callback, user_data);
    secret_password_search (&schema, SECRET_SEARCH_ALL, cancellable, found_cb, task, UUID, uuid,
                            NULL);
}

gboolean
app_keyring_find_finish (AppKeyring *self, GAsyncResult *result, AppKeyringEntry *entry,
                         GError **error)
{
    gssize found;

    g_return_val_if_fail (APP_IS_KEYRING (self), FALSE);

    found = g_task_propagate_int (G_TASK (result), error);
    if (found < 0)
        return FALSE;
    *entry = (AppKeyringEntry) found;
    return TRUE;
}

const char *
app_keyring_get_why_not (gboolean is_there)
{
    return is_there ? _ ("It cannot be remembered: your keyring does not answer")
                    : _ ("It cannot be remembered: this session has no keyring, such as GNOME "
                         "Keyring or KWallet");
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;
    char *text = secret_password_lookup_nonpageable_finish (result, &error);
    /* What is none was not put there by us, and opens nothing. */
    VitrinePassphrase *passphrase = text != NULL ? vitrine_passphrase_new (text, -1, NULL) : NULL;

    secret_password_free (text);
    if (error != NULL)
        answer_error (task, error);
    else
        g_task_return_pointer (task, passphrase, (GDestroyNotify) vitrine_passphrase_unref);
}

void
app_keyring_look_up_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                           GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail (APP_IS_KEYRING (self) && uuid != NULL);

    task = g_task_new (self, cancellable, callback, user_data);
    secret_password_lookup (&schema, cancellable, looked_up_cb, task, UUID, uuid, NULL);
}

VitrinePassphrase *
app_keyring_look_up_finish (AppKeyring *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (APP_IS_KEYRING (self), NULL);
    return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- remembering and forgetting ------------------------------------------------------------------ */

static void
answer_change (GTask *task, GError *error)
{
    if (error != NULL) {
        answer_error (task, error);
        return;
    }
    g_signal_emit (g_task_get_source_object (task), signals[SIGNAL_CHANGED], 0);
    g_task_return_boolean (task, TRUE);
}

static void
remembered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    secret_password_store_finish (result, &error);
    answer_change (task, error);
}

void
app_keyring_remember_async (AppKeyring *self, const char *uuid, const char *label,
                            VitrinePassphrase *passphrase, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail (APP_IS_KEYRING (self) && uuid != NULL && label != NULL);
    g_return_if_fail (passphrase != NULL);

    task = begin (self, cancellable, callback, user_data);
    secret_password_store (&schema, SECRET_COLLECTION_DEFAULT, label,
                           vitrine_passphrase_get_text (passphrase), cancellable, remembered_cb,
                           task, UUID, uuid, NULL);
}

gboolean
app_keyring_remember_finish (AppKeyring *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (APP_IS_KEYRING (self), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}

static void
forgotten_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    GError *error = NULL;

    secret_password_clear_finish (result, &error);
    answer_change (task, error);
}

void
app_keyring_forget_async (AppKeyring *self, const char *uuid, GCancellable *cancellable,
                          GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task;

    g_return_if_fail (APP_IS_KEYRING (self) && uuid != NULL);

    task = begin (self, cancellable, callback, user_data);
    secret_password_clear (&schema, cancellable, forgotten_cb, task, UUID, uuid, NULL);
}

gboolean
app_keyring_forget_finish (AppKeyring *self, GAsyncResult *result, GError **error)
{
    g_return_val_if_fail (APP_IS_KEYRING (self), FALSE);
    return g_task_propagate_boolean (G_TASK (result), error);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_keyring_class_init (AppKeyringClass *klass)
{
    signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_KEYRING, G_SIGNAL_RUN_LAST, 0, NULL,
                                            NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_keyring_init (AppKeyring *self)
{
}

AppKeyring *
app_keyring_get_default (void)
{
    static AppKeyring *keyring;

    if (keyring == NULL)
        keyring = g_object_new (APP_TYPE_KEYRING, NULL);
    return keyring;
}
