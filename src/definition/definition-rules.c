/* SPDX-License-Identifier: GPL-2.0-or-later */
/* definition-rules.c - the one table of what a definition may say.
 *
 * Theory of operation.  A definition comes from anywhere: Vitrine, virsh, an editor.  What
 * Vitrine's machine cannot do must not be dropped in silence, so nothing is skipped: the whole tree
 * is walked, and each element, attribute and value must be in the table below.  The first that is
 * not ends the walk with its name.  What the table lets pass is either honoured by the readers
 * (definition-parse.c, definition-devices.c) or changes nothing for the guest; the latter are
 * marked "without effect", most are what libvirt itself writes into every definition.
 *
 * Values that are only right together (a bus and a kind of disk) are the readers' business.
 */
#include <glib/gi18n-lib.h>
#include <string.h>

#include "definition-private.h"
#include "vitrine-error.h"

#define MAX_DEPTH 32

typedef enum {
    RULE_ONCE = 1 << 0,   /* at most one in its parent */
    RULE_TEXT = 1 << 1,   /* has text and no elements */
    RULE_OPAQUE = 1 << 2, /* what is below is not ours to judge */
} RuleFlags;

typedef struct {
    const char *path; /* below <domain> */
    RuleFlags flags;
    /* Space-separated: NAME takes any value, NAME=V|V only these; with ! before it, it must be
     * there. */
    const char *attributes;
    const char *text; /* the texts it may have, V|V; NULL: any */
} Rule;

#define TEXT         (RULE_ONCE | RULE_TEXT)
#define PCI_ADDRESS  "!type domain bus slot function multifunction=off controller target unit port"
#define PORT_ADDRESS "!type=virtio-serial controller=0 bus=0 port"
#define CHARDEV      "!type=pty tty"

static const Rule rules[] = {
    { "", RULE_ONCE, "!type=kvm id", NULL },
    { "name", TEXT, "", NULL },
    { "uuid", TEXT, "", NULL },
    { "title", TEXT, "", NULL },
    { "description", TEXT, "", NULL },
    { "metadata", RULE_ONCE | RULE_OPAQUE, "", NULL },
    { "maxMemory", TEXT, "!slots unit", NULL }, /* slots: without effect */
    { "memory", TEXT, "unit dumpCore", NULL },  /* dumpCore: without effect, never dumped */
    { "currentMemory", TEXT, "unit", NULL },    /* less than <memory>: with a balloon */
    { "vcpu", TEXT, "placement=static|auto current", NULL },
    { "on_poweroff", TEXT, "", "destroy" },
    { "on_reboot", TEXT, "", "restart|destroy" },
    { "on_crash", TEXT, "", "destroy|restart|preserve" }, /* with a <panic> device */

    { "os", RULE_ONCE, "firmware=bios|efi", NULL },
    { "os/type", TEXT, "arch=x86_64 machine=q35|pc-q35-*", "hvm" },
    { "os/firmware", RULE_ONCE, "", NULL },
    { "os/firmware/feature", 0, "!enabled=no !name=secure-boot|enrolled-keys", NULL },
    { "os/loader", TEXT, "readonly=yes !type=pflash secure=no stateless=no format=raw", NULL },
    { "os/nvram", TEXT, "template templateFormat=raw format=raw", NULL },
    { "os/kernel", TEXT, "", NULL },
    { "os/initrd", TEXT, "", NULL },
    { "os/cmdline", TEXT, "", NULL },
    { "os/boot", 0, "!dev=hd|cdrom|network", NULL },
    { "os/bootmenu", RULE_ONCE, "!enable=yes|no", NULL },

    { "features", RULE_ONCE, "", NULL }, /* but for <hyperv>, each is there anyway */
    { "features/acpi", RULE_ONCE, "", NULL },
    { "features/apic", RULE_ONCE, "", NULL },
    { "features/pae", RULE_ONCE, "", NULL },
    { "features/vmport", RULE_ONCE, "!state=off", NULL },
    { "features/smm", RULE_ONCE, "!state=off", NULL },
    { "features/hyperv", RULE_ONCE, "mode=custom", NULL },
    { "features/hyperv/frequencies", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/ipi", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/relaxed", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/reset", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/runtime", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/spinlocks", RULE_ONCE, "!state=on|off retries", NULL },
    { "features/hyperv/stimer", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/stimer/direct", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/synic", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/tlbflush", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/vapic", RULE_ONCE, "!state=on|off", NULL },
    { "features/hyperv/vpindex", RULE_ONCE, "!state=on|off", NULL },

    /* The guest sees the host's processor, or just what a model has.  Without effect: migratable, nothing
     * migrates; check and fallback, a model is shown as it is or the machine does not start. */
    { "cpu", RULE_ONCE,
      "mode=host-passthrough|custom match=exact check=none|partial|full migratable=on|off", NULL },
    { "cpu/model", TEXT, "fallback=forbid|allow", NULL },
    { "cpu/vendor", TEXT, "", NULL },
    { "cpu/topology", RULE_ONCE, "!sockets dies=1 clusters=1 !cores !threads", NULL },
    { "cpu/feature", 0, "policy=force|require|optional|disable|forbid !name", NULL },

    { "clock", RULE_ONCE, "offset=utc|localtime|variable adjustment basis=utc|localtime", NULL },
    { "clock/timer", 0,
      "!name=pit|rtc|hpet|kvmclock|tsc|hypervclock tickpolicy=delay present=yes|no", NULL },

    { "pm", RULE_ONCE, "", NULL }, /* the guest is not offered sleep */
    { "pm/suspend-to-mem", RULE_ONCE, "!enabled=no", NULL },
    { "pm/suspend-to-disk", RULE_ONCE, "!enabled=no", NULL },

    { "seclabel", 0, "!type=none model", NULL },

    { "devices", RULE_ONCE, "", NULL },
    { "devices/emulator", TEXT, "", NULL }, /* without effect: another engine's program */

    { "devices/disk", 0, "type=file|block|network device=disk|cdrom", NULL },
    { "devices/disk/driver", RULE_ONCE,
      "name=qemu|vitrine type=raw|qcow2|vmdk|vdi|vpc|vhdx "
      "cache=default|none|writeback|writethrough|unsafe "
      "io=io_uring discard=unmap|ignore detect_zeroes=off|on|unmap "
      "error_policy=stop|report rerror_policy=stop|report",
      NULL },
    { "devices/disk/source", RULE_ONCE,
      "file dev startupPolicy=mandatory|requisite|optional index protocol=nbd|iscsi name tls=no",
      NULL },
    { "devices/disk/source/host", RULE_ONCE, "name port transport=tcp|unix socket", NULL },
    { "devices/disk/source/encryption", RULE_ONCE, "!format=luks engine=qemu", NULL },
    { "devices/disk/source/encryption/secret", RULE_ONCE, "!type=passphrase uuid usage", NULL },
    { "devices/disk/encryption", RULE_ONCE, "!format=luks engine=qemu", NULL },
    { "devices/disk/encryption/secret", RULE_ONCE, "!type=passphrase uuid usage", NULL },
    /* For a sentence of their own: see definition-network-disk.c. */
    { "devices/disk/auth", RULE_ONCE, "username", NULL },
    { "devices/disk/auth/secret", RULE_ONCE, "type usage uuid", NULL },
    { "devices/disk/source/auth", RULE_ONCE, "username", NULL },
    { "devices/disk/source/auth/secret", RULE_ONCE, "type usage uuid", NULL },
    { "devices/disk/backingStore", RULE_ONCE, "", NULL },
    { "devices/disk/target", RULE_ONCE, "!dev bus=virtio|sata|scsi tray=closed", NULL },
    { "devices/disk/readonly", RULE_ONCE, "", NULL },
    { "devices/disk/serial", TEXT, "", NULL },
    { "devices/disk/wwn", TEXT, "", NULL },
    { "devices/disk/iotune", RULE_ONCE, "", NULL },
    { "devices/disk/iotune/total_bytes_sec", TEXT, "", NULL },
    { "devices/disk/iotune/read_bytes_sec", TEXT, "", NULL },
    { "devices/disk/iotune/write_bytes_sec", TEXT, "", NULL },
    { "devices/disk/iotune/total_iops_sec", TEXT, "", NULL },
    { "devices/disk/iotune/read_iops_sec", TEXT, "", NULL },
    { "devices/disk/iotune/write_iops_sec", TEXT, "", NULL },
    { "devices/disk/boot", RULE_ONCE, "!order", NULL },
    { "devices/disk/alias", RULE_ONCE, "!name", NULL },
    { "devices/disk/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/controller", 0,
      "!type=pci|sata|scsi|usb|virtio-serial index "
      "model=pci-root|pcie-root|virtio-scsi|none|qemu-xhci ports",
      NULL },
    { "devices/controller/driver", RULE_ONCE, "queues", NULL },
    { "devices/controller/alias", RULE_ONCE, "!name", NULL },
    { "devices/controller/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/interface", 0, "!type=user|ethernet|bridge|network|direct", NULL },
    { "devices/interface/source", RULE_ONCE,
      "bridge network dev mode=bridge|vepa|private|passthrough", NULL },
    { "devices/interface/backend", RULE_ONCE, "!type=passt restricted=yes|no ipv6=yes|no", NULL },
    { "devices/interface/mac", RULE_ONCE, "!address type=static", NULL },
    { "devices/interface/target", RULE_ONCE, "!dev managed=no", NULL },
    { "devices/interface/portForward", 0, "!proto=tcp|udp address dev", NULL },
    { "devices/interface/portForward/range", 0, "!start end to exclude=yes|no", NULL },
    { "devices/interface/model", RULE_ONCE, "!type=virtio|e1000e|rtl8139", NULL },
    { "devices/interface/link", RULE_ONCE, "!state=up|down", NULL },
    { "devices/interface/driver", RULE_ONCE, "name=vhost|qemu queues", NULL },
    { "devices/interface/filterref", RULE_ONCE, "!filter=no-mac-spoofing|clean-traffic", NULL },
    { "devices/interface/filterref/parameter", 0, "!name=IP|IPV6 !value", NULL },
    { "devices/interface/bandwidth", RULE_ONCE, "", NULL },
    { "devices/interface/bandwidth/inbound", RULE_ONCE, "!average peak burst", NULL },
    { "devices/interface/bandwidth/outbound", RULE_ONCE, "!average burst", NULL },
    { "devices/interface/mtu", RULE_ONCE, "!size", NULL },
    { "devices/interface/rom", RULE_ONCE, "enabled=yes|no bar=on|off file", NULL },
    { "devices/interface/boot", RULE_ONCE, "!order", NULL },
    { "devices/interface/alias", RULE_ONCE, "!name", NULL },
    { "devices/interface/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/serial", 0, CHARDEV, NULL },
    { "devices/serial/source", RULE_ONCE, "path",
      NULL }, /* without effect: libvirt's pty of a run */
    { "devices/serial/target", RULE_ONCE, "type=isa-serial port=0", NULL },
    { "devices/serial/target/model", RULE_ONCE, "name=isa-serial", NULL },
    { "devices/serial/alias", RULE_ONCE, "!name", NULL },
    { "devices/serial/address", RULE_ONCE, "type=isa iobase=0x3f8 irq=0x4|4", NULL },
    { "devices/console", 0, CHARDEV, NULL },
    { "devices/console/source", RULE_ONCE, "path", NULL },
    { "devices/console/target", RULE_ONCE, "type=serial|virtio port", NULL },
    { "devices/console/alias", RULE_ONCE, "!name", NULL },
    { "devices/console/address", RULE_ONCE, PORT_ADDRESS, NULL },

    /* Vitrine's clients reach a channel by its name; libvirt's socket of a run: without effect. */
    { "devices/channel", 0, "!type=unix|pty|spicevmc", NULL },
    { "devices/channel/source", RULE_ONCE,
      "mode=bind path=/run/libvirt/*|/var/run/libvirt/*|/var/lib/libvirt/*|/dev/pts/*", NULL },
    { "devices/channel/target", RULE_ONCE, "!type=virtio !name state=connected|disconnected",
      NULL },
    { "devices/channel/alias", RULE_ONCE, "!name", NULL },
    { "devices/channel/address", RULE_ONCE, PORT_ADDRESS, NULL },

    { "devices/input", 0, "!type=mouse|keyboard|tablet !bus=ps2|usb|virtio", NULL },
    { "devices/input/alias", RULE_ONCE, "!name", NULL },
    { "devices/input/address", RULE_ONCE, PCI_ADDRESS, NULL },

    /* Vitrine hands a viewer its connection itself and listens nowhere. */
    { "devices/graphics", 0, "!type=vnc|spice port=-1 autoport=yes", NULL },
    { "devices/graphics/listen", RULE_ONCE, "!type=none|address", NULL },
    { "devices/graphics/image", RULE_ONCE, "compression=off", NULL },
    { "devices/graphics/alias", RULE_ONCE, "!name", NULL },

    { "devices/video", 0, "", NULL },
    { "devices/video/model", RULE_ONCE, "!type=vga|virtio|none vram=16384 heads=1 primary=yes",
      NULL },
    { "devices/video/model/acceleration", RULE_ONCE, "accel2d=no accel3d=no", NULL },
    { "devices/video/model/resolution", RULE_ONCE, "!x !y", NULL },
    { "devices/video/alias", RULE_ONCE, "!name", NULL },
    { "devices/video/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/audio", 0, "id !type=none", NULL },

    { "devices/rng", 0, "!model=virtio", NULL },
    { "devices/rng/backend", TEXT, "!model=random", "|/dev/urandom|/dev/random" },
    { "devices/rng/alias", RULE_ONCE, "!name", NULL },
    { "devices/rng/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/watchdog", RULE_ONCE, "!model=i6300esb action=reset|shutdown|poweroff|pause|none",
      NULL },
    { "devices/watchdog/alias", RULE_ONCE, "!name", NULL },
    { "devices/watchdog/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/panic", RULE_ONCE, "model=isa|pvpanic", NULL },
    { "devices/panic/alias", RULE_ONCE, "!name", NULL },
    { "devices/panic/address", RULE_ONCE, PCI_ADDRESS " iobase=0x505", NULL },

    { "devices/memballoon", RULE_ONCE,
      "!model=virtio|none autodeflate=on|off freePageReporting=on|off", NULL },
    { "devices/memballoon/alias", RULE_ONCE, "!name", NULL },
    { "devices/memballoon/stats", RULE_ONCE, "period",
      NULL }, /* without effect: figures are fetched when somebody asks */
    { "devices/memballoon/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/memory", 0, "!model=virtio-mem", NULL },
    { "devices/memory/target", RULE_ONCE, "", NULL },
    { "devices/memory/target/size", TEXT, "unit", NULL },
    { "devices/memory/target/node", TEXT, "", "0" },
    { "devices/memory/target/block", TEXT, "unit", NULL },
    { "devices/memory/target/requested", TEXT, "unit", NULL },
    { "devices/memory/target/current", TEXT, "unit", NULL }, /* without effect: of a run */
    { "devices/memory/alias", RULE_ONCE, "!name", NULL },
    { "devices/memory/address", RULE_ONCE, PCI_ADDRESS, NULL },

    { "devices/vsock", RULE_ONCE, "model=virtio", NULL },
    { "devices/vsock/cid", RULE_ONCE, "auto=yes|no address", NULL },
    { "devices/vsock/alias", RULE_ONCE, "!name", NULL },
    { "devices/vsock/address", RULE_ONCE, PCI_ADDRESS, NULL },

    /* Networks, which are a text of their own. */
    { "network", RULE_ONCE, "connections", NULL },
    { "network/name", TEXT, "", NULL },
    { "network/uuid", TEXT, "", NULL },
    { "network/title", TEXT, "", NULL },
    { "network/description", TEXT, "", NULL },
    { "network/metadata", RULE_ONCE | RULE_OPAQUE, "", NULL },
    { "network/forward", RULE_ONCE, "mode=nat|route|bridge dev", NULL },
    { "network/forward/nat", RULE_ONCE, "ipv6=yes|no", NULL },
    { "network/forward/interface", RULE_ONCE, "!dev", NULL },
    { "network/bridge", RULE_ONCE, "name stp delay", NULL }, /* no other bridge is behind ours */
    { "network/mac", RULE_ONCE, "!address", NULL },          /* without effect: the bridge's */
    { "network/domain", RULE_ONCE, "!name localOnly=yes|no", NULL },
    { "network/dns", RULE_ONCE, "enable=yes|no", NULL },
    { "network/ip", 0, "!address netmask prefix family=ipv4|ipv6", NULL },
    { "network/ip/dhcp", RULE_ONCE, "", NULL },
    { "network/ip/dhcp/range", RULE_ONCE, "!start !end", NULL },
    { "network/ip/dhcp/host", 0, "!mac name !ip", NULL },
};

/* Whether VALUE is one of LIST, "a|b|c*", LEN bytes long; a star stands for any end. */
static gboolean
is_listed (const char *list, gsize len, const char *value)
{
    const char *end = list + len;

    while (list < end) {
        const char *bar = memchr (list, '|', end - list);
        gsize n = (bar ? bar : end) - list;

        if (n > 0 && list[n - 1] == '*' ? strncmp (list, value, n - 1) == 0
                                        : strlen (value) == n && strncmp (list, value, n) == 0)
            return TRUE;
        list += n + 1;
    }
    return FALSE;
}

/* "a|b|c" as people read it; that it may be empty ("|a|b") goes without saying. */
static char *
list_for_people (const char *list, gsize len)
{
    gsize skip = len > 0 && *list == '|';
    g_autofree char *copy = g_strndup (list + skip, len - skip);
    g_auto (GStrv) words = g_strsplit (copy, "|", -1);

    return g_strjoinv (", ", words);
}

static const Rule *
find_rule (const char *path)
{
    for (gsize i = 0; i < G_N_ELEMENTS (rules); i++)
        if (strcmp (rules[i].path, path) == 0)
            return &rules[i];
    return NULL;
}

static char *
qualified_name (const xmlChar *name, const xmlNs *ns)
{
    g_autofree char *full =
        ns && ns->prefix ? g_strdup_printf ("%s:%s", (const char *) ns->prefix, (const char *) name)
                         : g_strdup ((const char *) name);

    return definition_quote (full);
}

static char *
parent_name (const xmlNode *node)
{
    if (!node->parent || node->parent->type != XML_ELEMENT_NODE)
        return g_strdup ("domain");
    return qualified_name (node->parent->name, node->parent->ns);
}

/* Refuses an attribute; VALUES, when not NULL, are the N_VALUES bytes of what it could say. */
static gboolean
refuse_attribute (xmlNode *node, const char *name, const char *value, const char *values,
                  gsize n_values, GError **error)
{
    g_autofree char *element = qualified_name (node->name, node->ns);
    g_autofree char *parent = parent_name (node);
    g_autofree char *quoted = definition_quote (value);
    g_autofree char *wanted = values ? list_for_people (values, n_values) : NULL;

    if (wanted)
        return definition_refuse (
            error, VITRINE_ERROR_UNSUPPORTED,
            /* TRANSLATORS: <ELEMENT ATTRIBUTE='VALUE'>, its parent, values that are possible */
            _ ("Vitrine cannot do <%s %s='%s'> yet (in <%s>), only: %s"), element, name, quoted,
            parent, wanted);
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("Vitrine cannot do <%s %s='%s'> yet (in <%s>)"), element, name,
                              quoted, parent);
}

/* One word of a rule's attributes, and where the next one is. */
typedef struct {
    const char *name, *values; /* VALUES is NULL when any will do */
    gsize n_name, n_values;
    gboolean required;
} Word;

static gboolean
next_word (const char **at, Word *word)
{
    const char *p = *at + strspn (*at, " ");
    gsize n;

    if (!*p)
        return FALSE;
    word->required = *p == '!';
    word->name = p + word->required;
    n = strcspn (word->name, " ");
    word->n_name = strcspn (word->name, "= ");
    word->values = word->n_name < n ? word->name + word->n_name + 1 : NULL;
    word->n_values = word->values ? n - word->n_name - 1 : 0;
    *at = word->name + n;
    return TRUE;
}

/* Whether the attribute NAME of NODE is in RULE, with VALUE among its values. */
static gboolean
check_attribute (xmlNode *node, const Rule *rule, const char *name, const char *value,
                 GError **error)
{
    const char *at = rule->attributes;
    Word word;

    while (next_word (&at, &word)) {
        if (word.n_name != strlen (name) || strncmp (word.name, name, word.n_name) != 0)
            continue;
        if (!word.values || is_listed (word.values, word.n_values, value))
            return TRUE;
        return refuse_attribute (node, name, value, word.values, word.n_values, error);
    }
    return refuse_attribute (node, name, value, NULL, 0, error);
}

static gboolean
check_required (xmlNode *node, const Rule *rule, GError **error)
{
    const char *at = rule->attributes;
    Word word;

    while (next_word (&at, &word)) {
        g_autofree char *name = g_strndup (word.name, word.n_name);
        g_autofree char *parent = NULL;

        if (!word.required || xmlHasProp (node, (const xmlChar *) name))
            continue;
        parent = parent_name (node);
        return definition_refuse (error, VITRINE_ERROR_INVALID,
                                  /* TRANSLATORS: names of an XML element, attribute, and parent */
                                  _ ("<%s> lacks its attribute '%s' (in <%s>)"),
                                  (const char *) node->name, name, parent);
    }
    return TRUE;
}

static gboolean
check_attributes (xmlNode *node, const Rule *rule, GError **error)
{
    for (xmlAttr *attr = node->properties; attr; attr = attr->next) {
        g_autofree char *name = qualified_name (attr->name, attr->ns);
        xmlChar *raw = xmlNodeListGetString (node->doc, attr->children, 1);
        g_autofree char *value = g_strdup (raw ? (const char *) raw : "");

        xmlFree (raw);
        if (!check_attribute (node, rule, name, value, error))
            return FALSE;
    }
    return check_required (node, rule, error);
}

static gboolean
check_text (xmlNode *node, const Rule *rule, GError **error)
{
    g_autofree char *text = definition_text (node);
    g_autofree char *quoted = definition_quote (text);
    g_autofree char *wanted = NULL;
    g_autofree char *parent = NULL;

    if (!(rule->flags & RULE_TEXT)) {
        for (xmlNode *child = node->children; child; child = child->next)
            if ((child->type == XML_TEXT_NODE && !xmlIsBlankNode (child))
                || child->type == XML_CDATA_SECTION_NODE)
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("There is text in <%s> where none belongs"),
                                          (const char *) node->name);
        return TRUE;
    }
    if (!rule->text || is_listed (rule->text, strlen (rule->text), text))
        return TRUE;
    wanted = list_for_people (rule->text, strlen (rule->text));
    parent = parent_name (node);
    return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                              _ ("Vitrine cannot do <%s>%s</%s> yet (in <%s>), only: %s"),
                              (const char *) node->name, quoted, (const char *) node->name, parent,
                              wanted);
}

static gboolean
check_once (xmlNode *node, const Rule *rule, GError **error)
{
    g_autofree char *parent = NULL;

    if (!(rule->flags & RULE_ONCE))
        return TRUE;
    for (xmlNode *other = node->prev; other; other = other->prev)
        if (other->type == XML_ELEMENT_NODE && xmlStrEqual (other->name, node->name)) {
            parent = parent_name (node);
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("There is more than one <%s> in <%s>"),
                                      (const char *) node->name, parent);
        }
    return TRUE;
}

/* No element below NODE may be deeper than MAX_DEPTH, whoever it belongs to.  Does not recurse: the
 * tree is what is in doubt. */
static gboolean
check_depth (xmlNode *root, GError **error)
{
    xmlNode *node = root;
    guint depth = 0;

    for (;;) {
        if (node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            if (++depth > MAX_DEPTH)
                return definition_refuse (error, VITRINE_ERROR_INVALID,
                                          _ ("The definition has elements more than %d deep"),
                                          MAX_DEPTH);
            continue;
        }
        while (node != root && !node->next) {
            node = node->parent;
            depth--;
        }
        if (node == root)
            return TRUE;
        node = node->next;
    }
}

/* Recurses as deep as the table has paths. */
static gboolean
check_element (xmlNode *node, const char *path, GError **error)
{
    const Rule *rule = node->ns ? NULL : find_rule (path);
    g_autofree char *parent = NULL;

    if (!rule) {
        g_autofree char *name = qualified_name (node->name, node->ns);

        parent = parent_name (node);
        return definition_refuse (error, VITRINE_ERROR_UNSUPPORTED,
                                  /* TRANSLATORS: names of XML elements */
                                  _ ("Vitrine cannot do <%s> yet (in <%s>)"), name, parent);
    }
    if (!check_once (node, rule, error) || !check_attributes (node, rule, error))
        return FALSE;
    if (rule->flags & RULE_OPAQUE)
        return TRUE;
    if (!check_text (node, rule, error))
        return FALSE;
    for (xmlNode *child = node->children; child; child = child->next) {
        g_autofree char *below = NULL;

        if (child->type == XML_ENTITY_REF_NODE)
            return definition_refuse (error, VITRINE_ERROR_INVALID,
                                      _ ("The definition uses an entity (&%s;)"),
                                      (const char *) child->name);
        if (child->type != XML_ELEMENT_NODE)
            continue;
        below = *path ? g_strdup_printf ("%s/%s", path, (const char *) child->name)
                      : g_strdup ((const char *) child->name);
        if (!check_element (child, below, error))
            return FALSE;
    }
    return TRUE;
}

gboolean
definition_rules_check (xmlNode *domain, GError **error)
{
    return check_depth (domain, error) && check_element (domain, "", error);
}

gboolean
definition_rules_check_network (xmlNode *network, GError **error)
{
    return check_depth (network, error) && check_element (network, "network", error);
}

char **
vitrine_definition_dup_choices (const char *path, const char *attribute, GError **error)
{
    const Rule *rule = find_rule (path);
    const char *at = rule ? rule->attributes : "";
    Word word;

    while (next_word (&at, &word)) {
        g_autofree char *values = NULL;

        if (word.n_name != strlen (attribute) || strncmp (word.name, attribute, word.n_name) != 0
            || !word.values)
            continue;
        values = g_strndup (word.values, word.n_values);
        return g_strsplit (values, "|", -1);
    }
    definition_refuse (error, VITRINE_ERROR_NOT_FOUND,
                       _ ("There is no rule of choices for “%s %s”"), path, attribute);
    return NULL;
}
