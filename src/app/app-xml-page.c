/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-xml-page.c - a machine's definition as a text that can be edited.
 *
 * BASE is what the text was when the user began.  Apply compares three: BASE, what is there now, what was written.
 * What somebody else changed meanwhile is told, and written over only by the button that says so, and only as it was
 * told; it can be looked at while what the user wrote waits.  What came of it is compared with what was written: what
 * the host left out or changed is told with its lines.
 */
#include "app-xml-page.h"

#include <glib/gi18n.h>

#include "app-format.h"
#include "app-note-bar.h"
#include "app-work-line.h"

#define LISTED_MAX 8 /* differences in a bar */

enum {
    RESPONSE_OVERWRITE = 1,
};

/* What is being edited, and from what on. */
typedef struct {
    char *base, *text;
} Edit;

struct _AppXmlPage {
    GtkBox parent_instance;

    AppMachineItem *item;
    char *base;        /* "" before it is read first */
    char *wanted;      /* what is being applied, or NULL */
    char *told;        /* the definition by somebody else of which the user was told, or NULL */
    Edit aside;        /* the user's while theirs is shown, or NULLs */
    GtkToggleButton *theirs_button; /* theirs is shown while it is pressed; or NULL; weak */
    gboolean updating; /* the text; nobody types */
    gboolean changed;

    GtkBox *notes_box;
    GtkTextView *text_view;
    AppWorkLine *work_line;
    GtkLabel *state_label;
    GtkButton *revert_button;
    GtkButton *apply_button;
};

enum {
    PROP_0,
    PROP_CHANGED,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (AppXmlPage, app_xml_page, GTK_TYPE_BOX)

static VitrineMachine *
get_machine (AppXmlPage *self)
{
    return app_machine_item_get_machine (self->item);
}

/* --- the text ------------------------------------------------------------------------------------ */

static char *
dup_text (AppXmlPage *self)
{
    char *text;

    g_object_get (gtk_text_view_get_buffer (self->text_view), "text", &text, NULL);
    return text;
}

/* What is not offered any more does not keep the keyboard. */
static void
offer (AppXmlPage *self, GtkButton *button, gboolean sensitive)
{
    if (!sensitive && gtk_widget_is_focus (GTK_WIDGET (button)))
        gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
    gtk_widget_set_sensitive (GTK_WIDGET (button), sensitive);
}

static void
update (AppXmlPage *self)
{
    g_autofree char *text = dup_text (self);
    gboolean busy = app_work_line_get_busy (self->work_line);
    gboolean differs = !g_str_equal (text, self->base);
    gboolean changed = differs || self->aside.text != NULL;

    offer (self, self->revert_button, changed && !busy);
    offer (self, self->apply_button, differs && !busy);
    gtk_text_view_set_editable (self->text_view, !busy && self->aside.text == NULL);
    gtk_label_set_label (self->state_label,
                         vitrine_machine_runs (get_machine (self))
                             ? _ ("What is changed here takes effect at the next start")
                             : "");
    if (self->changed == changed)
        return;
    self->changed = changed;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_CHANGED]);
}

static void
text_changed_cb (GtkTextBuffer *buffer, AppXmlPage *self)
{
    if (!self->updating)
        update (self);
}

/* TEXT, which is being edited from BASE on. */
static void
show (AppXmlPage *self, const char *base, const char *text)
{
    g_autofree char *before = self->base;

    self->base = g_strdup (base);
    self->updating = TRUE;
    gtk_text_buffer_set_text (gtk_text_view_get_buffer (self->text_view), text, -1);
    self->updating = FALSE;
    update (self);
}

static void
clear_aside (AppXmlPage *self)
{
    g_clear_pointer (&self->aside.base, g_free);
    g_clear_pointer (&self->aside.text, g_free);
}

/* TEXT is where editing begins. */
static void
set_base (AppXmlPage *self, const char *text)
{
    clear_aside (self);
    show (self, text, text);
}

/* --- notes --------------------------------------------------------------------------------------- */

static AppNoteBar *
add_note (AppXmlPage *self, GtkMessageType type, const char *text)
{
    AppNoteBar *bar = app_note_bar_new (type, text, NULL, TRUE);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (bar));
    return bar;
}

static void
add_error (AppXmlPage *self, const GError *error)
{
    g_autofree char *text = app_format_sentence (error->message);

    add_note (self, GTK_MESSAGE_ERROR, text);
}

/* INTRODUCTION, and a line for each of DIFFERENCES. */
static char *
list_differences (const char *introduction, GPtrArray *differences)
{
    GString *text = g_string_new (introduction);

    for (guint i = 0; i < differences->len && i < LISTED_MAX; i++) {
        g_autofree char *line = vitrine_difference_describe (g_ptr_array_index (differences, i));

        g_string_append_printf (text, "\n%s", line);
    }
    if (differences->len > LISTED_MAX)
        g_string_append_printf (
            text, ngettext ("\nand %u more", "\nand %u more", differences->len - LISTED_MAX),
            differences->len - LISTED_MAX);
    return g_string_free (text, FALSE);
}

/* --- what came of it ----------------------------------------------------------------------------- */

/* What was written and is not there; what the host put in besides is its own affair. */
static GPtrArray *
dup_lost (const char *wanted, const char *got)
{
    g_autoptr (GPtrArray) all = vitrine_compare (wanted, got, NULL);
    GPtrArray *lost = g_ptr_array_new_with_free_func ((GDestroyNotify) vitrine_difference_free);

    while (all != NULL && all->len > 0) {
        VitrineDifference *difference = g_ptr_array_steal_index (all, 0);

        if (difference->kind != VITRINE_DIFFERENCE_NEW)
            g_ptr_array_add (lost, difference);
        else
            vitrine_difference_free (difference);
    }
    return lost;
}

static void
show_result (AppXmlPage *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *got = vitrine_machine_dup_xml (get_machine (self), &error);
    g_autoptr (GPtrArray) lost = got != NULL ? dup_lost (self->wanted, got) : NULL;
    g_autofree char *text = NULL;

    if (got == NULL) {
        add_error (self, error);
        return;
    }
    set_base (self, got);
    if (lost->len > 0)
        text = list_differences (_ ("The host did not take all of it. Of what you wrote:"), lost);
    else
        text = g_strdup (vitrine_machine_runs (get_machine (self))
                             ? _ ("Applied. It takes effect at the next start.")
                             : _ ("Applied."));
    add_note (self, lost->len > 0 ? GTK_MESSAGE_WARNING : GTK_MESSAGE_INFO, text);
}

/* --- applying ------------------------------------------------------------------------------------ */

static void apply (AppXmlPage *self, gboolean overwrite);

static void
conflict_response_cb (GtkInfoBar *bar, int response, AppXmlPage *self)
{
    if (response != RESPONSE_OVERWRITE)
        return;
    gtk_toggle_button_set_active (self->theirs_button, FALSE); /* mine is what is shown then */
    apply (self, TRUE);
}

/* Theirs is only looked at; Revert takes it. */
static void
theirs_toggled_cb (GtkToggleButton *button, AppXmlPage *self)
{
    if (gtk_toggle_button_get_active (button)) {
        self->aside = (Edit){ .base = g_strdup (self->base), .text = dup_text (self) };
        show (self, self->told, self->told);
    } else {
        Edit mine = self->aside;

        self->aside = (Edit){ NULL };
        show (self, mine.base, mine.text);
        g_free (mine.base);
        g_free (mine.text);
    }
}

static void
add_theirs_button (AppXmlPage *self, AppNoteBar *bar)
{
    GtkWidget *area = gtk_info_bar_get_action_area (GTK_INFO_BAR (bar));
    GtkWidget *button = gtk_toggle_button_new_with_mnemonic (_ ("Show _theirs"));

    g_signal_connect_object (button, "toggled", G_CALLBACK (theirs_toggled_cb), self, 0);
    gtk_container_add (GTK_CONTAINER (area), button);
    gtk_widget_show (button);
    g_set_weak_pointer (&self->theirs_button, GTK_TOGGLE_BUTTON (button));
}

static void
add_conflict (AppXmlPage *self, const VitrineThreeWay *compared)
{
    g_autofree char *theirs = list_differences (
        _ ("Somebody else changed this definition while you edited it:"), compared->theirs);
    g_autofree char *text =
        compared->clashes->len > 0
            ? g_strconcat (theirs, "\n", _ ("You changed some of the same."), NULL)
            : g_strdup (theirs);
    AppNoteBar *bar = app_note_bar_new (GTK_MESSAGE_WARNING, text, NULL, FALSE);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    gtk_container_add (GTK_CONTAINER (self->notes_box), GTK_WIDGET (bar));
    gtk_orientable_set_orientation (
        GTK_ORIENTABLE (gtk_info_bar_get_action_area (GTK_INFO_BAR (bar))),
        GTK_ORIENTATION_VERTICAL);
    gtk_info_bar_add_button (GTK_INFO_BAR (bar), _ ("Apply _mine all the same"),
                             RESPONSE_OVERWRITE);
    add_theirs_button (self, bar);
    g_signal_connect_object (bar, "response", G_CALLBACK (conflict_response_cb), self, 0);
}

/* Compares the three; *NOW is what is there.  OVERWRITE: what the user was told of, but nothing else.  FALSE when that, or what it found, has been said. */
static gboolean
look (AppXmlPage *self, gboolean overwrite, char **now)
{
    g_autoptr (GError) error = NULL;
    g_autoptr (VitrineThreeWay) compared = NULL;
    guint line = 0;

    *now = vitrine_machine_dup_xml (get_machine (self), &error);
    if (*now != NULL && !vitrine_compare_check (self->wanted, &line, &error))
        app_xml_page_show_line (self, line);
    if (error == NULL)
        compared = vitrine_compare_three (self->base, *now, self->wanted, &error);
    if (compared == NULL) {
        add_error (self, error);
        return FALSE;
    }
    if (compared->theirs->len > 0 && (!overwrite || g_strcmp0 (*now, self->told) != 0)) {
        g_free (self->told);
        self->told = g_strdup (*now);
        add_conflict (self, compared);
        return FALSE;
    }
    return TRUE;
}

static void
applied_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (AppXmlPage) self = user_data;
    g_autoptr (GError) error = NULL;
    g_autofree char *now = NULL;

    gboolean done = vitrine_machine_change_finish (VITRINE_MACHINE (source), result, &error);

    if (self->work_line == NULL) /* the page is gone */
        return;
    app_work_line_end (self->work_line);
    if (done)
        show_result (self);
    else if (!g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)
             && look (self, TRUE, &now)) /* it may be refused because it has just been changed */
        add_error (self, error);
    update (self);
}

static void
apply (AppXmlPage *self, gboolean overwrite)
{
    VitrineChange change = { .kind = VITRINE_CHANGE_DEFINITION, .scope = VITRINE_SCOPE_CONFIG };
    g_autofree char *now = NULL;
    GCancellable *cancellable;

    if (app_work_line_get_busy (self->work_line))
        return;
    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    g_free (self->wanted);
    self->wanted = dup_text (self);
    if (!look (self, overwrite, &now))
        return;
    change.what = self->wanted;
    change.base = now;
    cancellable = app_work_line_begin (self->work_line, _ ("Applying…"));
    vitrine_machine_change_async (get_machine (self), &change, cancellable, applied_cb,
                                  g_object_ref (self));
    update (self);
}

static void
apply_clicked_cb (GtkButton *button, AppXmlPage *self)
{
    apply (self, FALSE);
}

static void
revert_clicked_cb (GtkButton *button, AppXmlPage *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *now = vitrine_machine_dup_xml (get_machine (self), &error);

    app_note_bar_clear (GTK_CONTAINER (self->notes_box));
    if (now != NULL)
        set_base (self, now);
    else
        add_error (self, error);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_xml_page_dispose (GObject *object)
{
    AppXmlPage *self = APP_XML_PAGE (object);

    if (self->work_line != NULL && app_work_line_get_busy (self->work_line))
        app_work_line_cancel (self->work_line);
    g_clear_weak_pointer (&self->theirs_button);
    G_OBJECT_CLASS (app_xml_page_parent_class)->dispose (object);
}

static void
app_xml_page_finalize (GObject *object)
{
    AppXmlPage *self = APP_XML_PAGE (object);

    g_clear_object (&self->item);
    clear_aside (self);
    g_free (self->base);
    g_free (self->wanted);
    g_free (self->told);
    G_OBJECT_CLASS (app_xml_page_parent_class)->finalize (object);
}

static void
app_xml_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    if (id == PROP_CHANGED)
        g_value_set_boolean (value, APP_XML_PAGE (object)->changed);
    else
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
}

static void
app_xml_page_class_init (AppXmlPageClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);
    GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

    object_class->dispose = app_xml_page_dispose;
    object_class->finalize = app_xml_page_finalize;
    object_class->get_property = app_xml_page_get_property;

    properties[PROP_CHANGED] = g_param_spec_boolean ("changed", NULL, NULL, FALSE,
                                                     G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);

    g_type_ensure (APP_TYPE_WORK_LINE);
    gtk_widget_class_set_template_from_resource (widget_class,
                                                 "/org/vitrine/Vitrine/ui/app-xml-page.ui");
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, notes_box);
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, text_view);
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, work_line);
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, state_label);
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, revert_button);
    gtk_widget_class_bind_template_child (widget_class, AppXmlPage, apply_button);
    gtk_widget_class_bind_template_callback (widget_class, apply_clicked_cb);
    gtk_widget_class_bind_template_callback (widget_class, revert_clicked_cb);
}

static void
app_xml_page_init (AppXmlPage *self)
{
    self->base = g_strdup ("");
    gtk_widget_init_template (GTK_WIDGET (self));
    g_signal_connect_object (gtk_text_view_get_buffer (self->text_view), "changed",
                             G_CALLBACK (text_changed_cb), self, 0);
}

AppXmlPage *
app_xml_page_new (AppMachineItem *item)
{
    AppXmlPage *self;

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (item), NULL);

    self = g_object_new (APP_TYPE_XML_PAGE, "visible", TRUE, NULL);
    self->item = g_object_ref (item);
    app_xml_page_update (self);
    return self;
}

gboolean
app_xml_page_get_changed (AppXmlPage *self)
{
    g_return_val_if_fail (APP_IS_XML_PAGE (self), FALSE);
    return self->changed;
}

void
app_xml_page_update (AppXmlPage *self)
{
    g_autoptr (GError) error = NULL;
    g_autofree char *now = NULL;

    g_return_if_fail (APP_IS_XML_PAGE (self));

    if (self->changed || app_work_line_get_busy (self->work_line)) {
        update (self);
        return;
    }
    now = vitrine_machine_dup_xml (get_machine (self), &error);
    if (now == NULL)
        add_error (self, error);
    else if (!g_str_equal (now, self->base))
        set_base (self, now);
    update (self);
}

void
app_xml_page_show_line (AppXmlPage *self, guint line)
{
    GtkTextBuffer *buffer;
    GtkTextIter start, end;

    g_return_if_fail (APP_IS_XML_PAGE (self));

    if (line == 0)
        return;
    buffer = gtk_text_view_get_buffer (self->text_view);
    gtk_text_buffer_get_iter_at_line (buffer, &start, (int) line - 1);
    end = start;
    gtk_text_iter_forward_to_line_end (&end);
    gtk_text_buffer_select_range (buffer, &start, &end);
    gtk_text_view_scroll_to_mark (self->text_view, gtk_text_buffer_get_insert (buffer), 0.1, TRUE,
                                  0, 0.3);
    gtk_widget_grab_focus (GTK_WIDGET (self->text_view));
}
