/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-askpass.c - what OpenSSH asks the user (ssh(1), SSH_ASKPASS), in a window: vitrine-askpass QUESTION
 *
 * The answer goes to the standard output.  Cancelled is an exit status of 1; an answer that nobody gave must not look
 * like an empty password.  The question comes from ssh, and part of it from the other computer: it is shown as text.
 */
#include <glib/gi18n.h>
#include <gtk/gtk.h>
#include <stdio.h>
#include <string.h>

#include "vitrine-language.h"

#define MAX_QUESTION_CHARS 2000

typedef enum {
    ANSWER_SECRET,  /* a password, a passphrase */
    ANSWER_DECIDE,  /* "yes" or "no" is expected: whether that is the computer that is meant */
    ANSWER_CONFIRM, /* the exit status is the answer: whether a key may be used */
    ANSWER_NONE,    /* nothing is expected: something is to be done elsewhere */
} Answer;

/* What a server wants to be answered is any text of its choice; ssh puts "(user@computer) " before it. */
static gboolean
is_the_servers (const char *question)
{
    return *question == '(';
}

static Answer
find_answer (const char *question)
{
    const char *prompt = g_getenv ("SSH_ASKPASS_PROMPT");

    if (g_strcmp0 (prompt, "confirm") == 0)
        return ANSWER_CONFIRM;
    if (g_strcmp0 (prompt, "none") == 0)
        return ANSWER_NONE;
    return !is_the_servers (question) && strstr (question, "(yes/no") != NULL ? ANSWER_DECIDE
                                                                              : ANSWER_SECRET;
}

static const char *
get_title (Answer answer, const char *question)
{
    switch (answer) {
    case ANSWER_SECRET:
        return g_str_has_prefix (question, "Enter passphrase for ")
                   ? _ ("Your key for SSH is locked")
                   : _ ("The other computer asks for a password");
    case ANSWER_DECIDE:
        return _ ("Is this the computer you mean?");
    default:
        return _ ("SSH uses a key of yours");
    }
}

/* Of what ssh says as much as anybody reads, in valid UTF-8, without the choice that only a terminal has. */
static char *
dup_question (const char *text, Answer answer)
{
    g_autofree char *valid = g_utf8_make_valid (text, -1);
    char *choice = answer == ANSWER_DECIDE ? strstr (valid, " (yes/no") : NULL;

    if (choice != NULL)
        strcpy (choice, "?");
    if (g_utf8_strlen (valid, -1) > MAX_QUESTION_CHARS)
        *g_utf8_offset_to_pointer (valid, MAX_QUESTION_CHARS) = '\0';
    return g_strdup (g_strstrip (valid));
}

static void
add_buttons (GtkDialog *dialog, Answer answer)
{
    if (answer == ANSWER_NONE) {
        gtk_dialog_add_button (dialog, _ ("_Close"), GTK_RESPONSE_CANCEL);
        return;
    }
    gtk_dialog_add_button (dialog, _ ("_Cancel"), GTK_RESPONSE_CANCEL);
    gtk_dialog_add_button (dialog,
                           answer == ANSWER_SECRET   ? _ ("_Log in")
                           : answer == ANSWER_DECIDE ? _ ("_It is, connect")
                                                     : _ ("_Allow"),
                           GTK_RESPONSE_OK);
    gtk_dialog_set_default_response (dialog, answer == ANSWER_SECRET ? GTK_RESPONSE_OK
                                                                     : GTK_RESPONSE_CANCEL);
}

static GtkWidget *
add_entry (GtkDialog *dialog, const char *question)
{
    GtkWidget *entry = gtk_entry_new ();

    gtk_entry_set_visibility (GTK_ENTRY (entry), FALSE);
    gtk_entry_set_input_purpose (GTK_ENTRY (entry), GTK_INPUT_PURPOSE_PASSWORD);
    gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
    atk_object_set_name (gtk_widget_get_accessible (entry), question);
    gtk_widget_show (entry);
    gtk_box_pack_start (
        GTK_BOX (gtk_message_dialog_get_message_area (GTK_MESSAGE_DIALOG (dialog))), entry, FALSE,
        FALSE, 0);
    return entry;
}

static GtkWidget *
make_dialog (const char *question, Answer answer)
{
    GtkWidget *dialog = gtk_message_dialog_new (NULL, 0, GTK_MESSAGE_QUESTION, GTK_BUTTONS_NONE,
                                                "%s", get_title (answer, question));

    gtk_message_dialog_format_secondary_text (GTK_MESSAGE_DIALOG (dialog), "%s", question);
    gtk_window_set_title (GTK_WINDOW (dialog), _ ("SSH"));
    gtk_window_set_keep_above (GTK_WINDOW (dialog), TRUE);
    gtk_window_set_skip_taskbar_hint (GTK_WINDOW (dialog), FALSE);
    add_buttons (GTK_DIALOG (dialog), answer);
    return dialog;
}

static void
response_cb (GtkDialog *dialog, int response, gboolean *agreed)
{
    *agreed = response == GTK_RESPONSE_OK;
    gtk_main_quit ();
}

/* Returns the exit status. */
static int
ask (const char *question, Answer answer)
{
    GtkWidget *dialog = make_dialog (question, answer);
    GtkWidget *entry = answer == ANSWER_SECRET ? add_entry (GTK_DIALOG (dialog), question) : NULL;
    gboolean agreed = FALSE;

    g_signal_connect (dialog, "response", G_CALLBACK (response_cb), &agreed);
    g_signal_connect (dialog, "delete-event", G_CALLBACK (gtk_widget_hide_on_delete), NULL);
    gtk_window_present (GTK_WINDOW (dialog));
    gtk_main ();
    if (agreed && entry != NULL)
        puts (gtk_entry_get_text (GTK_ENTRY (entry)));
    else if (answer == ANSWER_DECIDE)
        puts (agreed ? "yes" : "no");
    gtk_widget_destroy (dialog);
    if (fflush (stdout) != 0)
        return 1;
    return agreed || answer == ANSWER_DECIDE ? 0 : 1;
}

int
main (int argc, char **argv)
{
    const char *text = argc > 1 ? argv[1] : "";
    Answer answer = find_answer (text);
    g_autofree char *question = dup_question (text, answer);

    vitrine_language_init (GETTEXT_PACKAGE, LOCALEDIR);
    textdomain (GETTEXT_PACKAGE);
    g_set_prgname ("org.vitrine.Vitrine");
    if (!gtk_init_check (&argc, &argv))
        return 1;
    return ask (question, answer);
}
