/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keeper-net.c - what is behind a machine's network cards: a passt process each, or a tap. */
#include "keeper-net.h"

#include <errno.h>
#include <glib/gi18n-lib.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fd.h"
#include "keeper-net-guard.h"
#include "keeper-net-passt.h"
#include "keeper-net-restrict.h"
#include "keeper-net-vhost.h"
#include "keeper-process.h"
#include "net-client.h"
#include "net-store.h"
#include "vitrine-error.h"

#ifndef SOON_MS /* tests are less patient */
#define SOON_MS 1000
#endif
#define LATE_MS       60000
#define HEALTHY_S     10 /* a passt that lived this long is started again at once */
#define PASST_FD      3
#define PASST_PACKAGE "passt"
#define CLOSING_MS    1000 /* the passt of a machine that has just ended may still be there */

typedef struct {
    KeeperNet *net;
    const VitrineDefinitionDevice *device;
    VitrineDefinitionNetwork
        *network;    /* what it is now: as the device says, or as it was changed */
    int fds[NET_MAX_QUEUES];    /* the VMM's ends until they are handed over, one a queue; -1 */
    int vhosts[NET_MAX_QUEUES]; /* the kernel's part of them, likewise; -1 */
    int rules;       /* keeps what is done for its tap; -1 */
    char link[NET_LINK_BYTES]; /* the tap's name; "" for what was not made for it */
    GPid pid;        /* passt; 0 when none runs */
    guint watch;     /* for its end */
    guint retry;     /* the timer that starts the next one */
    guint delay_ms;  /* before the next one, when it comes to that */
    gint64 start_us; /* of the one that runs */

    VitrineDefinitionNetwork *before; /* while a passt makes way for the next one; else NULL */
    GCancellable *making;             /* while a tap is being made, or changed; else NULL */
    KeeperNetDone done;               /* of either */
    gpointer user_data;
} Card;

struct _KeeperNet {
    const KeeperNetOps *ops;
    gpointer owner;
    VitrineDefinition *definition;
    char *passt, *helper; /* the programs; NULL until a card needs them */
    int stderr_fd;
    GPtrArray *cards; /* of Card */
};

G_STATIC_ASSERT (NET_MAX_QUEUES == VITRINE_DEFINITION_MAX_QUEUES);

static void
close_ends (Card *card)
{
    fd_close_all (card->fds, NET_MAX_QUEUES);
    fd_close_all (card->vhosts, NET_MAX_QUEUES);
}

/* --- passt's life ---------------------------------------------------------------------------- */

static void passt_ended_cb (GPid pid, int wait_status, gpointer user_data);

/* Starts one for CARD.  Returns the VMM's end of its socket, or -1. */
static int
start_passt (Card *card, GError **error)
{
    KeeperNet *self = card->net;
    g_auto (GStrv) argv =
        keeper_net_passt_arguments (card->device->model, card->network, self->passt, PASST_FD);
    int fds[2];
    gboolean ok;

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) < 0) {
        g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_ENGINE,
                     _ ("There are no more sockets: %s"), g_strerror (errno));
        return -1;
    }
    ok = keeper_process_spawn_with_arguments (
        (const char *const *) argv, fds[1], PASST_FD, self->stderr_fd,
        card->network->restricted ? keeper_net_restrict : NULL, &card->pid, error);
    fd_close (&fds[1]);
    if (!ok) {
        fd_close (&fds[0]);
        return -1;
    }
    card->watch = g_child_watch_add (card->pid, passt_ended_cb, card);
    card->start_us = g_get_monotonic_time ();
    keeper_net_announce (fds[0], card->network->mac);
    return fds[0];
}

static gboolean
retry_cb (gpointer user_data)
{
    Card *card = user_data;
    KeeperNet *self = card->net;
    g_autoptr (GError) error = NULL;
    int fd = start_passt (card, &error);

    card->retry = 0;
    if (fd >= 0)
        self->ops->peer (self->owner, card->device->alias, fd);
    else
        self->ops->warn (self->owner, card->device->alias, error->message);
    self->ops->processes (self->owner);
    return G_SOURCE_REMOVE;
}

/* --- passt, called anew ---------------------------------------------------------------------- */

static void
end_changing (Card *card, const GError *error)
{
    KeeperNetDone done = card->done;

    card->done = NULL;
    g_clear_pointer (&card->before, vitrine_definition_network_free);
    done (error, card->user_data);
}

/* None runs for CARD: starts it as it is to be now, or, where that fails, sees to it that there will be one as
 * it was. */
static void
start_changed (Card *card)
{
    KeeperNet *self = card->net;
    g_autoptr (GError) error = NULL;
    int fd = start_passt (card, &error);

    if (fd >= 0) {
        self->ops->peer (self->owner, card->device->alias, fd);
    } else {
        vitrine_definition_network_free (card->network);
        card->network = g_steal_pointer (&card->before);
        card->retry = g_timeout_add (SOON_MS, retry_cb, card);
    }
    self->ops->processes (self->owner);
    end_changing (card, error);
}

/* CARD is to be as NETWORK, which is taken over, says. */
static void
change_passt (Card *card, VitrineDefinitionNetwork *network)
{
    card->before = card->network;
    card->network = network;
    if (card->pid) {
        kill (card->pid, SIGKILL); /* it has nothing to put away; passt_ended_cb() goes on */
        return;
    }
    g_clear_handle_id (&card->retry, g_source_remove);
    start_changed (card);
}

/* --- passt's end ----------------------------------------------------------------------------- */

/* How long to wait for the next one: not at all after one that had worked. */
static guint
next_delay (Card *card)
{
    guint delay_ms = card->delay_ms;

    if (g_get_monotonic_time () - card->start_us >= HEALTHY_S * G_USEC_PER_SEC)
        delay_ms = 0;
    card->delay_ms = CLAMP (2 * delay_ms, SOON_MS, LATE_MS);
    return delay_ms;
}

static void
passt_ended_cb (GPid pid, int wait_status, gpointer user_data)
{
    Card *card = user_data;
    KeeperNet *self = card->net;
    g_autofree char *how = keeper_process_describe_end (wait_status);
    g_autofree char *text = NULL;
    guint delay_ms;

    g_spawn_close_pid (pid);
    card->pid = 0;
    card->watch = 0;
    close_ends (card);
    if (card->before) {
        start_changed (card);
        return;
    }
    delay_ms = next_delay (card);
    /* TRANSLATORS: a network card's alias, then "was killed by signal 9" and the like */
    text = g_strdup_printf (_ ("The network of %s was interrupted: its process passt %s and is "
                               "started again; connections that were open are lost"),
                            card->device->alias, how);
    self->ops->warn (self->owner, card->device->alias, text);
    self->ops->processes (self->owner);
    card->retry = g_timeout_add (delay_ms, retry_cb, card);
}

static gboolean
find_passt (KeeperNet *self, GError **error)
{
    const char *override = g_getenv ("VITRINE_PASST");

    if (!self->passt)
        self->passt = override ? g_strdup (override) : g_find_program_in_path (PASST_PACKAGE);
    if (self->passt)
        return TRUE;
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_UNSUPPORTED,
                 _ ("The program passt, which user networking needs, was not found; install the "
                    "package “%s”"),
                 PASST_PACKAGE);
    return FALSE;
}

static void
reap_cb (GPid pid, int wait_status, gpointer user_data)
{
    g_spawn_close_pid (pid);
}

/* --- all cards ------------------------------------------------------------------------------- */

static void
end_making (Card *card, const GError *error)
{
    KeeperNetDone done = card->done;

    card->done = NULL;
    g_clear_object (&card->making);
    done (error, card->user_data);
}

static void
card_free (gpointer data)
{
    Card *card = data;

    if (card->making) {
        g_autoptr (GError) error = NULL;

        g_cancellable_cancel (card->making);
        g_cancellable_set_error_if_cancelled (card->making, &error);
        end_making (card, error);
    }
    if (card->before) {
        g_autoptr (GError) error =
            g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "the card is gone");

        end_changing (card, error);
    }
    g_clear_handle_id (&card->retry, g_source_remove);
    g_clear_handle_id (&card->watch, g_source_remove);
    if (card->pid) {
        kill (card->pid, SIGTERM);
        g_child_watch_add (card->pid, reap_cb, NULL);
    }
    close_ends (card);
    fd_close (&card->rules);
    vitrine_definition_network_free (card->network);
    g_free (card);
}

static gboolean
needs_helper (const VitrineDefinitionDevice *device)
{
    return device->network->kind == VITRINE_DEFINITION_NETWORK_BRIDGE
           || device->network->kind == VITRINE_DEFINITION_NETWORK_NAMED
           || device->network->kind == VITRINE_DEFINITION_NETWORK_DIRECT;
}

static gboolean
find_helper (KeeperNet *self, GError **error)
{
    if (!self->helper)
        self->helper =
            keeper_process_find ("vitrine-net-helper", "net-helper", "VITRINE_NET_HELPER", error);
    return self->helper != NULL;
}

static gboolean
make_macvtap (const char *helper, const VitrineDefinitionNetwork *card, NetClientTap *tap,
              GCancellable *cancellable, GError **error)
{
    static const enum net_macvtap_mode modes[] = {
        [VITRINE_DEFINITION_DIRECT_VEPA] = NET_MACVTAP_VEPA,
        [VITRINE_DEFINITION_DIRECT_BRIDGE] = NET_MACVTAP_BRIDGE,
        [VITRINE_DEFINITION_DIRECT_PRIVATE] = NET_MACVTAP_PRIVATE,
        [VITRINE_DEFINITION_DIRECT_PASSTHROUGH] = NET_MACVTAP_PASSTHRU,
    };

    return net_client_make_macvtap (helper, card->source, modes[card->direct_mode], card->mac,
                                    card->queues, tap, cancellable, error);
}

/* Waits for the tap, and for its network where that starts by itself.  Any thread. */
static gboolean
make_tap (const char *helper, const VitrineDefinitionNetwork *card, NetClientTap *tap,
          GCancellable *cancellable, GError **error)
{
    g_autoptr (VitrineNetwork) network = NULL;
    g_autoptr (GError) none = NULL;
    g_autofree char *running = NULL;
    struct net_guard guard;

    net_client_tap_init (tap);
    if (card->kind == VITRINE_DEFINITION_NETWORK_DIRECT)
        return make_macvtap (helper, card, tap, cancellable, error);
    if (!keeper_net_fill_guard (card, &guard, error))
        return FALSE;
    if (card->kind == VITRINE_DEFINITION_NETWORK_BRIDGE)
        return net_client_make_tap (helper, card->source, NULL, card->mac, card->queues, &guard,
                                    tap, cancellable, error);
    running = net_store_dup_running_bridge (card->source);
    network = net_store_load (card->source, &none);
    if (!network && !running) { /* another user's may run, which is as good as our own */
        g_propagate_error (error, g_steal_pointer (&none));
        return FALSE;
    }
    if (network && vitrine_network_is_given (network))
        return net_client_make_tap (helper, network->bridge, NULL, card->mac, card->queues, &guard,
                                    tap, cancellable, error);
    if (!running && net_store_get_autostart (card->source)
        && !net_store_start (helper, network, cancellable, error))
        return FALSE;
    return net_client_make_tap (helper, NULL, card->source, card->mac, card->queues, &guard, tap,
                                cancellable, error);
}

/* TAP has nothing any more. */
static void
take_tap (Card *card, NetClientTap *tap)
{
    memcpy (card->fds, tap->fds, sizeof card->fds);
    card->rules = tap->rules;
    memcpy (card->link, tap->link, sizeof card->link);
    net_client_tap_init (tap);
}

/* The kernel moves the frames of CARD, whose tap is there, if it is to. */
static gboolean
open_vhost (Card *card, GError **error)
{
    for (guint i = 0; card->network->wants_vhost && i < card->network->queues; i++) {
        card->vhosts[i] = keeper_net_open_vhost (card->device, error);
        if (card->vhosts[i] < 0)
            return FALSE;
    }
    return TRUE;
}

static gboolean
start_card (Card *card, GError **error)
{
    const VitrineDefinitionNetwork *network = card->network;
    NetClientTap tap;

    if (network->kind == VITRINE_DEFINITION_NETWORK_TAP)
        keeper_net_open_tap (network->source, network->queues, card->fds, error);
    else if (!needs_helper (card->device) && find_passt (card->net, error)
             && keeper_net_check_ports (network, NULL, CLOSING_MS, error))
        card->fds[0] = start_passt (card, error);
    else if (needs_helper (card->device) && find_helper (card->net, error)
             && make_tap (card->net->helper, network, &tap, NULL, error))
        take_tap (card, &tap);
    return card->fds[0] >= 0 && open_vhost (card, error);
}

static Card *
new_card (KeeperNet *self, const VitrineDefinitionDevice *device)
{
    Card *card = g_new0 (Card, 1);

    *card = (Card){ .net = self,
                    .device = device,
                    .network = vitrine_definition_network_copy (device->network),
                    .rules = -1 };
    fd_init_all (card->fds, NET_MAX_QUEUES);
    fd_init_all (card->vhosts, NET_MAX_QUEUES);
    g_ptr_array_add (self->cards, card);
    return card;
}

void
keeper_net_set_stderr (KeeperNet *self, int stderr_fd)
{
    fd_close (&self->stderr_fd);
    self->stderr_fd = stderr_fd >= 0 ? dup (stderr_fd) : -1;
    fd_set_cloexec (self->stderr_fd);
}

gboolean
keeper_net_add (KeeperNet *self, const VitrineDefinitionDevice *device, GError **error)
{
    Card *card = new_card (self, device);

    if (start_card (card, error))
        return TRUE;
    g_ptr_array_remove (self->cards, card);
    return FALSE;
}

gboolean
keeper_net_start (KeeperNet *self, const VitrineDefinition *definition, GError **error)
{
    GPtrArray *devices = vitrine_definition_get_devices (definition);

    self->definition = vitrine_definition_ref ((VitrineDefinition *) definition);
    for (guint i = 0; i < devices->len; i++) {
        const VitrineDefinitionDevice *device = g_ptr_array_index (devices, i);

        if (device->network && !keeper_net_add (self, device, error))
            return FALSE;
    }
    return TRUE;
}

static Card *
find_card (KeeperNet *self, const VitrineDefinitionDevice *device)
{
    for (guint i = 0; i < self->cards->len; i++) {
        Card *card = g_ptr_array_index (self->cards, i);

        if (card->device == device)
            return card;
    }
    return NULL;
}

/* --- while the machine runs ------------------------------------------------------------------ */

/* What a thread needs of a card, which may be gone before it is done. */
typedef struct {
    char *helper;
    VitrineDefinitionNetwork *network;
    NetClientTap tap; /* with a name: this one is to be changed; the result */
} Making;

static void
making_free (gpointer data)
{
    Making *making = data;

    net_client_tap_clear (&making->tap);
    g_free (making->helper);
    vitrine_definition_network_free (making->network);
    g_free (making);
}

static gboolean
change_tap (Making *making, GCancellable *cancellable, GError **error)
{
    struct net_guard guard;

    return keeper_net_fill_guard (making->network, &guard, error)
           && net_client_guard_tap (making->helper, making->tap.link, making->network->mac, &guard,
                                    &making->tap.rules, cancellable, error);
}

static void
make_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
    Making *making = task_data;
    GError *error = NULL;

    if (*making->tap.link
            ? change_tap (making, cancellable, &error)
            : make_tap (making->helper, making->network, &making->tap, cancellable, &error))
        g_task_return_boolean (task, TRUE);
    else
        g_task_return_error (task, error);
}

static void
made_cb (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
    Card *card = user_data;
    Making *making = g_task_get_task_data (G_TASK (result));
    g_autoptr (GError) error = NULL;

    if (g_cancellable_is_cancelled (g_task_get_cancellable (G_TASK (result))))
        return; /* by card_free(): there is no card */
    if (g_task_propagate_boolean (G_TASK (result), &error)) {
        if (making->tap.fds[0] >= 0) {
            take_tap (card, &making->tap);
            open_vhost (card, &error);
        } else { /* what is done anew is done, what was done before need not be any more */
            fd_close (&card->rules);
            card->rules = fd_steal (&making->tap.rules);
        }
        vitrine_definition_network_free (card->network);
        card->network = g_steal_pointer (&making->network);
    }
    end_making (card, error);
}

/* Makes what is behind CARD as NETWORK, which is taken over, says. */
static void
begin_making (Card *card, VitrineDefinitionNetwork *network, KeeperNetDone done, gpointer user_data)
{
    g_autoptr (GTask) task = NULL;
    Making *making = g_new0 (Making, 1);

    card->done = done;
    card->user_data = user_data;
    *making = (Making){ .helper = g_strdup (card->net->helper), .network = network };
    net_client_tap_init (&making->tap);
    memcpy (making->tap.link, card->link, sizeof card->link);
    card->making = g_cancellable_new ();
    task = g_task_new (NULL, card->making, made_cb, card);
    g_task_set_task_data (task, making, making_free);
    g_task_set_check_cancellable (task, FALSE); /* a tap that was made is not forgotten */
    g_task_run_in_thread (task, make_thread);
}

void
keeper_net_add_async (KeeperNet *self, const VitrineDefinitionDevice *device, KeeperNetDone done,
                      gpointer user_data)
{
    g_autoptr (GError) error = NULL;

    if (needs_helper (device) && find_helper (self, &error)) {
        Card *card = new_card (self, device);

        begin_making (card, vitrine_definition_network_copy (card->network), done, user_data);
        return;
    }
    if (!error)
        keeper_net_add (self, device, &error);
    done (error, user_data);
}

static gboolean
check_change (const Card *card, const VitrineDefinitionNetwork *network, GError **error)
{
    if (!card->done)
        return keeper_net_check_ports (network, card->network, 0, error);
    g_set_error (error, VITRINE_ERROR, VITRINE_ERROR_BUSY,
                 _ ("The network card %s is being changed already"), card->device->alias);
    return FALSE;
}

void
keeper_net_set (KeeperNet *self, const VitrineDefinitionDevice *device, const char *const *settings,
                KeeperNetDone done, gpointer user_data)
{
    Card *card = find_card (self, device);
    g_autoptr (VitrineDefinitionNetwork) network = vitrine_definition_network_copy (card->network);
    g_autoptr (GError) error = NULL;

    if (!vitrine_definition_card_set (network, settings, &error)
        || !check_change (card, network, &error)) {
        done (error, user_data);
        return;
    }
    if (needs_helper (device) && *card->link) {
        begin_making (card, g_steal_pointer (&network), done, user_data);
        return;
    }
    if (network->kind != VITRINE_DEFINITION_NETWORK_USER) {
        done (NULL, user_data); /* there is nothing that could be changed */
        return;
    }
    card->done = done;
    card->user_data = user_data;
    change_passt (card, g_steal_pointer (&network));
}

const VitrineDefinitionNetwork *
keeper_net_get_network (KeeperNet *self, const VitrineDefinitionDevice *device)
{
    const Card *card = find_card (self, device);

    return card ? card->network : device->network;
}

void
keeper_net_remove (KeeperNet *self, const VitrineDefinitionDevice *device)
{
    Card *card = find_card (self, device);

    if (card)
        g_ptr_array_remove (self->cards, card);
}

int
keeper_net_get_fd (KeeperNet *self, const VitrineDefinitionDevice *device, guint queue)
{
    const Card *card = find_card (self, device);

    return card ? card->fds[queue] : -1;
}

int
keeper_net_get_vhost (KeeperNet *self, const VitrineDefinitionDevice *device, guint queue)
{
    const Card *card = find_card (self, device);

    return card ? card->vhosts[queue] : -1;
}

const char *
keeper_net_get_bypass (KeeperNet *self, const VitrineDefinitionDevice *device)
{
    const Card *card = find_card (self, device);

    if (!card || !card->network->wants_vhost)
        return NULL;
    if (card->link[0])
        return card->link;
    return card->network->kind == VITRINE_DEFINITION_NETWORK_TAP ? card->network->source : NULL;
}

void
keeper_net_handed_over (KeeperNet *self)
{
    for (guint i = 0; i < self->cards->len; i++)
        close_ends (g_ptr_array_index (self->cards, i));
}

void
keeper_net_add_processes (KeeperNet *self, GArray *pids)
{
    for (guint i = 0; i < self->cards->len; i++) {
        guint32 pid = (guint32) ((Card *) g_ptr_array_index (self->cards, i))->pid;

        if (pid)
            g_array_append_val (pids, pid);
    }
}

KeeperNet *
keeper_net_new (const KeeperNetOps *ops, gpointer owner)
{
    KeeperNet *self = g_new0 (KeeperNet, 1);

    self->ops = ops;
    self->owner = owner;
    self->stderr_fd = -1;
    self->cards = g_ptr_array_new_with_free_func (card_free);
    return self;
}

void
keeper_net_free (KeeperNet *self)
{
    if (!self)
        return;
    g_ptr_array_unref (self->cards);
    g_clear_pointer (&self->definition, vitrine_definition_unref);
    fd_close (&self->stderr_fd);
    g_free (self->passt);
    g_free (self->helper);
    g_free (self);
}
