/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vmm-protocol.h - the VMM socket: between a keeper and its VMM.
 *
 * SOCK_SEQPACKET; the VMM finds its end at descriptor VMM_SOCKET_FD.  Each datagram begins with a
 * struct vmm_header; host byte order; every size is checked by whoever receives.
 *
 *   1. The keeper sends VMM_CREATE: a header, then records one after the other, each with its own
 *      type and size, and the descriptors they name by index into those that came along.
 *   2. The VMM builds the machine, paused, locks itself in and answers VMM_CREATED, or VMM_FAILED with
 *      one sentence and ends.
 *   3. The keeper sends requests; each is answered by VMM_DONE or VMM_FAILED with the same serial.
 *      Events (VMM_EVENT_…, serial 0) come at any time.
 *   4. When the guest is off or the keeper says VMM_QUIT the VMM flushes, sends VMM_EVENT_STOPPED
 *      and exits with status 0.  When the keeper's end closes, it flushes and exits too.
 */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#define VMM_PROTOCOL_VERSION 1
#define VMM_SOCKET_FD        3
#define VMM_MESSAGE_MAX      65536 /* bytes of one datagram */
#define VMM_TEXT_BYTES       256

enum vmm_message_type {
    /* keeper → VMM */
    VMM_CREATE = 1,
    VMM_RUN,          /* start or go on */
    VMM_PAUSE,        /* done when no vCPU runs and no disk request is in flight */
    VMM_RESET,        /* as the reset button */
    VMM_POWER_BUTTON, /* as the power button, pressed shortly */
    VMM_QUIT,         /* switch off now */
    VMM_DISPLAY,      /* one fd: the VMM's end of a new display channel */
    VMM_KEY,          /* struct vmm_key */
    VMM_STATISTICS,   /* answered by VMM_STATISTICS_REPLY */
    VMM_SET_MEMORY,   /* struct vmm_set_memory: so much the guest shall have */
    VMM_CONNECTED,    /* struct vmm_connected: the other end of a port came or went */
    VMM_LINK,         /* struct vmm_link: pull a network card's cable, or put it back */
    VMM_NET,          /* struct vmm_net and one fd: a new peer for a network card */
    VMM_ATTACH,    /* a header, then one VMM_RECORD_DEVICE with its descriptors: a device comes */
    VMM_DETACH,    /* struct vmm_detach: a device shall go; done when the guest was asked,
                         VMM_EVENT_UNPLUG tells how it ends */
    VMM_SET_VCPUS, /* struct vmm_set_vcpus: so many processors shall there be; done when those that
                         come are there and the guest was asked to give those back that go */
    VMM_EJECT,     /* struct vmm_eject: take the medium out of a drive */
    VMM_INSERT,    /* struct vmm_insert and one fd: put a medium into a drive */
    VMM_RESIZE,    /* struct vmm_resize: make a disk larger */
    VMM_BLOCK,     /* struct vmm_block: another process behind a disk, or none any more */
    VMM_LIMITS,    /* struct vmm_limits: what a disk may do in a second */

    /* VMM → keeper */
    VMM_CREATED = 0x100,
    VMM_DONE,
    VMM_FAILED,           /* struct vmm_text */
    VMM_STATISTICS_REPLY, /* struct vmm_statistics and what follows it */
    VMM_EVENT_STATE,      /* struct vmm_state: runs, or does not */
    VMM_EVENT_RESET,      /* the guest was reset, by itself or by us */
    VMM_EVENT_BROKEN,     /* struct vmm_broken: a device was marked broken */
    VMM_EVENT_STUCK,     /* struct vmm_text: KVM cannot go on with the guest; the machine is paused,
                             and only a reset or VMM_QUIT leads on */
    VMM_EVENT_STOPPED,   /* struct vmm_stopped: the last message */
    VMM_EVENT_DEVICE,    /* struct vmm_device_event: a device noticed something about the guest */
    VMM_EVENT_VARIABLES, /* UEFI variables changed: comes after every change, one for many */
    VMM_EVENT_UNPLUG,    /* struct vmm_unplug: how it goes on with a device that shall go, or that
                             the guest gave up by itself */
    VMM_EVENT_VCPUS,     /* struct vmm_vcpus: the number of processors changed, or does not */
    VMM_EVENT_MEMORY,    /* struct vmm_memory: what is plugged changed, or what shall be */
    VMM_EVENT_BLOCK_LOST, /* struct vmm_block_lost: the process behind a disk is of no use any more */
};

struct vmm_header {
    uint16_t type;
    uint16_t version; /* VMM_PROTOCOL_VERSION */
    uint32_t serial;  /* of the request; 0 for events */
    uint32_t size;    /* of the whole message, header included */
    uint32_t n_fds;   /* that came along */
};

/* --- VMM_CREATE's records ----------------------------------------------------------------------- */

enum vmm_record_type {
    VMM_RECORD_MACHINE = 1,
    VMM_RECORD_KERNEL,
    VMM_RECORD_DEVICE,
    VMM_RECORD_VARIABLES,
    VMM_RECORD_CPU,
};

struct vmm_record {
    uint16_t type;
    uint16_t reserved;
    uint32_t size; /* of the record, this header included; a multiple of 8 */
};

enum vmm_fd_index { VMM_NO_FD = -1 };

#define VMM_NAME_BYTES 64

/* Exactly one, the first record. */
struct vmm_record_machine {
    struct vmm_record record;
    char name[VMM_NAME_BYTES]; /* for logs and SMBIOS; printable, NUL-terminated */
    uint8_t uuid[16];          /* RFC 4122 order */
    uint64_t memory_bytes;     /* a multiple of 1 MiB */
    uint32_t n_vcpus;       /* there at the start */
    uint32_t boot_menu;     /* 1: offer the firmware's boot menu */
    int32_t kvm_fd;         /* /dev/kvm */
    int32_t firmware_fd;    /* BIOS image, read-only */
    int32_t debug_fd;       /* where port 402h writes (file or pipe), or VMM_NO_FD */
    int32_t reserved;
    int64_t rtc_offset_s;   /* guest's clock minus UTC */
    uint32_t flags;         /* VMM_MACHINE_… */
    uint32_t max_vcpus;     /* so many there may be later; 0: no more than at the start */
    uint64_t pluggable_bytes; /* that a virtio-mem may give; a multiple of 1 MiB, often 0 */
};

#define VMM_MACHINE_DISPLAY  (1u << 0) /* the machine has a display device */
#define VMM_COMMAND_LINE_MAX 2048      /* bytes, NUL included */

/* At most one: boot this kernel directly. */
struct vmm_record_kernel {
    struct vmm_record record;
    int32_t kernel_fd; /* bzImage */
    int32_t initrd_fd; /* or VMM_NO_FD */
    char command_line[VMM_COMMAND_LINE_MAX];
};

/* At most one: the firmware is UEFI, and this is where its variables are. */
struct vmm_record_variables {
    struct vmm_record record;
    int32_t fd; /* a memfd, sealed against growing and shrinking */
    uint32_t reserved;
};

/* The memfd begins with this; the flash chip's bytes follow from VMM_VARIABLES_OFFSET to its end.  The
 * VMM writes, the keeper copies and keeps the file.  So nothing is lost when the VMM ends in whatever
 * way, and the VMM can write no file. */
struct vmm_variables {
    _Atomic uint64_t sequence; /* goes up at the beginning and at the end of every change: a copy is
                                  whole when it was even and the same before and after */
};

#define VMM_VARIABLES_OFFSET 4096
#define VMM_VARIABLES_BLOCK  4096 /* the chip's size is a multiple of this */

#define VMM_MAX_FEATURES     272
#define VMM_CPU_NAME_BYTES   32
#define VMM_CPU_VENDOR_BYTES 16

enum vmm_feature_policy {
    VMM_FEATURE_DISABLE,  /* it must not be shown */
    VMM_FEATURE_REQUIRE,  /* it must be there */
    VMM_FEATURE_MODEL,    /* the same, but for what is never shown unless it is asked for */
    VMM_FEATURE_OPTIONAL, /* shown where it is there */
    VMM_FEATURE_FORCE,    /* shown, there or not */
    VMM_FEATURE_FORBID,   /* it must not be there */
    VMM_FEATURE_N
};

/* One of Hyper-V's has no bits; its name is "hv-" and the element. */
struct vmm_cpu_feature {
    char name[VMM_CPU_NAME_BYTES]; /* for sentences */
    uint32_t policy;               /* enum vmm_feature_policy */
    uint32_t function, index;      /* CPUID leaf and subleaf */
    uint32_t eax, ebx, ecx, edx;   /* its bits there */
    uint32_t reserved;
};

/* At most one: what the processors are; without it one socket of as many cores as there may be, all the
 * host's.  With a model they show those features only that are listed. */
struct vmm_record_cpu {
    struct vmm_record record;
    uint32_t sockets, cores, threads; /* cores of a socket, threads of a core */
    uint32_t n_features;
    uint32_t spinlock_retries; /* with Hyper-V's "hv-spinlocks": before the guest tells of a spin */
    uint32_t signature;        /* the model's, as CPUID leaf 1 EAX; 0: the host's */
    char model[VMM_CPU_NAME_BYTES];         /* its name; empty: the host's processor */
    char vendor[VMM_CPU_VENDOR_BYTES];      /* the model's, as CPUID leaf 0; empty: the host's */
    char host_vendor[VMM_CPU_VENDOR_BYTES]; /* what the host's must be; empty: any */
    struct vmm_cpu_feature features[]; /* n_features */
};

enum vmm_backend {
    VMM_BACKEND_NONE,
    VMM_BACKEND_RAW,    /* fd: image file or block device */
    VMM_BACKEND_SOCKET, /* fd: stream socket */
    VMM_BACKEND_NET_PACKET, /* fd: socket that keeps datagrams apart, each a frame */
    VMM_BACKEND_NET_STREAM, /* fd: stream socket; 32-bit big-endian length, then the frame */
    VMM_BACKEND_NET_TAP,    /* fd: tap, set up (IFF_NO_PI; IFF_VNET_HDR for offloads) */
    VMM_BACKEND_VHOST,      /* fd: the host kernel's vhost of the model's kind, nobody's yet; for a vsock
                               with the guest's CID set */
    VMM_BACKEND_VHOST_USER, /* fd: stream socket to a vhost-user-blk process that opens the image; it gets
                               the guest's memory */
    VMM_BACKEND_N
};

#define VMM_BACKEND_READ_ONLY  (1u << 0)
#define VMM_BACKEND_DIRECT     (1u << 1) /* opened with O_DIRECT */
#define VMM_BACKEND_NO_FLUSH   (1u << 2) /* the user asked for unsafe caching */
#define VMM_BACKEND_LINK_DOWN  (1u << 3) /* a network card whose cable is not plugged in */
#define VMM_BACKEND_NO_DISCARD (1u << 4) /* the image keeps the space that the guest gives back */

#define VMM_MODEL_BYTES  24
#define VMM_ALIAS_BYTES  32
#define VMM_OPTION_BYTES 96
#define VMM_MAX_OPTIONS  16
#define VMM_SLOT_AUTO    0xffffffffu
#define VMM_MAX_DEVICES  128
#define VMM_MAX_PAIRS    8 /* of a network card */

struct vmm_option {
    char name[24];
    char value[VMM_OPTION_BYTES - 24];
};

/* One a device, in boot order where that matters. */
struct vmm_record_device {
    struct vmm_record record;
    char model[VMM_MODEL_BYTES]; /* a row of the VMM's registry: "virtio-blk" */
    char alias[VMM_ALIAS_BYTES]; /* unique in the machine: "virtio-disk0" */
    uint32_t slot;               /* PCI device number 1-30, or VMM_SLOT_AUTO */
    uint32_t unit;               /* port on the SATA controller, 0-5; SCSI target << 16 | unit */
    uint32_t boot_index;         /* 1 boots first; 0: not in the boot order */
    uint32_t backend;            /* enum vmm_backend */
    uint32_t backend_flags;
    int32_t fd; /* the backend's, or VMM_NO_FD (a drive with no medium) */
    uint32_t n_options;
    uint32_t
        controller; /* a SCSI controller's number; a SCSI drive's controller's, which came before */
    int32_t rom_fd;              /* PCI: code for the firmware, an image file, or VMM_NO_FD */
    int32_t
        vhost_fd; /* virtio-net on a tap: the host kernel's vhost-net, nobody's yet, which may serve
                                    it, or VMM_NO_FD */
    uint32_t
        n_pairs; /* virtio-net on a tap: pairs of queues, as many descriptors from FD on, and from VHOST_FD
                                    on, being one each; 0: one */
    uint32_t reserved;
    struct vmm_option options[]; /* n_options */
};

/* --- the rest ------------------------------------------------------------------------------------ */

struct vmm_text {
    struct vmm_header header;
    char text[VMM_TEXT_BYTES]; /* one sentence, NUL-terminated */
};

struct vmm_key {
    struct vmm_header header;
    uint32_t code; /* evdev */
    uint32_t down; /* 0 or 1 */
};

struct vmm_connected {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t connected; /* 0 or 1 */
    uint32_t reserved;
};

struct vmm_link {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t up; /* 0 or 1 */
    uint32_t reserved;
};

/* The peer takes the place of one of the same kind. */
struct vmm_net {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t backend; /* VMM_BACKEND_NET_… */
    uint32_t reserved;
};

/* Refused while the guest keeps the tray locked, which is then told of the button. */
struct vmm_eject {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t force; /* 1: whatever the guest locked */
    uint32_t reserved;
};

/* What was in the drive comes out, as by VMM_EJECT. */
struct vmm_insert {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t force;         /* as above */
    uint32_t backend_flags; /* VMM_BACKEND_…, of the medium */
};

struct vmm_resize {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint64_t size_bytes; /* a multiple of 512, not less than now; a file behind the disk is made so
                            large, a block device must be so already */
};

#define VMM_LIMITS_N 6

struct vmm_limits {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint64_t limits
        [VMM_LIMITS_N]; /* bytes in all, read, written; requests in all, to read, to write; 0: no limit */
};

/* With one fd: the process behind the disk is gone for good, and this leads to the next one, which is given
 * what that one had not done.  Without: there will be no other, and the guest's requests fail. */
struct vmm_block {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
};

enum vmm_run_state { VMM_PAUSED, VMM_RUNNING };

struct vmm_state {
    struct vmm_header header;
    uint32_t state; /* enum vmm_run_state */
    uint32_t reserved;
};

struct vmm_broken {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    char reason[VMM_TEXT_BYTES];
};

/* Requests wait until VMM_BLOCK comes.  NUMBER says which process it is: 0 for the first, then how many
 * VMM_BLOCK came for this disk before it. */
struct vmm_block_lost {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t number;
    uint32_t reserved;
    char reason[VMM_TEXT_BYTES]; /* a sentence without its subject */
};

enum vmm_device_event_kind {
    VMM_DEVICE_WATCHDOG,     /* the guest did not feed it in time */
    VMM_DEVICE_PANICKED,     /* the guest's kernel says that it cannot go on */
    VMM_DEVICE_CRASH_LOADED, /* the same, but the guest's own crash kernel takes over */
    VMM_DEVICE_EVENT_N
};

/* What the VMM does about it, after this event. */
enum vmm_device_action {
    VMM_ACTION_NONE,
    VMM_ACTION_RESET,        /* VMM_EVENT_RESET follows */
    VMM_ACTION_POWER_OFF,    /* VMM_EVENT_STOPPED follows, VMM_STOP_GUEST */
    VMM_ACTION_PAUSE,        /* VMM_EVENT_STATE follows */
    VMM_ACTION_POWER_BUTTON, /* pressed */
    VMM_ACTION_N
};

struct vmm_device_event {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t event;  /* enum vmm_device_event_kind */
    uint32_t action; /* enum vmm_device_action */
};

struct vmm_detach {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t force; /* 1: take it away without asking the guest */
    uint32_t reserved;
};

struct vmm_set_vcpus {
    struct vmm_header header;
    uint32_t n; /* 1 to the machine's maximum */
    uint32_t reserved;
};

enum vmm_unplug_state {
    VMM_UNPLUG_GONE,      /* it is gone, and all that stood behind it is closed */
    VMM_UNPLUG_AGREED,    /* the guest is about to let go of it */
    VMM_UNPLUG_REFUSED,   /* the guest keeps it */
    VMM_UNPLUG_TIMED_OUT, /* the guest does not say; it stays until it does */
    VMM_UNPLUG_N
};

struct vmm_unplug {
    struct vmm_header header;
    char alias[VMM_ALIAS_BYTES];
    uint32_t state; /* enum vmm_unplug_state */
    uint32_t reserved;
};

struct vmm_vcpus {
    struct vmm_header header;
    uint32_t n;     /* there are now */
    uint32_t state; /* enum vmm_unplug_state, of those that were to go; GONE when none is left */
};

/* Comes after every change, one for many. */
struct vmm_memory {
    struct vmm_header header;
    uint64_t plugged_bytes;   /* beside what the machine began with */
    uint64_t requested_bytes; /* so much the guest is asked to have plugged */
};

enum vmm_stop_reason {
    VMM_STOP_GUEST, /* the guest switched itself off */
    VMM_STOP_HOST,  /* VMM_QUIT, or the keeper went away */
    VMM_STOP_ERROR, /* the VMM itself could not go on; text says why */
};

struct vmm_stopped {
    struct vmm_header header;
    uint32_t reason; /* enum vmm_stop_reason */
    uint32_t reserved;
    char text[VMM_TEXT_BYTES];
};

#define VMM_UNKNOWN UINT64_MAX

struct vmm_set_memory {
    struct vmm_header header;
    uint64_t bytes; /* more than memory_bytes is plugged, what is less is for the balloon */
};

/* One a disk, and a drive that has a medium: what was moved since that is there. */
struct vmm_disk_statistics {
    char alias[VMM_ALIAS_BYTES];
    uint64_t read_requests, read_bytes;
    uint64_t write_requests, written_bytes;
    uint64_t flush_requests;
};

/* One a network card: frames of the guest's, without what the host's kernel moves in our place (vhost). */
struct vmm_card_statistics {
    char alias[VMM_ALIAS_BYTES];
    uint64_t received_frames, received_bytes;
    uint64_t sent_frames, sent_bytes;
    uint64_t dropped_frames; /* both ways, for what is wrong with them */
};

/* Followed by n_vcpus times uint64_t, the time of each vCPU's thread in nanoseconds (VMM_UNKNOWN: there is none), then
 * n_disks struct vmm_disk_statistics and n_cards struct vmm_card_statistics. */
struct vmm_statistics {
    struct vmm_header header;
    uint64_t vcpu_ns; /* time all vCPU threads spent, user and system */
    uint64_t read_bytes, written_bytes;
    uint64_t exits;
    uint64_t memory_bytes;         /* the machine has */
    uint64_t balloon_bytes;        /* of these the guest gave back */
    uint64_t balloon_target_bytes; /* … and is asked to */
    uint64_t plugged_bytes;        /* beside them a virtio-mem gives so much */
    uint64_t plug_target_bytes;    /* … and the guest is asked to have it so */
    /* As the guest says, VMM_UNKNOWN when it does not; asking makes it say anew. */
    uint64_t guest_free_bytes, guest_available_bytes, guest_total_bytes;
    uint32_t n_vcpus; /* at most VMM_MAX_VCPUS */
    uint32_t n_disks; /* at most VMM_MAX_DEVICES, and so are the cards */
    uint32_t n_cards;
    uint32_t reserved;
};

#define VMM_MAX_VCPUS 255
#define VMM_STATISTICS_MAX                                                                         \
    (sizeof (struct vmm_statistics) + VMM_MAX_VCPUS * sizeof (uint64_t)                            \
     + VMM_MAX_DEVICES                                                                             \
           * (sizeof (struct vmm_disk_statistics) + sizeof (struct vmm_card_statistics)))
