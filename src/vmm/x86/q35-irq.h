/* SPDX-License-Identifier: GPL-2.0-or-later */
/* q35-irq.h - which interrupt an INTx pin of a slot on bus 0 ends up at.
 *
 * The LPC bridge turns a pin into one of eight PIRQ lines; a PIRQ line into an interrupt:
 *
 *     slots  0-24   INTA-INTD rotate over PIRQE-PIRQH: line E + (slot + pin) mod 4
 *     slots 25-31   INTA-INTD are PIRQA-PIRQD, in that order
 *
 *     APIC mode     PIRQA-PIRQH are I/O APIC pins 16-23, level-triggered, active high at the chip
 *     PIC mode      the line's routing register in the LPC bridge's configuration space says
 *
 * Firmware knows this rule by heart (it fills "interrupt line" from it), the LPC bridge follows it
 * and ACPI's _PRT publishes it, so it exists once: here.  Slot 30 is a bridge on a real ICH9, and
 * its secondary bus uses E-H; we have no such bridge, and slot 30 is like its neighbours.
 */
#pragma once

enum q35_pirq {
    Q35_PIRQ_A,
    Q35_PIRQ_B,
    Q35_PIRQ_C,
    Q35_PIRQ_D,
    Q35_PIRQ_E,
    Q35_PIRQ_F,
    Q35_PIRQ_G,
    Q35_PIRQ_H,
    Q35_PIRQ_N
};

#define Q35_N_SLOTS       32
#define Q35_FIRST_FIXED   25   /* the first slot whose pins do not rotate */
#define Q35_PIRQ_GSI      16   /* PIRQA's I/O APIC pin */
#define Q35_PIRQ_REG_A    0x60 /* LPC configuration space: PIRQA-D; bits 3:0 IRQ, bit 7 not routed */
#define Q35_PIRQ_REG_E    0x68 /* the same for PIRQE-H */
#define Q35_PIRQ_UNROUTED 0x80
#define Q35_PIRQ_IRQ_MASK 0x0f
#define Q35_PIRQ_IRQS     0x0c20 /* what a register may choose, a bit an IRQ: 5, 10 and 11 */

/* The line of PIN (0 is INTA) of SLOT (0-31): an enum q35_pirq. */
static inline unsigned
q35_pirq (unsigned slot, unsigned pin)
{
    if (slot < Q35_FIRST_FIXED)
        return Q35_PIRQ_E + ((slot + pin) & 3);
    return Q35_PIRQ_A + (pin & 3);
}

/* The line's I/O APIC pin. */
static inline unsigned
q35_pirq_gsi (unsigned pirq)
{
    return Q35_PIRQ_GSI + pirq;
}

/* The line's routing register in the LPC bridge's configuration space. */
static inline unsigned
q35_pirq_register (unsigned pirq)
{
    return pirq < Q35_PIRQ_E ? Q35_PIRQ_REG_A + pirq : Q35_PIRQ_REG_E + pirq - Q35_PIRQ_E;
}
