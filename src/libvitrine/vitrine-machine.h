/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-machine.h - one machine of a host, defined or running.
 *
 * Properties (all read-only, all notify):
 *   "uuid" string            never changes
 *   "name" string
 *   "state" VitrineMachineState
 *   "state-reason" string    why, for people; "" when there is nothing to say
 *   "warnings" GStrv         what the user should know (a slow host, a broken device)
 *   "vcpus" uint             as defined
 *   "memory-bytes" uint64    as defined, of what is off; what it began with and has plugged
 *   "firmware" VitrineFirmware   as defined
 *   "os" string              libosinfo's id of its system, as defined, or ""; vitrine_os_dup_name() says what that is called
 *   "start-time" int64       seconds since the epoch, 0 while off
 *   "consoles" GStrv         names vitrine_machine_open_console_async() takes, while running
 *   "displays" GStrv         protocols vitrine_machine_open_display_async() takes, while running; the one that
 *                            suits best first
 *   "problem" string         why the definition cannot be used; "" when it can
 *
 * Signal "devices-changed": what vitrine_machine_dup_devices() says may be another thing now.
 */
#pragma once

#include <gio/gio.h>

#include "vitrine-firmware.h"
#include "vitrine-passphrase.h"
#include "vitrine-picture.h"

G_BEGIN_DECLS

typedef enum {
    VITRINE_MACHINE_OFF,
    VITRINE_MACHINE_STARTING,
    VITRINE_MACHINE_RUNNING,
    VITRINE_MACHINE_PAUSED,
    VITRINE_MACHINE_STOPPING, /* asked to shut down, still runs */
    VITRINE_MACHINE_CRASHED,  /* ended by an error; "state-reason" says which; may be started */
} VitrineMachineState;

#define VITRINE_TYPE_MACHINE_STATE (vitrine_machine_state_get_type ())
GType vitrine_machine_state_get_type (void);

/* The word for it in the command line's output and in D-Bus: "off", "running", …  Static. */
const char *vitrine_machine_state_to_string (VitrineMachineState state);

/* Returns FALSE when WORD is none of them. */
gboolean vitrine_machine_state_from_string (const char *word, VitrineMachineState *state);

#define VITRINE_TYPE_MACHINE (vitrine_machine_get_type ())
G_DECLARE_DERIVABLE_TYPE (VitrineMachine, vitrine_machine, VITRINE, MACHINE, GObject)

typedef enum {
    VITRINE_DEVICE_PRESENT,
    VITRINE_DEVICE_LEAVING, /* the guest was asked to give it back */
    VITRINE_DEVICE_AGREED,  /* and is about to */
} VitrineDeviceState;

/* One device, for lists; every string may be "" but none is NULL. */
typedef struct {
    VitrineDeviceState state;
    char *alias;
    char *kind;   /* "disk", "cdrom", "serial", "video", … */
    char *model;  /* "virtio", "sata", "vga", … */
    char *source; /* path, or "" */
    char *id;     /* a card's address, a disk's target: what it is the same by; NULL: its alias */
    guint
        element; /* which child element of <devices> it is in the definition, from 1 on; 0: none, or not known */
    char *
        *limits; /* of a disk, for each second: "iops=500", "bandwidth=1048576"; NULL: none known */
} VitrineDeviceInfo;

VitrineDeviceInfo *vitrine_device_info_copy (const VitrineDeviceInfo *info);
void vitrine_device_info_free (VitrineDeviceInfo *info);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDeviceInfo, vitrine_device_info_free)
/* The one of DEVICES (of VitrineDeviceInfo) that is called ALIAS, or NULL; none is called NULL. */
const VitrineDeviceInfo *vitrine_device_info_find (GPtrArray *devices, const char *alias);
#define VITRINE_TYPE_DEVICE_INFO (vitrine_device_info_get_type ())
GType vitrine_device_info_get_type (void);

/* A disk image that deletion could remove. */
typedef struct {
    char *path;
    gboolean removable; /* Vitrine made it and nothing else uses it */
    char *reason;       /* why not, for people; "" when removable */
    guint64 size_bytes; /* what it takes on the host */
} VitrineDiskInfo;

VitrineDiskInfo *vitrine_disk_info_copy (const VitrineDiskInfo *info);
void vitrine_disk_info_free (VitrineDiskInfo *info);
#define VITRINE_TYPE_DISK_INFO (vitrine_disk_info_get_type ())
GType vitrine_disk_info_get_type (void);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDiskInfo, vitrine_disk_info_free)

typedef enum {
    VITRINE_ACTION_START,
    VITRINE_ACTION_PAUSE,
    VITRINE_ACTION_RESUME,
    VITRINE_ACTION_SHUTDOWN, /* press the power button */
    VITRINE_ACTION_RESET,
    VITRINE_ACTION_POWER_OFF,
    VITRINE_ACTION_DELETE,
    VITRINE_ACTION_START_RESET_NVRAM, /* start, with its UEFI variables made anew */
    VITRINE_ACTION_START_DISPOSABLE,  /* start; what it writes is dropped when it is switched off */
} VitrineAction;

typedef enum {
    VITRINE_SCOPE_LIVE = 1 << 0,   /* the machine that runs */
    VITRINE_SCOPE_CONFIG = 1 << 1, /* the definition, for the next start */
} VitrineScope;

typedef enum {
    VITRINE_CHANGE_ATTACH, /* add the device that WHAT, an element of libvirt's domain XML, says */
    VITRINE_CHANGE_DETACH, /* remove the device whose alias is WHAT */
    VITRINE_CHANGE_EJECT,  /* take the medium out of the drive WHAT */
    VITRINE_CHANGE_INSERT, /* put the image at PATH, absolute, into the drive WHAT */
    VITRINE_CHANGE_RESIZE, /* make the disk WHAT SIZE_BYTES large; the same for both scopes */
    VITRINE_CHANGE_VCPUS,  /* have N processors, of at most MAX (0: as many as before) */
    VITRINE_CHANGE_MEMORY, /* have SIZE_BYTES of memory, of at most MAX_BYTES (each 0: as before; of what
                              runs the latter) */
    VITRINE_CHANGE_CARD, /* SETTINGS of the network card WHAT: "forward=tcp:2222:22", "unforward=tcp:2222"; or of
                            the disk WHAT: "iops=500", "bandwidth=10M", each also with read- or write- */
    VITRINE_CHANGE_DEFINITION, /* have the definition WHAT, a text, where it is BASE now, else BUSY; CONFIG alone.  The
                                  UUID stays, and of a machine that runs the name */
} VitrineChangeKind;

/* A change of what a machine has. */
typedef struct {
    VitrineChangeKind kind;
    VitrineScope scope; /* one or both */
    const char *what;
    guint n, max;
    gboolean
        force; /* DETACH, EJECT, INSERT: whatever the guest says; ATTACH: a disk this computer uses itself */
    const char *path;
    guint64 size_bytes, max_bytes;
    const char *const *settings; /* CARD: NULL-terminated */
    const char *base;            /* DEFINITION */
    VitrinePassphrase *
        passphrase; /* ATTACH, LIVE: what opens the disk; PASSPHRASE when it is needed and NULL, or opens
                                      nothing */
} VitrineChange;

/* How far something is, from 0 to 1; on the main thread, until the answer. */
typedef void (*VitrineProgress) (double fraction, gpointer user_data);

struct _VitrineDiskSpec; /* vitrine-spec.h */

/* See vitrine-snapshot.h. */
typedef enum {
    VITRINE_SNAPSHOT_CREATE,
    VITRINE_SNAPSHOT_REVERT,
    VITRINE_SNAPSHOT_DELETE,
} VitrineSnapshotAction;

struct _VitrineMachineClass {
    GObjectClass parent_class;

    /* An engine implements these; defaults answer UNSUPPORTED. */
    void (*act_async) (VitrineMachine *self, VitrineAction action, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data);
    gboolean can_start_disposable;
    gboolean (*act_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*delete_async) (VitrineMachine *self, const char *const *remove_disks,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
    gboolean (*delete_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*list_disks_async) (VitrineMachine *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
    GPtrArray *(*list_disks_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*open_async) (VitrineMachine *self, gboolean display, const char *name,
                        GCancellable *cancellable, GAsyncReadyCallback callback,
                        gpointer user_data);
    int (*open_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*screenshot_async) (VitrineMachine *self, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data);
    VitrinePicture *(*screenshot_finish) (VitrineMachine *self, GAsyncResult *result,
                                          GError **error);
    void (*send_keys_async) (VitrineMachine *self, GVariant *keys, GCancellable *cancellable,
                             GAsyncReadyCallback callback, gpointer user_data);
    gboolean (*send_keys_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*set_link_async) (VitrineMachine *self, const char *card, gboolean up,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
    gboolean (*set_link_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*change_async) (VitrineMachine *self, const VitrineChange *change,
                          GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data);
    gboolean (*change_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    void (*list_snapshots_async) (VitrineMachine *self, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);
    GPtrArray *(*list_snapshots_finish) (VitrineMachine *self, GAsyncResult *result,
                                         GError **error);
    void (*snapshot_async) (VitrineMachine *self, VitrineSnapshotAction action, const char *name,
                            const char *description, VitrineProgress progress,
                            gpointer progress_data, GCancellable *cancellable,
                            GAsyncReadyCallback callback, gpointer user_data);
    gboolean (*snapshot_finish) (VitrineMachine *self, GAsyncResult *result, GError **error);
    /* Answered by a GTask. */
    void (*add_disk_async) (VitrineMachine *self, const struct _VitrineDiskSpec *disk,
                            VitrineScope scope, VitrineProgress progress, gpointer progress_data,
                            GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data);
    char *(*dup_xml) (VitrineMachine *self, GError **error);
    GPtrArray *(*dup_devices) (VitrineMachine *self, VitrineScope scope);
    char *(*dup_folder) (VitrineMachine *self);
    /* Passphrases are asked for by who starts a machine or adds a disk; then both of these, else none.  TARGET NULL: those
     * given are forgotten. */
    gboolean wants_passphrases;
    GPtrArray *(*dup_encrypted) (VitrineMachine *self);
    void (*give_passphrase) (VitrineMachine *self, const char *target,
                             VitrinePassphrase *passphrase);
    /* Answered by a GTask; without it none has anything. */
    void (*identify_image_async) (VitrineMachine *self, const char *path, GCancellable *cancellable,
                                  GAsyncReadyCallback callback, gpointer user_data);

    /* A network card on the user's own network is behind passt. */
    gboolean has_passt;
    /* VITRINE_CHANGE_CARD is for network cards, too. */
    gboolean can_set_cards;
};

const char *vitrine_machine_get_uuid (VitrineMachine *self);
const char *vitrine_machine_get_name (VitrineMachine *self);
VitrineMachineState vitrine_machine_get_state (VitrineMachine *self);
const char *vitrine_machine_get_state_reason (VitrineMachine *self);
const char *const *vitrine_machine_get_warnings (VitrineMachine *self);
const char *const *vitrine_machine_get_consoles (VitrineMachine *self);
const char *const *vitrine_machine_get_displays (VitrineMachine *self);
guint vitrine_machine_get_vcpus (VitrineMachine *self);
guint64 vitrine_machine_get_memory_bytes (VitrineMachine *self);
VitrineFirmware vitrine_machine_get_firmware (VitrineMachine *self);
const char *vitrine_machine_get_os (VitrineMachine *self);
gint64 vitrine_machine_get_start_time (VitrineMachine *self);
const char *vitrine_machine_get_problem (VitrineMachine *self);

/* Whether there is something that runs, paused or not, of which things can be asked. */
gboolean vitrine_machine_runs (VitrineMachine *self);

/* Whether ACTION makes sense in the machine's present state; bind buttons to this and to
 * notify::state. */
gboolean vitrine_machine_can (VitrineMachine *self, VitrineAction action);

/* Whether ACTION starts a machine that is off, in whichever way. */
gboolean vitrine_action_is_start (VitrineAction action);

/* The VITRINE_ACTION_… but DELETE; START_RESET_NVRAM is INVALID for a BIOS machine. Done when the new state is reached (SHUTDOWN: when the button
 * was pressed).  Cancelling gives up waiting; START that is cancelled is undone. */
void vitrine_machine_act_async (VitrineMachine *self, VitrineAction action,
                                GCancellable *cancellable, GAsyncReadyCallback callback,
                                gpointer user_data);
gboolean vitrine_machine_act_finish (VitrineMachine *self, GAsyncResult *result, GError **error);

/* Forgets a machine that is off, and removes those of its disks that are listed by path in
 * REMOVE_DISKS (NULL: none).  A path that list_disks does not call removable is refused before
 * anything is removed.  With the machine goes what the engine keeps for itself (locks, logs,
 * the word on the last run), and its folder if nothing is left in it.  Disks that are not
 * listed, and whatever the user put into the folder, stay where they are, in a folder that is
 * no machine's any more; defining the same UUID again makes it one. */
void vitrine_machine_delete_async (VitrineMachine *self, const char *const *remove_disks,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean vitrine_machine_delete_finish (VitrineMachine *self, GAsyncResult *result, GError **error);

/* (transfer full): an array of VitrineDiskInfo. */
void vitrine_machine_list_disks_async (VitrineMachine *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
GPtrArray *vitrine_machine_list_disks_finish (VitrineMachine *self, GAsyncResult *result,
                                              GError **error);

/* A connected stream socket, the caller's to close, or -1.  PROTOCOL is one of "displays"; NAME is one of
 * "consoles". */
void vitrine_machine_open_display_async (VitrineMachine *self, const char *protocol,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
int vitrine_machine_open_display_finish (VitrineMachine *self, GAsyncResult *result,
                                         GError **error);
void vitrine_machine_open_console_async (VitrineMachine *self, const char *name,
                                         GCancellable *cancellable, GAsyncReadyCallback callback,
                                         gpointer user_data);
int vitrine_machine_open_console_finish (VitrineMachine *self, GAsyncResult *result,
                                         GError **error);

/* What the display shows now; (transfer full). */
void vitrine_machine_screenshot_async (VitrineMachine *self, GCancellable *cancellable,
                                       GAsyncReadyCallback callback, gpointer user_data);
VitrinePicture *vitrine_machine_screenshot_finish (VitrineMachine *self, GAsyncResult *result,
                                                   GError **error);

/* KEYS is an a(ub) of evdev codes and down/up, as vitrine_keys_from_chord() and
 * vitrine_keys_from_text() make it; a floating reference is taken. */
void vitrine_machine_send_keys_async (VitrineMachine *self, GVariant *keys,
                                      GCancellable *cancellable, GAsyncReadyCallback callback,
                                      gpointer user_data);
gboolean vitrine_machine_send_keys_finish (VitrineMachine *self, GAsyncResult *result,
                                           GError **error);

/* Plugs the cable of the network card with the alias CARD in, or pulls it, until the machine that runs is
 * switched off. */
void vitrine_machine_set_link_async (VitrineMachine *self, const char *card, gboolean up,
                                     GCancellable *cancellable, GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean vitrine_machine_set_link_finish (VitrineMachine *self, GAsyncResult *result,
                                          GError **error);

/* Makes CHANGE, which is copied; all of it or nothing.  A guest that has to give something back may take
 * half a minute, and may refuse (BUSY). */
void vitrine_machine_change_async (VitrineMachine *self, const VitrineChange *change,
                                   GCancellable *cancellable, GAsyncReadyCallback callback,
                                   gpointer user_data);
gboolean vitrine_machine_change_finish (VitrineMachine *self, GAsyncResult *result, GError **error);

/* Makes the new disk DISK says, a file in the machine's folder or a logical volume, and attaches it as SCOPE says; all
 * of it or nothing.  It goes with the machine, as those it was made with do.  PROGRESS may be NULL. */
void vitrine_machine_add_disk_async (VitrineMachine *self, const struct _VitrineDiskSpec *disk,
                                     VitrineScope scope, VitrineProgress progress,
                                     gpointer progress_data, GCancellable *cancellable,
                                     GAsyncReadyCallback callback, gpointer user_data);
gboolean vitrine_machine_add_disk_finish (VitrineMachine *self, GAsyncResult *result,
                                          GError **error);

/* The element that SPEC, "KEY=VALUE,…", says of a device of KIND ("disk", "cdrom", "rng", or any element
 * of libvirt's <devices>), for VITRINE_CHANGE_ATTACH to MACHINE.  A key is a way to an attribute
 * ("target.bus"), "@x" one of the element's own, a child's name its text; two commas stand for one of the
 * value's.  A disk may begin with its path, and gets the first free letter.  (transfer full), or NULL. */
char *vitrine_device_spec_to_element (VitrineMachine *machine, const char *kind, const char *spec,
                                      GError **error);

/* The definition as it is kept: libvirt domain XML; NULL with ERROR set when it cannot be read. */
char *vitrine_machine_dup_xml (VitrineMachine *self, GError **error);

/* (transfer full): an array of VitrineDeviceInfo: those of a machine that runs, or, in the definition's
 * order, those it will start with. */
GPtrArray *vitrine_machine_dup_devices (VitrineMachine *self);

/* The same of one scope, whether the machine runs or not; LIVE has none while it is off. */
GPtrArray *vitrine_machine_dup_devices_of (VitrineMachine *self, VitrineScope scope);

/* (transfer full): those of its disks, of VitrineDeviceInfo with the target as "id", whose passphrases the next start
 * needs; none where that is the host's business. */
GPtrArray *vitrine_machine_dup_encrypted (VitrineMachine *self);

/* (transfer full): the disk that ELEMENT says, as VITRINE_CHANGE_ATTACH takes it, in the same way where a machine that runs
 * cannot have it without its passphrase; else NULL. */
VitrineDeviceInfo *vitrine_machine_dup_encrypted_disk (VitrineMachine *self, const char *element);

/* PASSPHRASE is what opens the disk TARGET, for the next start alone: that fails with PASSPHRASE when one is missing or
 * opens nothing, and whatever becomes of it, all are forgotten. */
void vitrine_machine_give_passphrase (VitrineMachine *self, const char *target,
                                      VitrinePassphrase *passphrase);

/* Forgets those that were given. */
void vitrine_machine_forget_passphrases (VitrineMachine *self);

/* What the encrypted image PATH is known by, whatever it is called and whoever has it: the UUID in its header, which a copy
 * has, too; NULL, without an error, where nothing is encrypted or nothing can be read.  (transfer full) */
void vitrine_machine_identify_image_async (VitrineMachine *self, const char *path,
                                           GCancellable *cancellable, GAsyncReadyCallback callback,
                                           gpointer user_data);
char *vitrine_machine_identify_image_finish (VitrineMachine *self, GAsyncResult *result,
                                             GError **error);

/* The folder everything of this machine lives in, or NULL when the engine keeps none. */
char *vitrine_machine_dup_folder (VitrineMachine *self);

/* --- for engines ------------------------------------------------------------------------------ */

void vitrine_machine_set_name (VitrineMachine *self, const char *name);
void vitrine_machine_set_state (VitrineMachine *self, VitrineMachineState state,
                                const char *reason);
void vitrine_machine_set_warnings (VitrineMachine *self, const char *const *warnings);
void vitrine_machine_set_consoles (VitrineMachine *self, const char *const *consoles);
void vitrine_machine_set_displays (VitrineMachine *self, const char *const *displays);
void vitrine_machine_set_resources (VitrineMachine *self, guint vcpus, guint64 memory_bytes);
void vitrine_machine_set_firmware (VitrineMachine *self, VitrineFirmware firmware);
void vitrine_machine_set_os (VitrineMachine *self, const char *id);
void vitrine_machine_set_start_time (VitrineMachine *self, gint64 start_time);
void vitrine_machine_set_problem (VitrineMachine *self, const char *problem);

/* Emits "devices-changed"; a machine that starts or ends does so by itself. */
void vitrine_machine_devices_changed (VitrineMachine *self);

G_END_DECLS
