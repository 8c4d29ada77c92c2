/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-create-express.c - the create sheet's installer: whether it is told beforehand what it asks, and what.
 *
 * What can be done is asked for each medium and system, beside all else.  Where nothing can be done the switch says why, and
 * the machine is one that is installed by hand.
 */
#include <glib/gi18n.h>

#include "app-cancellable.h"
#include "app-create-dialog-private.h"
#include "app-format.h"

/* --- the plan ---------------------------------------------------------------------------------------------- */

static void
planned_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppCreateDialog) self = user_data;
    AppCreateExpress *express = &self->express;
    g_autoptr (GError) error = NULL;
    VitrineExpressPlan *plan =
        self->host != NULL ? vitrine_host_plan_express_finish (self->host, result, &error) : NULL;

    /* Another was asked for meanwhile, or the sheet has gone. */
    if (self->host == NULL || g_task_get_cancellable (G_TASK (result)) != express->planning
        || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        vitrine_express_plan_free (plan);
        return;
    }
    g_clear_object (&express->planning);
    express->plan = plan;
    express->problem = error != NULL ? app_format_sentence (error->message) : NULL;
    app_create_dialog_update (self);
}

static void
forget_plan (AppCreateExpress *express)
{
    app_cancellable_end (&express->planning);
    g_clear_pointer (&express->plan, vitrine_express_plan_free);
    g_clear_pointer (&express->problem, g_free);
    g_clear_pointer (&express->question, g_free);
}

/* Asks what can be done for OS on the source, unless that was asked already; nothing for NULL. */
static void
ask (AppCreateDialog *self, const VitrineOs *os)
{
    AppCreateExpress *express = &self->express;
    g_autofree char *question =
        os != NULL ? g_strdup_printf ("%p %s %s", (gpointer) self->host, os->id, self->source->path)
                   : NULL;

    if (g_strcmp0 (question, express->question) == 0)
        return;
    forget_plan (express);
    express->question = g_steal_pointer (&question);
    if (os == NULL)
        return;
    express->planning = g_cancellable_new ();
    vitrine_host_plan_express_async (self->host, self->source->path, os->id, express->planning,
                                     planned_cb, g_object_ref (self));
}

static gboolean
is_possible (AppCreateDialog *self)
{
    return self->express.plan != NULL && self->express.plan->method != VITRINE_EXPRESS_BY_HAND;
}

static gboolean
is_wanted (AppCreateDialog *self)
{
    return is_possible (self) && gtk_switch_get_active (self->express.button);
}

/* --- the rows ---------------------------------------------------------------------------------------------- */

/* What is yet empty is filled in. */
static void
suggest (GtkEntry *entry, const char *text)
{
    if (*gtk_entry_get_text (entry) == '\0')
        gtk_entry_set_text (entry, text);
}

static void
express_switched_cb (GtkSwitch *button, GParamSpec *pspec, AppCreateDialog *self)
{
    AppCreateExpress *express = &self->express;
    g_autofree char *language = vitrine_express_dup_language ();
    g_autofree char *timezone = vitrine_express_dup_timezone ();
    const char *own = g_get_user_name (), *realname = g_get_real_name ();

    if (gtk_switch_get_active (button)) {
        suggest (express->user_entry, vitrine_express_check_user (own, NULL) ? own : "user");
        if (vitrine_express_check_realname (realname, NULL) && !g_str_equal (realname, "Unknown"))
            suggest (express->realname_entry, realname);
        suggest (express->language_entry, language);
        suggest (express->keyboard_entry, language);
        suggest (express->timezone_entry, timezone);
    }
    app_create_dialog_update (self);
}

static void
express_show_cb (GtkSwitch *button, GParamSpec *pspec, AppCreateDialog *self)
{
    gtk_entry_set_visibility (self->express.password_entry, gtk_switch_get_active (button));
}

/* Sets what CHECK says of what ENTRY has, or NOTE; returns whether nothing is wrong. */
static gboolean
check_entry (AppFormRow *row, GtkEntry *entry, gboolean (*check) (const char *, GError **),
             gboolean may_be_empty, const char *note)
{
    const char *text = gtk_entry_get_text (entry);
    g_autoptr (GError) error = NULL;
    g_autofree char *sentence = NULL;

    if (*text != '\0' || !may_be_empty)
        check (text, &error);
    sentence = error != NULL ? app_format_sentence (error->message) : NULL;
    app_form_row_set_note (row, error != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           error != NULL ? sentence : note);
    return error == NULL;
}

static gboolean
check_fields (AppCreateDialog *self)
{
    AppCreateExpress *express = &self->express;
    g_autofree char *usual = vitrine_cloud_dup_hostname (gtk_entry_get_text (self->name_entry));
    gboolean good = TRUE;

    gtk_entry_set_placeholder_text (express->host_entry, usual);
    gtk_entry_set_placeholder_text (express->realname_entry,
                                    gtk_entry_get_text (express->user_entry));
    good &= check_entry (express->user_row, express->user_entry, vitrine_express_check_user, FALSE,
                         _ ("May log in, and has the same password as root"));
    good &= check_entry (express->realname_row, express->realname_entry,
                         vitrine_express_check_realname, TRUE, _ ("As it is shown at login"));
    good &= check_entry (express->password_row, express->password_entry,
                         vitrine_express_check_password, FALSE,
                         _ ("Kept until the installer has started, and no longer"));
    good &= check_entry (express->host_row, express->host_entry, vitrine_express_check_hostname,
                         TRUE, _ ("What the system calls itself"));
    good &= check_entry (express->language_row, express->language_entry,
                         vitrine_express_check_language, FALSE, _ ("And its country"));
    good &= check_entry (express->keyboard_row, express->keyboard_entry,
                         vitrine_express_check_keyboard, FALSE,
                         _ ("The one that is usual with that language there"));
    good &= check_entry (express->timezone_row, express->timezone_entry,
                         vitrine_express_check_timezone, FALSE, NULL);
    if (express->plan->takes_key)
        good &= check_entry (express->key_row, express->key_entry,
                             vitrine_express_check_product_key, TRUE,
                             _ ("Without one the installer may ask for it"));
    return good;
}

static void
show_rows (AppCreateDialog *self, gboolean wanted)
{
    AppCreateExpress *express = &self->express;
    AppFormRow *const rows[] = { express->user_row,     express->realname_row,
                                 express->password_row, express->show_row,
                                 express->host_row,     express->language_row,
                                 express->keyboard_row, express->timezone_row };

    for (gsize i = 0; i < G_N_ELEMENTS (rows); i++)
        gtk_widget_set_visible (GTK_WIDGET (rows[i]), wanted);
    gtk_widget_set_visible (GTK_WIDGET (express->key_row), wanted && express->plan->takes_key);
}

/* What there is to say beside the switch. */
static const char *
describe (AppCreateDialog *self)
{
    const AppCreateExpress *express = &self->express;

    if (express->planning != NULL)
        return _ ("Looking whether it can…");
    if (express->problem != NULL)
        return express->problem;
    if (!is_possible (self))
        return express->plan != NULL ? express->plan->reason : NULL;
    if (!is_wanted (self))
        return _ ("Its installer asks nothing then");
    return express->plan->needs_internet
               ? _ ("The first disk is written over; the system is fetched from the Internet")
               : _ ("The first disk is written over");
}

gboolean
app_create_dialog_check_express (AppCreateDialog *self)
{
    AppCreateExpress *express = &self->express;
    gboolean has_cd = self->source->kind == APP_SOURCE_CD && self->source->path != NULL
                      && self->source->problem == NULL && self->probe == NULL
                      && !self->limits->elsewhere;
    const VitrineOs *os = has_cd ? app_os_button_get_os (self->os_button) : NULL;
    gboolean wanted;

    ask (self, os);
    wanted = is_wanted (self);
    gtk_widget_set_visible (GTK_WIDGET (express->row), os != NULL);
    gtk_widget_set_sensitive (GTK_WIDGET (express->button), is_possible (self));
    show_rows (self, wanted);
    if (wanted && !gtk_switch_get_active (self->disk_switch)) {
        app_form_row_set_note (express->row, APP_NOTE_ERROR, _ ("It needs a disk to install to"));
        return FALSE;
    }
    if (wanted && app_create_dialog_has_server (self)) {
        app_form_row_set_note (express->row, APP_NOTE_ERROR,
                               _ ("It needs a new disk to install to, not a server’s"));
        return FALSE;
    }
    app_form_row_set_note (express->row, APP_NOTE_PLAIN, describe (self));
    return !wanted || check_fields (self);
}

/* NULL for an empty one. */
static char *
get_text (GtkEntry *entry)
{
    const char *text = gtk_entry_get_text (entry);

    return *text != '\0' ? (char *) text : NULL;
}

void
app_create_dialog_add_express (AppCreateDialog *self, VitrineSpec *spec)
{
    const AppCreateExpress *express = &self->express;
    const VitrineExpress said = {
        .user = get_text (express->user_entry),
        .realname = get_text (express->realname_entry),
        .password = get_text (express->password_entry),
        .hostname = get_text (express->host_entry),
        .language = get_text (express->language_entry),
        .keyboard = get_text (express->keyboard_entry),
        .timezone = get_text (express->timezone_entry),
        .product_key = is_wanted (self) && express->plan->takes_key ? get_text (express->key_entry)
                                                                     : NULL,
    };

    if (is_wanted (self))
        vitrine_spec_set_express (spec, &said);
}

void
app_create_dialog_end_express (AppCreateDialog *self)
{
    forget_plan (&self->express);
}

/* A child of the template's that is a field of self->express. */
static void
bind (GtkWidgetClass *widget_class, const char *name, gsize offset)
{
    gtk_widget_class_bind_template_child_full (
        widget_class, name, FALSE,
        (gssize) (G_STRUCT_OFFSET (AppCreateDialog, express) + offset));
}

void
app_create_dialog_bind_express (GtkWidgetClass *widget_class)
{
    static const struct {
        const char *name;
        gsize offset;
    } children[] = {
        { "express_row", G_STRUCT_OFFSET (AppCreateExpress, row) },
        { "express_switch", G_STRUCT_OFFSET (AppCreateExpress, button) },
        { "express_user_row", G_STRUCT_OFFSET (AppCreateExpress, user_row) },
        { "express_user_entry", G_STRUCT_OFFSET (AppCreateExpress, user_entry) },
        { "express_realname_row", G_STRUCT_OFFSET (AppCreateExpress, realname_row) },
        { "express_realname_entry", G_STRUCT_OFFSET (AppCreateExpress, realname_entry) },
        { "express_password_row", G_STRUCT_OFFSET (AppCreateExpress, password_row) },
        { "express_password_entry", G_STRUCT_OFFSET (AppCreateExpress, password_entry) },
        { "express_show_row", G_STRUCT_OFFSET (AppCreateExpress, show_row) },
        { "express_host_row", G_STRUCT_OFFSET (AppCreateExpress, host_row) },
        { "express_host_entry", G_STRUCT_OFFSET (AppCreateExpress, host_entry) },
        { "express_language_row", G_STRUCT_OFFSET (AppCreateExpress, language_row) },
        { "express_language_entry", G_STRUCT_OFFSET (AppCreateExpress, language_entry) },
        { "express_keyboard_row", G_STRUCT_OFFSET (AppCreateExpress, keyboard_row) },
        { "express_keyboard_entry", G_STRUCT_OFFSET (AppCreateExpress, keyboard_entry) },
        { "express_timezone_row", G_STRUCT_OFFSET (AppCreateExpress, timezone_row) },
        { "express_timezone_entry", G_STRUCT_OFFSET (AppCreateExpress, timezone_entry) },
        { "express_key_row", G_STRUCT_OFFSET (AppCreateExpress, key_row) },
        { "express_key_entry", G_STRUCT_OFFSET (AppCreateExpress, key_entry) },
    };

    for (gsize i = 0; i < G_N_ELEMENTS (children); i++)
        bind (widget_class, children[i].name, children[i].offset);
    gtk_widget_class_bind_template_callback (widget_class, express_switched_cb);
    gtk_widget_class_bind_template_callback (widget_class, express_show_cb);
}
