/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-unlock.c - what opens encrypted disks: what is remembered, else what the user says, and what is remembered then.
 *
 * The keyring is never waited for longer than a moment, unless it is its user who has something to say to it.
 */
#include "app-unlock.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-keyring.h"
#include "app-passphrase-dialog.h"
#include "app-window.h"

#define PATIENCE_S 3 /* with disks and the keyring */

typedef struct {
    VitrineDeviceInfo *info;
    char *uuid;                    /* what is remembered is found by, or NULL */
    VitrinePassphrase *remembered; /* or NULL */
    VitrinePassphrase *passphrase; /* that is tried, or NULL */
} Disk;

struct _AppUnlock {
    GObject parent_instance;

    AppMachineItem *item;
    GPtrArray *disks; /* of Disk */
    const AppUnlockKind *kind;
    GObject *owner;

    guint at; /* which is looked up */
    GCancellable *cancellable;
    guint patience;
    char *problem;        /* why the user is asked in any case, or NULL */
    const char *why_not;  /* why nothing can be remembered, or NULL */
    VitrinePassphrase *offered; /* what is tried instead of what is remembered, or NULL */
    gboolean remember;    /* what is tried */
    gboolean was_refused; /* all is asked for */
};

G_DEFINE_TYPE (AppUnlock, app_unlock, G_TYPE_OBJECT)

static void
disk_free (gpointer data)
{
    Disk *disk = data;

    vitrine_device_info_free (disk->info);
    g_free (disk->uuid);
    vitrine_passphrase_unref (disk->remembered);
    vitrine_passphrase_unref (disk->passphrase);
    g_free (disk);
}

static void
set_passphrase (VitrinePassphrase **at, VitrinePassphrase *passphrase)
{
    vitrine_passphrase_unref (*at);
    *at = passphrase;
}

/* --- trying and asking --------------------------------------------------------------------------- */

static void
try_all (AppUnlock *self)
{
    g_autoptr (GPtrArray) disks = g_ptr_array_new ();
    g_autoptr (GPtrArray) passphrases = g_ptr_array_new ();

    for (guint i = 0; i < self->disks->len; i++) {
        const Disk *disk = g_ptr_array_index (self->disks, i);

        g_ptr_array_add (disks, disk->info);
        g_ptr_array_add (passphrases, disk->passphrase);
    }
    self->kind->try (self, disks, passphrases, self->owner);
}

static gboolean
is_asked_for (AppUnlock *self, const Disk *disk)
{
    return self->was_refused || disk->remembered == NULL;
}

static void
given_cb (GPtrArray *passphrases, gboolean remember, gpointer owner)
{
    AppUnlock *self = owner;
    guint n = 0;

    self->remember = remember;
    for (guint i = 0; i < self->disks->len; i++) {
        Disk *disk = g_ptr_array_index (self->disks, i);
        VitrinePassphrase *passphrase =
            is_asked_for (self, disk) ? g_ptr_array_index (passphrases, n++) : disk->remembered;

        set_passphrase (&disk->passphrase, vitrine_passphrase_ref (passphrase));
    }
    try_all (self);
}

static const char *
get_why_not (AppUnlock *self, GPtrArray *asked)
{
    gboolean can_be_found = FALSE;

    for (guint i = 0; i < asked->len; i++)
        can_be_found |= ((Disk *) g_ptr_array_index (asked, i))->uuid != NULL;
    if (self->why_not == NULL && !can_be_found)
        return _ ("It cannot be remembered: the disk has no UUID to find it by");
    return self->why_not;
}

static GtkWindow *
find_parent (AppUnlock *self)
{
    GApplication *application = g_application_get_default ();

    if (GTK_IS_WINDOW (self->owner))
        return GTK_WINDOW (self->owner);
    return GTK_IS_APPLICATION (application)
               ? gtk_application_get_active_window (GTK_APPLICATION (application))
               : NULL;
}

static void
ask (AppUnlock *self, const char *problem)
{
    g_autoptr (GPtrArray) asked = g_ptr_array_new ();
    g_autoptr (GPtrArray) infos = g_ptr_array_new ();
    AppPassphraseQuestion question = { .parent = find_parent (self),
                                       .item = self->item,
                                       .disks = infos,
                                       .adds = self->kind->adds,
                                       .problem = problem };

    for (guint i = 0; i < self->disks->len; i++) {
        Disk *disk = g_ptr_array_index (self->disks, i);

        if (!is_asked_for (self, disk))
            continue;
        g_ptr_array_add (asked, disk);
        g_ptr_array_add (infos, disk->info);
    }
    question.why_not = get_why_not (self, asked);
    app_passphrase_dialog_ask (&question, given_cb, G_OBJECT (self));
}

/* --- looking up ---------------------------------------------------------------------------------- */

static void look_at_next (AppUnlock *self);

static void
lose_patience (AppUnlock *self)
{
    g_clear_handle_id (&self->patience, g_source_remove);
}

/* What is to be tried without a question; whether that is all there is to know. */
static gboolean
choose (AppUnlock *self)
{
    gboolean all = self->problem == NULL;

    for (guint i = 0; i < self->disks->len; i++) {
        Disk *disk = g_ptr_array_index (self->disks, i);
        VitrinePassphrase *passphrase = self->offered != NULL ? self->offered : disk->remembered;

        set_passphrase (&disk->passphrase, vitrine_passphrase_ref (passphrase));
        all &= passphrase != NULL;
    }
    return all;
}

/* All is known that can be. */
static void
end_look (AppUnlock *self)
{
    lose_patience (self);
    if (choose (self)) {
        try_all (self);
        return;
    }
    self->was_refused = self->problem != NULL;
    self->kind->wait (self, self->owner);
    ask (self, self->problem);
}

/* Whether what was waited for is of no use any more: it was given up, or came too late. */
static gboolean
is_over (AppUnlock *self)
{
    return g_cancellable_is_cancelled (self->cancellable);
}

static gboolean
patience_cb (gpointer user_data)
{
    AppUnlock *self = user_data;

    self->patience = 0;
    if (is_over (self))
        return G_SOURCE_REMOVE;
    self->why_not = app_keyring_get_why_not (TRUE);
    end_look (self);
    return G_SOURCE_REMOVE;
}

static void
begin_patience (AppUnlock *self)
{
    if (self->patience == 0)
        self->patience = g_timeout_add_seconds (PATIENCE_S, patience_cb, self);
}

static void
end_disk (AppUnlock *self)
{
    self->at++;
    look_at_next (self);
}

static void
set_no_keyring (AppUnlock *self, const GError *error)
{
    g_info ("Keyring: %s", error->message);
    self->why_not = app_keyring_get_why_not (FALSE);
    end_look (self);
}

static void
looked_up_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppUnlock) self = user_data;
    g_autoptr (VitrinePassphrase) passphrase =
        app_keyring_look_up_finish (APP_KEYRING (source), result, NULL);
    Disk *disk;

    if (is_over (self))
        return;
    disk = g_ptr_array_index (self->disks, self->at);
    set_passphrase (&disk->remembered, g_steal_pointer (&passphrase));
    begin_patience (self);
    end_disk (self);
}

static void
found_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppUnlock) self = user_data;
    g_autoptr (GError) error = NULL;
    AppKeyringEntry entry = APP_KEYRING_NONE;
    const Disk *disk;

    app_keyring_find_finish (APP_KEYRING (source), result, &entry, &error);
    if (is_over (self))
        return;
    if (error != NULL) {
        set_no_keyring (self, error);
        return;
    }
    if (entry == APP_KEYRING_NONE) {
        end_disk (self);
        return;
    }
    if (entry == APP_KEYRING_LOCKED)
        lose_patience (self); /* the user is asked to unlock it, and takes what time that takes */
    disk = g_ptr_array_index (self->disks, self->at);
    app_keyring_look_up_async (APP_KEYRING (source), disk->uuid, self->cancellable, looked_up_cb,
                               g_object_ref (self));
}

static void
identified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppUnlock) self = user_data;
    char *uuid = vitrine_machine_identify_image_finish (VITRINE_MACHINE (source), result, NULL);
    Disk *disk;

    if (is_over (self)) {
        g_free (uuid);
        return;
    }
    disk = g_ptr_array_index (self->disks, self->at);
    disk->uuid = uuid;
    if (uuid == NULL)
        end_disk (self);
    else
        app_keyring_find_async (app_keyring_get_default (), uuid, self->cancellable, found_cb,
                                g_object_ref (self));
}

static void
look_at_next (AppUnlock *self)
{
    const Disk *disk;

    if (self->at == self->disks->len) {
        end_look (self);
        return;
    }
    disk = g_ptr_array_index (self->disks, self->at);
    vitrine_machine_identify_image_async (app_machine_item_get_machine (self->item),
                                          disk->info->source, self->cancellable, identified_cb,
                                          g_object_ref (self));
}

void
app_unlock_offer (AppUnlock *self, VitrinePassphrase *passphrase, gboolean remember)
{
    g_return_if_fail (APP_IS_UNLOCK (self) && passphrase != NULL);

    set_passphrase (&self->offered, vitrine_passphrase_ref (passphrase));
    self->remember = remember;
}

void
app_unlock_begin (AppUnlock *self, const char *problem, GCancellable *cancellable)
{
    g_return_if_fail (APP_IS_UNLOCK (self) && self->cancellable == NULL);

    self->problem = g_strdup (problem);
    self->cancellable = g_object_ref (cancellable);
    if (self->offered != NULL && !self->remember) {
        end_look (self); /* there is nothing to look for */
        return;
    }
    begin_patience (self);
    look_at_next (self);
}

/* --- what became of it --------------------------------------------------------------------------- */

/* Who ticked it shall know that he will be asked; not who would not unlock his keyring. */
static void
tell_forgotten (const GError *error)
{
    GApplication *application = g_application_get_default ();
    g_autofree char *text =
        g_strdup_printf (_ ("The passphrase could not be put into your keyring, and will be asked "
                            "for again: %s"),
                         error->message);
    GList *windows = GTK_IS_APPLICATION (application)
                         ? gtk_application_get_windows (GTK_APPLICATION (application))
                         : NULL;

    for (GList *at = windows; at != NULL; at = at->next)
        if (APP_IS_WINDOW (at->data))
            app_window_add_note (at->data, GTK_MESSAGE_WARNING, text);
}

static void
remembered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    if (!app_keyring_remember_finish (APP_KEYRING (source), result, &error)
        && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        tell_forgotten (error);
}

static void
remember (AppUnlock *self, const Disk *disk)
{
    g_autofree char *name = g_path_get_basename (disk->info->source);
    /* Translators: what a passphrase in the keyring is of: an encrypted disk of a machine */
    g_autofree char *label = g_strdup_printf (_ ("Vitrine: disk %s of “%s”"), name,
                                              app_machine_item_get_name (self->item));

    app_keyring_remember_async (app_keyring_get_default (), disk->uuid, label, disk->passphrase,
                                NULL, remembered_cb, NULL);
}

/* What opened them is what is remembered from now on, or nothing. */
static void
settle (AppUnlock *self)
{
    for (guint i = 0; i < self->disks->len; i++) {
        const Disk *disk = g_ptr_array_index (self->disks, i);
        gboolean is_known = disk->remembered != NULL
                            && vitrine_passphrase_equal (disk->remembered, disk->passphrase);

        if (disk->uuid == NULL || is_known)
            continue;
        if (self->remember)
            remember (self, disk);
        else if (disk->remembered != NULL)
            app_keyring_forget_async (app_keyring_get_default (), disk->uuid, NULL, NULL, NULL);
    }
}

/* Which of several it was that opened nothing, the error says in words. */
static char *
describe_refusal (AppUnlock *self, const GError *error)
{
    g_autofree char *sentence = app_format_sentence (error->message);
    gboolean is_remembered = FALSE;

    for (guint i = 0; i < self->disks->len; i++) {
        const Disk *disk = g_ptr_array_index (self->disks, i);

        is_remembered |= disk->remembered != NULL && disk->passphrase != NULL
                         && vitrine_passphrase_equal (disk->remembered, disk->passphrase);
    }
    if (!is_remembered)
        return g_steal_pointer (&sentence);
    if (self->disks->len == 1)
        return g_strdup (_ ("The remembered passphrase does not open this disk any more."));
    /* Translators: %s is a sentence that names the disk */
    return g_strdup_printf (_ ("%s If it is a remembered one, it does not open it any more."),
                            sentence);
}

gboolean
app_unlock_tell (AppUnlock *self, const GError *error)
{
    g_autofree char *problem = NULL;

    g_return_val_if_fail (APP_IS_UNLOCK (self), FALSE);

    if (error == NULL)
        settle (self);
    if (!g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE))
        return FALSE;
    problem = describe_refusal (self, error);
    self->was_refused = TRUE;
    ask (self, problem);
    return TRUE;
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_unlock_dispose (GObject *object)
{
    AppUnlock *self = APP_UNLOCK (object);

    lose_patience (self);
    g_clear_object (&self->item);
    g_clear_object (&self->owner);
    G_OBJECT_CLASS (app_unlock_parent_class)->dispose (object);
}

static void
app_unlock_finalize (GObject *object)
{
    AppUnlock *self = APP_UNLOCK (object);

    g_clear_object (&self->cancellable);
    g_ptr_array_unref (self->disks);
    vitrine_passphrase_unref (self->offered);
    g_free (self->problem);
    G_OBJECT_CLASS (app_unlock_parent_class)->finalize (object);
}

static void
app_unlock_class_init (AppUnlockClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_unlock_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_unlock_finalize;
}

static void
app_unlock_init (AppUnlock *self)
{
    self->disks = g_ptr_array_new_with_free_func (disk_free);
}

AppUnlock *
app_unlock_new (AppMachineItem *item, GPtrArray *disks, const AppUnlockKind *kind, GObject *owner)
{
    AppUnlock *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item) && G_IS_OBJECT (owner), NULL);

    self = g_object_new (APP_TYPE_UNLOCK, NULL);
    self->item = g_object_ref (item);
    self->kind = kind;
    self->owner = g_object_ref (owner);
    for (guint i = 0; i < disks->len; i++) {
        Disk *disk = g_new0 (Disk, 1);

        disk->info = vitrine_device_info_copy (g_ptr_array_index (disks, i));
        g_ptr_array_add (self->disks, disk);
    }
    return self;
}
