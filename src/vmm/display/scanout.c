/* SPDX-License-Identifier: GPL-2.0-or-later */
/* scanout.c - what is shown: the sources, the one among them that counts, its surface and cursor.
 *
 * Each source keeps what it said last, so that switching between them is only a matter of looking at
 * another one.  Serials count what the present source said, and switches, which are as if the next
 * one had said everything anew; watchers compare them with what they were told.
 */
#include "scanout.h"

#include <stdlib.h>
#include <string.h>

#include "bits.h"
#include "scanout-private.h"

/* --- boxes --------------------------------------------------------------------------- */

bool
box_is_empty (const struct scanout_box *box)
{
    return box->x1 >= box->x2 || box->y1 >= box->y2;
}

void
box_add (struct scanout_box *box, const struct scanout_box *more)
{
    if (box_is_empty (box)) {
        *box = *more;
        return;
    }
    box->x1 = MIN_OF (box->x1, more->x1);
    box->y1 = MIN_OF (box->y1, more->y1);
    box->x2 = MAX_OF (box->x2, more->x2);
    box->y2 = MAX_OF (box->y2, more->y2);
}

/* --- what a source says -------------------------------------------------------------- */

static bool
is_shown_locked (const struct scanout_source *source)
{
    return source->scanout->active == source;
}

void
scanout_set_surface (struct scanout_source *source, const struct scanout_surface *surface)
{
    struct scanout *scanout = source->scanout;
    bool is_shown;

    pthread_mutex_lock (&scanout->lock);
    source->surface = *surface;
    is_shown = is_shown_locked (source);
    if (is_shown)
        watchers_new_surface_locked (scanout);
    pthread_mutex_unlock (&scanout->lock);
    if (is_shown)
        watchers_happened (scanout);
}

void
scanout_damage (struct scanout_source *source, uint32_t x, uint32_t y, uint32_t width,
                uint32_t height)
{
    struct scanout *scanout = source->scanout;
    const struct scanout_surface *surface = &source->surface;
    struct scanout_box box;
    bool is_news;

    pthread_mutex_lock (&scanout->lock);
    box.x1 = MIN_OF (x, surface->width);
    box.y1 = MIN_OF (y, surface->height);
    box.x2 = box.x1 + MIN_OF (width, surface->width - box.x1);
    box.y2 = box.y1 + MIN_OF (height, surface->height - box.y1);
    is_news = is_shown_locked (source) && !box_is_empty (&box);
    if (is_news)
        watchers_damage_locked (scanout, &box);
    pthread_mutex_unlock (&scanout->lock);
    if (is_news)
        watchers_happened (scanout);
}

void
scanout_set_cursor (struct scanout_source *source, const struct scanout_cursor *cursor)
{
    struct scanout *scanout = source->scanout;
    bool is_shown;

    pthread_mutex_lock (&scanout->lock);
    source->cursor = *cursor;
    is_shown = is_shown_locked (source);
    if (is_shown)
        scanout->cursor_serial++;
    pthread_mutex_unlock (&scanout->lock);
    if (is_shown)
        watchers_happened (scanout);
}

void
scanout_move_cursor (struct scanout_source *source, int32_t x, int32_t y)
{
    struct scanout *scanout = source->scanout;

    pthread_mutex_lock (&scanout->lock);
    source->cursor_x = x;
    source->cursor_y = y;
    if (is_shown_locked (source))
        scanout->cursor_at_serial++;
    pthread_mutex_unlock (&scanout->lock);
    watchers_note_active (scanout);
}

/* --- which source -------------------------------------------------------------------- */

struct scanout_surface
scanout_surface_locked (const struct scanout *scanout)
{
    return scanout->active ? scanout->active->surface : (struct scanout_surface){ .fd = -1 };
}

void
scanout_info (struct scanout *scanout, struct scanout_surface *surface)
{
    pthread_mutex_lock (&scanout->lock);
    *surface = scanout_surface_locked (scanout);
    pthread_mutex_unlock (&scanout->lock);
}

static struct scanout_source *
find_active (struct scanout *scanout)
{
    struct scanout_source *active = NULL;

    list_for_each (node, &scanout->sources)
    {
        struct scanout_source *source = container_of (node, struct scanout_source, node);

        if (source->is_on && (!active || source->rank >= active->rank))
            active = source;
    }
    return active;
}

/* A source that comes to be watched brings its surface up to date at once: it may be of long ago. */
static void
watch (struct scanout_source *source, bool on)
{
    if (!source || source->scanout->n_watchers == 0)
        return;
    source->ops->watch (source->opaque, on);
    if (on && source->ops->refresh)
        source->ops->refresh (source->opaque);
}

/* Looks again which source is to be shown. */
static void
choose (struct scanout *scanout)
{
    struct scanout_source *before = scanout->active, *active = find_active (scanout);

    if (active == before)
        return;
    watch (before, false);
    pthread_mutex_lock (&scanout->lock);
    scanout->active = active;
    scanout->cursor_serial++;
    scanout->cursor_at_serial++;
    watchers_new_surface_locked (scanout);
    pthread_mutex_unlock (&scanout->lock);
    watch (active, true);
    watchers_happened (scanout);
}

void
scanout_switch_source (struct scanout_source *source, bool on)
{
    source->is_on = on;
    choose (source->scanout);
}

void
scanout_add_source (struct scanout *scanout, struct scanout_source *source, bool on)
{
    source->scanout = scanout;
    source->surface = (struct scanout_surface){ .fd = -1 };
    list_append (&scanout->sources, &source->node);
    scanout_switch_source (source, on);
    if (source->ops->resize && scanout->wanted_width > 0)
        source->ops->resize (source->opaque, scanout->wanted_width, scanout->wanted_height);
}

void
scanout_remove_source (struct scanout_source *source)
{
    if (!source->scanout)
        return;
    scanout_switch_source (source, false);
    list_remove (&source->node);
    source->scanout = NULL;
}

void
scanout_wish (struct scanout *scanout, uint32_t width, uint32_t height)
{
    if (scanout->wanted_width == width && scanout->wanted_height == height)
        return;
    scanout->wanted_width = width;
    scanout->wanted_height = height;
    list_for_each (node, &scanout->sources)
    {
        struct scanout_source *source = container_of (node, struct scanout_source, node);

        if (source->ops->resize)
            source->ops->resize (source->opaque, width, height);
    }
}

/* --- life ---------------------------------------------------------------------------- */

struct scanout *
scanout_create (struct loop *loop, struct input *input)
{
    struct scanout *scanout = calloc (1, sizeof *scanout);

    if (!scanout)
        return NULL;
    scanout->loop = loop;
    scanout->input = input;
    scanout->surface_serial = scanout->cursor_serial = scanout->cursor_at_serial = 1;
    list_init (&scanout->sources);
    pthread_mutex_init (&scanout->lock, NULL);
    watchers_init (scanout);
    return scanout;
}

void
scanout_destroy (struct scanout *scanout)
{
    if (!scanout)
        return;
    watchers_destroy (scanout);
    pthread_mutex_destroy (&scanout->lock);
    free (scanout);
}
