/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-spec.h - what a new machine shall be, before it is one.
 *
 * The create sheet and `vitrinectl create` fill one in and hand it to vitrine_host_create_async(),
 * which turns it into a definition.  Plain properties, each with a usable default; the names are
 * also what errors about them speak of.
 *
 *   "name" string            ""
 *   "vcpus" uint             1 or 2, by the host's size
 *   "cpu-model" string       libvirt's name of the processor it has, or NULL: the host's
 *   "memory-mib" uint64      by the host's size
 *   "iso" string             path of a CD image, or NULL
 *   "kernel", "initrd", "command-line" string   direct boot, or NULL
 *   "firmware" VitrineFirmware   BIOS
 *   "boot" string            what boots, in order: "hd", "cdrom", "network" with commas; NULL: "hd,cdrom"
 *   "display" VitrineDisplay     BEST
 *   "os" string              libosinfo's id of the system that it is for, or NULL
 *   "disks", "nics"          see below
 */
#pragma once

#include <glib-object.h>

#include "vitrine-cloud.h"
#include "vitrine-display.h"
#include "vitrine-firmware.h"
#include "vitrine-passphrase.h"

G_BEGIN_DECLS

struct _VitrineExpress; /* vitrine-express.h */

typedef enum {
    VITRINE_DISK_BUS_VIRTIO,
    VITRINE_DISK_BUS_SATA,
    VITRINE_DISK_BUS_SCSI,
} VitrineDiskBus;

/* "virtio", "sata", "scsi". */
const char *vitrine_disk_bus_to_string (VitrineDiskBus bus);

typedef struct _VitrineDiskSpec {
    char *path;         /* NULL: the machine's folder and its name */
    char *server;       /* the URI of a server's disk, which it is; or NULL */
    guint64 size_bytes; /* made with this size; 0: PATH exists already */
    VitrineDiskBus bus;
    gboolean read_only;
    char *cache;   /* "none", "writeback", "unsafe"; NULL: the default */
    char *discard; /* "unmap", "ignore"; NULL: the default */
    char *
        format; /* "raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "luks"; NULL: raw for a new one, else what PATH is
                      found to be when the machine is made */
    char *
        group; /* a volume group that the new disk is made in, as a logical volume; NULL: it is a file */
    char *pool;     /* a thin pool of GROUP's, or NULL */
    char *volume;   /* the volume's name; NULL: made of the machine's */
    char *
        source; /* a file that the new disk is a copy of: see vitrine-import.h; SIZE_BYTES may be 0 then */
    char *
        preallocation; /* of a new file: "metadata", "falloc", "full" as image-allocate.h has them; NULL: "off" */
    char *member;   /* the name of it in SOURCE, an archive; or NULL */
    gboolean
        seed; /* it is what a cloud image is told by: see vitrine-cloud.h; the engine adds it */
    gboolean force; /* PATH is taken even where this computer itself uses it */
    VitrinePassphrase
        *passphrase; /* what shall open it: of a new disk of format "luks"; else NULL */
} VitrineDiskSpec;

/* "10G", "512M", "2T", "65536K", each also with "iB" after it; FALSE with INVALID for anything else. */
gboolean vitrine_size_parse (const char *text, guint64 *size_bytes, GError **error);

/* Whether SPEC's disk is yet to be made. */
gboolean vitrine_disk_spec_is_new (const VitrineDiskSpec *spec);

/* Whether it is to be encrypted when it is made, so that PASSPHRASE must be there. */
gboolean vitrine_disk_spec_needs_passphrase (const VitrineDiskSpec *spec);

/* Whether new images are made of FORMAT. */
gboolean vitrine_disk_is_made_as (const char *format);

VitrineDiskSpec *vitrine_disk_spec_new (void);
VitrineDiskSpec *vitrine_disk_spec_copy (const VitrineDiskSpec *spec);
void vitrine_disk_spec_free (VitrineDiskSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDiskSpec, vitrine_disk_spec_free)

/* "size=10G[,bus=virtio|sata|scsi][,cache=none|writeback|unsafe][,discard=unmap|ignore]
 * [,format=raw|qcow2|luks][,preallocation=off|metadata|falloc|full]", with "format=lvm,vg=GROUP[,thin=POOL][,volume=NAME]" as a logical volume, or
 * "path=F[,…][,readonly=on][,force=on][,format=raw|qcow2|vmdk|vdi|vpc|vhdx|luks]", or
 * "server=URI[,…][,readonly=on]", also written "nbd=" or "iscsi=", a URI as vitrine_disk_spec_set_server() takes it;
 * NULL with INVALID naming the part. */
VitrineDiskSpec *vitrine_disk_spec_parse (const char *text, GError **error);

/* The disk is the one at URI: "nbd://HOST[:PORT]/EXPORT", "nbd+unix:///EXPORT?socket=/PATH" or
 * "iscsi://HOST[:PORT]/TARGET/LUN", kept as all compare it.  FALSE with INVALID, or UNSUPPORTED where it names a user. */
gboolean vitrine_disk_spec_set_server (VitrineDiskSpec *spec, const char *uri, GError **error);

/* A port of the host's that leads into the guest. */
typedef struct {
    gboolean udp; /* else TCP */
    guint host_port, guest_port;
} VitrineForward;

/* A network card: behind the host's own network, as any program of the user's, or on a bridge or network. */
typedef struct {
    char *model;      /* "virtio", "e1000e", "rtl8139"; NULL: virtio */
    char *mac;        /* NULL: made up */
    char *bridge;     /* of this computer's, or NULL */
    char *network;    /* the name of one of Vitrine's, or NULL */
    char *macvtap;    /* a card of this computer's that it is beside, or NULL */
    char *macvtap_mode; /* "bridge", "vepa", "private", "passthrough"; NULL: bridge */
    gboolean link_down; /* it starts with its cable out */
    guint queues;       /* of a virtio card that is not behind passt; 0: one */
    GArray *forwards; /* of VitrineForward; none on a bridge or network */
    GPtrArray *settings; /* what VITRINE_CHANGE_CARD takes besides: "restricted=yes" */
} VitrineNicSpec;

VitrineNicSpec *vitrine_nic_spec_new (void);
VitrineNicSpec *vitrine_nic_spec_copy (const VitrineNicSpec *spec);
void vitrine_nic_spec_free (VitrineNicSpec *spec);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineNicSpec, vitrine_nic_spec_free)

/* Whether MAC may be a card's: six bytes like 52:54:00:12:34:56, not of a group, not zero. */
gboolean vitrine_nic_check_mac (const char *mac);

/* One that no other card is likely to have (transfer full). */
char *vitrine_nic_make_mac (void);

/* "user[,forward=tcp:HOST:GUEST]…", "bridge=NAME", "network=NAME" or "macvtap=NAME[,mode=…]", then "[,model=virtio|e1000e|rtl8139]
 * [,mac=…][,link=up|down][,queues=N]" and settings as "restricted=yes", "filter=…"; NULL with INVALID naming the part. */
VitrineNicSpec *vitrine_nic_spec_parse (const char *text, GError **error);

#define VITRINE_TYPE_SPEC (vitrine_spec_get_type ())
G_DECLARE_FINAL_TYPE (VitrineSpec, vitrine_spec, VITRINE, SPEC, GObject)

VitrineSpec *vitrine_spec_new (void);

const char *vitrine_spec_get_name (VitrineSpec *self);
void vitrine_spec_set_name (VitrineSpec *self, const char *name);
guint vitrine_spec_get_vcpus (VitrineSpec *self);
void vitrine_spec_set_vcpus (VitrineSpec *self, guint vcpus);
const char *vitrine_spec_get_cpu_model (VitrineSpec *self);
void vitrine_spec_set_cpu_model (VitrineSpec *self, const char *model);
guint64 vitrine_spec_get_memory_mib (VitrineSpec *self);
void vitrine_spec_set_memory_mib (VitrineSpec *self, guint64 memory_mib);
const char *vitrine_spec_get_iso (VitrineSpec *self);
void vitrine_spec_set_iso (VitrineSpec *self, const char *path);
void vitrine_spec_set_kernel (VitrineSpec *self, const char *kernel, const char *initrd,
                              const char *command_line);
const char *vitrine_spec_get_kernel (VitrineSpec *self);
const char *vitrine_spec_get_initrd (VitrineSpec *self);
const char *vitrine_spec_get_command_line (VitrineSpec *self);
VitrineFirmware vitrine_spec_get_firmware (VitrineSpec *self);
void vitrine_spec_set_firmware (VitrineSpec *self, VitrineFirmware firmware);
const char *vitrine_spec_get_boot (VitrineSpec *self);
void vitrine_spec_set_boot (VitrineSpec *self, const char *order);
VitrineDisplay vitrine_spec_get_display (VitrineSpec *self);
void vitrine_spec_set_display (VitrineSpec *self, VitrineDisplay display);

const char *vitrine_spec_get_os (VitrineSpec *self);
void vitrine_spec_set_os (VitrineSpec *self, const char *id);

/* What the system on its disk is told when it starts for the first time, or NULL; copied. */
const VitrineCloud *vitrine_spec_get_cloud (VitrineSpec *self);
void vitrine_spec_set_cloud (VitrineSpec *self, const VitrineCloud *cloud);

/* What the installer on its CD is told beforehand, or NULL; copied. */
const struct _VitrineExpress *vitrine_spec_get_express (VitrineSpec *self);
void vitrine_spec_set_express (VitrineSpec *self, const struct _VitrineExpress *express);

/* Takes DISK over.  The array is (transfer none), of VitrineDiskSpec. */
void vitrine_spec_add_disk (VitrineSpec *self, VitrineDiskSpec *disk);
GPtrArray *vitrine_spec_get_disks (VitrineSpec *self);

/* Takes NIC over.  The array is (transfer none), of VitrineNicSpec. */
void vitrine_spec_add_nic (VitrineSpec *self, VitrineNicSpec *nic);
GPtrArray *vitrine_spec_get_nics (VitrineSpec *self);

/* The card a machine has when nobody says otherwise, on NETWORK: a network's name, "user", or "" for no card, as a
 * host's limits say. */
void vitrine_spec_add_default_nic (VitrineSpec *self, const char *network);

/* A machine name that is free of what file names and shells stumble over: "" gives "machine". */
char *vitrine_spec_suggest_name (const char *iso_path);

G_END_DECLS
