/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list.h - an intrusive doubly linked list; the node is part of what it links. */
#pragma once

#include <stdbool.h>

struct list {
    struct list *next;
    struct list *prev;
};

#define LIST_INIT(name) { &(name), &(name) }

static inline void
list_init (struct list *list)
{
    list->next = list->prev = list;
}

static inline bool
list_is_empty (const struct list *list)
{
    return list->next == list;
}

/* Puts NODE last in LIST. */
static inline void
list_append (struct list *list, struct list *node)
{
    node->prev = list->prev;
    node->next = list;
    list->prev->next = node;
    list->prev = node;
}

/* Takes NODE out of whatever list it is in; harmless on a node that list_init() made. */
static inline void
list_remove (struct list *node)
{
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init (node);
}

/* The body may remove NODE, but no other node, from the list HEAD. */
#define list_for_each(node, head)                                                                 \
    for (struct list *node = (head)->next, *node##_next_ = node->next; node != (head);            \
         node = node##_next_, node##_next_ = node->next)
