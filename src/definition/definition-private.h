/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-private.h - what the files of definition/ share. */
#pragma once

#include <libxml/tree.h>

#include "definition.h"

#define DEFINITION_OSINFO_URI "http://libosinfo.org/xmlns/libvirt/domain/1.0"

G_BEGIN_DECLS

G_DEFINE_AUTOPTR_CLEANUP_FUNC (xmlDoc, xmlFreeDoc)

struct _VitrineDefinition {
    char *xml;
    gboolean made_uuid;
    char *uuid;
    char *name;
    char *title;
    char *os;
    guint vcpus, max_vcpus;
    guint sockets, cores, threads; /* 0: not written down */
    VitrineDefinitionCpuModel *cpu_model; /* NULL: the host's */
    GArray *features;                     /* of VitrineDefinitionFeature */
    guint32 spinlock_retries;
    guint64 memory_bytes; /* to begin with */
    VitrineDefinitionFirmware firmware;
    char *loader, *nvram, *nvram_template;
    guint64 current_bytes; /* of these the guest has at first */
    char *kernel, *initrd, *command_line;
    gboolean boot_menu;
    VitrineDefinitionClock clock;
    gint64 clock_offset_s;
    gboolean off_at_reboot;
    char *on_crash; /* NULL: not written down */
    gboolean has_vnc, has_spice;
    gboolean has_no_usb; /* the text says so */
    GPtrArray *devices;  /* of VitrineDefinitionDevice */
};

/* Zeroed, with an empty list of devices. */
VitrineDefinition *definition_new (void);

VitrineDefinitionDevice *definition_device_new (VitrineDefinitionKind kind);

/* NAME is static; VALUE is copied. */
void definition_device_add_option (VitrineDefinitionDevice *device, const char *name,
                                   const char *value);

/* --- definition-value.c: one value each; FALSE with INVALID and a sentence ------------------- */

/* WHAT names the value in errors, as "<vcpu>" or "<boot order>"; TEXT may have white space around
 * it. */
gboolean definition_value_uint (const char *what, const char *text, guint64 min, guint64 max,
                                guint64 *out, GError **error);
/* As above, signed. */
gboolean definition_value_int (const char *what, const char *text, gint64 *out, GError **error);
/* As definition_value_uint(), or hexadecimal after 0x. */
gboolean definition_value_address (const char *what, const char *text, guint64 *out,
                                   GError **error);
/* UNIT, of which there are at least MIN, is libvirt's word ("KiB" when NULL); up to 4 TiB. */
gboolean definition_value_bytes (const char *what, const char *text, const char *unit, guint64 min,
                                 guint64 *bytes, GError **error);
/* The same of <memory>, at least 8 MiB; the sum is rounded up to whole MiB. */
gboolean definition_value_memory (const char *text, const char *unit, guint64 *bytes,
                                  GError **error);
/* An absolute path that a kernel takes. */
gboolean definition_value_path (const char *what, const char *path, GError **error);
/* Lower-cases into *OUT. */
gboolean definition_value_uuid (const char *text, char **out, GError **error);

/* --- definition-rules.c ---------------------------------------------------------------------- */

/* Whether everything in DOMAIN is known and can be done: see the table there. */
gboolean definition_rules_check (xmlNode *domain, GError **error);
/* The same of a <network>. */
gboolean definition_rules_check_network (xmlNode *network, GError **error);

/* --- reading the tree, after the rules said yes ---------------------------------------------- */

/* The first child element of PARENT named NAME, or NULL; PARENT may be NULL. */
xmlNode *definition_child (xmlNode *parent, const char *name);
/* Copies; NULL when there is no such attribute or NODE is NULL. */
char *definition_attribute (xmlNode *node, const char *name);
/* Whether NODE has the attribute NAME with that value. */
gboolean definition_attribute_is (xmlNode *node, const char *name, const char *value);
/* The text in NODE, white space at both ends taken off; NULL when NODE is NULL. */
char *definition_text (xmlNode *node);
/* Whether NODE is an element NAME. */
gboolean definition_is_element (const xmlNode *node, const char *name);
/* As definition_value_bytes(), of NODE's text and its "unit". */
gboolean definition_bytes (const char *what, xmlNode *node, guint64 min, guint64 *bytes,
                           GError **error);

/* --- definition-limits-value.c ---------------------------------------------------------------- */

typedef struct {
    const char *element, *word;
    gboolean is_bytes;
    gboolean is_total; /* and what follows it is a part of it */
} DefinitionLimit;

extern const DefinitionLimit definition_limits[VITRINE_DEFINITION_LIMIT_N];

/* definition-limits.c: reads DISK's <iotune>, and writes it. */
gboolean definition_limits_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error);
void definition_limits_write (xmlNode *disk, const guint64 limits[VITRINE_DEFINITION_LIMIT_N]);

/* definition-server.c: whether SERVER can be there. */
gboolean definition_server_check (const VitrineDefinitionServer *server, GError **error);

/* Sets what a definition has as the name in <source>; FALSE when the unit's number is none. */
gboolean definition_server_set_source_name (VitrineDefinitionServer *server, const char *text);

/* definition-network-disk.c: reads NODE's source into DISK, and writes SERVER in place of DISK's file. */
gboolean definition_network_disk_read (VitrineDefinitionDevice *disk, xmlNode *node,
                                       GError **error);
/* Refuses the secret that NODE, <disk>, wants for its server. */
gboolean definition_network_disk_check_auth (const VitrineDefinitionDevice *disk, xmlNode *node,
                                             GError **error);
void definition_network_disk_write (xmlNode *disk, const VitrineDefinitionServer *server);

/* definition-encryption.c: reads NODE's <encryption>, if it has one, into DISK, whose source and format are read. */
gboolean definition_encryption_read (VitrineDefinitionDevice *disk, xmlNode *node, GError **error);
/* What DISK has of it, taken out: the caller's, to be written again or freed; or NULL. */
xmlNode *definition_encryption_take (xmlNode *disk);
/* Writes ENCRYPTION, which is taken over, into DISK's source; NULL: one whose passphrase has a name of its own. */
void definition_encryption_write (xmlNode *disk, xmlNode *encryption);
/* How <driver type> says FORMAT. */
const char *definition_format_word (VitrineDefinitionFormat format);

/* definition-edit.c: takes NODE out of its tree, with the line it was on. */
void definition_node_remove (xmlNode *node);

/* definition-cpu.c: reads DOMAIN's <cpu>, after <vcpu>. */
gboolean definition_cpu_read (VitrineDefinition *self, xmlNode *domain, GError **error);

/* Whether SELF's processors have something to say of the feature NAME. */
gboolean definition_has_feature (const VitrineDefinition *self, const char *name);

/* LEN bytes of XML as a tree, checked as the head of definition-parse.c says. */
xmlDoc *definition_read_tree (const char *xml, gsize len, GError **error);

/* Reads one child of <devices> into SELF; some make no device, or more than one. */
gboolean definition_device_read (VitrineDefinition *self, xmlNode *node, GError **error);

/* Reads DOMAIN's <devices> and the boot order into SELF. */
gboolean definition_devices_read (VitrineDefinition *self, xmlNode *domain, GError **error);

/* Reads the <boot order> of NODE, if there is one. */
gboolean definition_boot_order_read (VitrineDefinitionDevice *device, xmlNode *node,
                                     GError **error);

/* The PCI slot that the <address> of NODE, a device, asks for; *SLOT stays 0 when it asks for none. */
gboolean definition_slot_read (xmlNode *node, guint *slot, GError **error);

/* --- definition-firmware.c ------------------------------------------------------------------- */

/* Reads what OS (may be NULL) says of the firmware into SELF. */
gboolean definition_firmware_read (VitrineDefinition *self, xmlNode *os, GError **error);

/* The first device of that model, or kind, read so far, or NULL. */
VitrineDefinitionDevice *definition_find_model (const VitrineDefinition *self, const char *model);
VitrineDefinitionDevice *definition_find_kind (const VitrineDefinition *self,
                                               VitrineDefinitionKind kind);

/* How many of KIND were read so far. */
guint definition_count_kind (const VitrineDefinition *self, VitrineDefinitionKind kind);

/* --- definition-hyperv.c --------------------------------------------------------------------- */

/* Reads what DOMAIN offers a guest that knows Hyper-V into SELF's features. */
gboolean definition_hyperv_read (VitrineDefinition *self, xmlNode *domain, GError **error);

/* --- definition-input.c ---------------------------------------------------------------------- */

/* Read <input>; and <controller type='usb'>, which asks for PCI slot SLOT (0: any). */
gboolean definition_input_read (VitrineDefinition *self, xmlNode *node, GError **error);
gboolean definition_usb_read (VitrineDefinition *self, xmlNode *node, guint slot, GError **error);

/* What sits on USB brings the controller, unless the text says that there is none. */
void definition_usb_complete (VitrineDefinition *self);
gboolean definition_usb_give_ports (VitrineDefinition *self, GError **error);

gboolean definition_is_input (const VitrineDefinitionDevice *device);

/* --- definition-interface.c ------------------------------------------------------------------ */

/* Reads the <interface> NODE into SELF. */
gboolean definition_interface_read (VitrineDefinition *self, xmlNode *node, GError **error);

/* Gives each card without an address one; refuses two that are the same. */
gboolean definition_macs_give (VitrineDefinition *self, GError **error);

/* Refuses a card with more queues than the machine may have processors. */
gboolean definition_queues_check (const VitrineDefinition *self, GError **error);

/* The address of card ORDINAL of the machine UUID, when nobody says otherwise. */
char *definition_mac_make (const char *uuid, guint ordinal);

/* Whether NAME may be the name of a network interface of the host. */
gboolean definition_is_interface_name (const char *name);

/* Gives CARD, which is none of OTHERS, an address that none of them has, unless it has one. */
gboolean definition_mac_give_one (VitrineDefinitionDevice *card, GPtrArray *others, GError **error);

/* Refuses what is no name of a network. */
gboolean definition_network_name_check (const char *name, GError **error);

/* An empty one; and one more forward of it, which it owns, without a range. */
VitrineDefinitionNetwork *definition_network_new (void);
VitrineDefinitionForward *definition_network_add_forward (VitrineDefinitionNetwork *network,
                                                          gboolean udp);

/* --- definition-card.c ----------------------------------------------------------------------- */

/* Whether what NETWORK says goes together. */
gboolean definition_card_check (const VitrineDefinitionNetwork *network, GError **error);

/* <bandwidth>: KiB a second, and KiB. */
#define DEFINITION_RATE_MAX  2097151
#define DEFINITION_BURST_MAX 1048576

/* One part each of what an <interface> says of what passes; TEXT may be NULL, which is 0. */
gboolean definition_card_set_filter (VitrineDefinitionNetwork *network, const char *name,
                                     GError **error);
gboolean definition_card_add_address (VitrineDefinitionNetwork *network, const char *text,
                                      GError **error);
gboolean definition_card_read_number (guint *number, const char *what, const char *text,
                                      guint64 max, GError **error);

/* Writes what of NETWORK can be changed into NODE, its <interface>. */
void definition_card_write (xmlNode *node, const VitrineDefinitionNetwork *network);

/* An <address>; what it leaves out is 0. */
typedef struct {
    guint64 domain, bus, slot, function, controller, target, unit, port;
} DefinitionAddress;

/* Reads NODE, an <address> in <OWNER>. */
gboolean definition_address_read (xmlNode *node, const char *owner, DefinitionAddress *out,
                                  GError **error);

/* The least memory a machine begins with, the most it may have, and what of it comes and goes at once unless
 * it says otherwise. */
#define DEFINITION_MEMORY_MIN   ((guint64) 8 << 20)
#define DEFINITION_MEMORY_MAX   ((guint64) 4 << 40)
#define DEFINITION_MEMORY_BLOCK ((guint64) 2 << 20)

/* --- definition-memory.c --------------------------------------------------------------------- */

/* Reads the <memory> NODE, a device, into SELF. */
gboolean definition_memory_read (VitrineDefinition *self, xmlNode *node, GError **error);

/* Whether SELF has no more than one. */
gboolean definition_memory_check (const VitrineDefinition *self, GError **error);

/* With all devices read: what of the domain's memory there is to begin with, and what of that the guest has
 * at first. */
gboolean definition_memory_settle (VitrineDefinition *self, xmlNode *domain, GError **error);

/* --- definition-scsi.c ----------------------------------------------------------------------- */

gboolean definition_is_scsi_controller (const VitrineDefinitionDevice *device);

/* Reads <controller type='scsi'> into a new device of SELF. */
gboolean definition_scsi_read_controller (VitrineDefinition *self, xmlNode *node, GError **error);

/* Where NODE, a disk on SCSI, wants to be. */
gboolean definition_scsi_read_place (VitrineDefinitionDevice *disk, xmlNode *node, GError **error);

/* Checks that every SCSI disk of SELF has a controller, and gives each a place of its own. */
gboolean definition_scsi_give_places (VitrineDefinition *self, GError **error);

/* --- definition-vsock.c ---------------------------------------------------------------------- */

/* Reads the <vsock> NODE into SELF. */
gboolean definition_vsock_read (VitrineDefinition *self, xmlNode *node, GError **error);

/* Whether SELF has no more than one. */
gboolean definition_vsock_check (const VitrineDefinition *self, GError **error);

/* --- definition-places.c --------------------------------------------------------------------- */

/* A SATA or SCSI disk's unit while it has none. */
#define DEFINITION_NO_UNIT G_MAXUINT

/* The number a target's letters make: vda is 0, vdz 25, vdaa 26; -1 when they are none. */
int definition_target_index (const char *target);

/* Checks that all devices of SELF can be together, gives each its port, alias and place in the boot
 * order; OS may be NULL. */
gboolean definition_places_give (VitrineDefinition *self, xmlNode *os, GError **error);

/* The same for one more DEVICE; OTHERS have their places, and keep them. */
gboolean definition_places_give_one (VitrineDefinitionDevice *device, GPtrArray *others,
                                     GError **error);

/* --- saying no ------------------------------------------------------------------------------- */

/* TEXT (UTF-8) as a sentence may quote it: shortened, without control characters. */
char *definition_quote (const char *text);

/* Sets INVALID or UNSUPPORTED and returns FALSE, to be returned on. */
gboolean definition_refuse (GError **error, gint code, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

G_END_DECLS
