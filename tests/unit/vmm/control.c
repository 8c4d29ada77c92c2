/* SPDX-License-Identifier: GPL-2.0-or-later */
/* control.c - tests: a message that is not what it says is answered, and reaches no machine. */
#include "control.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>

#include "control-request.h"
#include "fd.h"

#define SERIAL 4711

/* --- the first message ----------------------------------------------------------------------- */

struct first {
    const char *promise;
    struct vmm_header header;
    size_t len;      /* bytes sent, with zeroes behind the header */
    uint32_t serial; /* of the answer: 0 where the message is not understood at all */
};

static const struct first firsts[] = {
    { "too-long",
      { VMM_CREATE, VMM_PROTOCOL_VERSION, SERIAL, VMM_MESSAGE_MAX + 8, 0 },
      VMM_MESSAGE_MAX + 8,
      0 },
    { "too-short", { VMM_CREATE, VMM_PROTOCOL_VERSION, SERIAL, 8, 0 }, 8, 0 },
    { "of-another-version", { VMM_CREATE, VMM_PROTOCOL_VERSION + 1, SERIAL, 64, 0 }, 64, SERIAL },
    { "of-another-size", { VMM_CREATE, VMM_PROTOCOL_VERSION, SERIAL, 72, 0 }, 64, SERIAL },
    { "short-of-a-descriptor", { VMM_CREATE, VMM_PROTOCOL_VERSION, SERIAL, 64, 1 }, 64, SERIAL },
    { "no-create", { VMM_RUN, VMM_PROTOCOL_VERSION, SERIAL, 64, 0 }, 64, SERIAL },
    { "without-a-machine", { VMM_CREATE, VMM_PROTOCOL_VERSION, SERIAL, 64, 0 }, 64, SERIAL },
};

static void
test_first_message (gconstpointer data)
{
    const struct first *first = data;
    g_autofree uint8_t *message = g_malloc0 (first->len + sizeof first->header);
    struct machine_config config;
    struct control *control;
    struct vmm_text answer;
    int pair[2];

    g_assert_cmpint (socketpair (AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), ==, 0);
    memcpy (message, &first->header, sizeof first->header);
    g_assert_cmpint (send (pair[0], message, first->len, 0), ==, first->len);
    control = control_create (pair[1]);
    g_assert_cmpint (control_receive_config (control, &config), ==, -EBADMSG);
    g_assert_cmpint (recv (pair[0], &answer, sizeof answer, MSG_DONTWAIT), ==, sizeof answer);
    g_assert_cmpuint (answer.header.type, ==, VMM_FAILED);
    g_assert_cmpuint (answer.header.serial, ==, first->serial);
    g_assert_cmpuint (strlen (answer.text), >, 0);
    control_destroy (control);
    fd_close (&pair[0]);
    fd_close (&pair[1]);
}

/* --- requests -------------------------------------------------------------------------------- */

static const char *
serve (enum vmm_message_type type, size_t len, unsigned n_fds)
{
    static uint8_t bytes[1024];
    struct control_request request = {
        .header = { (uint16_t) type, VMM_PROTOCOL_VERSION, SERIAL, (uint32_t) len, n_fds },
        .bytes = bytes,
        .len = len,
        .fds = { -1 },
        .n_fds = n_fds,
    };

    memset (bytes, 'x', sizeof bytes);
    memcpy (bytes, &request.header, sizeof request.header);
    return control_request_serve (&request, NULL, NULL);
}

/* No machine is there: whatever went on would fall over it. */
static void
test_wrong_sizes_are_refused (void)
{
    static const struct {
        enum vmm_message_type type;
        size_t size;
        unsigned n_fds;
    } cases[] = {
        { VMM_KEY, sizeof (struct vmm_key), 0 },
        { VMM_SET_MEMORY, sizeof (struct vmm_set_memory), 0 },
        { VMM_CONNECTED, sizeof (struct vmm_connected), 0 },
        { VMM_LINK, sizeof (struct vmm_link), 0 },
        { VMM_NET, sizeof (struct vmm_net), 1 },
        { VMM_DETACH, sizeof (struct vmm_detach), 0 },
        { VMM_SET_VCPUS, sizeof (struct vmm_set_vcpus), 0 },
        { VMM_EJECT, sizeof (struct vmm_eject), 0 },
        { VMM_INSERT, sizeof (struct vmm_insert), 1 },
        { VMM_RESIZE, sizeof (struct vmm_resize), 0 },
        { VMM_BLOCK, sizeof (struct vmm_block), 0 },
        { VMM_LIMITS, sizeof (struct vmm_limits), 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS (cases); i++) {
        g_assert_nonnull (serve (cases[i].type, cases[i].size - 1, cases[i].n_fds));
        g_assert_nonnull (serve (cases[i].type, cases[i].size + 1, cases[i].n_fds));
        g_assert_nonnull (serve (cases[i].type, sizeof (struct vmm_header), cases[i].n_fds));
        if (cases[i].n_fds > 0)
            g_assert_nonnull (serve (cases[i].type, cases[i].size, 0));
    }
}

static void
test_nonsense_is_refused (void)
{
    g_assert_nonnull (serve (VMM_ATTACH, sizeof (struct vmm_header), 0));
    g_assert_nonnull (serve (VMM_ATTACH, 1024, 0));
    g_assert_cmpstr (serve (VMM_CREATED, sizeof (struct vmm_header), 0), ==,
                     "there is no such request");
    g_assert_nonnull (serve (0xffff, sizeof (struct vmm_header), 0));
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS (firsts); i++) {
        g_autofree char *path =
            g_strconcat ("/vmm/control/first-message/", firsts[i].promise, NULL);

        g_test_add_data_func (path, &firsts[i], test_first_message);
    }
    g_test_add_func ("/vmm/control/wrong-sizes-are-refused", test_wrong_sizes_are_refused);
    g_test_add_func ("/vmm/control/nonsense-is-refused", test_nonsense_is_refused);
    return g_test_run ();
}
