/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-faults.c - everything that can go wrong, on request. */
#include "fake-faults.h"

#include "vitrine-error.h"

struct _FakeFaults {
    gatomicrefcount ref_count;
    GKeyFile *file;
    GHashTable *times; /* operation → how often it was made to fail */
};

struct wait {
    FakeFaults *faults;
    char *group;
    const char *op;
    FakeFaultsContinue next;
    FakeFaultsContinue undo;
};

FakeFaults *
fake_faults_new (GKeyFile *file)
{
    FakeFaults *self = g_new0 (FakeFaults, 1);

    g_atomic_ref_count_init (&self->ref_count);
    self->file = g_key_file_ref (file);
    self->times = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    return self;
}

FakeFaults *
fake_faults_ref (FakeFaults *self)
{
    g_atomic_ref_count_inc (&self->ref_count);
    return self;
}

void
fake_faults_unref (FakeFaults *self)
{
    if (!g_atomic_ref_count_dec (&self->ref_count))
        return;
    g_key_file_unref (self->file);
    g_hash_table_unref (self->times);
    g_free (self);
}

char *
fake_dup_key (GKeyFile *file, const char *group, const char *key)
{
    char *value = g_key_file_get_string (file, group, key, NULL);

    return value != NULL ? value : g_strdup ("");
}

char *
fake_faults_dup_string (FakeFaults *self, const char *group, const char *key)
{
    char *value = group != NULL ? g_key_file_get_string (self->file, group, key, NULL) : NULL;

    return value != NULL ? value : g_key_file_get_string (self->file, "faults", key, NULL);
}

guint
fake_faults_get_uint (FakeFaults *self, const char *group, const char *key, guint fallback)
{
    g_autofree char *value = fake_faults_dup_string (self, group, key);

    return value != NULL ? (guint) g_ascii_strtoull (value, NULL, 10) : fallback;
}

gboolean
fake_faults_get_boolean (FakeFaults *self, const char *group, const char *key)
{
    g_autofree char *value = fake_faults_dup_string (self, group, key);

    return g_strcmp0 (value, "true") == 0;
}

static VitrineError
code_from_string (const char *word)
{
    static const char *const words[] = {
        [VITRINE_ERROR_ENGINE] = "engine",
        [VITRINE_ERROR_NOT_FOUND] = "not-found",
        [VITRINE_ERROR_BUSY] = "busy",
        [VITRINE_ERROR_DENIED] = "denied",
        [VITRINE_ERROR_INVALID] = "invalid",
        [VITRINE_ERROR_UNSUPPORTED] = "unsupported",
        [VITRINE_ERROR_EXISTS] = "exists",
        [VITRINE_ERROR_NO_SPACE] = "no-space",
        [VITRINE_ERROR_PASSPHRASE] = "passphrase",
    };

    for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
        if (g_strcmp0 (word, words[i]) == 0)
            return (VitrineError) i;
    return VITRINE_ERROR_ENGINE;
}

/* The error asked for, or NULL. */
static GError *
take_error (FakeFaults *self, const char *group, const char *op)
{
    g_autofree char *key = g_strconcat ("fail-", op, NULL);
    g_autofree char *code_key = g_strconcat (key, "-code", NULL);
    g_autofree char *times_key = g_strconcat (key, "-times", NULL);
    g_autofree char *message = fake_faults_dup_string (self, group, key);
    g_autofree char *code = fake_faults_dup_string (self, group, code_key);
    guint limit = fake_faults_get_uint (self, group, times_key, G_MAXUINT);
    guint times = GPOINTER_TO_UINT (g_hash_table_lookup (self->times, op));

    if (message == NULL || times >= limit)
        return NULL;
    g_hash_table_insert (self->times, g_strdup (op), GUINT_TO_POINTER (times + 1));
    return g_error_new_literal (VITRINE_ERROR, (gint) code_from_string (code), message);
}

static void
wait_free (gpointer data)
{
    struct wait *wait = data;

    fake_faults_unref (wait->faults);
    g_free (wait->group);
    g_free (wait);
}

/* --- progress --------------------------------------------------------------------------------- */

#define REPORT_INTERVAL_MS 50
#define REPORT_STEP        0.02
#define REPORT_MOST        0.9

struct report {
    GSource *source;
    VitrineProgress progress;
    gpointer user_data;
    double fraction;
};

static gboolean
report_cb (gpointer user_data)
{
    struct report *report = user_data;

    report->fraction = MIN (report->fraction + REPORT_STEP, REPORT_MOST);
    report->progress (report->fraction, report->user_data);
    return G_SOURCE_CONTINUE;
}

static void
report_free (gpointer data)
{
    struct report *report = data;

    g_source_destroy (report->source);
    g_source_unref (report->source);
    g_free (report);
}

void
fake_faults_report (GTask *task, VitrineProgress progress, gpointer user_data)
{
    struct report *report;

    if (progress == NULL)
        return;
    report = g_new0 (struct report, 1);
    report->source = g_timeout_source_new (REPORT_INTERVAL_MS);
    report->progress = progress;
    report->user_data = user_data;
    g_source_set_callback (report->source, report_cb, report, NULL);
    g_source_attach (report->source, g_main_context_get_thread_default ());
    g_object_set_data_full (G_OBJECT (task), "fake-report", report, report_free);
}

/* --- answers ---------------------------------------------------------------------------------- */

/* The time is over, or the task was cancelled. */
static gboolean
waited_cb (gpointer user_data)
{
    g_autoptr (GTask) task = g_object_ref (user_data);
    struct wait *wait = g_object_get_data (G_OBJECT (task), "fake-wait");
    GError *error = NULL;

    g_object_set_data (G_OBJECT (task), "fake-report", NULL);
    if (!g_cancellable_set_error_if_cancelled (g_task_get_cancellable (task), &error))
        error = take_error (wait->faults, wait->group, wait->op);
    if (error != NULL && wait->undo != NULL)
        wait->undo (task);
    if (error != NULL)
        g_task_return_error (task, error);
    else
        wait->next (task);
    g_object_set_data (G_OBJECT (task), "fake-wait", NULL);
    return G_SOURCE_REMOVE;
}

void
fake_faults_run (FakeFaults *self, const char *group, const char *op, GTask *task,
                 FakeFaultsContinue next, FakeFaultsContinue undo)
{
    g_autofree char *hang = g_strconcat ("hang-", op, NULL);
    g_autofree char *deaf = g_strconcat ("deaf-", op, NULL);
    gboolean hangs = fake_faults_get_boolean (self, group, hang);
    guint slow_ms = fake_faults_get_uint (self, group, "slow-ms", 0);
    g_autoptr (GSource) source = g_timeout_source_new (hangs ? G_MAXINT : slow_ms);
    struct wait *wait = g_new0 (struct wait, 1);

    wait->faults = fake_faults_ref (self);
    wait->group = g_strdup (group);
    wait->op = op;
    wait->next = next;
    wait->undo = undo;
    g_object_set_data_full (G_OBJECT (task), "fake-wait", wait, wait_free);
    if (g_task_get_cancellable (task) != NULL && !fake_faults_get_boolean (self, group, deaf)) {
        g_autoptr (GSource) cancelled = g_cancellable_source_new (g_task_get_cancellable (task));

        g_source_set_dummy_callback (cancelled);
        g_source_add_child_source (source, cancelled);
    }
    g_task_attach_source (task, source, waited_cb);
    g_object_unref (task); /* the source holds it */
}
