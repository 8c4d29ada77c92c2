/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-express-make.c - asks the module what can be done for a medium, and has it fill in a script. */
#include <glib/gi18n-lib.h>

#include "vitrine-cloud.h"
#include "vitrine-express-private.h"
#include "vitrine-os-module.h"
#include "vitrine-private.h"

#define WINDOWS_NAME_MAX 15 /* of a computer; NetBIOS's */

VitrineExpressScript *
vitrine_express_ask (const char *iso, const char *os, const VitrineExpressFill *fill,
                     GCancellable *cancellable, GError **error)
{
    const VitrineOsModule *module = vitrine_os_load (error);

    return module != NULL ? module->express (iso, os, fill, cancellable, error) : NULL;
}

static char *
dup_or (const char *said, char *usual)
{
    if (said == NULL)
        return usual;
    g_free (usual);
    return g_strdup (said);
}

/* Windows has a shorter one. */
static char *
dup_hostname (const VitrineExpress *express, const char *name, const char *os)
{
    char *hostname = dup_or (express->hostname, vitrine_cloud_dup_hostname (name));

    if (g_str_has_prefix (os, "http://microsoft.com/") && strlen (hostname) > WINDOWS_NAME_MAX) {
        hostname[WINDOWS_NAME_MAX] = '\0';
        for (char *end = hostname + WINDOWS_NAME_MAX; end[-1] == '-';)
            *--end = '\0';
    }
    return hostname;
}

/* All of EXPRESS and of this computer, with words for what vitrine_express_finish() puts in. */
static VitrineExpress *
fill_in (const VitrineExpress *express, const char *name, const char *os)
{
    VitrineExpress *whole = g_new0 (VitrineExpress, 1);

    whole->user = g_strdup (express->user);
    whole->realname = g_strdup (VITRINE_EXPRESS_REALNAME);
    whole->password = g_strdup (VITRINE_EXPRESS_PASSWORD);
    whole->hostname = dup_hostname (express, name, os);
    whole->language = dup_or (express->language, vitrine_express_dup_language ());
    whole->keyboard = dup_or (express->keyboard, g_strdup (whole->language));
    whole->timezone = dup_or (express->timezone, vitrine_express_dup_timezone ());
    whole->product_key = g_strdup (express->product_key);
    return whole;
}

VitrineExpressScript *
vitrine_express_make (const VitrineExpress *express, const char *name, const char *iso,
                      const char *os, const char *target_disk, GCancellable *cancellable,
                      GError **error)
{
    g_autoptr (VitrineExpress) whole = fill_in (express, name, os);
    const VitrineExpressFill fill = { whole, target_disk };
    const char *realname = express->realname != NULL && *express->realname != '\0'
                               ? express->realname
                               : express->user;
    g_autoptr (VitrineExpressScript) script =
        vitrine_express_ask (iso, os, &fill, cancellable, error);

    if (script == NULL)
        return NULL;
    if (script->plan.method == VITRINE_EXPRESS_BY_HAND) {
        vitrine_refuse (error, VITRINE_ERROR_UNSUPPORTED, _ ("%s; install it by hand"),
                        script->plan.reason);
        return NULL;
    }
    for (guint i = 0; i < script->files->len; i++)
        if (!vitrine_express_finish (g_ptr_array_index (script->files, i), express->password,
                                     realname, error))
            return NULL;
    return g_steal_pointer (&script);
}

/* --- a host's answer ---------------------------------------------------------------------------------- */

static VitrineExpressPlan *
new_plan (VitrineExpressMethod method, const char *reason)
{
    VitrineExpressPlan *plan = g_new0 (VitrineExpressPlan, 1);

    plan->method = method;
    plan->reason = g_strdup (reason);
    return plan;
}

static void
plan_thread (GTask *task, gpointer object, gpointer data, GCancellable *cancellable)
{
    const char *const *question = data;
    GError *error = NULL;
    g_autoptr (VitrineExpressScript) script =
        vitrine_express_ask (question[0], question[1], NULL, cancellable, &error);
    VitrineExpressPlan *plan;

    if (script == NULL) {
        g_task_return_error (task, error);
        return;
    }
    plan = new_plan (script->plan.method, script->plan.reason);
    plan->takes_key = script->plan.takes_key;
    plan->needs_internet = script->plan.needs_internet;
    g_task_return_pointer (task, plan, (GDestroyNotify) vitrine_express_plan_free);
}

void
vitrine_express_plan_async (const char *iso, const char *os, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data)
{
    g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
    g_autoptr (GStrvBuilder) question = g_strv_builder_new ();

    g_strv_builder_add (question, iso);
    g_strv_builder_add (question, os);
    g_task_set_task_data (task, g_strv_builder_end (question), (GDestroyNotify) g_strfreev);
    g_task_set_return_on_cancel (task, TRUE);
    g_task_run_in_thread (task, plan_thread);
}

void
vitrine_host_plan_express_async (VitrineHost *self, const char *iso, const char *os,
                                 GCancellable *cancellable, GAsyncReadyCallback callback,
                                 gpointer user_data)
{
    VitrineHostClass *klass = VITRINE_HOST_GET_CLASS (self);
    g_autoptr (GTask) task = NULL;

    g_return_if_fail (VITRINE_IS_MAIN_THREAD ());
    g_return_if_fail (iso != NULL && os != NULL);
    if (klass->plan_express_async != NULL) {
        klass->plan_express_async (self, iso, os, cancellable, callback, user_data);
        return;
    }
    task = g_task_new (NULL, cancellable, callback, user_data);
    g_task_return_pointer (task,
                           new_plan (VITRINE_EXPRESS_BY_HAND,
                                     _ ("Systems install themselves on this computer’s own "
                                        "machines only")),
                           (GDestroyNotify) vitrine_express_plan_free);
}

VitrineExpressPlan *
vitrine_host_plan_express_finish (VitrineHost *self, GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer (G_TASK (result), error);
}
