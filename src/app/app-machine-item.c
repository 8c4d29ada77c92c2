/* SPDX-License-Identifier: GPL-2.0-or-later */
/* app-machine-item.c - a machine as the windows show it: what was asked of it, what went wrong, its picture. */
#include "app-machine-item.h"

#include <cairo-gobject.h>

#include "app-format.h"

struct _AppMachineItem {
    GObject parent_instance;

    VitrineMachine *machine;
    char *problem;
    gboolean told_to_stop;     /* by the last action, and did not start since */
    GCancellable *cancellable; /* of the action under way, or NULL */
    cairo_surface_t *picture;
    GCancellable *picture_cancellable; /* of the picture being taken, or NULL */
};

enum {
    PROP_0,
    PROP_MACHINE,
    PROP_BUSY,
    PROP_PROBLEM,
    PROP_PICTURE,
    N_PROPS,
};

static GParamSpec *properties[N_PROPS];

G_DEFINE_TYPE (AppMachineItem, app_machine_item, G_TYPE_OBJECT)

/* A machine's item, borrowed, while there is one. */
static GQuark
item_quark (void)
{
    return g_quark_from_static_string ("app-machine-item");
}

/* --- actions ------------------------------------------------------------------------------------- */

/* An action that was given up may still answer; its cancellable tells it from the present one. */
typedef struct {
    AppMachineItem *self;
    VitrineAction action;
    GCancellable *cancellable;
    AppMachineItemDone done; /* or NULL */
    gpointer user_data;
    GDestroyNotify free_data;
} ActionCall;

static void
action_call_free (ActionCall *call)
{
    if (call->free_data != NULL)
        call->free_data (call->user_data);
    g_object_unref (call->self);
    g_object_unref (call->cancellable);
    g_free (call);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (ActionCall, action_call_free)

static AppMachineItemAsk ask_user;

void
app_machine_item_set_ask (AppMachineItemAsk ask)
{
    ask_user = ask;
}

/* Whether somebody is asked for what opens its disks. */
static gboolean
ask (AppMachineItem *self, VitrineAction action, const char *problem)
{
    g_autoptr (GPtrArray) disks = NULL;

    if (!vitrine_action_is_start (action) || ask_user == NULL
        || !vitrine_machine_can (self->machine, action))
        return FALSE;
    disks = vitrine_machine_dup_encrypted (self->machine);
    if (disks->len > 0)
        ask_user (self, action, disks, problem);
    return disks->len > 0;
}

static void
act_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (ActionCall) call = user_data;
    g_autoptr (GError) error = NULL;
    AppMachineItem *self = call->self;
    gboolean is_told;

    vitrine_machine_act_finish (VITRINE_MACHINE (source), result, &error);
    if (self->cancellable != call->cancellable)
        return;
    g_clear_object (&self->cancellable);
    is_told = call->done != NULL && call->done (self, error, call->user_data);
    if (error != NULL && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED)) {
        g_autofree char *problem = app_format_sentence (error->message);

        if (!is_told
            && (!g_error_matches (error, VITRINE_ERROR, VITRINE_ERROR_PASSPHRASE)
                || !ask (self, call->action, problem)))
            app_machine_item_set_problem (self, problem);
        self->told_to_stop = FALSE;
    }
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

void
app_machine_item_act (AppMachineItem *self, VitrineAction action)
{
    g_return_if_fail (APP_IS_MACHINE_ITEM (self));

    if (!ask (self, action, NULL))
        app_machine_item_act_then (self, action, NULL, NULL, NULL);
}

void
app_machine_item_act_then (AppMachineItem *self, VitrineAction action, AppMachineItemDone done,
                           gpointer user_data, GDestroyNotify free_data)
{
    ActionCall *call;

    g_return_if_fail (APP_IS_MACHINE_ITEM (self));
    g_return_if_fail (action != VITRINE_ACTION_DELETE);

    app_machine_item_cancel (self);
    app_machine_item_set_problem (self, NULL);

    self->told_to_stop = action == VITRINE_ACTION_SHUTDOWN || action == VITRINE_ACTION_POWER_OFF;
    self->cancellable = g_cancellable_new ();
    call = g_new0 (ActionCall, 1);
    call->self = g_object_ref (self);
    call->action = action;
    call->cancellable = g_object_ref (self->cancellable);
    call->done = done;
    call->user_data = user_data;
    call->free_data = free_data;
    vitrine_machine_act_async (self->machine, action, self->cancellable, act_cb, call);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

GCancellable *
app_machine_item_prepare (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);

    app_machine_item_cancel (self);
    app_machine_item_set_problem (self, NULL);
    self->cancellable = g_cancellable_new ();
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
    return g_object_ref (self->cancellable);
}

/* Whoever started it, it was told nothing since.  One that is about to obey may still begin to run meanwhile. */
static void
state_changed_cb (AppMachineItem *self)
{
    VitrineMachineState state = app_machine_item_get_state (self);

    if (self->cancellable == NULL
        && (state == VITRINE_MACHINE_STARTING || state == VITRINE_MACHINE_RUNNING))
        self->told_to_stop = FALSE;
}

gboolean
app_machine_item_get_told_to_stop (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), FALSE);
    return self->told_to_stop;
}

gboolean
app_machine_item_get_primary (AppMachineItem *self, VitrineAction *action)
{
    static const VitrineAction order[] = {
        VITRINE_ACTION_START,
        VITRINE_ACTION_RESUME,
        VITRINE_ACTION_PAUSE,
    };

    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), FALSE);

    for (guint i = 0; i < G_N_ELEMENTS (order); i++) {
        if (vitrine_machine_can (self->machine, order[i])) {
            *action = order[i];
            return TRUE;
        }
    }
    return FALSE;
}

void
app_machine_item_cancel (AppMachineItem *self)
{
    g_autoptr (GCancellable) cancellable = NULL;

    g_return_if_fail (APP_IS_MACHINE_ITEM (self));

    cancellable = g_steal_pointer (&self->cancellable);
    if (cancellable == NULL)
        return;
    g_cancellable_cancel (cancellable);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_BUSY]);
}

/* --- picture ------------------------------------------------------------------------------------- */

struct picture_work {
    VitrinePicture *picture;
    int scale;
};

static void
picture_work_free (gpointer data)
{
    struct picture_work *work = data;

    vitrine_picture_free (work->picture);
    g_free (work);
}

/* In a thread: PICTURE fitted into the thumbnail's size; a 4K display takes some 30 ms. */
static void
scale_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
    struct picture_work *work = data;
    const VitrinePicture *picture = work->picture;
    cairo_surface_t *full, *small;
    cairo_t *cr;
    double fit;

    full = cairo_image_surface_create_for_data ((guchar *) g_bytes_get_data (picture->pixels, NULL),
                                                CAIRO_FORMAT_RGB24, (int) picture->width,
                                                (int) picture->height, (int) picture->stride);
    fit = MIN ((double) APP_PICTURE_WIDTH / picture->width,
               (double) APP_PICTURE_HEIGHT / picture->height);
    small = cairo_image_surface_create (CAIRO_FORMAT_RGB24, APP_PICTURE_WIDTH * work->scale,
                                        APP_PICTURE_HEIGHT * work->scale);
    cairo_surface_set_device_scale (small, work->scale, work->scale);
    cr = cairo_create (small);
    cairo_translate (cr, (APP_PICTURE_WIDTH - picture->width * fit) / 2,
                     (APP_PICTURE_HEIGHT - picture->height * fit) / 2);
    cairo_scale (cr, fit, fit);
    cairo_set_source_surface (cr, full, 0, 0);
    cairo_pattern_set_filter (cairo_get_source (cr), CAIRO_FILTER_GOOD);
    cairo_paint (cr);
    cairo_destroy (cr);
    cairo_surface_destroy (full);
    g_task_return_pointer (task, small, (GDestroyNotify) cairo_surface_destroy);
}

static void
scaled_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    AppMachineItem *self = APP_MACHINE_ITEM (source);
    cairo_surface_t *surface = g_task_propagate_pointer (G_TASK (result), NULL);

    g_clear_object (&self->picture_cancellable);
    if (surface == NULL)
        return;
    g_clear_pointer (&self->picture, cairo_surface_destroy);
    self->picture = surface;
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PICTURE]);
}

static void
screenshot_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr (GTask) task = user_data;
    g_autoptr (VitrinePicture) picture = NULL;
    AppMachineItem *self = g_task_get_source_object (task);
    struct picture_work *work = g_task_get_task_data (task);

    /* A machine without a display, or one that ended meanwhile: it keeps the picture it has. */
    picture = vitrine_machine_screenshot_finish (VITRINE_MACHINE (source), result, NULL);
    if (picture == NULL || picture->width == 0 || picture->height == 0) {
        g_clear_object (&self->picture_cancellable);
        return;
    }
    work->picture = g_steal_pointer (&picture);
    g_task_run_in_thread (task, scale_thread);
}

void
app_machine_item_take_picture (AppMachineItem *self, int scale)
{
    VitrineMachineState state = app_machine_item_get_state (self);
    struct picture_work *work;
    GTask *task;

    g_return_if_fail (APP_IS_MACHINE_ITEM (self));
    g_return_if_fail (scale > 0);

    if (self->picture_cancellable != NULL || !app_state_is_live (state)
        || state == VITRINE_MACHINE_STARTING)
        return;
    self->picture_cancellable = g_cancellable_new ();
    task = g_task_new (self, self->picture_cancellable, scaled_cb, NULL);
    work = g_new0 (struct picture_work, 1);
    work->scale = scale;
    g_task_set_task_data (task, work, picture_work_free);
    vitrine_machine_screenshot_async (self->machine, self->picture_cancellable, screenshot_cb,
                                      task);
}

/* --- object -------------------------------------------------------------------------------------- */

static void
app_machine_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
    AppMachineItem *self = APP_MACHINE_ITEM (object);

    switch (id) {
    case PROP_MACHINE:
        g_value_set_object (value, self->machine);
        break;
    case PROP_BUSY:
        g_value_set_boolean (value, self->cancellable != NULL);
        break;
    case PROP_PROBLEM:
        g_value_set_string (value, self->problem);
        break;
    case PROP_PICTURE:
        g_value_set_boxed (value, self->picture);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_machine_item_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
    AppMachineItem *self = APP_MACHINE_ITEM (object);

    switch (id) {
    case PROP_MACHINE:
        self->machine = g_value_dup_object (value);
        break;
    default:
        G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
app_machine_item_dispose (GObject *object)
{
    AppMachineItem *self = APP_MACHINE_ITEM (object);

    g_clear_object (&self->cancellable);
    g_clear_object (&self->picture_cancellable);
    if (self->machine != NULL)
        g_object_set_qdata (G_OBJECT (self->machine), item_quark (), NULL);
    g_clear_object (&self->machine);
    g_clear_pointer (&self->picture, cairo_surface_destroy);
    g_clear_pointer (&self->problem, g_free);
    G_OBJECT_CLASS (app_machine_item_parent_class)->dispose (object);
}

static void
app_machine_item_class_init (AppMachineItemClass *klass)
{
    GObjectClass *object_class = G_OBJECT_CLASS (klass);

    object_class->get_property = app_machine_item_get_property;
    object_class->set_property = app_machine_item_set_property;
    object_class->dispose = app_machine_item_dispose;

    properties[PROP_MACHINE] =
        g_param_spec_object ("machine", NULL, NULL, VITRINE_TYPE_MACHINE,
                             G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS);
    properties[PROP_BUSY] =
        g_param_spec_boolean ("busy", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_PROBLEM] =
        g_param_spec_string ("problem", NULL, NULL, "", G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    properties[PROP_PICTURE] =
        g_param_spec_boxed ("picture", NULL, NULL, CAIRO_GOBJECT_TYPE_SURFACE,
                            G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
    g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
app_machine_item_init (AppMachineItem *self)
{
    self->problem = g_strdup ("");
}

AppMachineItem *
app_machine_item_new (VitrineMachine *machine)
{
    AppMachineItem *self;

    g_return_val_if_fail (VITRINE_IS_MACHINE (machine), NULL);

    self = g_object_get_qdata (G_OBJECT (machine), item_quark ());
    if (self != NULL)
        return g_object_ref (self);
    self = g_object_new (APP_TYPE_MACHINE_ITEM, "machine", machine, NULL);
    g_signal_connect_object (machine, "notify::state", G_CALLBACK (state_changed_cb), self,
                             G_CONNECT_SWAPPED);
    g_object_set_qdata (G_OBJECT (machine), item_quark (), self);
    return self;
}

VitrineMachine *
app_machine_item_get_machine (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);
    return self->machine;
}

const char *
app_machine_item_get_name (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);
    return vitrine_machine_get_name (self->machine);
}

VitrineMachineState
app_machine_item_get_state (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), VITRINE_MACHINE_OFF);
    return vitrine_machine_get_state (self->machine);
}

gboolean
app_machine_item_get_busy (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), FALSE);
    return self->cancellable != NULL;
}

const char *
app_machine_item_get_problem (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);
    return self->problem;
}

cairo_surface_t *
app_machine_item_get_picture (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);
    return self->picture;
}

gboolean
app_machine_item_can (AppMachineItem *self, VitrineAction action)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), FALSE);
    return vitrine_machine_can (self->machine, action);
}

void
app_machine_item_set_problem (AppMachineItem *self, const char *problem)
{
    g_return_if_fail (APP_IS_MACHINE_ITEM (self));

    if (problem == NULL)
        problem = "";
    if (g_str_equal (self->problem, problem))
        return;
    g_free (self->problem);
    self->problem = g_strdup (problem);
    g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_PROBLEM]);
}

char *
app_machine_item_dup_trouble (AppMachineItem *self)
{
    g_return_val_if_fail (APP_IS_MACHINE_ITEM (self), NULL);

    if (*self->problem != '\0')
        return g_strdup (self->problem);
    if (app_machine_item_get_state (self) == VITRINE_MACHINE_CRASHED)
        return app_format_sentence (vitrine_machine_get_state_reason (self->machine));
    return app_format_sentence (vitrine_machine_get_problem (self->machine));
}
