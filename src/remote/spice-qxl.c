/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spice-qxl.c - the picture and the cursor of the display channel, as a QXL device.
 *
 * Theory of operation.  The library draws in a thread of its own, the worker, which fetches commands from
 * here (get_command) and says when it needs their memory no longer (release_resource), perhaps much later:
 * when something was drawn over them and all viewers have them.  So what changed is copied from the guest's
 * memory, which goes on changing, into commands of at most BAND_BYTES; and no more is copied while QUEUE_BYTES
 * are out.  Then the worker is asked to draw what it has put off (oom), and only viewers that do not read can
 * hold memory.
 *
 *   SHOWN ── another picture ──▶ DRAINING ── all given back, or a stall ──┐
 *     ▲                                                                     │
 *     └──────────────────────── the next surface ◀──────────────────────────┘
 *
 * There is always a surface, as viewers expect it: a blank one where nothing is shown.
 *
 * Surfaces are made and destroyed by calls that wait for the worker, and the worker waits for viewers that are
 * in the middle of a command; hence DRAINING.  Where nothing at all is given back for STALL_MS, there is a stall:
 * some viewer does not read any more, and has to go, so that the others go on.
 */
#define _GNU_SOURCE
#include "spice-qxl.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "bits.h"
#include "fd.h"
#include "log.h"
#include "spice-loop.h"
#include "spice-queue.h"

#define BAND_BYTES  KIB (256)
#define QUEUE_BYTES MIB (4)
#define QUEUE_DRAWS 64
#define STALL_MS    3000

#define BLANK_WIDTH  640
#define BLANK_HEIGHT 480

/* The library finds memory by addresses in slots; ours is one slot that has all of it. */
#define SLOT_BITS     8 /* of an address, above those a process has */
#define SLOT_ID       0
#define SLOT_RAM_SIZE (16 << 20)

enum state {
    STATE_NONE, /* there was no memory for a surface, or no time yet */
    STATE_SHOWN,
    STATE_DRAINING,
    STATE_DRAINED,
};

struct spice_qxl {
    QXLInstance instance;
    SpiceServer *server;
    struct display_client *display;
    bool has_agent; /* to be told of sizes */
    int wake_fd;    /* borrowed */

    struct spice_queue queue;

    enum state state;
    int64_t waits_since_ms; /* for something to be given back; 0: it does not */
    uint32_t width, height; /* of the surface */
    bool is_blank;          /* it shows no picture */
    void *surface;
    size_t surface_bytes;
    uint32_t x1, y1, x2, y2; /* what has changed since it was copied; x1 == x2: nothing */
    uint64_t last_image_id;
    struct log_limit limit;
};

static void
push (struct spice_qxl *qxl, struct spice_command *command)
{
    spice_queue_push (&qxl->queue, command);
    spice_qxl_wakeup (&qxl->instance);
}

/* --- the worker's calls, in its thread ----------------------------------------------- */

static struct spice_qxl *
of (QXLInstance *instance)
{
    return container_of (instance, struct spice_qxl, instance);
}

static int
get_command_cb (QXLInstance *instance, QXLCommandExt *ext)
{
    return spice_queue_fetch (&of (instance)->queue, true, ext);
}

static int
get_cursor_command_cb (QXLInstance *instance, QXLCommandExt *ext)
{
    return spice_queue_fetch (&of (instance)->queue, false, ext);
}

/* Every push() wakes the worker, so there is nothing to remember; only what is there now counts. */
static int
req_command_cb (QXLInstance *instance)
{
    return spice_queue_is_empty (&of (instance)->queue, true);
}

static int
req_cursor_cb (QXLInstance *instance)
{
    return spice_queue_is_empty (&of (instance)->queue, false);
}

static void
release_resource_cb (QXLInstance *instance, QXLReleaseInfoExt info)
{
    spice_queue_release (&of (instance)->queue, info);
    fd_event_signal (of (instance)->wake_fd);
}

static int
flush_resources_cb (QXLInstance *instance)
{
    return 0;
}

static void
get_init_info_cb (QXLInstance *instance, QXLDevInitInfo *info)
{
    *info = (QXLDevInitInfo){
        .num_memslots_groups = 1,
        .num_memslots = 1,
        .memslot_gen_bits = SLOT_BITS,
        .memslot_id_bits = SLOT_BITS,
        .qxl_ram_size = SLOT_RAM_SIZE,
        .internal_groupslot_id = SPICE_QUEUE_GROUP,
        .n_surfaces = 1,
    };
}

static void
attached_cb (QXLInstance *instance)
{
}

static void
set_level_cb (QXLInstance *instance, int level)
{
}

static void
notify_update_cb (QXLInstance *instance, uint32_t id)
{
}

static void
async_complete_cb (QXLInstance *instance, uint64_t cookie)
{
}

static void
update_area_cb (QXLInstance *instance, uint32_t surface, QXLRect *rects, uint32_t n)
{
}

static void
set_capabilities_cb (QXLInstance *instance, uint8_t present, uint8_t caps[SPICE_CAPABILITIES_SIZE])
{
}

/* In the main thread: what size a viewer's window has; no CONFIG asks whether it is to be told here.  The library
 * tells the guest's agent, where that is not so. */
static int
monitors_cb (QXLInstance *instance, VDAgentMonitorsConfig *config)
{
    struct spice_qxl *qxl = of (instance);

    if (qxl->has_agent || !qxl->display->resizes || qxl->display->sock < 0)
        return 0;
    if (config && config->num_of_monitors > 0)
        display_client_resize (qxl->display, config->monitors[0].width, config->monitors[0].height);
    return 1;
}

void
spice_qxl_set_agent (struct spice_qxl *qxl, bool has_agent)
{
    qxl->has_agent = has_agent;
}

static const QXLInterface qxl_interface = {
    .base = {
        .type = SPICE_INTERFACE_QXL,
        .description = "display",
        .major_version = SPICE_INTERFACE_QXL_MAJOR,
        .minor_version = SPICE_INTERFACE_QXL_MINOR,
    },
    .attached_worker = attached_cb,
    .set_compression_level = set_level_cb,
    .get_init_info = get_init_info_cb,
    .get_command = get_command_cb,
    .req_cmd_notification = req_command_cb,
    .release_resource = release_resource_cb,
    .get_cursor_command = get_cursor_command_cb,
    .req_cursor_notification = req_cursor_cb,
    .notify_update = notify_update_cb,
    .flush_resources = flush_resources_cb,
    .async_complete = async_complete_cb,
    .update_area_complete = update_area_cb,
    .set_client_capabilities = set_capabilities_cb,
    .client_monitors_config = monitors_cb,
};

/* --- pictures ------------------------------------------------------------------------ */

static void
destroy_surface (struct spice_qxl *qxl)
{
    if (!qxl->surface)
        return;
    spice_qxl_destroy_primary_surface (&qxl->instance, 0);
    munmap (qxl->surface, qxl->surface_bytes);
    qxl->surface = NULL;
    qxl->width = qxl->height = 0;
}

/* As large as the display's picture, blank without one; NONE when there is no memory. */
static void
create_surface (struct spice_qxl *qxl)
{
    bool is_blank = qxl->display->width == 0;
    uint32_t width = is_blank ? BLANK_WIDTH : qxl->display->width;
    uint32_t height = is_blank ? BLANK_HEIGHT : qxl->display->height;
    QXLDevSurfaceCreate surface = {
        .width = width,
        .height = height,
        .stride = (int32_t) width * 4,
        .format = SPICE_SURFACE_FMT_32_xRGB,
        .mouse_mode = 1, /* the pointer may be the viewer's own */
        .type = QXL_SURF_TYPE_PRIMARY,
        .group_id = SPICE_QUEUE_GROUP,
    };
    size_t bytes = (size_t) width * height * 4;
    void *memory;

    qxl->state = STATE_NONE;
    memory = mmap (NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
        log_guest (&qxl->limit, "there is no memory for a picture of %u × %u", width, height);
        return;
    }
    surface.mem = (uintptr_t) memory;
    qxl->surface = memory;
    qxl->surface_bytes = bytes;
    qxl->width = width;
    qxl->height = height;
    qxl->is_blank = is_blank;
    spice_qxl_create_primary_surface (&qxl->instance, 0, &surface);
    qxl->state = STATE_SHOWN;
    spice_qxl_damage (qxl, 0, 0, width, height);
    spice_qxl_cursor_changed (qxl);
}

/* Whether more may be copied; if not, the worker is asked to give back what it can. */
static bool
has_room (struct spice_qxl *qxl)
{
    uint64_t bytes;
    unsigned n = spice_queue_n_out (&qxl->queue, &bytes);
    bool room = bytes < QUEUE_BYTES && n < QUEUE_DRAWS;

    if (!room)
        spice_qxl_oom (&qxl->instance);
    return room;
}

static void
describe_copy (struct spice_qxl *qxl, struct spice_command *command, const QXLRect *area)
{
    QXLDrawable *d = &command->draw.drawable;
    QXLImage *image = &command->draw.image;
    uint32_t width = (uint32_t) (area->right - area->left);
    uint32_t height = (uint32_t) (area->bottom - area->top);

    d->effect = QXL_EFFECT_OPAQUE;
    d->type = QXL_DRAW_COPY;
    d->bbox = *area;
    d->clip.type = SPICE_CLIP_TYPE_NONE;
    for (unsigned i = 0; i < ARRAY_SIZE (d->surfaces_dest); i++)
        d->surfaces_dest[i] = -1;
    d->u.copy.src_bitmap = (uintptr_t) image;
    d->u.copy.src_area = (QXLRect){ .right = (int32_t) width, .bottom = (int32_t) height };
    d->u.copy.rop_descriptor = SPICE_ROPD_OP_PUT;
    image->descriptor.id = ++qxl->last_image_id;
    image->descriptor.type = SPICE_IMAGE_TYPE_BITMAP;
    image->descriptor.width = width;
    image->descriptor.height = height;
    image->bitmap.format = SPICE_BITMAP_FMT_32BIT;
    image->bitmap.flags = QXL_BITMAP_DIRECT | QXL_BITMAP_TOP_DOWN;
    image->bitmap.x = width;
    image->bitmap.y = height;
    image->bitmap.stride = width * 4;
    image->bitmap.data = (uintptr_t) command->payload;
}

/* Copies the topmost lines of what changed. */
static bool
copy_band (struct spice_qxl *qxl)
{
    const struct display_client *display = qxl->display;
    uint32_t line_bytes = (qxl->x2 - qxl->x1) * 4;
    uint32_t n_lines = MIN_OF (MAX_OF ((uint32_t) BAND_BYTES / line_bytes, 1u), qxl->y2 - qxl->y1);
    QXLRect area = { .left = (int32_t) qxl->x1,
                     .top = (int32_t) qxl->y1,
                     .right = (int32_t) qxl->x2,
                     .bottom = (int32_t) (qxl->y1 + n_lines) };
    struct spice_command *command = spice_command_new (true, (uint64_t) n_lines * line_bytes);

    if (!command)
        return false;
    for (uint32_t i = 0; i < n_lines; i++)
        memcpy (command->payload + (size_t) i * line_bytes,
                display->pixels + (size_t) (qxl->y1 + i) * display->stride_bytes + qxl->x1 * 4ul,
                line_bytes);
    describe_copy (qxl, command, &area);
    push (qxl, command);
    qxl->y1 += n_lines;
    if (qxl->y1 == qxl->y2)
        qxl->x1 = qxl->x2 = 0;
    return true;
}

void
spice_qxl_damage (struct spice_qxl *qxl, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
    if (qxl->state != STATE_SHOWN || qxl->is_blank || width == 0 || height == 0)
        return;
    if (qxl->x1 == qxl->x2) {
        qxl->x1 = x;
        qxl->y1 = y;
        qxl->x2 = x + width;
        qxl->y2 = y + height;
    } else {
        qxl->x1 = MIN_OF (qxl->x1, x);
        qxl->y1 = MIN_OF (qxl->y1, y);
        qxl->x2 = MAX_OF (qxl->x2, x + width);
        qxl->y2 = MAX_OF (qxl->y2, y + height);
    }
}

void
spice_qxl_picture_changed (struct spice_qxl *qxl)
{
    if (qxl->state == STATE_SHOWN && qxl->is_blank && qxl->display->width == 0)
        return;
    if (qxl->state == STATE_SHOWN && !qxl->is_blank && qxl->width == qxl->display->width
        && qxl->height == qxl->display->height) {
        spice_qxl_damage (qxl, 0, 0, qxl->width, qxl->height);
        return;
    }
    qxl->x1 = qxl->x2 = 0;
    spice_queue_drop (&qxl->queue, true);
    if (qxl->state == STATE_SHOWN) {
        qxl->state = STATE_DRAINING;
        spice_qxl_oom (&qxl->instance);
    }
}

/* After how many milliseconds nothing was given back for too long; 0: that is so. */
static int
stall_in_ms (struct spice_qxl *qxl)
{
    int64_t now = spice_loop_now_ms ();
    int64_t since = spice_queue_last_back_ms (&qxl->queue);

    if (qxl->waits_since_ms == 0)
        qxl->waits_since_ms = now;
    since = MAX_OF (since, qxl->waits_since_ms);
    return (int) MAX_OF (since + STALL_MS - now, 0);
}

static void
change_surface (struct spice_qxl *qxl)
{
    qxl->waits_since_ms = 0;
    destroy_surface (qxl);
    create_surface (qxl);
}

int
spice_qxl_run (struct spice_qxl *qxl, bool *is_stalled)
{
    uint64_t bytes;
    int wait_ms;

    *is_stalled = false;
    if (qxl->state == STATE_DRAINING && spice_queue_n_out (&qxl->queue, &bytes) > 0) {
        wait_ms = stall_in_ms (qxl);
        *is_stalled = wait_ms == 0;
        if (*is_stalled)
            qxl->state = STATE_DRAINED; /* once that viewer has gone */
        return wait_ms;
    }
    if (qxl->state != STATE_SHOWN)
        change_surface (qxl);
    while (qxl->state == STATE_SHOWN && qxl->x1 < qxl->x2 && has_room (qxl) && copy_band (qxl))
        ;
    if (qxl->state != STATE_SHOWN || qxl->x1 == qxl->x2) {
        qxl->waits_since_ms = 0;
        return -1;
    }
    wait_ms = stall_in_ms (qxl);
    *is_stalled = wait_ms == 0;
    if (*is_stalled)
        qxl->waits_since_ms = 0; /* the next has its time, too */
    return wait_ms > 0 ? wait_ms : STALL_MS;
}

bool
spice_qxl_is_hungry (struct spice_qxl *qxl)
{
    return qxl->state == STATE_SHOWN && !qxl->is_blank && qxl->x1 == qxl->x2 && has_room (qxl);
}

/* --- the cursor ---------------------------------------------------------------------- */

static QXLPoint16
cursor_place (const struct display_client *display)
{
    return (QXLPoint16){ (int16_t) MAX_OF (MIN_OF (display->cursor_x, INT16_MAX), INT16_MIN),
                         (int16_t) MAX_OF (MIN_OF (display->cursor_y, INT16_MAX), INT16_MIN) };
}

/* The display's pixels are multiplied by alpha, viewers' are not. */
static uint32_t
unmultiply (uint32_t argb)
{
    uint32_t a = argb >> 24, out = a << 24;

    if (a == 0)
        return 0;
    for (unsigned shift = 0; shift < 24; shift += 8) {
        uint32_t value = (((argb >> shift) & 0xff) * 255 + a / 2) / a;

        out |= MIN_OF (value, 255u) << shift;
    }
    return out;
}

/* A new shape, in the command's payload behind the library's header. */
static void
describe_shape (struct spice_qxl *qxl, struct spice_command *command)
{
    const struct display_cursor *cursor = &qxl->display->cursor;
    QXLCursorCmd *cmd = &command->cursor;
    QXLCursor *shape = (QXLCursor *) command->payload;
    uint32_t n = cursor->width * cursor->height;

    cmd->type = QXL_CURSOR_SET;
    cmd->u.set.position = cursor_place (qxl->display);
    cmd->u.set.visible = 1;
    cmd->u.set.shape = (uintptr_t) shape;
    memset (shape, 0, sizeof *shape);
    shape->header.unique = 0; /* not to be kept by viewers for another time */
    shape->header.type = SPICE_CURSOR_TYPE_ALPHA;
    shape->header.width = (uint16_t) cursor->width;
    shape->header.height = (uint16_t) cursor->height;
    shape->header.hot_spot_x = (uint16_t) cursor->hot_x;
    shape->header.hot_spot_y = (uint16_t) cursor->hot_y;
    shape->data_size = shape->chunk.data_size = n * 4;
    for (uint32_t i = 0; i < n; i++) {
        uint32_t pixel = unmultiply (cursor->pixels[i]);

        memcpy (shape->chunk.data + i * 4ul, &pixel, sizeof pixel);
    }
}

/* What it replaces and was not fetched is dropped, so few are waiting. */
static void
push_cursor (struct spice_qxl *qxl, uint8_t type, uint64_t payload)
{
    struct spice_command *command = spice_command_new (false, payload);

    if (!command)
        return;
    command->cursor.type = type;
    if (type == QXL_CURSOR_MOVE)
        command->cursor.u.position = cursor_place (qxl->display);
    else
        spice_queue_drop (&qxl->queue, false);
    if (type == QXL_CURSOR_SET)
        describe_shape (qxl, command);
    push (qxl, command);
}

void
spice_qxl_cursor_changed (struct spice_qxl *qxl)
{
    const struct display_cursor *cursor = &qxl->display->cursor;

    if (cursor->width == 0)
        push_cursor (qxl, QXL_CURSOR_HIDE, 0);
    else
        push_cursor (qxl, QXL_CURSOR_SET,
                     sizeof (QXLCursor) + cursor->width * cursor->height * 4ul);
}

void
spice_qxl_cursor_moved (struct spice_qxl *qxl)
{
    if (qxl->display->cursor.width == 0)
        return;
    spice_queue_drop_move (&qxl->queue);
    push_cursor (qxl, QXL_CURSOR_MOVE, 0);
}

/* --- life ---------------------------------------------------------------------------- */

static void
add_memory (struct spice_qxl *qxl)
{
    QXLDevMemSlot slot = {
        .slot_group_id = SPICE_QUEUE_GROUP,
        .slot_id = SLOT_ID,
        .virt_start = 0,
        .virt_end = UINTPTR_MAX,
    };

    spice_qxl_add_memslot (&qxl->instance, &slot);
}

struct spice_qxl *
spice_qxl_create (SpiceServer *server, struct display_client *display, int wake_fd)
{
    struct spice_qxl *qxl = calloc (1, sizeof *qxl);

    if (!qxl)
        return NULL;
    qxl->instance.base.sif = &qxl_interface.base;
    qxl->server = server;
    qxl->display = display;
    qxl->wake_fd = wake_fd;
    spice_queue_init (&qxl->queue);
    if (spice_server_add_interface (server, &qxl->instance.base) != 0) {
        free (qxl);
        return NULL;
    }
    add_memory (qxl);
    spice_server_vm_start (server);
    return qxl;
}

void
spice_qxl_destroy (struct spice_qxl *qxl)
{
    spice_queue_finish (&qxl->queue);
    if (qxl->surface)
        munmap (qxl->surface, qxl->surface_bytes);
    free (qxl);
}
