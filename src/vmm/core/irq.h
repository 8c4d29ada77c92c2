/* SPDX-License-Identifier: GPL-2.0-or-later */
/* irq.h - interrupt lines and messages, whoever delivers them (KVM's chips, or a test's notebook).
 *
 * GSI 0-15 reach the two 8259s and the I/O APIC's pins 0-15 (IRQ0 as pin 2), 16-23 the I/O APIC only.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#define IRQ_N_GSIS 24

struct irq_chip_ops {
    void (*set_gsi) (void *opaque, unsigned gsi, bool level);
    void (*send_msi) (void *opaque, uint64_t address, uint32_t data);
};

/* Counts who holds each line up, so that shared level-triggered lines work.  */
struct irq_chip {
    const struct irq_chip_ops *ops;
    void *opaque;
    pthread_mutex_t lock;
    unsigned holders[IRQ_N_GSIS]; /* guarded by lock */
};

/* One device's grip on a line: knows whether this device holds it up.  Guarded by its device's lock. */
struct irq_line {
    struct irq_chip *chip;
    unsigned gsi;
    bool level;
};

void irq_chip_init (struct irq_chip *chip, const struct irq_chip_ops *ops, void *opaque);
void irq_chip_destroy (struct irq_chip *chip);

/* GSI is below IRQ_N_GSIS. */
void irq_line_init (struct irq_line *line, struct irq_chip *chip, unsigned gsi);

/* Holds the line up or lets it go; nothing happens when that is so already.  Any thread. */
void irq_line_set (struct irq_line *line, bool level);

/* Up and down again: for edge-triggered lines. */
void irq_line_pulse (struct irq_line *line);

/* Delivers one message-signalled interrupt.  Any thread. */
void irq_send_msi (struct irq_chip *chip, uint64_t address, uint32_t data);
