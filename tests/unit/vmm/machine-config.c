/* SPDX-License-Identifier: GPL-2.0-or-later */
/* machine-config.c - VMM_CREATE taken apart: what is taken, and everything that is refused. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "bits.h"
#include "machine-config.h"
#include "message.h"
#include "test-descriptors.h"

struct message {
    _Alignas (8) uint8_t bytes[VMM_MESSAGE_MAX];
    size_t len;
    int fds[MESSAGE_MAX_FDS];
    unsigned n_fds;
    struct machine_config config;
};

static struct message *
message_new (void)
{
    struct message *m = g_new0 (struct message, 1);

    m->len = sizeof (struct vmm_header);
    return m;
}

static int
add_fd (struct message *m)
{
    m->fds[m->n_fds] = open ("/dev/null", O_RDONLY | O_CLOEXEC);
    return (int) m->n_fds++;
}

/* Returns where the record is, so that a test can spoil it. */
static void *
add_record (struct message *m, uint16_t type, size_t size)
{
    struct vmm_record *record = (struct vmm_record *) (m->bytes + m->len);

    record->type = type;
    record->size = (uint32_t) size;
    m->len += size;
    return record;
}

static struct vmm_record_machine *
add_machine (struct message *m)
{
    struct vmm_record_machine *r
        = add_record (m, VMM_RECORD_MACHINE, sizeof (struct vmm_record_machine));

    strcpy (r->name, "test");
    r->memory_bytes = MIB (256);
    r->n_vcpus = 2;
    r->kvm_fd = add_fd (m);
    r->firmware_fd = add_fd (m);
    r->debug_fd = VMM_NO_FD;
    return r;
}

static struct vmm_record_device *
add_device (struct message *m, unsigned n_options)
{
    struct vmm_record_device *r
        = add_record (m, VMM_RECORD_DEVICE,
                      sizeof (struct vmm_record_device) + n_options * sizeof (struct vmm_option));

    strcpy (r->model, "virtio-blk");
    strcpy (r->alias, "disk0");
    r->slot = VMM_SLOT_AUTO;
    r->backend = VMM_BACKEND_RAW;
    r->fd = add_fd (m);
    r->rom_fd = VMM_NO_FD;
    r->vhost_fd = VMM_NO_FD;
    r->n_options = n_options;
    return r;
}

static struct vmm_record_cpu *
add_cpu (struct message *m, unsigned n_features)
{
    struct vmm_record_cpu *r =
        add_record (m, VMM_RECORD_CPU,
                    sizeof (struct vmm_record_cpu) + n_features * sizeof (struct vmm_cpu_feature));

    r->sockets = r->cores = r->threads = 1;
    strcpy (r->model, "Westmere");
    r->n_features = n_features;
    return r;
}

/* Parses and frees M; the descriptors are all closed afterwards, whatever came out. */
static void
expect (struct message *m, const char *reason)
{
    const char *why = NULL;
    unsigned before = test_count_descriptors (getpid ());
    int ret = machine_config_parse (&m->config, m->bytes, m->len, m->fds, m->n_fds, &why);

    if (reason) {
        g_assert_cmpint (ret, ==, -EBADMSG);
        g_assert_cmpstr (why, ==, reason);
    } else {
        g_assert_null (why);
        g_assert_cmpint (ret, ==, 0);
    }
    machine_config_clear (&m->config);
    machine_config_clear (&m->config);
    g_assert_cmpuint (test_count_descriptors (getpid ()), ==, before - m->n_fds);
    g_free (m);
}

static struct vmm_record_variables *
add_variables (struct message *m)
{
    struct vmm_record_variables *r
        = add_record (m, VMM_RECORD_VARIABLES, sizeof (struct vmm_record_variables));

    r->fd = add_fd (m);
    return r;
}

static void
test_variables (void)
{
    struct message *m = message_new ();
    struct vmm_record_machine *machine;

    add_machine (m);
    add_variables (m);
    expect (m, NULL);

    m = message_new ();
    add_machine (m);
    add_variables (m);
    add_variables (m);
    expect (m, "the record of the UEFI variables has the wrong size, or comes twice");

    m = message_new ();
    add_machine (m);
    add_variables (m)->fd = VMM_NO_FD;
    expect (m, "the UEFI variables did not come along");

    m = message_new ();
    add_machine (m);
    add_variables (m)->fd = 0; /* which is /dev/kvm, and taken */
    expect (m, "the UEFI variables did not come along");

    m = message_new ();
    machine = add_machine (m);
    add_variables (m);
    machine->firmware_fd = VMM_NO_FD;
    expect (m, "there is neither firmware nor a kernel to start");
}

static void
test_whole_machine_is_taken (void)
{
    struct message *m = message_new ();
    struct vmm_record_device *d;

    add_machine (m);
    d = add_device (m, 1);
    strcpy (d->options[0].name, "serial");
    strcpy (d->options[0].value, "X1");
    expect (m, NULL);
}

static void
test_descriptor_is_taken_once (void)
{
    struct message *m = message_new ();

    add_machine (m);
    add_device (m, 0)->fd = 0; /* /dev/kvm's */
    expect (m, "what stands behind a device did not come along");

    m = message_new ();
    add_machine (m);
    add_device (m, 0);
    add_device (m, 0)->rom_fd = 0; /* its image was taken by then: it is closed, too */
    expect (m, "the ROM of a device did not come along");
}

static void
test_rom (void)
{
    struct message *m = message_new ();
    struct vmm_record_device *d;
    const char *why = NULL;

    add_machine (m);
    d = add_device (m, 0);
    d->rom_fd = add_fd (m);
    g_assert_cmpint (machine_config_parse (&m->config, m->bytes, m->len, m->fds, m->n_fds, &why),
                     ==, 0);
    g_assert_cmpint (m->config.devices[0].rom_fd, ==, m->fds[3]);
    machine_config_clear (&m->config);
    g_assert_cmpint (m->config.devices[0].rom_fd, ==, -1);
    g_free (m);
}

/* A card with N pairs on taps, of which the first N_FDS came along. */
static struct vmm_record_device *
add_card (struct message *m, unsigned n, unsigned n_fds)
{
    struct vmm_record_device *d = add_device (m, 0);

    strcpy (d->model, "virtio-net");
    d->backend = VMM_BACKEND_NET_TAP;
    d->n_pairs = n;
    for (unsigned i = 1; i < n_fds; i++)
        add_fd (m);
    return d;
}

static void
test_pairs (void)
{
    struct message *m = message_new ();
    struct vmm_record_device *d;
    const char *why = NULL;

    add_machine (m);
    d = add_card (m, 3, 3);
    d->vhost_fd = add_fd (m);
    add_fd (m);
    add_fd (m);
    g_assert_cmpint (machine_config_parse (&m->config, m->bytes, m->len, m->fds, m->n_fds, &why),
                     ==, 0);
    g_assert_cmpint (m->config.devices[0].fd, ==, m->fds[2]);
    g_assert_cmpint (m->config.devices[0].pairs[1].fd, ==, m->fds[4]);
    g_assert_cmpint (m->config.devices[0].vhost_fd, ==, m->fds[5]);
    g_assert_cmpint (m->config.devices[0].pairs[1].vhost_fd, ==, m->fds[7]);
    g_assert_cmpint (m->config.devices[0].pairs[2].fd, ==, -1);
    machine_config_clear (&m->config);
    g_free (m);

    m = message_new ();
    add_machine (m);
    add_card (m, 3, 2);
    expect (m, "what stands behind a card's pairs of queues did not come along");
    m = message_new ();
    add_machine (m);
    add_card (m, 2, 2)->vhost_fd = 2; /* its own tap's */
    expect (m, "the vhost of a device did not come along");
    m = message_new ();
    add_machine (m);
    add_card (m, VMM_MAX_PAIRS + 1, VMM_MAX_PAIRS + 1);
    expect (m, "a network card has more pairs of queues than there may be");
    m = message_new ();
    add_machine (m);
    add_card (m, VMM_MAX_PAIRS, VMM_MAX_PAIRS)->fd = VMM_NO_FD;
    expect (m, NULL);
}

static void
test_descriptor_beyond_the_table (void)
{
    static const int32_t wild[] = { 99, INT32_MAX, INT32_MIN, -2 };

    for (size_t i = 0; i < ARRAY_SIZE (wild); i++) {
        struct message *m = message_new ();

        add_machine (m)->debug_fd = wild[i];
        expect (m, "a descriptor of the machine did not come along");
    }
}

static void
test_record_sizes (void)
{
    static const uint32_t sizes[] = { 0, 1, 7, 12, 137, 0x10000, UINT32_MAX };

    for (size_t i = 0; i < ARRAY_SIZE (sizes); i++) {
        struct message *m = message_new ();

        add_machine (m)->record.size = sizes[i];
        expect (m, "a record's size is wrong");
    }
}

static void
test_machine_comes_first_and_once (void)
{
    struct message *m = message_new ();

    add_device (m, 0);
    expect (m, "the machine's record is not the first, or comes twice");
    m = message_new ();
    add_machine (m);
    add_machine (m);
    expect (m, "the machine's record is not the first, or comes twice");
    expect (message_new (), "there is no machine in it");
}

static void
test_strings_end (void)
{
    struct message *m = message_new ();
    struct vmm_record_machine *r = add_machine (m);

    memset (r->name, 'x', sizeof r->name);
    expect (m, "the machine's name does not end");

    m = message_new ();
    add_machine (m);
    memset (add_device (m, 0)->alias, 'x', VMM_ALIAS_BYTES);
    expect (m, "a device's model or alias does not end, or is empty");

    m = message_new ();
    add_machine (m);
    memset (add_device (m, 2)->options[1].value, 'x', sizeof ((struct vmm_option *) 0)->value);
    expect (m, "an option of a device does not end");
}

static void
test_counts_that_do_not_fit (void)
{
    struct message *m = message_new ();

    add_machine (m);
    add_device (m, 1)->n_options = UINT32_MAX;
    expect (m, "a device's record has the wrong size");

    m = message_new ();
    add_machine (m);
    for (unsigned i = 0; i < VMM_MAX_DEVICES + 1; i++) {
        struct vmm_record_device *d = add_device (m, 0);

        close (m->fds[--m->n_fds]);
        d->fd = VMM_NO_FD;
    }
    expect (m, "the machine has more devices than this program takes");
}

static void
test_sizes_of_the_machine (void)
{
    static const struct {
        uint64_t memory;
        uint32_t vcpus;
        const char *why;
        uint64_t pluggable;
    } rows[] = {
        { 0, 1, "a machine has between 1 MiB and 4 TiB of memory, in whole MiB" },
        { 4096, 1, "a machine has between 1 MiB and 4 TiB of memory, in whole MiB" },
        { UINT64_MAX, 1, "a machine has between 1 MiB and 4 TiB of memory, in whole MiB" },
        { MIB (64), 0, "a machine has between 1 and 1024 processors" },
        { MIB (64), UINT32_MAX, "a machine has between 1 and 1024 processors" },
        { MIB (64), 1, "a machine may be given up to 4 TiB of memory, in whole MiB", 4096 },
        { MIB (64), 1, "a machine may be given up to 4 TiB of memory, in whole MiB", UINT64_MAX },
    };
    struct message *m = message_new ();

    add_machine (m)->max_vcpus = 1;
    expect (m, "a machine begins with more processors than it may have");
    m = message_new ();
    add_machine (m)->max_vcpus = 1025;
    expect (m, "a machine has between 1 and 1024 processors");
    for (size_t i = 0; i < ARRAY_SIZE (rows); i++) {
        struct vmm_record_machine *r;

        m = message_new ();
        r = add_machine (m);
        r->memory_bytes = rows[i].memory;
        r->n_vcpus = rows[i].vcpus;
        r->pluggable_bytes = rows[i].pluggable;
        expect (m, rows[i].why);
    }
}

static void
test_processors (void)
{
    struct message *m = message_new ();

    add_machine (m);
    add_cpu (m, 3)->features[2].policy = VMM_FEATURE_MODEL;
    expect (m, NULL);
    m = message_new ();
    add_machine (m);
    add_cpu (m, 0);
    add_cpu (m, 0);
    expect (m, "the processors' record is too short, or comes twice");
    m = message_new ();
    add_machine (m);
    add_cpu (m, 1)->n_features = 2;
    expect (m, "the processors' record has the wrong size");
    m = message_new ();
    add_machine (m);
    add_cpu (m, VMM_MAX_FEATURES + 1);
    expect (m, "the processors' record has the wrong size");
    m = message_new ();
    add_machine (m);
    memset (add_cpu (m, 1)->vendor, 'x', VMM_CPU_VENDOR_BYTES);
    expect (m, "a word of the processors' record does not end");
    m = message_new ();
    add_machine (m);
    memset (add_cpu (m, 1)->features[0].name, 'x', VMM_CPU_NAME_BYTES);
    expect (m, "the name of a processor's feature does not end");
    m = message_new ();
    add_machine (m);
    add_cpu (m, 1)->features[0].policy = VMM_FEATURE_N;
    expect (m, "a processor's feature is neither there nor not");
}

/* Random bytes over a good message: any answer, no harm. */
static void
test_random_damage (void)
{
    GRand *rand = g_rand_new_with_seed (7);

    for (int round = 0; round < 3000; round++) {
        struct message *m = message_new ();
        const char *why;

        add_machine (m);
        add_cpu (m, 2);
        add_device (m, 3);
        for (int i = 0; i < 6; i++)
            m->bytes[g_rand_int_range (rand, 16, (int) m->len)] = (uint8_t) g_rand_int (rand);
        m->len = (size_t) g_rand_int_range (rand, 16, (int) m->len + 1);
        machine_config_parse (&m->config, m->bytes, m->len, m->fds, m->n_fds, &why);
        machine_config_clear (&m->config);
        g_free (m);
    }
    g_rand_free (rand);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/machine/config/whole-machine-is-taken", test_whole_machine_is_taken);
    g_test_add_func ("/machine/config/uefi-variables", test_variables);
    g_test_add_func ("/machine/config/descriptor-is-taken-once", test_descriptor_is_taken_once);
    g_test_add_func ("/machine/config/rom", test_rom);
    g_test_add_func ("/machine/config/pairs-of-queues", test_pairs);
    g_test_add_func ("/machine/config/descriptor-beyond-the-table", test_descriptor_beyond_the_table);
    g_test_add_func ("/machine/config/record-sizes-are-checked", test_record_sizes);
    g_test_add_func ("/machine/config/machine-comes-first-and-once", test_machine_comes_first_and_once);
    g_test_add_func ("/machine/config/strings-end", test_strings_end);
    g_test_add_func ("/machine/config/counts-that-do-not-fit", test_counts_that_do_not_fit);
    g_test_add_func ("/machine/config/sizes-of-the-machine", test_sizes_of_the_machine);
    g_test_add_func ("/machine/config/processors", test_processors);
    g_test_add_func ("/machine/config/random-damage-does-no-harm", test_random_damage);
    return g_test_run ();
}
