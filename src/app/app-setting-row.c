/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-setting-row.c - one setting of a device as a row of a form, whatever its type.
 *
 * A constructor a type makes the control and says what it begins with; whatever is done to the control ends
 * in set_value(), which alone knows the value.
 */
#include "app-setting-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-format.h"
#include "app-image-chooser.h"

struct _AppSettingRow {
    GtkBox parent_instance;

    const VitrineSetting *setting;
    AppImageKinds kinds;
    char *value;
    char *hint; /* what is known of it, or NULL */
    gboolean hint_is_problem;
    AppFormRow *row;
    GtkWidget *control;
    GtkFileChooserNative *chooser; /* while it is open, or NULL */
};

enum {
    SIGNAL_CHANGED,
    N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_TYPE (AppSettingRow, app_setting_row, GTK_TYPE_BOX)

static void
set_value (AppSettingRow *self, const char *value)
{
    if (g_str_equal (self->value, value))
        return;
    g_free (self->value);
    self->value = g_strdup (value);
    app_setting_row_check (self);
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

/* --- controls ------------------------------------------------------------------------------------ */

static void
choice_changed_cb (GtkComboBox *combo, AppSettingRow *self)
{
    set_value (self, gtk_combo_box_get_active_id (combo));
}

static GtkWidget *
make_choice (AppSettingRow *self)
{
    GtkWidget *combo = gtk_combo_box_text_new ();

    for (char **choice = self->setting->choices; *choice != NULL; choice++)
        gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), *choice, *choice);
    gtk_combo_box_set_active_id (GTK_COMBO_BOX (combo), self->setting->fallback);
    g_signal_connect_object (combo, "changed", G_CALLBACK (choice_changed_cb), self, 0);
    return combo;
}

static void
flag_changed_cb (GtkSwitch *toggle, GParamSpec *pspec, AppSettingRow *self)
{
    set_value (self, gtk_switch_get_active (toggle) ? self->setting->key : "");
}

static GtkWidget *
make_flag (AppSettingRow *self)
{
    GtkWidget *toggle = gtk_switch_new ();

    g_signal_connect_object (toggle, "notify::active", G_CALLBACK (flag_changed_cb), self, 0);
    return toggle;
}

static void
text_changed_cb (GtkEntry *entry, AppSettingRow *self)
{
    g_autofree char *text = g_strstrip (g_strdup (gtk_entry_get_text (entry)));

    set_value (self, text);
}

static GtkWidget *
make_text (AppSettingRow *self)
{
    GtkWidget *entry = gtk_entry_new ();

    gtk_entry_set_text (GTK_ENTRY (entry), self->setting->fallback);
    gtk_entry_set_width_chars (GTK_ENTRY (entry), 22);
    gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
    g_signal_connect_object (entry, "changed", G_CALLBACK (text_changed_cb), self, 0);
    return entry;
}

static GtkWidget *
make_number (AppSettingRow *self)
{
    GtkWidget *spin = gtk_spin_button_new_with_range ((double) self->setting->min,
                                                      (double) self->setting->max, 1);

    gtk_entry_set_text (GTK_ENTRY (spin), self->setting->fallback);
    gtk_entry_set_activates_default (GTK_ENTRY (spin), TRUE);
    gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
    g_signal_connect_object (spin, "changed", G_CALLBACK (text_changed_cb), self, 0);
    return spin;
}

static void
chooser_response_cb (GtkNativeDialog *chooser, int response, AppSettingRow *self)
{
    g_autofree char *path = app_image_chooser_end (&self->chooser, response);

    if (path != NULL)
        set_value (self, path);
}

static void
choose_clicked_cb (GtkButton *button, AppSettingRow *self)
{
    GtkWidget *window = gtk_widget_get_toplevel (GTK_WIDGET (self));

    if (self->chooser != NULL)
        return;
    self->chooser = app_image_chooser_show (GTK_WINDOW (window), self->kinds, _ ("_Choose"));
    g_signal_connect_object (self->chooser, "response", G_CALLBACK (chooser_response_cb), self, 0);
}

static GtkWidget *
make_file (AppSettingRow *self)
{
    GtkWidget *button = gtk_button_new_with_mnemonic (_ ("Choose _file…"));

    g_signal_connect_object (button, "clicked", G_CALLBACK (choose_clicked_cb), self, 0);
    return button;
}

/* --- checks -------------------------------------------------------------------------------------- */

/* What is wrong with the value, or NULL.  (transfer full) */
static char *
dup_problem (AppSettingRow *self)
{
    const VitrineSetting *setting = self->setting;
    guint64 number;

    if (self->hint_is_problem)
        return g_strdup (self->hint);
    if (setting->required && *self->value == '\0')
        return g_strdup (setting->type == VITRINE_SETTING_FILE ? _ ("Choose a file first")
                                                               : _ ("It needs one"));
    if (setting->type == VITRINE_SETTING_TEXT && strlen (self->value) > setting->max)
        return g_strdup_printf (_ ("At most %u letters"), (guint) setting->max);
    if (setting->type == VITRINE_SETTING_NUMBER
        && !g_ascii_string_to_unsigned (self->value, 10, setting->min, setting->max, &number, NULL))
        return g_strdup_printf (_ ("A number from %u to %u"), (guint) setting->min,
                                (guint) setting->max);
    return NULL;
}

gboolean
app_setting_row_check (AppSettingRow *self)
{
    g_autofree char *problem = NULL;
    g_autofree char *path = NULL;
    gboolean is_file;

    g_return_val_if_fail (APP_IS_SETTING_ROW (self), FALSE);

    is_file = self->setting->type == VITRINE_SETTING_FILE && *self->value != '\0';
    problem = dup_problem (self);
    path = is_file ? app_format_path (self->value) : NULL;
    app_form_row_set_note (self->row, problem != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           problem != NULL      ? problem
                           : self->hint != NULL ? self->hint
                           : is_file            ? path
                                                : self->setting->note);
    return problem == NULL;
}

void
app_setting_row_set_value (AppSettingRow *self, const char *value)
{
    g_return_if_fail (APP_IS_SETTING_ROW (self));

    if (GTK_IS_COMBO_BOX (self->control))
        gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->control), value);
    else if (GTK_IS_ENTRY (self->control))
        gtk_entry_set_text (GTK_ENTRY (self->control), value);
}

void
app_setting_row_set_hint (AppSettingRow *self, const char *hint, gboolean problem)
{
    g_return_if_fail (APP_IS_SETTING_ROW (self));

    g_free (self->hint);
    self->hint = g_strdup (hint);
    self->hint_is_problem = hint != NULL && problem;
    app_setting_row_check (self);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_setting_row_dispose (GObject *object)
{
    g_clear_object (&APP_SETTING_ROW (object)->chooser);
    G_OBJECT_CLASS (app_setting_row_parent_class)->dispose (object);
}

static void
app_setting_row_finalize (GObject *object)
{
    g_free (APP_SETTING_ROW (object)->value);
    g_free (APP_SETTING_ROW (object)->hint);
    G_OBJECT_CLASS (app_setting_row_parent_class)->finalize (object);
}

static void
app_setting_row_class_init (AppSettingRowClass *klass)
{
    G_OBJECT_CLASS (klass)->dispose = app_setting_row_dispose;
    G_OBJECT_CLASS (klass)->finalize = app_setting_row_finalize;

    signals[SIGNAL_CHANGED] = g_signal_new ("changed", APP_TYPE_SETTING_ROW, G_SIGNAL_RUN_LAST, 0,
                                            NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
app_setting_row_init (AppSettingRow *self)
{
    self->value = g_strdup ("");
}

AppSettingRow *
app_setting_row_new (const VitrineSetting *setting, guint kinds)
{
    static GtkWidget *(*const makers[]) (AppSettingRow *) = {
        [VITRINE_SETTING_CHOICE] = make_choice, [VITRINE_SETTING_FLAG] = make_flag,
        [VITRINE_SETTING_NUMBER] = make_number, [VITRINE_SETTING_TEXT] = make_text,
        [VITRINE_SETTING_FILE] = make_file,
    };
    AppSettingRow *self = g_object_new (APP_TYPE_SETTING_ROW, "visible", TRUE, NULL);
    GtkWidget *control;

    self->setting = setting;
    self->kinds = kinds;
    g_free (self->value);
    self->value = g_strdup (setting->fallback);
    self->row = g_object_new (APP_TYPE_FORM_ROW, "title", setting->title, "hexpand", TRUE, NULL);
    gtk_style_context_add_class (gtk_widget_get_style_context (GTK_WIDGET (self)), "setting-row");
    control = makers[setting->type](self);
    self->control = control;
    gtk_widget_show (control);
    gtk_container_add (GTK_CONTAINER (self->row), control);
    gtk_container_add (GTK_CONTAINER (self), GTK_WIDGET (self->row));
    app_setting_row_check (self);
    return self;
}

const char *
app_setting_row_get_value (AppSettingRow *self)
{
    g_return_val_if_fail (APP_IS_SETTING_ROW (self), "");
    return self->value;
}
