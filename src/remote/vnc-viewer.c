/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vnc-viewer.c - one connected viewer: what it says, and what is on its way to it.
 *
 * Theory of operation.  The RFB library reads and writes with blocking calls, for seconds if need
 * be; one process serves all viewers with one thread, so that must not happen.
 *
 * In: messages wait in the socket until vnc-gate.c lets them pass, whole.
 *
 * Out: while the library encodes an update its socket is replaced by a memfd, which takes
 * everything at once; from there it goes to the real socket as that has room.  The next update is
 * made when the last one is through, of what has changed until then, so a slow viewer gets fewer
 * pictures, not older ones.  Outside of updates the library writes in answer to few messages; those
 * (not is_quiet) are kept back until the memfd is empty and the socket has room, so that nothing
 * gets in between and nothing blocks.
 *
 * A viewer is woken by edges (EPOLLET): is_awake stays until there is nothing to do without it.
 */
#define _GNU_SOURCE
#include "vnc-viewer.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bits.h"
#include "fd.h"
#include "vnc-cursor.h"
#include "vnc-gate.h"
#include "vnc-keys.h"

#define MESSAGES_A_ROUND 64
#define UPDATES_A_ROUND  4 /* a change of size and what follows */
#define CHUNK_BYTES      65536

#define ENCODING_POINTER_KIND (-257)
#define ENCODING_EXTENDED_KEY (-258)
#define RELATIVE_ORIGIN       0x7fff /* relative moves are sent as this plus the difference */

/* The library compresses hard unless told how; for a machine on the same host that is lost time. */
#define COMPRESSION 1

/* --- the way out --------------------------------------------------------------------- */

static bool
queue_is_empty (const struct vnc_viewer *v)
{
    return v->queue_start == v->queue_end;
}

static bool
has_room (const struct vnc_viewer *v)
{
    struct pollfd p = { .fd = v->sock, .events = POLLOUT };

    return poll (&p, 1, 0) == 1 && (p.revents & POLLOUT);
}

/* Sends what is queued as far as the socket takes it.  Returns false when the viewer is gone. */
static bool
flush (struct vnc_viewer *v)
{
    static uint8_t chunk[CHUNK_BYTES];

    if (queue_is_empty (v))
        return true;
    while (!queue_is_empty (v)) {
        size_t len = MIN_OF (v->queue_end - v->queue_start, sizeof chunk);
        ssize_t n;

        if (fd_pread_full (v->queue_fd, chunk, len, (off_t) v->queue_start) < 0)
            return false;
        n = send (v->sock, chunk, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        v->queue_start += (uint64_t) n;
    }
    /* All through: give the memory back, start from the front.  A message may have waited for it.
     */
    v->queue_start = v->queue_end = 0;
    v->is_awake = true;
    return ftruncate (v->queue_fd, 0) == 0;
}

static bool
enqueue (struct vnc_viewer *v, const void *bytes, size_t len)
{
    if (fd_pwrite_full (v->queue_fd, bytes, len, (off_t) v->queue_end) < 0)
        return false;
    v->queue_end += len;
    return true;
}

/* A framebuffer update with one rectangle that only says ENCODING. */
static void
enqueue_pseudo_rectangle (struct vnc_viewer *v, int32_t encoding, uint16_t x)
{
    uint8_t m[16] = { 0 };

    store_be16 (m + 2, 1);
    store_be16 (m + 4, x);
    store_be16 (m + 8, (uint16_t) v->rfb->screen->width);
    store_be16 (m + 10, (uint16_t) v->rfb->screen->height);
    store_be32 (m + 12, (uint32_t) encoding);
    enqueue (v, m, sizeof m);
}

/* Lets the library make one update into the queue. */
static bool
make_update (struct vnc_viewer *v)
{
    off_t end;

    if (lseek (v->queue_fd, (off_t) v->queue_end, SEEK_SET) < 0)
        return false;
    v->rfb->sock = v->queue_fd;
    rfbUpdateClient (v->rfb);
    if (v->rfb->sock < 0) {
        v->queue_fd = -1; /* the library closed what it took for the viewer */
        return false;
    }
    v->rfb->sock = v->sock;
    end = lseek (v->queue_fd, 0, SEEK_CUR);
    if (end < 0)
        return false;
    v->queue_end = (uint64_t) end;
    return true;
}

static bool
wants_update (const struct vnc_viewer *v)
{
    return v->rfb->state == RFB_NORMAL && FB_UPDATE_PENDING (v->rfb)
           && !sraRgnEmpty (v->rfb->requestedRegion);
}

static bool
send_updates (struct vnc_viewer *v)
{
    if (!flush (v))
        return false;
    for (int i = 0; i < UPDATES_A_ROUND && queue_is_empty (v) && wants_update (v); i++) {
        if (!make_update (v))
            return false;
        if (queue_is_empty (v))
            return true; /* what changed is not what the viewer asked for */
        if (!flush (v))
            return false;
    }
    return true;
}

/* --- the way in ---------------------------------------------------------------------- */

/* Throws away what is to be skipped; returns false when the viewer is gone. */
static bool
skip (struct vnc_viewer *v)
{
    uint8_t junk[4096];

    while (v->skip_bytes > 0) {
        ssize_t n = recv (v->sock, junk, MIN_OF (v->skip_bytes, sizeof junk), MSG_DONTWAIT);

        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        if (n == 0)
            return false;
        v->skip_bytes -= (uint32_t) n;
    }
    return true;
}

/* Before the normal phase: RFC 6143 §7.1 to §7.3. */
static struct vnc_gate
check_handshake (const struct vnc_viewer *v)
{
    struct vnc_gate gate = { VNC_GATE_PASS, 1, false };

    if (v->rfb->state == RFB_PROTOCOL_VERSION)
        gate.bytes = sz_rfbProtocolVersionMsg;
    else if (v->rfb->state != RFB_SECURITY_TYPE && v->rfb->state != RFB_INITIALISATION)
        gate.action = VNC_GATE_REFUSE;
    return gate;
}

/* What to do with the message at the front of the socket.  REFUSE also when the viewer is gone. */
static struct vnc_gate
look (struct vnc_viewer *v)
{
    const struct vnc_gate refuse = { VNC_GATE_REFUSE, 0, false };
    const struct vnc_gate wait = { VNC_GATE_WAIT, 0, false };
    uint8_t head[VNC_GATE_HEAD];
    ssize_t n = recv (v->sock, head, sizeof head, MSG_PEEK | MSG_DONTWAIT);
    struct vnc_gate gate;
    int available = 0;

    if (n < 0)
        return errno == EAGAIN || errno == EINTR ? wait : refuse;
    if (n == 0 || ioctl (v->sock, FIONREAD, &available) < 0)
        return refuse;
    gate = v->rfb->state == RFB_NORMAL ? vnc_gate_check (head, (size_t) n) : check_handshake (v);
    if (gate.action == VNC_GATE_PASS
        && ((uint32_t) available < gate.bytes
            || (!gate.is_quiet && (!queue_is_empty (v) || !has_room (v)))))
        return wait;
    return gate;
}

static void
pass (struct vnc_viewer *v)
{
    rfbProcessClientMessage (v->rfb);
    if (v->rfb->tightCompressLevel == TIGHT_DEFAULT_COMPRESSION)
        v->rfb->tightCompressLevel = COMPRESSION;
    if (v->wants_alpha_cursor) /* and so none from the library, which has only masks */
        v->rfb->enableCursorShapeUpdates = FALSE;
}

/* Handles messages until one has to wait; returns false when the viewer has to go. */
static bool
read_messages (struct vnc_viewer *v)
{
    for (int i = 0; i < MESSAGES_A_ROUND; i++) {
        struct vnc_gate gate;

        if (!skip (v))
            return false;
        gate = v->skip_bytes > 0 ? (struct vnc_gate){ .action = VNC_GATE_WAIT } : look (v);
        switch (gate.action) {
        case VNC_GATE_WAIT:
            return true;
        case VNC_GATE_REFUSE:
            return false;
        case VNC_GATE_SKIP:
            v->skip_bytes = gate.bytes;
            break;
        case VNC_GATE_PASS:
            pass (v);
            if (v->rfb->sock < 0)
                return false;
            break;
        }
    }
    v->is_awake = true;
    return true;
}

bool
vnc_viewer_run (struct vnc_viewer *v)
{
    if (v->is_awake) {
        v->is_awake = false;
        if (!read_messages (v))
            return false;
    }
    return send_updates (v);
}

bool
vnc_viewer_is_hungry (const struct vnc_viewer *v)
{
    return v->rfb && v->rfb->state == RFB_NORMAL && queue_is_empty (v)
           && !sraRgnEmpty (v->rfb->requestedRegion);
}

void
vnc_viewer_send_pointer_kind (struct vnc_viewer *v)
{
    if (v->wants_pointer_kind)
        enqueue_pseudo_rectangle (v, ENCODING_POINTER_KIND, v->input.display->pointer_is_absolute);
}

void
vnc_viewer_send_cursor (struct vnc_viewer *v)
{
    if (v->wants_alpha_cursor)
        enqueue (v, v->cursor->message, v->cursor->message_bytes);
    else
        v->rfb->cursorWasChanged = TRUE;
}

/* --- what the library calls ---------------------------------------------------------- */

static void
key_cb (rfbBool down, rfbKeySym sym, rfbClientPtr rfb)
{
    struct vnc_viewer *v = rfb->clientData;

    vnc_input_keysym (&v->input, sym, down);
}

static void
pointer_cb (int buttons, int x, int y, rfbClientPtr rfb)
{
    struct vnc_viewer *v = rfb->clientData;

    /* No picture is as wide as a difference is far from zero, so what a viewer sent before it heard of
     * a change of kinds is still understood. */
    if (v->wants_pointer_kind && x >= DISPLAY_MAX_SIDE && y >= DISPLAY_MAX_SIDE)
        vnc_input_pointer (&v->input, (unsigned) buttons, x - RELATIVE_ORIGIN, y - RELATIVE_ORIGIN,
                           true);
    else
        vnc_input_pointer (&v->input, (unsigned) buttons, x, y, false);
}

/* The library sets clientData to nothing before it calls its hooks: see vnc_viewer_open(). */
static rfbBool
extension_new_client (rfbClientPtr rfb, void **data)
{
    return TRUE;
}

/* Answering with a rectangle of the same encoding says that it is known here. */
static rfbBool
extension_enable (rfbClientPtr rfb, void **data, int encoding)
{
    struct vnc_viewer *v = rfb->clientData;

    if (encoding == ENCODING_EXTENDED_KEY) {
        enqueue_pseudo_rectangle (v, ENCODING_EXTENDED_KEY, 0);
        return TRUE;
    }
    if (encoding == ENCODING_POINTER_KIND) {
        v->wants_pointer_kind = true;
        vnc_viewer_send_pointer_kind (v);
        return TRUE;
    }
    if (encoding == VNC_ENCODING_ALPHA_CURSOR) {
        v->wants_alpha_cursor = true;
        if (v->cursor->rich.width > 0)
            vnc_viewer_send_cursor (v);
        return TRUE;
    }
    return FALSE;
}

/* QEMU's extended key event; the gate let the whole message pass, the library took its first byte.
 */
static rfbBool
extension_message (rfbClientPtr rfb, void *data, const rfbClientToServerMsg *message)
{
    struct vnc_viewer *v = rfb->clientData;
    char rest[11];
    bool down;
    unsigned code;

    if (message->type != 255 || rfbReadExact (rfb, rest, sizeof rest) <= 0)
        return FALSE;
    down = load_be16 (rest + 1) != 0;
    code = vnc_key_from_number (load_be32 (rest + 7));
    if (code)
        vnc_input_key (&v->input, code, down);
    else
        vnc_input_keysym (&v->input, load_be32 (rest + 3), down);
    return TRUE;
}

static int pseudo_encodings[] = { ENCODING_EXTENDED_KEY, ENCODING_POINTER_KIND,
                                  VNC_ENCODING_ALPHA_CURSOR, 0 };

static rfbProtocolExtension extension = {
    .newClient = extension_new_client,
    .pseudoEncodings = pseudo_encodings,
    .enablePseudoEncoding = extension_enable,
    .handleMessage = extension_message,
};

void
vnc_viewer_register_extension (void)
{
    rfbRegisterProtocolExtension (&extension);
}

/* --- life ---------------------------------------------------------------------------- */

/* Makes the library believe in a viewer that has spoken already.  From one that has not it would
 * wait a tenth of a second for a browser's greeting (WebSocket, or TLS even), which nobody here
 * wants: so it gets a stand-in to talk to.  What it says, its version, is put into the queue. */
static rfbClientPtr
introduce (struct vnc_viewer *v, rfbScreenInfoPtr screen)
{
    char version[sz_rfbProtocolVersionMsg] = "RFB ";
    rfbClientPtr rfb = NULL;
    int pair[2];

    if (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return NULL;
    if (pair[0] < FD_SETSIZE && pair[1] < FD_SETSIZE && send (pair[1], version, 4, 0) == 4)
        rfb = rfbNewClient (screen, pair[0]); /* closes pair[0] when it fails */
    else
        close (pair[0]);
    if (rfb) {
        FD_CLR (pair[0], &screen->allFds);
        close (pair[0]);
        rfb->sock = -1;
        if (recv (pair[1], version, sizeof version, MSG_DONTWAIT) == sizeof version)
            enqueue (v, version, sizeof version);
    }
    close (pair[1]);
    return rfb;
}

int
vnc_viewer_open (struct vnc_viewer *v, rfbScreenInfoPtr screen, int sock,
                 struct display_client *display, const struct vnc_cursor *cursor)
{
    const int one = 1;

    *v = (struct vnc_viewer){ .sock = sock, .queue_fd = -1, .is_awake = true, .cursor = cursor };
    screen->kbdAddEvent = key_cb;
    screen->ptrAddEvent = pointer_cb;
    v->input.display = display;
    v->queue_fd = memfd_create ("vitrine-vnc", MFD_CLOEXEC);
    /* The library puts a socket into an fd_set. */
    if (v->queue_fd >= 0 && sock < FD_SETSIZE && fd_set_nonblock (sock) == 0)
        v->rfb = introduce (v, screen);
    if (!v->rfb) {
        fd_close (&v->queue_fd);
        fd_close (&v->sock);
        return -EMFILE;
    }
    setsockopt (sock, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one); /* where it is TCP */
    v->rfb->clientData = v;
    v->rfb->sock = sock;
    return 0;
}

/* The library forgets to (0.9.14), and so would lose some memory with each viewer. */
static void
free_extensions (rfbClientPtr rfb)
{
    while (rfb->extensions) {
        rfbExtensionData *next = rfb->extensions->next;

        free (rfb->extensions);
        rfb->extensions = next;
    }
}

void
vnc_viewer_close (struct vnc_viewer *v)
{
    if (!v->rfb)
        return;
    vnc_input_release (&v->input);
    if (v->rfb->sock >= 0)
        rfbCloseClient (v->rfb); /* closes the socket */
    else if (v->queue_fd < 0)
        fd_close (&v->sock); /* the library closed the memfd in its place */
    free_extensions (v->rfb);
    rfbClientConnectionGone (v->rfb);
    fd_close (&v->queue_fd);
    *v = (struct vnc_viewer){ .sock = -1, .queue_fd = -1 };
}
