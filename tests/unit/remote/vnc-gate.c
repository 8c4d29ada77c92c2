/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-gate.c - what a viewer may say. */
#include "vnc-gate.h"

#include <glib.h>

#include "bits.h"

static void
assert_gate (const uint8_t *head, size_t len, enum vnc_gate_action action, uint32_t bytes)
{
    struct vnc_gate gate = vnc_gate_check (head, len);

    g_assert_cmpint (gate.action, ==, action);
    g_assert_cmpuint (gate.bytes, ==, bytes);
}

static void
test_lengths (void)
{
    const uint8_t request[] = { 3 }, key[] = { 4 }, pointer[] = { 5 };
    const uint8_t encodings[] = { 2, 0, 0, 7 };
    const uint8_t qemu_key[] = { 255, 0 };

    assert_gate (request, 1, VNC_GATE_PASS, 10);
    assert_gate (key, 1, VNC_GATE_PASS, 8);
    assert_gate (pointer, 1, VNC_GATE_PASS, 6);
    assert_gate (encodings, 3, VNC_GATE_WAIT, 0);
    assert_gate (encodings, 4, VNC_GATE_PASS, 32);
    assert_gate (qemu_key, 1, VNC_GATE_WAIT, 0);
    assert_gate (qemu_key, 2, VNC_GATE_PASS, 12);
    assert_gate (key, 0, VNC_GATE_WAIT, 0);
}

static void
test_only_input_is_quiet (void)
{
    for (unsigned type = 0; type < 256; type++) {
        uint8_t head[VNC_GATE_HEAD] = { (uint8_t) type };
        struct vnc_gate gate;

        store_be16 (head + 2, 1);
        gate = vnc_gate_check (head, sizeof head);
        if (gate.action == VNC_GATE_PASS && gate.is_quiet)
            g_assert_true (type == 3 || type == 4 || type == 5 || type == 255);
    }
}

static void
test_unknown_is_refused (void)
{
    const uint8_t known[] = { 0, 2, 3, 4, 5, 6, 250, 251, 255 };

    for (unsigned type = 0; type < 256; type++) {
        uint8_t head[VNC_GATE_HEAD] = { (uint8_t) type };
        bool is_known = false;

        for (unsigned i = 0; i < sizeof known; i++)
            is_known |= known[i] == type;
        if (!is_known)
            assert_gate (head, 1, VNC_GATE_REFUSE, 0);
    }
}

static void
test_too_many_are_refused (void)
{
    const uint8_t encodings[] = { 2, 0, 1, 1 };              /* 257 */
    const uint8_t screens[] = { 251, 0, 4, 0, 3, 0, 17, 0 }; /* 17 */
    const uint8_t audio[] = { 255, 1 };

    assert_gate (encodings, sizeof encodings, VNC_GATE_REFUSE, 0);
    assert_gate (screens, sizeof screens, VNC_GATE_REFUSE, 0);
    assert_gate (audio, sizeof audio, VNC_GATE_REFUSE, 0);
}

static void
test_cut_text_is_skipped (void)
{
    uint8_t head[8] = { 6 };

    store_be32 (head + 4, 1000);
    assert_gate (head, 7, VNC_GATE_WAIT, 0);
    assert_gate (head, 8, VNC_GATE_SKIP, 1008);
    store_be32 (head + 4, (uint32_t) -50); /* extended clipboard */
    assert_gate (head, 8, VNC_GATE_SKIP, 58);
    store_be32 (head + 4, 0x80000000u);
    assert_gate (head, 8, VNC_GATE_SKIP, 0x80000008u);
}

static void
test_pixel_formats (void)
{
    uint8_t m[20] = { 0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 16, 8, 0 };

    assert_gate (m, 19, VNC_GATE_WAIT, 0);
    assert_gate (m, 20, VNC_GATE_PASS, 20);
    m[14] = 40; /* red lies outside of the pixel */
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    m[14] = 28; /* partly */
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    m[14] = 16;
    store_be16 (m + 8, 254); /* not all ones */
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    store_be16 (m + 8, 0);
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    store_be16 (m + 8, 255);
    m[4] = 24; /* bits a pixel */
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    m[4] = 16;
    m[7] = 0; /* a palette has 8 */
    m[5] = 16;
    assert_gate (m, 20, VNC_GATE_REFUSE, 0);
    m[4] = m[5] = 8;
    assert_gate (m, 20, VNC_GATE_PASS, 20);
}

int
main (int argc, char **argv)
{
    g_test_init (&argc, &argv, NULL);
    g_test_add_func ("/vnc-gate/messages-have-their-lengths", test_lengths);
    g_test_add_func ("/vnc-gate/only-input-and-requests-are-quiet", test_only_input_is_quiet);
    g_test_add_func ("/vnc-gate/unknown-messages-are-refused", test_unknown_is_refused);
    g_test_add_func ("/vnc-gate/too-long-lists-are-refused", test_too_many_are_refused);
    g_test_add_func ("/vnc-gate/clipboard-text-is-skipped", test_cut_text_is_skipped);
    g_test_add_func ("/vnc-gate/senseless-pixel-formats-are-refused", test_pixel_formats);
    return g_test_run ();
}
