/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-cd-row.c - one CD drive: what is in it, and what takes it out or puts another in.
 *
 * A change is made where the machine has the drive: in what runs, in its definition, or in both.  While
 * one is under way, the drive takes no other; Cancel gives up waiting.  What the guest keeps by its lock
 * on the tray can then be taken anyway.
 */
#include "app-cd-row.h"

#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-device.h"
#include "app-form-row.h"
#include "app-format.h"
#include "app-settings.h"

struct _AppCdRow {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *alias;
    char *medium;              /* what is in the drive; "" for nothing */
    guint n_recent;            /* that many others are offered */
    char *wanted;              /* what is to be in it after the last change; "" for nothing */
    char *problem;             /* why that change failed, or NULL */
    gboolean may_force;        /* it could be made by force */
    GCancellable *cancellable; /* of the change under way, or NULL */

    GtkLabel *title_label;
    AppFormRow *medium_row;
    GtkSpinner *spinner;
    GtkButton *cancel_button;
    GtkBox *force_box;
    GtkButton *force_button;
    GtkButton *eject_button;
    GtkBox *recent_box;
    GtkButton *choose_button;
};

enum {
    SIGNAL_CHOOSE,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppCdRow, app_cd_row, GTK_TYPE_BOX)

/* --- what it shows ------------------------------------------------------------------------------- */

static void
update_note (AppCdRow *self)
{
    gboolean empty = *self->medium == '\0';
    g_autofree char *folder = empty ? NULL : g_path_get_dirname (self->medium);
    g_autofree char *place = empty ? NULL : app_format_path (folder);

    if (self->cancellable != NULL)
        app_form_row_set_note (self->medium_row, APP_NOTE_PLAIN,
                               *self->wanted != '\0' ? _ ("Inserting…") : _ ("Taking it out…"));
    else if (self->problem != NULL)
        app_form_row_set_note (self->medium_row, APP_NOTE_ERROR, self->problem);
    else
        app_form_row_set_note (self->medium_row, APP_NOTE_PLAIN,
                               empty ? _ ("Nothing is in the drive") : place);
}

static void
update (AppCdRow *self)
{
    gboolean busy = self->cancellable != NULL;
    gboolean full = *self->medium != '\0';
    g_autofree char *name = full ? g_filename_display_basename (self->medium) : NULL;

    app_form_row_set_plain_title (self->medium_row, full ? name : _ ("Empty"));
    update_note (self);
    g_object_set (self->spinner, "active", busy, "visible", busy, NULL);
    gtk_widget_set_visible (GTK_WIDGET (self->cancel_button), busy);
    gtk_widget_set_visible (GTK_WIDGET (self->force_box), !busy && self->may_force);
    gtk_widget_set_visible (GTK_WIDGET (self->eject_button), !busy && full && !self->may_force);
    gtk_widget_set_sensitive (GTK_WIDGET (self->recent_box), !busy);
    gtk_widget_set_sensitive (GTK_WIDGET (self->choose_button), !busy);
    gtk_button_set_label (self->force_button,
                          *self->wanted != '\0' ? _ ("Insert anyway") : _ ("Take out anyway"));
}

static void
recent_clicked_cb (GtkButton *button, AppCdRow *self)
{
    app_cd_row_insert (self, g_object_get_data (G_OBJECT (button), "path"));
}

static void
add_recent (AppCdRow *self, const char *path)
{
    g_autofree char *name = g_filename_display_basename (path);
    g_autofree char *shown = app_format_path (path);
    g_autofree char *verb = g_strdup_printf (_ ("Insert “%s”"), name);
    GtkWidget *button = gtk_button_new ();
    GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 10);
    GtkWidget *label = gtk_label_new (name);

    gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_MIDDLE);
    gtk_container_add (GTK_CONTAINER (box),
                       gtk_image_new_from_icon_name ("media-optical-symbolic", GTK_ICON_SIZE_MENU));
    gtk_container_add (GTK_CONTAINER (box), label);
    gtk_container_add (GTK_CONTAINER (button), box);
    gtk_button_set_relief (GTK_BUTTON (button), GTK_RELIEF_NONE);
    gtk_widget_set_tooltip_text (button, shown);
    atk_object_set_name (gtk_widget_get_accessible (button), verb);
    gtk_style_context_add_class (gtk_widget_get_style_context (button), "card-row");
    g_object_set_data_full (G_OBJECT (button), "path", g_strdup (path), g_free);
    g_signal_connect_object (button, "clicked", G_CALLBACK (recent_clicked_cb), self, 0);
    gtk_widget_show_all (button);
    gtk_container_add (GTK_CONTAINER (self->recent_box), button);
}

/* What is in the drive is not offered. */
static void
update_recent (AppCdRow *self)
{
    g_auto (GStrv) paths = app_settings_dup_recent_cds ();
    g_autoptr (GList) before = gtk_container_get_children (GTK_CONTAINER (self->recent_box));
    guint n = 0;

    for (GList *l = before; l != NULL; l = l->next)
        gtk_widget_destroy (l->data);
    for (guint i = 0; paths[i] != NULL && n < self->n_recent; i++)
        if (!g_str_equal (paths[i], self->medium)) {
            add_recent (self, paths[i]);
            n++;
        }
}

/* --- changes ------------------------------------------------------------------------------------- */

static void
set_problem (AppCdRow *self, const GError *error)
{
    g_free (self->problem);
    self->problem = error != NULL ? app_format_sentence (error->message) : NULL;
    self->may_force = g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_BUSY);
    if (self->problem != NULL && !gtk_widget_get_mapped (GTK_WIDGET (self)))
        app_machine_item_set_problem (self->item, self->problem);
}

static void
changed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCdRow) self = user_data;
    g_autoptr (GError) error = NULL;
    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);
    gboolean cancelled = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);

    if (gtk_widget_in_destruction (GTK_WIDGET (self)) || self->cancellable == NULL)
        return;
    g_clear_object (&self->cancellable);
    set_problem (self, cancelled ? NULL : error);
    if (done && *self->wanted != '\0')
        app_settings_add_recent_cd (self->wanted);
    if (g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_NOT_FOUND))
        app_settings_forget_recent_cd (self->wanted);
    update_recent (self);
    update (self);
}

/* Puts PATH, or "" for nothing, into the drive. */
static void
change (AppCdRow *self, const char *path, gboolean force)
{
    VitrineMachine *machine = app_machine_item_get_machine (self->item);
    VitrineChange what = { .kind = *path != '\0' ? VITRINE_CHANGE_INSERT : VITRINE_CHANGE_EJECT,
                           .scope = app_device_get_scope (machine, self->alias),
                           .what = self->alias,
                           .force = force };
    g_autofree char *wanted = g_strdup (path);

    if (self->cancellable != NULL || what.scope == 0)
        return;
    what.path = *path != '\0' ? wanted : NULL;
    set_problem (self, NULL);
    self->cancellable = g_cancellable_new ();
    vitrine_machine_change_async (machine, &what, self->cancellable, changed_cb,
                                  g_object_ref (self));
    g_free (self->wanted);
    self->wanted = g_steal_pointer (&wanted);
    update (self);
}

static void
eject_clicked_cb (GtkButton *button, AppCdRow *self)
{
    change (self, "", FALSE);
    gtk_widget_grab_focus (GTK_WIDGET (self->choose_button));
}

static void
force_clicked_cb (GtkButton *button, AppCdRow *self)
{
    change (self, self->wanted, TRUE);
}

static void
cancel_clicked_cb (GtkButton *button, AppCdRow *self)
{
    g_cancellable_cancel (self->cancellable);
}

static void
choose_clicked_cb (GtkButton *button, AppCdRow *self)
{
    g_signal_emit (self, signals[SIGNAL_CHOOSE], 0);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_cd_row_dispose (GObject *object)
{
    AppCdRow *self = APP_CD_ROW (object);

    app_cancellable_end (&self->cancellable);
    G_OBJECT_CLASS (app_cd_row_parent_class)->dispose (object);
}

static void
app_cd_row_finalize (GObject *object)
{
    AppCdRow *self = APP_CD_ROW (object);

    g_clear_object (&self->item);
    g_free (self->alias);
    g_free (self->medium);
    g_free (self->wanted);
    g_free (self->problem);
    G_OBJECT_CLASS (app_cd_row_parent_class)->finalize (object);
}

static void
app_cd_row_class_init (AppCdRowClass *klass)
{
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    G_OBJECT_CLASS (klass)->dispose = app_cd_row_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_cd_row_finalize;

    signals[SIGNAL_CHOOSE] = g_signal_new ("choose", APP_TYPE_CD_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                           NULL, NULL, G_TYPE_NONE, 0);

    g_type_ensure (APP_TYPE_FORM_ROW);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-cd-row.ui");
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, title_label);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, medium_row);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, spinner);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, cancel_button);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, force_box);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, force_button);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, eject_button);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, recent_box);
    gtk_widget_class_bind_template_child (widget_class, AppCdRow, choose_button);
    gtk_widget_class_bind_template_callback (widget_class, cancel_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, force_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, eject_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, choose_clicked_cb);
}

static void
app_cd_row_init (AppCdRow *self)
{
    self->medium = g_strdup ("");
    self->wanted = g_strdup ("");
    gtk_widget_init_template (GTK_WIDGET (self));
}

AppCdRow *
app_cd_row_new (AppMachineItem *item, const char *alias)
{
    AppCdRow *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_CD_ROW, NULL);
    self->item = g_object_ref (item);
    self->alias = g_strdup (alias);
    return self;
}

const char *
app_cd_row_get_alias (AppCdRow *self)
{
    g_return_val_if_fail (APP_IS_CD_ROW (self), NULL);
    return self->alias;
}

void
app_cd_row_set_drive (AppCdRow *self, const char *title, const char *medium, guint n_recent)
{
    g_return_if_fail (APP_IS_CD_ROW (self));

    gtk_label_set_label (self->title_label, title);
    self->n_recent = n_recent;
    if (!g_str_equal (self->medium, medium)) {
        g_free (self->medium);
        self->medium = g_strdup (medium);
        set_problem (self, NULL);
    }
    update_recent (self);
    update (self);
}

void
app_cd_row_insert (AppCdRow *self, const char *path)
{
    g_return_if_fail (APP_IS_CD_ROW (self));
    g_return_if_fail (path != NULL);
    change (self, path, FALSE);
}
