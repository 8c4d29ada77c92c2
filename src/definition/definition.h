/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition.h - what a machine is: libvirt domain XML, read and written.
 *
 * The text is the truth.  vitrine_definition_parse() keeps it byte for byte (only a missing <uuid>
 * is put in) and reads out what Vitrine's own machine needs.  Whatever it could not honour is
 * refused by the name of the element, never dropped: each element, attribute and value is either in
 * the table of definition-rules.c or the reason for an UNSUPPORTED error.  <metadata>, <title> and
 * <description> are anybody's.
 *
 * Hostile text is an error, never more: at most 1 MiB, 32 elements deep, no document type, no
 * entities, nothing fetched.
 *
 * What goes wrong is of VITRINE_ERROR: INVALID for what makes no sense, UNSUPPORTED for what makes
 * sense but cannot be done, each with one sentence.  Any thread.
 */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define VITRINE_DEFINITION_MAX_BYTES   (1024 * 1024)
#define VITRINE_DEFINITION_MAX_NAME    63 /* bytes */
#define VITRINE_DEFINITION_MAX_VCPUS   255
#define VITRINE_DEFINITION_MAX_SATA    6  /* ports */
#define VITRINE_DEFINITION_USB_PORTS   4  /* unless <controller ports> says otherwise */
#define VITRINE_DEFINITION_MAX_USB     15 /* ports */
#define VITRINE_DEFINITION_MAX_SCSI    4  /* controllers */
#define VITRINE_DEFINITION_MAX_UNITS   64 /* disks and CD drives on SCSI, of all controllers */
#define VITRINE_DEFINITION_MAX_PCI     28 /* devices that take a PCI slot of their own */
#define VITRINE_DEFINITION_MAX_BRIDGE_NAME  15 /* bytes */
#define VITRINE_DEFINITION_MAX_NETWORK_NAME 47
#define VITRINE_DEFINITION_MAX_QUEUES       8 /* pairs of them that a network card has */
#define VITRINE_DEFINITION_MAX_SERIAL  20 /* bytes of a disk's serial number */
#define VITRINE_DEFINITION_MAX_CMDLINE 2047
#define VITRINE_DEFINITION_MAX_PORTS   7  /* virtio consoles and channels */
#define VITRINE_DEFINITION_MAX_CHANNEL 63 /* bytes of a channel's name */
#define VITRINE_DEFINITION_NBD_PORT         10809
#define VITRINE_DEFINITION_ISCSI_PORT       3260
/* What iSCSI targets know this computer's machines by: qemu's own. */
#define VITRINE_DEFINITION_INITIATOR    "iqn.2008-11.org.linux-kvm"
#define VITRINE_DEFINITION_MAX_FEATURES 256 /* of the processors, those of their model included */

typedef enum {
    VITRINE_DEFINITION_DISK,
    VITRINE_DEFINITION_CDROM,
    VITRINE_DEFINITION_INTERFACE,
    VITRINE_DEFINITION_SERIAL,
    VITRINE_DEFINITION_VIDEO,
    VITRINE_DEFINITION_RNG,
    VITRINE_DEFINITION_KEYBOARD,
    VITRINE_DEFINITION_MOUSE,
    VITRINE_DEFINITION_TABLET,
    VITRINE_DEFINITION_CONTROLLER,
    VITRINE_DEFINITION_CONSOLE, /* a virtio terminal; a serial port is a SERIAL */
    VITRINE_DEFINITION_CHANNEL,
    VITRINE_DEFINITION_BALLOON,
    VITRINE_DEFINITION_WATCHDOG,
    VITRINE_DEFINITION_PANIC,
    VITRINE_DEFINITION_VSOCK,
    VITRINE_DEFINITION_MEMORY, /* that comes and goes while the machine runs */
    VITRINE_DEFINITION_KIND_N
} VitrineDefinitionKind;

/* "disk", "cdrom", "interface", "serial", "video", "rng", "keyboard", "mouse", "tablet", "controller", "console",
 * "channel", "balloon", "watchdog", "panic", "vsock", "memory". */
const char *vitrine_definition_kind_to_string (VitrineDefinitionKind kind);

typedef enum {
    VITRINE_DEFINITION_CACHE_DEFAULT, /* the host's page cache, flushes honoured */
    VITRINE_DEFINITION_CACHE_NONE,    /* around the host's page cache */
    VITRINE_DEFINITION_CACHE_WRITEBACK,
    VITRINE_DEFINITION_CACHE_WRITETHROUGH,
    VITRINE_DEFINITION_CACHE_UNSAFE, /* flushes ignored */
} VitrineDefinitionCache;

/* An option of a device's model, as the model names it ("action", "reset"). */
typedef struct {
    const char *name; /* static */
    char *value;
} VitrineDefinitionOption;

typedef enum {
    VITRINE_DEFINITION_FEATURE_DISABLE, /* not shown */
    VITRINE_DEFINITION_FEATURE_REQUIRE, /* asked for by name: there, or the machine does not start */
    VITRINE_DEFINITION_FEATURE_MODEL,   /* of the model: the same, but for virtualisation within */
    VITRINE_DEFINITION_FEATURE_OPTIONAL, /* shown where the host has it */
    VITRINE_DEFINITION_FEATURE_FORCE,    /* shown, whether the host has it or not */
    VITRINE_DEFINITION_FEATURE_FORBID,   /* not there, or the machine does not start */
} VitrineDefinitionFeaturePolicy;

/* A feature of the processors, and where CPUID tells it; one of Hyper-V's ("hv-relaxed") has no bits. */
typedef struct {
    const char *name; /* interned; at most 31 bytes */
    VitrineDefinitionFeaturePolicy policy;
    guint32 function, index;    /* leaf and subleaf */
    guint32 eax, ebx, ecx, edx; /* its bits there */
} VitrineDefinitionFeature;

/* What the processors are, when not the host's; the strings are interned. */
typedef struct {
    const char *name;        /* at most 31 bytes */
    const char *vendor;      /* as CPUID says it ("GenuineIntel"); NULL: the host's */
    guint32 signature;       /* as CPUID leaf 1 EAX says it; 0: the host's */
    const char *host_vendor; /* what the host's must be, as CPUID says it; NULL: any */
} VitrineDefinitionCpuModel;

typedef enum {
    VITRINE_DEFINITION_NETWORK_USER,   /* behind passt */
    VITRINE_DEFINITION_NETWORK_TAP,    /* an interface of the host's that is there already */
    VITRINE_DEFINITION_NETWORK_BRIDGE, /* a tap made for it on a bridge of the host's */
    VITRINE_DEFINITION_NETWORK_NAMED,  /* a tap made for it on one of Vitrine's networks */
    VITRINE_DEFINITION_NETWORK_DIRECT, /* a macvtap made for it beside a card of the host's */
} VitrineDefinitionNetworkKind;

/* What passes between machines beside one card, as libvirt's <source mode> says it. */
typedef enum {
    VITRINE_DEFINITION_DIRECT_VEPA,        /* by way of the switch outside */
    VITRINE_DEFINITION_DIRECT_BRIDGE,      /* at once */
    VITRINE_DEFINITION_DIRECT_PRIVATE,     /* nothing */
    VITRINE_DEFINITION_DIRECT_PASSTHROUGH, /* there is one machine alone */
    VITRINE_DEFINITION_DIRECT_N
} VitrineDefinitionDirectMode;

/* Ports START to END, both included, go to the guest's ports from TO on, or nowhere. */
typedef struct {
    guint start, end, to;
    gboolean exclude;
} VitrineDefinitionPorts;

/* Ports of the host that lead into the guest. */
typedef struct {
    gboolean udp;   /* else TCP */
    char *address;  /* the host's, or NULL for all */
    char *dev;      /* the host's interface, or NULL for all */
    GArray *ranges; /* of VitrineDefinitionPorts; empty: all ports */
} VitrineDefinitionForward;

/* What a card's frames are looked at for. */
typedef enum {
    VITRINE_DEFINITION_FILTER_NONE,
    VITRINE_DEFINITION_FILTER_MAC,   /* they come from the card's address */
    VITRINE_DEFINITION_FILTER_CLEAN, /* and from the guest's IP addresses; nothing but IP and ARP */
    VITRINE_DEFINITION_FILTER_N
} VitrineDefinitionFilter;

/* How much passes, as libvirt's <bandwidth> says it. */
typedef struct {
    guint average; /* KiB a second; 0: as much as there is */
    guint peak;    /* KiB a second, for BURST; 0: the average */
    guint burst;   /* KiB at once; 0: what suits the average */
} VitrineDefinitionRate;

/* What a network card has besides. */
typedef struct {
    VitrineDefinitionNetworkKind kind;
    char *mac; /* lower case */
    char *source; /* the tap's, the bridge's, the network's or the card's name; NULL behind passt */
    VitrineDefinitionDirectMode direct_mode;
    gboolean link_down;
    gboolean
        wants_vhost; /* its frames are moved by the host's kernel, or the machine does not start */
    guint queues;    /* pairs of them; 1 for all but virtio cards on a tap of whatever kind */
    guint mtu;           /* what the guest is told, or 0 */
    gboolean no_rom;     /* no code that boots from it, whatever the boot order says */
    char *rom_file;      /* absolute path of that code, or NULL: the model's, when it is to boot */
    GPtrArray *forwards; /* of VitrineDefinitionForward */
    gboolean restricted; /* behind passt: the guest reaches nothing, only forwards reach it */
    gboolean no_ipv6;    /* behind passt */
    VitrineDefinitionFilter filter; /* of the taps that are made for it, as the rest */
    GPtrArray *addresses; /* of text: the guest's, for CLEAN; none: those its network gives it */
    VitrineDefinitionRate inbound, outbound; /* to the guest, from it */
} VitrineDefinitionNetwork;

VitrineDefinitionNetwork *vitrine_definition_network_copy (const VitrineDefinitionNetwork *network);
void vitrine_definition_network_free (VitrineDefinitionNetwork *network);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDefinitionNetwork, vitrine_definition_network_free)

/* What an image is, as the definition says it; never guessed from what is in it. */
typedef enum {
    VITRINE_DEFINITION_FORMAT_RAW,
    VITRINE_DEFINITION_FORMAT_QCOW2,
    VITRINE_DEFINITION_FORMAT_VMDK,
    VITRINE_DEFINITION_FORMAT_VDI,
    VITRINE_DEFINITION_FORMAT_VPC,
    VITRINE_DEFINITION_FORMAT_VHDX, /* which libvirt has no name for */
    VITRINE_DEFINITION_FORMAT_LUKS, /* raw with <encryption format='luks'>, in a definition's words */
    VITRINE_DEFINITION_FORMAT_N
} VitrineDefinitionFormat;

/* "raw", "qcow2", "vmdk", "vdi", "vpc" (libvirt's and QEMU's name of VHD), "vhdx", "luks". */
const char *vitrine_definition_format_to_string (VitrineDefinitionFormat format);
/* FALSE when NAME is none of them. */
gboolean vitrine_definition_format_from_string (const char *name, VitrineDefinitionFormat *format);

typedef enum {
    VITRINE_DEFINITION_NBD,   /* an export */
    VITRINE_DEFINITION_ISCSI, /* a unit of a target */
} VitrineDefinitionProtocol;

/* A disk that a server has. */
typedef struct {
    VitrineDefinitionProtocol protocol;
    char *host;   /* a name or an address; NULL: SOCKET */
    guint port;   /* of HOST's */
    char *socket; /* absolute path; NULL: HOST.  Of NBD alone */
    char *name;   /* of the export, may be ""; or of the target, "iqn.…" */
    guint lun;    /* of iSCSI: the unit's number */
} VitrineDefinitionServer;

/* "nbd", "iscsi", as definitions have it. */
const char *vitrine_definition_protocol_to_string (VitrineDefinitionProtocol protocol);

/* Whether TEXT begins as such an address does, and no path. */
gboolean vitrine_definition_server_is_uri (const char *text);
/* "nbd://HOST[:PORT]/EXPORT", "nbd+unix:///EXPORT?socket=/PATH" or "iscsi://HOST[:PORT]/TARGET/LUN"; NULL with
 * UNSUPPORTED where a user is named, and INVALID for anything else. */
VitrineDefinitionServer *vitrine_definition_server_parse (const char *uri, GError **error);
/* The same for all that is one disk by its address: that of HOST in small letters, its usual port left out. */
char *vitrine_definition_server_to_uri (const VitrineDefinitionServer *server);
/* What a definition has as the name in <source>: that of the export, or "TARGET/LUN". (transfer full) */
char *vitrine_definition_server_dup_source_name (const VitrineDefinitionServer *server);
VitrineDefinitionServer *vitrine_definition_server_copy (const VitrineDefinitionServer *server);
void vitrine_definition_server_free (VitrineDefinitionServer *server);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDefinitionServer, vitrine_definition_server_free)

/* What a disk may do in a second. */
typedef enum {
    VITRINE_DEFINITION_LIMIT_BYTES, /* read and written */
    VITRINE_DEFINITION_LIMIT_READ_BYTES,
    VITRINE_DEFINITION_LIMIT_WRITE_BYTES,
    VITRINE_DEFINITION_LIMIT_OPS, /* requests */
    VITRINE_DEFINITION_LIMIT_READ_OPS,
    VITRINE_DEFINITION_LIMIT_WRITE_OPS,
    VITRINE_DEFINITION_LIMIT_N
} VitrineDefinitionLimit;

/* One device; the strings are never NULL unless it says so. */
typedef struct {
    VitrineDefinitionKind kind;
    char *
        alias; /* unique in the machine: <alias name>, else made as libvirt does ("virtio-disk0") */
    char *
        model; /* "virtio", "sata" or "scsi"; "e1000e" or "rtl8139"; "16550a"; "vga"; "virtio"; "ps2" or
                     "usb"; "virtio-scsi", "virtio-serial", "qemu-xhci"; "virtconsole";
                     "virtserialport"; "i6300esb"; "isa" or "pvpanic"; "virtio-mem" */
    char *target; /* disks: "vda"; channels: the name the guest finds it by; else "" */
    char *
        source; /* disks: an absolute path, or a server's URI; NULL for a drive with nothing in it and for the rest */
    VitrineDefinitionServer *server; /* disks: SOURCE is no path; else NULL */
    gboolean reports_errors;         /* with SERVER: without it requests fail; else they wait */
    char *serial;             /* disks: the serial number, or NULL */
    gboolean read_only;       /* always TRUE for a cdrom */
    gboolean block;           /* disks: SOURCE must be a block device */
    gboolean explicit_raw;    /* disks: <driver type='raw'> was written down */
    VitrineDefinitionFormat format; /* disks */
    gboolean uses_io_uring;         /* disks: <driver io='io_uring'> was written down */
    const char *detect_zeroes; /* disks: "off", "on", "unmap": whether zeros are written as such */
    gboolean source_optional; /* start without SOURCE when it is missing */
    VitrineDefinitionCache cache;
    guint boot_index; /* 1 boots first; 0: not in the boot order */
    guint slot;       /* PCI device number 1-30 on bus 0, or 0 for any */
    guint unit;       /* port, for disks of model "sata", consoles and channels, and model "usb"; unit of its
                         target, for "scsi"; a SCSI controller's index */
    guint controller; /* for model "scsi": the index of its controller */
    guint scsi_target;    /* for model "scsi" */
    guint64 size_bytes, block_bytes,
        requested_bytes; /* memory: all of it, what comes at once, what the
                                                         guest shall have of it from the start */
    guint64
        current_bytes; /* memory: what the guest has of it; while it does not run, REQUESTED_BYTES */
    guint32 cid;          /* of a vsock: the guest's address; 0: the first that is free at the start */
    guint64 limits[VITRINE_DEFINITION_LIMIT_N]; /* disks: of a second; 0: none */
    gboolean keeps_space; /* disks: what the guest discards is not given back to the host */
    guint element; /* which child of <devices> it is, from 0 on; G_MAXUINT when it has none of its own */
    GArray *options;  /* of VitrineDefinitionOption */
    VitrineDefinitionNetwork *network; /* network cards; NULL for the rest */
} VitrineDefinitionDevice;

void vitrine_definition_device_free (VitrineDefinitionDevice *device);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDefinitionDevice, vitrine_definition_device_free)

/* Whether DEVICE is a disk whose source is a file or block device of this computer's. */
gboolean vitrine_definition_device_has_image (const VitrineDefinitionDevice *device);

/* Whether DEVICE is a disk that a passphrase opens. */
gboolean vitrine_definition_device_is_encrypted (const VitrineDefinitionDevice *device);

/* Whether DEVICE takes a PCI slot of its own. */
gboolean vitrine_definition_device_is_on_pci (const VitrineDefinitionDevice *device);

typedef enum {
    VITRINE_DEFINITION_FIRMWARE_BIOS,
    VITRINE_DEFINITION_FIRMWARE_UEFI,
    VITRINE_DEFINITION_FIRMWARE_N
} VitrineDefinitionFirmware;

/* "bios", "uefi". */
const char *vitrine_definition_firmware_to_string (VitrineDefinitionFirmware firmware);

typedef enum {
    VITRINE_DEFINITION_CLOCK_UTC,
    VITRINE_DEFINITION_CLOCK_LOCALTIME,
} VitrineDefinitionClock;

/* What is behind DEVICE, for people: a path; "user", a tap, "bridge br0" or "network lab", and the card's address; "CID 3"; "512 of 1024
 * MiB"; "". */
char *vitrine_definition_device_describe (const VitrineDefinitionDevice *device);

/* Immutable, reference-counted. */
typedef struct _VitrineDefinition VitrineDefinition;

#define VITRINE_TYPE_DEFINITION (vitrine_definition_get_type ())
GType vitrine_definition_get_type (void);

/* XML is LEN bytes long, or NUL-terminated when LEN is -1. */
VitrineDefinition *vitrine_definition_parse (const char *xml, gssize len, GError **error);
VitrineDefinition *vitrine_definition_ref (VitrineDefinition *self);
void vitrine_definition_unref (VitrineDefinition *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDefinition, vitrine_definition_unref)

/* The text to keep. */
const char *vitrine_definition_get_xml (const VitrineDefinition *self);
/* TRUE when the text had no <uuid> and one was made up: the text to keep is not the text given. */
gboolean vitrine_definition_made_uuid (const VitrineDefinition *self);

/* Lower case, with dashes. */
const char *vitrine_definition_get_uuid (const VitrineDefinition *self);
const char *vitrine_definition_get_name (const VitrineDefinition *self);
/* NULL when there is none. */
const char *vitrine_definition_get_title (const VitrineDefinition *self);
/* libosinfo's id of the system that it is for, as virt-install writes it into <metadata>, or NULL. */
const char *vitrine_definition_get_os (const VitrineDefinition *self);

/* So many are there at the start, and so many there may be while the machine runs. */
guint vitrine_definition_get_vcpus (const VitrineDefinition *self);
guint vitrine_definition_get_max_vcpus (const VitrineDefinition *self);
/* How they are laid out; *SOCKETS is 0 when that is not written down. */
void vitrine_definition_get_topology (const VitrineDefinition *self, guint *sockets, guint *cores,
                                      guint *threads);
/* NULL: they are the host's. */
const VitrineDefinitionCpuModel *vitrine_definition_get_cpu_model (const VitrineDefinition *self);
/* Their features, those of the model included, each once; of VitrineDefinitionFeature; (transfer none). */
GArray *vitrine_definition_get_features (const VitrineDefinition *self);
/* How long a guest that knows Hyper-V spins before it tells; 0: it does not. */
guint32 vitrine_definition_get_spinlock_retries (const VitrineDefinition *self);
/* What the machine begins with, a multiple of 1 MiB: what was written down, rounded up as libvirt does,
 * less the size of the memory that comes and goes. */
guint64 vitrine_definition_get_memory_bytes (const VitrineDefinition *self);
/* With all that may come. */
guint64 vitrine_definition_get_max_memory_bytes (const VitrineDefinition *self);
/* The memory that comes and goes, or NULL. */
const VitrineDefinitionDevice *vitrine_definition_get_pluggable (const VitrineDefinition *self);
/* What the guest is to have at first: all it begins with and what is requested, or what is left to it. */
guint64 vitrine_definition_get_first_memory_bytes (const VitrineDefinition *self);

VitrineDefinitionFirmware vitrine_definition_get_firmware (const VitrineDefinition *self);
/* For UEFI, absolute paths, each NULL when it is not written down: the firmware itself (else the one
 * that is installed), the file that keeps its variables (else one in the machine's folder), and what
 * that file is at first (else what goes with the firmware). */
const char *vitrine_definition_get_loader (const VitrineDefinition *self);
const char *vitrine_definition_get_nvram (const VitrineDefinition *self);
const char *vitrine_definition_get_nvram_template (const VitrineDefinition *self);

/* Absolute paths for direct boot; NULL when there is none. */
const char *vitrine_definition_get_kernel (const VitrineDefinition *self);
const char *vitrine_definition_get_initrd (const VitrineDefinition *self);
/* Never NULL. */
const char *vitrine_definition_get_command_line (const VitrineDefinition *self);
/* Whether the firmware offers its boot menu. */
gboolean vitrine_definition_get_boot_menu (const VitrineDefinition *self);

/* The guest's clock is the given base plus the offset. */
VitrineDefinitionClock vitrine_definition_get_clock (const VitrineDefinition *self);
gint64 vitrine_definition_get_clock_offset_s (const VitrineDefinition *self);

/* TRUE: a reboot by the guest switches the machine off (<on_reboot>destroy). */
gboolean vitrine_definition_get_off_at_reboot (const VitrineDefinition *self);

/* TRUE when there is a <graphics>: the display may be looked at from outside. */
gboolean vitrine_definition_has_graphics (const VitrineDefinition *self);
/* TRUE when there is a <graphics type='spice'>: it should be looked at by SPICE, and may be by VNC, too. */
gboolean vitrine_definition_has_spice (const VitrineDefinition *self);

/* The channel at which spice-vdagent is in a guest: clipboard, files, the size of its desktop. */
#define VITRINE_DEFINITION_SPICE_CHANNEL "com.redhat.spice.0"

/* The video device, or NULL. */
const VitrineDefinitionDevice *vitrine_definition_get_video (const VitrineDefinition *self);

/* Whether there is a network card. */
gboolean vitrine_definition_has_network (const VitrineDefinition *self);

/* Of VitrineDefinitionDevice, in the order of the text; (transfer none). */
GPtrArray *vitrine_definition_get_devices (const VitrineDefinition *self);

/* Whether NAME may name a machine; otherwise FALSE with INVALID and a sentence that says why not.
 * 1 to 63 bytes of UTF-8 with no '/', no control character, not beginning with '.' or '-', no space
 * at either end. */
gboolean vitrine_definition_check_name (const char *name, GError **error);

/* Whether TEXT may be the hardware address of one card: six bytes in hexadecimal with colons, neither a
 * group's nor all zeros. */
gboolean vitrine_definition_is_card_address (const char *text);

/* Whether NAME may be that of a bridge, or of a network: letters, digits, '.', '-' and '_', the first one a
 * letter or a digit. */
gboolean vitrine_definition_is_bridge_name (const char *name);
gboolean vitrine_definition_is_network_name (const char *name);

/* --- changing one ---------------------------------------------------------------------------- */

/* Reads XML (LEN bytes, or NUL-terminated when LEN is -1), the element of one device, by the same rules
 * as in a definition, and gives it an alias, a place and, for a card, an
 * address among OTHERS (of VitrineDefinitionDevice), which
 * have theirs.  Not in any boot order.  (transfer full). */
VitrineDefinitionDevice *vitrine_definition_read_device (const char *xml, gssize len,
                                                         GPtrArray *others, GError **error);

/* SELF with one change, the rest of its text kept: XML as a further device; without the device ALIAS;
 * with N processors of at most MAX (0: as many as before, or N). (transfer full), or NULL. */
VitrineDefinition *vitrine_definition_with_device (const VitrineDefinition *self, const char *xml,
                                                   gssize len, GError **error);
VitrineDefinition *vitrine_definition_without_device (const VitrineDefinition *self,
                                                      const char *alias, GError **error);
/* With the medium PATH (UTF-8; BLOCK: a block device; NULL: nothing) in the CD drive ALIAS. */
VitrineDefinition *vitrine_definition_with_medium (const VitrineDefinition *self, const char *alias,
                                                   const char *path, gboolean block,
                                                   GError **error);
/* With the image PATH of FORMAT (UTF-8; BLOCK: a block device) as the disk whose target is TARGET. */
VitrineDefinition *vitrine_definition_with_image (const VitrineDefinition *self, const char *target,
                                                  const char *path, VitrineDefinitionFormat format,
                                                  gboolean block, GError **error);
/* As another machine: NAME, UUID, other addresses of its cards, and the UEFI variables in NVRAM where the text says
 * in which file they are. */
VitrineDefinition *vitrine_definition_with_identity (const VitrineDefinition *self,
                                                     const char *name, const char *uuid,
                                                     const char *nvram, GError **error);
VitrineDefinition *vitrine_definition_with_vcpus (const VitrineDefinition *self, guint n, guint max,
                                                  GError **error);
/* With SETTINGS of the device ALIAS: as vitrine_definition_card_set() takes them of a network card, as
 * vitrine_definition_limits_set() does of a disk. */
VitrineDefinition *vitrine_definition_with_card (const VitrineDefinition *self, const char *alias,
                                                 const char *const *settings, GError **error);
/* With BYTES of memory at first (0: as much as before) of at most MAX_BYTES (0: as much as before; where no
 * memory comes and goes, BYTES).  A larger maximum is memory that comes and goes. */
VitrineDefinition *vitrine_definition_with_memory (const VitrineDefinition *self, guint64 bytes,
                                                   guint64 max_bytes, GError **error);

/* Changes what NETWORK, a card's, says, by SETTINGS of the form "NAME=VALUE":
 *   forward=tcp:2222:22      the host's port leads to the guest's, in place of where it led; also
 *                            udp:PORT:PORT, and tcp:FIRST-LAST:TO
 *   unforward=tcp:2222       it does no more
 *   restricted=yes           the guest reaches nothing, not even this computer; TCP forwards reach it
 *   ipv6=no                  there is no IPv6
 *   filter=NAME[/ADDRESS…]   no-mac-spoofing, clean-traffic (with the guest's addresses) or none
 *   inbound=A[,PEAK[,BURST]] KiB a second to the guest, and KiB; or none
 *   outbound=A[,,BURST]      from it
 * INVALID when they make no sense, NOT_FOUND for a forward that is not there; NETWORK is then in between. */
gboolean vitrine_definition_card_set (VitrineDefinitionNetwork *network,
                                      const char *const *settings, GError **error);
/* Changes LIMITS by SETTINGS, NULL-terminated: "iops=500", "bandwidth=10M", each also with "read-" or "write-" before it;
 * "none" is no limit.  INVALID for anything else, and for limits that exclude each other. */
gboolean vitrine_definition_limits_set (guint64 limits[VITRINE_DEFINITION_LIMIT_N],
                                        const char *const *settings, GError **error);

/* LIMITS in these words, sizes in bytes: "bandwidth=10485760"; (transfer full). */
char **vitrine_definition_limits_dup_settings (const guint64 limits[VITRINE_DEFINITION_LIMIT_N]);

/* Whether CARD, a network card, has no more queues than SELF's guest could use one each of its processors for;
 * FALSE with INVALID. */
gboolean vitrine_definition_check_queues (const VitrineDefinition *self,
                                          const VitrineDefinitionDevice *card, GError **error);

/* What NETWORK says beside its kind, in these words; (transfer full). */
char **vitrine_definition_card_dup_settings (const VitrineDefinitionNetwork *network);

/* Reads "tcp:2222:22", "udp:5000-5010:6000": FALSE when TEXT is nothing like that. */
gboolean vitrine_definition_parse_forward (const char *text, gboolean *udp,
                                           VitrineDefinitionPorts *ports);

/* What ATTRIBUTE of the element at PATH ("devices/disk/target") may be, by the rules; NULL with NOT_FOUND
 * where they let it be anything. (transfer full). */
char **vitrine_definition_dup_choices (const char *path, const char *attribute, GError **error);

/* --- making one ------------------------------------------------------------------------------ */

typedef struct {
    const char *path; /* absolute */
    gboolean block;   /* PATH is a block device */
    const char *bus;  /* "virtio", "sata", "scsi"; NULL: virtio */
    gboolean read_only;
    const char *discard; /* "unmap", "ignore"; NULL: the default */
    const char *cache;   /* "none", "writeback", "writethrough", "unsafe"; NULL: the default */
    VitrineDefinitionFormat format;
    const VitrineDefinitionServer *server; /* in place of PATH; or NULL */
} VitrineDefinitionDiskParams;

typedef struct {
    gboolean udp;            /* else TCP */
    guint host_port, guest_port;
} VitrineDefinitionForwardParams;

typedef struct {
    const char *model; /* "virtio", "e1000e", "rtl8139"; NULL: virtio */
    const char *mac;   /* NULL: made up */
    const char *bridge, *network, *macvtap; /* what it is on, one of them; NULL: behind passt */
    const char *macvtap_mode;               /* as libvirt has it; NULL: "bridge" */
    gboolean link_down;                     /* the cable is out at first */
    guint queues;                           /* 0: one */
    const VitrineDefinitionForwardParams *forwards; /* behind passt */
    gsize n_forwards;
} VitrineDefinitionNicParams;

/* What a new machine shall be.  Zero or NULL leaves a thing out, unless it says otherwise. */
typedef struct {
    const char *name; /* needed */
    const char *uuid; /* NULL: made up */
    const char *title;
    const char *os;       /* libosinfo's id of the system that it is for */
    gboolean windows;     /* its clock and its Hyper-V are for Windows */
    guint vcpus;          /* needed */
    const char *cpu_model; /* libvirt's name; NULL: the host's */
    guint64 memory_bytes; /* needed; whole MiB */
    const char *iso;      /* absolute path: a CD drive with this in it */
    gboolean empty_cdrom; /* with no ISO: a CD drive nevertheless */
    VitrineDefinitionFirmware firmware;
    const char *boot; /* in this order: "hd,cdrom,network", or some of them; NULL: "hd,cdrom" */
    const char *kernel; /* absolute paths */
    const char *initrd;
    const char *command_line;
    gboolean graphics; /* a VGA display, looked at by VNC */
    gboolean spice;    /* by SPICE instead, with a channel for the guest's agent */
    gboolean serial;   /* a serial port with a console on it */
    const VitrineDefinitionDiskParams *disks;
    gsize n_disks;
    const VitrineDefinitionNicParams *nics;
    gsize n_nics;
} VitrineDefinitionParams;

/* Returns the text of a definition that vitrine_definition_parse() takes, or NULL.  Disks boot
 * before the CD, so that an installed system is not installed again; a blank disk is passed over by
 * the firmware. */
char *vitrine_definition_build (const VitrineDefinitionParams *params, GError **error);

G_END_DECLS
