/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vitrine-compare.h - in what two texts of a machine's definition differ, for people.
 *
 * White space, and how a tag is quoted, are no difference; the order of elements of different names is none.
 * Devices are told apart by what they are called by (a disk's target, a card's address), not by their place; that those
 * of one name are in another order is a difference of the element they are in, whose part is called as they are.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
    VITRINE_DIFFERENCE_GONE,    /* it was in the first, and is not in the second */
    VITRINE_DIFFERENCE_CHANGED, /* it says something else */
    VITRINE_DIFFERENCE_NEW,     /* it is in the second alone */
} VitrineDifferenceKind;

typedef struct {
    VitrineDifferenceKind kind;
    char *place;          /* the element's: "domain/devices/disk vda/driver" */
    char *
        part; /* what of it: "cache" of an attribute, "boot" of the order of its <boot>, "" of its text or of all of it */
    char *before, *after; /* what it says; "" where that is an element, or nothing */
    guint line;           /* in the text that has it, the first where both do */
} VitrineDifference;

void vitrine_difference_free (VitrineDifference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineDifference, vitrine_difference_free)

/* Whether TEXT is XML; else FALSE with INVALID, and in *LINE, which may be NULL, where it is not. */
gboolean vitrine_compare_check (const char *text, guint *line, GError **error);

/* From BEFORE to AFTER, in the order of the text: an array of VitrineDifference, empty when there is none.  NULL with
 * INVALID, and the line, when one of them is no XML.  (transfer full) */
GPtrArray *vitrine_compare (const char *before, const char *after, GError **error);

/* "Line 12: <driver cache> of disk vda says “none” no more". (transfer full) */
char *vitrine_difference_describe (const VitrineDifference *difference);

/* What became of a definition while somebody wrote a new one. */
typedef struct {
    GPtrArray *theirs; /* from the one he began with to the one that is there now */
    GPtrArray *yours;  /* from the one he began with to what he wrote */
    GPtrArray *
        clashes; /* those of THEIRS that are about what YOURS are about, and say another thing; borrowed */
} VitrineThreeWay;

void vitrine_three_way_free (VitrineThreeWay *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (VitrineThreeWay, vitrine_three_way_free)

/* NULL with INVALID when one of them is no XML; WANTED is looked at first.  (transfer full) */
VitrineThreeWay *vitrine_compare_three (const char *base, const char *now, const char *wanted,
                                        GError **error);

G_END_DECLS
