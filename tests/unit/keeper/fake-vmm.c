/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fake-vmm.c - stands in for vitrine-vmm: speaks its protocol, runs no guest, and misbehaves on
 * cue.
 *
 * How it begins is in the environment: FAKE_VMM=create-fails, create-dies, create-hangs, run-fails,
 * deaf-to-quit, lingers, deaf-to-console, figures, figures-wrong, figures-absurd (what it counts); anything else is a VMM that works.  Later cues are lines
 * its guest reads from the serial port ("!reset", "!die", see cues[] below); every other line is
 * echoed.  What it does with a device that is to go is in its alias ("keeps-…", "silent-…",
 * "early-…"), with processors in their number (3: it keeps them).  The figures it answers with: exits is the number of keys it got, read-bytes the code of
 * the last, vcpu-ns the shortest time between two in ns, written-bytes the number that were down.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bits.h"
#include "display-protocol.h"
#include "fd.h"
#include "message.h"
#include "vmm-protocol.h"

#define WIDTH       64
#define HEIGHT      32
#define STRIDE      (WIDTH * 4 + 16) /* rows have something between them */
#define FLOOD_BYTES (1024 * 1024)
#define VARIABLE    0x100

static const char *mode = "";
static int serial_fd = -1, debug_fd = -1, display_fd = -1, frame_fd = -1;
static struct vmm_variables *variables;
static uint8_t *variables_bytes;
static uint64_t n_keys, last_key, n_down, min_gap_ns = UINT64_MAX;
static char line[256];
static size_t line_len;
static bool has_kernel;
static char command_line[VMM_COMMAND_LINE_MAX];

/* --- sending --------------------------------------------------------------------------------- */

static void
send_message (uint16_t type, uint32_t serial, void *message, size_t size)
{
    struct vmm_header *header = message;

    *header = (struct vmm_header){ type, VMM_PROTOCOL_VERSION, serial, (uint32_t) size, 0 };
    if (message_send (VMM_SOCKET_FD, message, size, NULL, 0) < 0)
        exit (1);
}

static void
send_plain (uint16_t type, uint32_t serial)
{
    struct vmm_header header;

    send_message (type, serial, &header, sizeof header);
}

static void
send_failed (uint32_t serial, const char *text)
{
    struct vmm_text message = { 0 };

    snprintf (message.text, sizeof message.text, "%s", text);
    send_message (VMM_FAILED, serial, &message, sizeof message);
}

static void
send_state (uint32_t state)
{
    struct vmm_state message = { .state = state };

    send_message (VMM_EVENT_STATE, 0, &message, sizeof message);
}

static void
stop (uint32_t reason, const char *text)
{
    struct vmm_stopped message = { .reason = reason };

    snprintf (message.text, sizeof message.text, "%s", text);
    send_message (VMM_EVENT_STOPPED, 0, &message, sizeof message);
    if (strcmp (mode, "lingers") == 0)
        for (;;)
            pause ();
    exit (0);
}

/* --- cues from the "guest" ------------------------------------------------------------------- */

static void
cue_die (void)
{
    fprintf (stderr, "fake-vmm: an early line\nfake-vmm: the last line\n");
    kill (getpid (), SIGKILL);
}

static void
cue_exit (void)
{
    exit (7);
}

static void
cue_off (void)
{
    stop (VMM_STOP_GUEST, "");
}

static void
cue_error (void)
{
    stop (VMM_STOP_ERROR, "KVM said no");
}

static void
cue_reset (void)
{
    send_plain (VMM_EVENT_RESET, 0);
}

/* What it was to start directly. */
static void
cue_kernel (void)
{
    if (has_kernel)
        dprintf (serial_fd, "kernel: %s\r\n", command_line);
    else
        dprintf (serial_fd, "no kernel\r\n");
}

static void
cue_broken (void)
{
    struct vmm_broken message = { .alias = "virtio-disk0", .reason = "short request" };

    send_message (VMM_EVENT_BROKEN, 0, &message, sizeof message);
}

static void
cue_stuck (void)
{
    struct vmm_text message = { .text = "emulation failed" };

    send_message (VMM_EVENT_STUCK, 0, &message, sizeof message);
    send_state (VMM_PAUSED);
}

static void
send_device_event (const char *alias, uint32_t event, uint32_t action)
{
    struct vmm_device_event message = { .event = event, .action = action };

    snprintf (message.alias, sizeof message.alias, "%s", alias);
    send_message (VMM_EVENT_DEVICE, 0, &message, sizeof message);
}

static void
cue_watchdog_reset (void)
{
    send_device_event ("watchdog0", VMM_DEVICE_WATCHDOG, VMM_ACTION_RESET);
    send_plain (VMM_EVENT_RESET, 0);
    send_state (VMM_RUNNING);
}

static void
cue_panic_pause (void)
{
    send_device_event ("panic0", VMM_DEVICE_PANICKED, VMM_ACTION_PAUSE);
    send_state (VMM_PAUSED);
}

static void
cue_panic_off (void)
{
    send_device_event ("panic0", VMM_DEVICE_PANICKED, VMM_ACTION_POWER_OFF);
    stop (VMM_STOP_GUEST, "");
}

static void
cue_foreign_events (void)
{
    for (int i = 0; i < 1000; i++) {
        char alias[16];

        snprintf (alias, sizeof alias, "nobody%d", i);
        send_device_event (alias, VMM_DEVICE_WATCHDOG, VMM_ACTION_NONE);
    }
}

static void
cue_unknown_event (void)
{
    send_device_event ("panic0", VMM_DEVICE_EVENT_N, VMM_ACTION_NONE);
}

static void
cue_unknown_action (void)
{
    send_device_event ("panic0", VMM_DEVICE_PANICKED, VMM_ACTION_N);
}

static void
cue_flood (void)
{
    static char bytes[FLOOD_BYTES];

    memset (bytes, 'x', sizeof bytes);
    bytes[sizeof bytes - 1] = '\n';
    for (size_t done = 0; done < sizeof bytes;) {
        ssize_t n = write (serial_fd, bytes + done, sizeof bytes - done);

        if (n <= 0)
            exit (1);
        done += (size_t) n;
    }
}

static void
cue_unknown_type (void)
{
    send_plain (0x7777, 0);
}

static void
cue_wrong_version (void)
{
    struct vmm_header header = { VMM_EVENT_RESET, 99, 0, sizeof header, 0 };

    message_send (VMM_SOCKET_FD, &header, sizeof header, NULL, 0);
}

static void
cue_wrong_size (void)
{
    struct vmm_state message = { .state = VMM_PAUSED };

    message.header = (struct vmm_header){ VMM_EVENT_STATE, VMM_PROTOCOL_VERSION, 0, 16, 0 };
    message_send (VMM_SOCKET_FD, &message, sizeof message, NULL, 0);
}

static void
cue_short (void)
{
    message_send (VMM_SOCKET_FD, "abc", 3, NULL, 0);
}

static void
cue_huge (void)
{
    static char bytes[60000];

    message_send (VMM_SOCKET_FD, bytes, sizeof bytes, NULL, 0);
}

static void
cue_foreign_reply (void)
{
    send_plain (VMM_DONE, 4711);
}

static void
cue_wrong_reply (void)
{
    send_plain (VMM_CREATED, 2);
}

static void
cue_descriptors (void)
{
    struct vmm_header header = { VMM_EVENT_RESET, VMM_PROTOCOL_VERSION, 0, sizeof header, 1 };
    int fd = STDERR_FILENO;

    message_send (VMM_SOCKET_FD, &header, sizeof header, &fd, 1);
}

static void
cue_hidden_descriptors (void)
{
    struct vmm_header header = { VMM_EVENT_RESET, VMM_PROTOCOL_VERSION, 0, sizeof header, 0 };
    int fd = STDERR_FILENO;

    message_send (VMM_SOCKET_FD, &header, sizeof header, &fd, 1);
}

static void
cue_after_stopped (void)
{
    struct vmm_stopped message = { .reason = VMM_STOP_GUEST };

    send_message (VMM_EVENT_STOPPED, 0, &message, sizeof message);
    send_plain (VMM_EVENT_RESET, 0);
    pause ();
}

/* Lets the keeper, which stands still, go on when this process is gone. */
static void
continue_keeper_at_the_end (pid_t keeper)
{
    int ends[2];
    char byte;

    if (pipe (ends) < 0 || fork () != 0)
        return;
    close (VMM_SOCKET_FD);
    close (ends[1]);
    while (read (ends[0], &byte, 1) > 0)
        ;
    kill (keeper, SIGCONT);
    _exit (0);
}

/* With a request that nobody reads any more, as one is that comes a moment too late. */
static void
cue_end_unread (void)
{
    struct vmm_stopped message = { .reason = VMM_STOP_GUEST };
    struct pollfd request = { .fd = VMM_SOCKET_FD, .events = POLLIN };

    send_state (VMM_PAUSED);
    poll (&request, 1, -1);
    kill (getppid (), SIGSTOP);
    continue_keeper_at_the_end (getppid ());
    send_message (VMM_EVENT_STOPPED, 0, &message, sizeof message);
    _exit (0);
}

static void
cue_hang_up (void)
{
    close (VMM_SOCKET_FD);
    for (;;)
        pause ();
}

/* Counts in a byte behind the volume's header, as a guest stores. */
static void
store_variable (void)
{
    variables->sequence++;
    variables_bytes[VARIABLE]++;
    variables->sequence++;
}

static void
cue_variables (void)
{
    store_variable ();
    send_plain (VMM_EVENT_VARIABLES, 0);
}

/* Stores, and is gone before it can say so. */
static void
cue_variables_die (void)
{
    store_variable ();
    cue_die ();
}

/* Is gone in the middle of a change. */
static void
cue_variables_torn (void)
{
    variables->sequence++;
    variables_bytes[VARIABLE] = 0x77;
    send_plain (VMM_EVENT_VARIABLES, 0);
    usleep (500000); /* longer than the keeper waits before it saves */
    variables_bytes[VARIABLE] = 1;
    cue_die ();
}

static void
cue_variables_flood (void)
{
    for (int i = 0; i < 300; i++) {
        cue_variables ();
        usleep (5000);
    }
}

/* --- what comes and goes --------------------------------------------------------------------- */

#define MAX_ATTACHED 64

static struct {
    char alias[VMM_ALIAS_BYTES];
    int fd;
} attached[MAX_ATTACHED];

static void
send_unplug (const char *alias, uint32_t state)
{
    struct vmm_unplug message = { .state = state };

    snprintf (message.alias, sizeof message.alias, "%s", alias);
    send_message (VMM_EVENT_UNPLUG, 0, &message, sizeof message);
}

/* Returns FALSE when it refused. */
static bool
attach (const struct vmm_header *header, const int *fds)
{
    const struct vmm_record_device *device = (const void *) (header + 1);

    if (strncmp (device->alias, "bad-", 4) == 0) {
        send_failed (header->serial, "there is no device model like that");
        return false;
    }
    for (int i = 0; i < MAX_ATTACHED; i++) {
        if (attached[i].alias[0])
            continue;
        memcpy (attached[i].alias, device->alias, sizeof attached[i].alias);
        attached[i].fd = device->fd < 0 ? -1 : dup (fds[device->fd]);
        return true;
    }
    exit (1);
}

static void
let_go (const char *alias)
{
    for (int i = 0; i < MAX_ATTACHED; i++) {
        if (strcmp (attached[i].alias, alias) != 0)
            continue;
        fd_close (&attached[i].fd);
        attached[i].alias[0] = '\0';
    }
    send_unplug (alias, VMM_UNPLUG_GONE);
}

static void
detach (const struct vmm_detach *detach)
{
    uint32_t serial = detach->header.serial;

    if (detach->force) {
        let_go (detach->alias);
        send_plain (VMM_DONE, serial);
    } else if (strncmp (detach->alias, "early-", 6) == 0) {
        send_failed (serial, "the guest's system is not ready");
    } else if (strncmp (detach->alias, "keeps-", 6) == 0) {
        send_plain (VMM_DONE, serial);
        send_unplug (detach->alias, VMM_UNPLUG_REFUSED);
    } else if (strncmp (detach->alias, "silent-", 7) == 0) {
        send_plain (VMM_DONE, serial);
    } else {
        send_plain (VMM_DONE, serial);
        send_unplug (detach->alias, VMM_UNPLUG_AGREED);
        let_go (detach->alias);
    }
}

static void
set_vcpus (const struct vmm_set_vcpus *set)
{
    struct vmm_vcpus message = { .n = set->n, .state = VMM_UNPLUG_GONE };

    if (set->n > 8) {
        send_failed (set->header.serial, "that is too many");
        return;
    }
    if (set->n == 3) {
        message.n = 4;
        message.state = VMM_UNPLUG_REFUSED;
    }
    send_message (VMM_EVENT_VCPUS, 0, &message, sizeof message);
    send_plain (VMM_DONE, set->header.serial);
}

/* The guest has at once what it is asked to have, and no more than 8 MiB of it. */
static void
set_memory (const struct vmm_set_memory *set)
{
    uint64_t more = set->bytes > 64 << 20 ? set->bytes - (64 << 20) : 0;
    struct vmm_memory message = { .plugged_bytes = more < 8 << 20 ? more : 8 << 20,
                                  .requested_bytes = more };

    send_message (VMM_EVENT_MEMORY, 0, &message, sizeof message);
    send_plain (VMM_DONE, set->header.serial);
}

static void
cue_endless_memory (void)
{
    struct vmm_memory message = { .plugged_bytes = UINT64_MAX, .requested_bytes = UINT64_MAX };

    send_message (VMM_EVENT_MEMORY, 0, &message, sizeof message);
}

static void
cue_eject (void)
{
    let_go ("virtio-disk0");
}

static void
cue_time_out (void)
{
    send_unplug ("silent-disk", VMM_UNPLUG_TIMED_OUT);
}

static void
cue_wrong_unplug (void)
{
    send_unplug ("virtio-disk0", VMM_UNPLUG_N);
}

static void
cue_no_vcpus (void)
{
    struct vmm_vcpus message = { .n = 0 };

    send_message (VMM_EVENT_VCPUS, 0, &message, sizeof message);
}

static const struct {
    const char *line;
    void (*act) (void);
} cues[] = {
    { "!eject", cue_eject },
    { "!time-out", cue_time_out },
    { "!wrong-unplug", cue_wrong_unplug },
    { "!no-vcpus", cue_no_vcpus },
    { "!endless-memory", cue_endless_memory },
    { "!die", cue_die },
    { "!exit", cue_exit },
    { "!off", cue_off },
    { "!error", cue_error },
    { "!reset", cue_reset },
    { "!kernel", cue_kernel },
    { "!broken", cue_broken },
    { "!stuck", cue_stuck },
    { "!watchdog-reset", cue_watchdog_reset },
    { "!panic-pause", cue_panic_pause },
    { "!panic-off", cue_panic_off },
    { "!foreign-events", cue_foreign_events },
    { "!unknown-event", cue_unknown_event },
    { "!unknown-action", cue_unknown_action },
    { "!flood", cue_flood },
    { "!unknown-type", cue_unknown_type },
    { "!wrong-version", cue_wrong_version },
    { "!wrong-size", cue_wrong_size },
    { "!short", cue_short },
    { "!huge", cue_huge },
    { "!foreign-reply", cue_foreign_reply },
    { "!wrong-reply", cue_wrong_reply },
    { "!descriptors", cue_descriptors },
    { "!hidden-descriptors", cue_hidden_descriptors },
    { "!after-stopped", cue_after_stopped },
    { "!end-unread", cue_end_unread },
    { "!hang-up", cue_hang_up },
    { "!variables", cue_variables },
    { "!variables-die", cue_variables_die },
    { "!variables-torn", cue_variables_torn },
    { "!variables-flood", cue_variables_flood },
};

static void
handle_line (void)
{
    for (size_t i = 0; i < ARRAY_SIZE (cues); i++)
        if (strcmp (line, cues[i].line) == 0)
            cues[i].act ();
    dprintf (serial_fd, "echo %s\r\n", line);
}

static void
read_serial (void)
{
    char c;

    while (recv (serial_fd, &c, 1, MSG_DONTWAIT) == 1) {
        if (c == '\n') {
            line[line_len] = '\0';
            line_len = 0;
            handle_line ();
        } else if (line_len < sizeof line - 1) {
            line[line_len++] = c;
        }
    }
}

/* --- the display ----------------------------------------------------------------------------- */

static void
make_frame (void)
{
    uint8_t row[STRIDE];

    frame_fd = fd_memfd_create ("frame", 4096 + (uint64_t) STRIDE * HEIGHT);
    for (int y = 0; y < HEIGHT; y++) {
        for (size_t i = 0; i < sizeof row; i++)
            row[i] = i < WIDTH * 4 ? (uint8_t) y : 0xee;
        fd_pwrite_full (frame_fd, row, sizeof row, 100 + y * STRIDE);
    }
}

static void
open_display (int fd)
{
    struct display_hello hello = { DISPLAY_MESSAGE_HELLO, DISPLAY_PROTOCOL_VERSION, 0 };
    struct display_scanout scanout = {
        DISPLAY_MESSAGE_SCANOUT, WIDTH, HEIGHT, STRIDE, DISPLAY_FORMAT_XRGB8888, 0, 100,
    };

    fd_close (&display_fd);
    display_fd = fd;
    message_send (fd, &hello, sizeof hello, NULL, 0);
    message_send (fd, &scanout, sizeof scanout, &frame_fd, 1);
}

static void
read_display (void)
{
    struct display_damage damage = { DISPLAY_MESSAGE_DAMAGE, 0, 0, WIDTH, HEIGHT };
    union display_message message;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;

    if (message_receive (display_fd, &message, sizeof message, fds, &n_fds) <= 0)
        fd_close (&display_fd);
    else if (message.type == DISPLAY_MESSAGE_READY)
        message_send (display_fd, &damage, sizeof damage, NULL, 0);
}

/* --- requests -------------------------------------------------------------------------------- */

static void
take_device (const struct vmm_record_device *device, const int *fds)
{
    if (strcmp (device->model, "uart16550") == 0 && device->fd >= 0)
        serial_fd = fds[device->fd];
}

static void
take_variables (const struct vmm_record_variables *record, const int *fds)
{
    void *mapped = mmap (NULL, VMM_VARIABLES_OFFSET + VMM_VARIABLES_BLOCK, PROT_READ | PROT_WRITE,
                         MAP_SHARED, fds[record->fd], 0);

    if (mapped == MAP_FAILED)
        exit (1);
    variables = mapped;
    variables_bytes = (uint8_t *) mapped + VMM_VARIABLES_OFFSET;
}

static void
create (const uint8_t *message, size_t len, const int *fds)
{
    const struct vmm_header *header = (const void *) message;

    if (strcmp (mode, "create-hangs") == 0)
        for (;;)
            pause ();
    if (strcmp (mode, "create-dies") == 0)
        cue_die ();
    if (strcmp (mode, "create-fails") == 0) {
        send_failed (header->serial, "the display's BIOS is not an option ROM");
        exit (1);
    }
    for (size_t at = sizeof *header; at < len;) {
        const struct vmm_record *record = (const void *) (message + at);

        if (record->type == VMM_RECORD_MACHINE)
            debug_fd = ((const struct vmm_record_machine *) record)->debug_fd < 0
                           ? -1
                           : fds[((const struct vmm_record_machine *) record)->debug_fd];
        if (record->type == VMM_RECORD_DEVICE)
            take_device ((const void *) record, fds);
        if (record->type == VMM_RECORD_KERNEL) {
            has_kernel = true;
            snprintf (command_line, sizeof command_line, "%s",
                      ((const struct vmm_record_kernel *) record)->command_line);
        }
        if (record->type == VMM_RECORD_VARIABLES)
            take_variables ((const void *) record, fds);
        at += record->size;
    }
    make_frame ();
    send_plain (VMM_CREATED, header->serial);
}

static void
take_key (const struct vmm_key *key)
{
    static struct timespec last;
    struct timespec now;
    uint64_t gap;

    clock_gettime (CLOCK_MONOTONIC, &now);
    gap = (uint64_t) ((now.tv_sec - last.tv_sec) * 1000000000ll + (now.tv_nsec - last.tv_nsec));
    if (n_keys > 0 && gap < min_gap_ns)
        min_gap_ns = gap;
    last = now;
    n_keys++;
    n_down += key->down;
    last_key = key->code;
}

/* Two processors, a disk that is there, is said twice and claims to be a card, and two that nobody knows. */
static void
send_all_figures (uint32_t serial)
{
    struct {
        struct vmm_statistics s;
        uint64_t vcpus[4];
        struct vmm_disk_statistics disks[4];
        struct vmm_card_statistics cards[1];
    } m = {
        .s = { .vcpu_ns = 5,
               .guest_free_bytes = VMM_UNKNOWN,
               .n_vcpus = 4,
               .n_disks = 4,
               .n_cards = 1 },
        .vcpus = { 2, VMM_UNKNOWN, 3, VMM_UNKNOWN },
        .disks = { { "virtio-disk0", 1, 2, 3, 4, 5 },
                   { "virtio-disk0", 9, 9, 9, 9, 9 },
                   { "nobody", 9, 9, 9, 9, 9 } },
        .cards = { { "virtio-disk0", 9, 9, 9, 9, 9 } },
    };

    memset (m.disks[3].alias, 'x', sizeof m.disks[3].alias); /* no end */
    if (strcmp (mode, "figures-wrong") == 0)
        m.s.n_disks = 3;
    if (strcmp (mode, "figures-absurd") == 0)
        m.s.n_cards = UINT32_MAX;
    send_message (VMM_STATISTICS_REPLY, serial, &m, sizeof m);
}

static void
send_figures (uint32_t serial)
{
    struct vmm_statistics message = {
        .vcpu_ns = min_gap_ns, .read_bytes = last_key, .written_bytes = n_down, .exits = n_keys
    };

    if (strncmp (mode, "figures", 7) == 0)
        send_all_figures (serial);
    else
        send_message (VMM_STATISTICS_REPLY, serial, &message, sizeof message);
}

static void
run (uint32_t serial)
{
    if (strcmp (mode, "run-fails") == 0) {
        send_failed (serial, "the guest cannot go on");
        return;
    }
    send_state (VMM_RUNNING);
    send_plain (VMM_DONE, serial);
    if (serial_fd >= 0)
        dprintf (serial_fd, "hello\r\n");
    if (debug_fd >= 0)
        dprintf (debug_fd, "firmware speaks\n");
}

static int medium_fd = -1; /* in the one drive: the lock is as long-lived as it */

static bool
keeps_tray (uint32_t force)
{
    return strcmp (mode, "locked-tray") == 0 && !force;
}

/* FALSE when the guest keeps the tray locked. */
static bool
eject (const struct vmm_header *header, uint32_t force)
{
    if (keeps_tray (force)) {
        send_failed (header->serial, "the guest keeps its tray locked; it was asked to let go");
        return false;
    }
    fd_close (&medium_fd);
    return true;
}

static void
handle (const uint8_t *message, size_t len, int *fds)
{
    const struct vmm_header *header = (const void *) message;

    switch (header->type) {
    case VMM_CREATE:
        create (message, len, fds);
        return;
    case VMM_RUN:
        run (header->serial);
        return;
    case VMM_PAUSE:
        send_state (VMM_PAUSED);
        break;
    case VMM_RESET:
        cue_reset ();
        send_state (VMM_RUNNING);
        break;
    case VMM_POWER_BUTTON:
        if (serial_fd >= 0)
            dprintf (serial_fd, "button\r\n");
        break;
    case VMM_QUIT:
        if (strcmp (mode, "deaf-to-quit") == 0)
            return;
        send_plain (VMM_DONE, header->serial);
        stop (VMM_STOP_HOST, "");
        return;
    case VMM_DISPLAY:
        open_display (fd_steal (&fds[0]));
        break;
    case VMM_KEY:
        take_key ((const void *) message);
        break;
    case VMM_STATISTICS:
        send_figures (header->serial);
        return;
    case VMM_ATTACH:
        if (!attach (header, fds))
            return;
        break;
    case VMM_DETACH:
        detach ((const void *) message);
        return;
    case VMM_SET_VCPUS:
        set_vcpus ((const void *) message);
        return;
    case VMM_SET_MEMORY:
        set_memory ((const void *) message);
        return;
    case VMM_EJECT:
        if (!eject (header, ((const struct vmm_eject *) (const void *) message)->force))
            return;
        break;
    case VMM_INSERT:
        if (keeps_tray (((const struct vmm_insert *) (const void *) message)->force))
            fd_close (&fds[0]); /* as the VMM does: whoever hears of the refusal finds it unlocked */
        if (!eject (header, ((const struct vmm_insert *) (const void *) message)->force))
            return;
        medium_fd = fd_steal (&fds[0]);
        break;
    case VMM_RESIZE:
        if (((const struct vmm_resize *) (const void *) message)->size_bytes > 1 << 30) {
            send_failed (header->serial, "there is not so much space behind it");
            return;
        }
        break;
    default:
        send_failed (header->serial, "there is no such request");
        return;
    }
    send_plain (VMM_DONE, header->serial);
}

static void
read_request (void)
{
    static _Alignas(8) uint8_t message[VMM_MESSAGE_MAX];
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds, type;
    int n = message_receive (VMM_SOCKET_FD, message, sizeof message, fds, &n_fds);

    if (n <= 0)
        exit (0); /* the keeper is gone */
    handle (message, (size_t) n, fds);
    type = ((const struct vmm_header *) message)->type;
    /* A passt that ends before its card does is replaced, for a card that is not there any more. */
    if (type == VMM_ATTACH || type == VMM_INSERT || type == VMM_NET)
        fd_close_all (fds, n_fds);
}

int
main (void)
{
    if (getenv ("FAKE_VMM"))
        mode = getenv ("FAKE_VMM");
    signal (SIGPIPE, SIG_IGN);
    for (;;) {
        struct pollfd polls[] = {
            { VMM_SOCKET_FD, POLLIN, 0 },
            { strcmp (mode, "deaf-to-console") == 0 ? -1 : serial_fd, POLLIN, 0 },
            { display_fd, POLLIN, 0 },
        };

        if (poll (polls, ARRAY_SIZE (polls), -1) < 0)
            return 1;
        if (polls[0].revents)
            read_request ();
        if (polls[1].revents)
            read_serial ();
        if (polls[2].revents)
            read_display ();
    }
}
