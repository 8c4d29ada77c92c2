/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-fixture.c - a vitrine-vnc of the test's own and viewers that speak RFB. */
#include "vnc-fixture.h"

#include <unistd.h>

int
vnc_add_settled_viewer (struct remote_fixture *f, const int32_t *encodings, unsigned n)
{
    int viewer = remote_add_viewer (f);
    unsigned width, height;
    char name[128];
    struct rfb_rectangle r;

    rfb_handshake (viewer, &width, &height, name);
    rfb_set_encodings (viewer, encodings, n);
    rfb_request (viewer, false, 0, 0, width, height);
    r = rfb_read_update (viewer);
    while (r.encoding != 0) { /* answers to pseudo-encodings come first */
        r = rfb_read_update (viewer);
    }
    g_assert_cmpuint (r.width, ==, width);
    g_assert_cmpuint (r.height, ==, height);
    g_free (r.pixels);
    return viewer;
}
