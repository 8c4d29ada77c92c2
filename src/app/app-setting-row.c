/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-setting-row.c - one setting of a device as a row of a form, whatever its type.
 *
 * A constructor a type makes the control and says what it begins with; whatever is done to the control ends
 * in set_value(), which alone knows the value.
 */
#include "app-setting-row.h"

#include <glib/gi18n.h>
#include <string.h>

#include "app-form-row.h"
#include "app-format.h"
#include "app-image-chooser.h"
#include "app-order-list.h"
#include "app-plug-entry.h"
#include "app-size-entry.h"

struct _AppSettingRow {
    GtkBox parent_instance;

    const VitrineSetting *setting;
    AppImageKinds kinds;
    char *value;
    char *hint; /* what is known of it, or NULL */
    gboolean hint_is_problem;
    char *when; /* from when on it holds, or NULL */
    AppFormRow *row;
    GtkWidget *control;            /* what has the value */
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
    const char *id = gtk_combo_box_get_active_id (combo);

    if (id != NULL)
        set_value (self, id);
}

/* As people write it; most are names that are the same for them. */
static const char *
get_choice_title (const char *choice)
{
    if (*choice == '\0')
        return _ ("Left to the host");
    return g_str_equal (choice, "bios") ? "BIOS" : g_str_equal (choice, "uefi") ? "UEFI" : choice;
}

static GtkWidget *
make_choice (AppSettingRow *self)
{
    GtkWidget *combo = gtk_combo_box_text_new ();

    for (char **choice = self->setting->choices; *choice != NULL; choice++)
        gtk_combo_box_text_append (GTK_COMBO_BOX_TEXT (combo), *choice, get_choice_title (*choice));
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

    gtk_switch_set_active (GTK_SWITCH (toggle), *self->setting->fallback != '\0');
    g_signal_connect_object (toggle, "notify::active", G_CALLBACK (flag_changed_cb), self, 0);
    return toggle;
}

static void
text_changed_cb (GtkEntry *entry, AppSettingRow *self)
{
    g_autofree char *text = app_form_dup_text (entry);

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

static void
size_changed_cb (GtkEntry *entry, AppSettingRow *self)
{
    g_autofree char *text = NULL;
    guint64 mib;

    if (app_size_entry_peek_mib (APP_SIZE_ENTRY (entry), &mib))
        text = g_strdup_printf ("%" G_GUINT64_FORMAT, mib);
    set_value (self, text != NULL ? text : gtk_entry_get_text (entry));
}

static GtkWidget *
make_size (AppSettingRow *self)
{
    GtkWidget *entry = g_object_new (APP_TYPE_SIZE_ENTRY, NULL);

    app_size_entry_set_mib (APP_SIZE_ENTRY (entry),
                            g_ascii_strtoull (self->setting->fallback, NULL, 10));
    g_signal_connect_object (entry, "changed", G_CALLBACK (size_changed_cb), self, 0);
    return entry;
}

static GtkWidget *
make_count (AppSettingRow *self)
{
    GtkWidget *spin = gtk_spin_button_new_with_range ((double) self->setting->min,
                                                      (double) self->setting->max, 1);

    gtk_entry_set_text (GTK_ENTRY (spin), self->setting->fallback);
    gtk_entry_set_activates_default (GTK_ENTRY (spin), TRUE);
    gtk_spin_button_update (GTK_SPIN_BUTTON (spin));
    g_signal_connect_object (spin, "changed", G_CALLBACK (text_changed_cb), self, 0);
    return spin;
}

static GtkWidget *
make_number (AppSettingRow *self)
{
    if (g_str_equal (self->setting->unit, "MiB"))
        return make_size (self);
    return make_count (self);
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

static void
lines_changed_cb (GtkTextBuffer *buffer, AppSettingRow *self)
{
    g_autofree char *text = NULL;

    g_object_get (buffer, "text", &text, NULL);
    set_value (self, g_strstrip (text));
}

/* Tab goes on to the next field, as in every other. */
static GtkWidget *
make_lines (AppSettingRow *self)
{
    GtkWidget *scroller = gtk_scrolled_window_new (NULL, NULL);
    GtkWidget *view = gtk_text_view_new ();
    GtkTextBuffer *buffer = gtk_text_view_get_buffer (GTK_TEXT_VIEW (view));

    gtk_text_view_set_wrap_mode (GTK_TEXT_VIEW (view), GTK_WRAP_WORD_CHAR);
    gtk_text_view_set_accepts_tab (GTK_TEXT_VIEW (view), FALSE);
    g_object_set (view, "left-margin", 8, "right-margin", 8, "top-margin", 6, "bottom-margin", 6,
                  NULL);
    gtk_scrolled_window_set_shadow_type (GTK_SCROLLED_WINDOW (scroller), GTK_SHADOW_IN);
    gtk_widget_set_size_request (scroller, 280, 84);
    gtk_container_add (GTK_CONTAINER (scroller), view);
    gtk_widget_show (view);
    gtk_text_buffer_set_text (buffer, self->setting->fallback, -1);
    g_signal_connect_object (buffer, "changed", G_CALLBACK (lines_changed_cb), self, 0);
    atk_object_set_name (gtk_widget_get_accessible (view), self->setting->title);
    return scroller;
}

static void
order_changed_cb (AppOrderList *list, AppSettingRow *self)
{
    g_autofree char *value = app_order_list_dup_value (list);

    set_value (self, value);
}

static GtkWidget *
make_order (AppSettingRow *self)
{
    AppOrderList *list =
        app_order_list_new ((const char *const *) self->setting->choices, self->setting->fallback);

    g_signal_connect_object (list, "changed", G_CALLBACK (order_changed_cb), self, 0);
    return GTK_WIDGET (list);
}

static void
plug_changed_cb (AppPlugEntry *entry, AppSettingRow *self)
{
    g_autofree char *value = app_plug_entry_dup_value (entry);

    set_value (self, value);
}

static GtkWidget *
make_plug (AppSettingRow *self)
{
    AppPlugEntry *entry = app_plug_entry_new (self->setting->title, self->setting->fallback);

    g_signal_connect_object (entry, "changed", G_CALLBACK (plug_changed_cb), self, 0);
    return GTK_WIDGET (entry);
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
    if ((setting->type == VITRINE_SETTING_TEXT || setting->type == VITRINE_SETTING_LINES)
        && strlen (self->value) > setting->max)
        return g_strdup_printf (_ ("At most %u letters"), (guint) setting->max);
    if (setting->type == VITRINE_SETTING_NUMBER
        && !g_ascii_string_to_unsigned (self->value, 10, setting->min, setting->max, &number, NULL))
        return *setting->unit != '\0'
                   ? g_strdup (_ ("A size such as 512 MiB or 2 GiB"))
                   : g_strdup_printf (_ ("A number from %u to %u"), (guint) setting->min,
                                      (guint) setting->max);
    return NULL;
}

/* What is said of a value that is good: where the file is, or what the setting is, and from when on it holds. */
static char *
dup_note (AppSettingRow *self, const char *path)
{
    const char *note = path != NULL ? path : self->setting->note;

    return self->when == NULL || *note == '\0' ? g_strdup (self->when != NULL ? self->when : note)
                                               : g_strdup_printf ("%s\n%s", note, self->when);
}

gboolean
app_setting_row_check (AppSettingRow *self)
{
    g_autofree char *problem = NULL;
    g_autofree char *path = NULL;
    g_autofree char *note = NULL;
    gboolean is_file;

    g_return_val_if_fail (APP_IS_SETTING_ROW (self), FALSE);

    is_file = self->setting->type == VITRINE_SETTING_FILE && *self->value != '\0';
    problem = dup_problem (self);
    path = is_file ? app_format_path (self->value) : NULL;
    note = dup_note (self, path);
    app_form_row_set_note (self->row, problem != NULL ? APP_NOTE_ERROR : APP_NOTE_PLAIN,
                           problem != NULL      ? problem
                           : self->hint != NULL ? self->hint
                                                : note);
    return problem == NULL;
}

void
app_setting_row_set_value (AppSettingRow *self, const char *value)
{
    g_return_if_fail (APP_IS_SETTING_ROW (self) && value != NULL);

    switch (self->setting->type) {
    case VITRINE_SETTING_CHOICE:
        gtk_combo_box_set_active_id (GTK_COMBO_BOX (self->control), value);
        break;
    case VITRINE_SETTING_FLAG:
        gtk_switch_set_active (GTK_SWITCH (self->control), *value != '\0');
        break;
    case VITRINE_SETTING_NUMBER:
        if (APP_IS_SIZE_ENTRY (self->control))
            app_size_entry_set_mib (APP_SIZE_ENTRY (self->control),
                                    g_ascii_strtoull (value, NULL, 10));
        else
            gtk_entry_set_text (GTK_ENTRY (self->control), value);
        break;
    case VITRINE_SETTING_TEXT:
        gtk_entry_set_text (GTK_ENTRY (self->control), value);
        break;
    case VITRINE_SETTING_FILE:
        set_value (self, value);
        break;
    case VITRINE_SETTING_LINES:
        gtk_text_buffer_set_text (
            gtk_text_view_get_buffer (GTK_TEXT_VIEW (gtk_bin_get_child (GTK_BIN (self->control)))),
            value, -1);
        break;
    case VITRINE_SETTING_ORDER:
        app_order_list_set_value (APP_ORDER_LIST (self->control), value);
        break;
    case VITRINE_SETTING_PLUG:
        app_plug_entry_set_value (APP_PLUG_ENTRY (self->control), value);
        break;
    }
}

void
app_setting_row_set_when (AppSettingRow *self, const char *when)
{
    g_return_if_fail (APP_IS_SETTING_ROW (self));

    g_free (self->when);
    self->when = g_strdup (when);
    app_setting_row_check (self);
}

GtkWidget *
app_setting_row_get_control (AppSettingRow *self)
{
    g_return_val_if_fail (APP_IS_SETTING_ROW (self), NULL);
    return self->control;
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
    g_free (APP_SETTING_ROW (object)->when);
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
        [VITRINE_SETTING_FILE] = make_file,     [VITRINE_SETTING_LINES] = make_lines,
        [VITRINE_SETTING_ORDER] = make_order,   [VITRINE_SETTING_PLUG] = make_plug,
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
