/* SPDX-License-Identifier: GPL-2.0-or-later */
/* irq.c - interrupt lines and messages, whoever delivers them. */
#include "irq.h"

#include <assert.h>
#include <string.h>

void
irq_chip_init (struct irq_chip *chip, const struct irq_chip_ops *ops, void *opaque)
{
    memset (chip->holders, 0, sizeof chip->holders);
    chip->ops = ops;
    chip->opaque = opaque;
    pthread_mutex_init (&chip->lock, NULL);
}

void
irq_chip_destroy (struct irq_chip *chip)
{
    pthread_mutex_destroy (&chip->lock);
}

void
irq_line_init (struct irq_line *line, struct irq_chip *chip, unsigned gsi)
{
    assert (gsi < IRQ_N_GSIS);
    line->chip = chip;
    line->gsi = gsi;
    line->level = false;
}

void
irq_line_set (struct irq_line *line, bool level)
{
    struct irq_chip *chip = line->chip;
    bool changed;

    if (line->level == level)
        return;
    line->level = level;

    /* The chip is told under the lock: two devices on one line must not overtake each other. */
    pthread_mutex_lock (&chip->lock);
    if (level)
        changed = chip->holders[line->gsi]++ == 0;
    else
        changed = --chip->holders[line->gsi] == 0;
    if (changed)
        chip->ops->set_gsi (chip->opaque, line->gsi, level);
    pthread_mutex_unlock (&chip->lock);
}

void
irq_line_pulse (struct irq_line *line)
{
    irq_line_set (line, true);
    irq_line_set (line, false);
}

void
irq_send_msi (struct irq_chip *chip, uint64_t address, uint32_t data)
{
    chip->ops->send_msi (chip->opaque, address, data);
}
