/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rtl8139-eeprom.c - the 93C46 beside the RTL8139: 64 words behind four pins.
 *
 * Theory of operation.  A command begins when chip select rises: a start bit, two bits of operation and
 * six of address are taken in at rising clocks, data follows in or out, highest bit first.  Writing
 * needs EWEN before, and takes no time.  Drivers that do not know the chip try eight bits of address
 * first: the word at its end is then read two clocks early, and does not look like an EEPROM's.
 */
#include "rtl8139-private.h"

/* 9346CR (§6.13) */
#define PIN_OUT    0x01u
#define PIN_IN     0x02u
#define PIN_CLOCK  0x04u
#define PIN_SELECT 0x08u
#define MODE(cr)   ((cr) >> 6)
#define MODE_LOAD  1u /* load the registers from the EEPROM */
#define MODE_PINS  2u

/* Words. */
#define WORD_ID        0
#define WORD_VENDOR    1
#define WORD_DEVICE    2
#define WORD_SUBVENDOR 3
#define WORD_SUBSYSTEM 4
#define WORD_MAC       7
#define EEPROM_ID      0x8129u

#define COMMAND_BITS       9u /* start, operation, address */
#define OP_EXTENDED        0u
#define OP_WRITE           1u
#define OP_READ            2u
#define OP_ERASE           3u
#define EXTENDED_WRITE_OFF 0u
#define EXTENDED_WRITE_ALL 1u
#define EXTENDED_ERASE_ALL 2u
#define EXTENDED_WRITE_ON  3u

void
rtl8139_eeprom_init (struct rtl8139 *card)
{
    uint16_t *words = card->eeprom.words;

    memset (words, 0, sizeof card->eeprom.words);
    words[WORD_ID] = EEPROM_ID;
    words[WORD_VENDOR] = words[WORD_SUBVENDOR] = 0x10ec;
    words[WORD_DEVICE] = words[WORD_SUBSYSTEM] = 0x8139;
    for (unsigned i = 0; i < 3; i++)
        words[WORD_MAC + i] = load_le16 (card->mac + 2 * i);
}

void
rtl8139_eeprom_load (struct rtl8139 *card)
{
    for (unsigned i = 0; i < 3; i++)
        store_le16 (card->regs + R_IDR + 2 * i, card->eeprom.words[WORD_MAC + i]);
}

/* --- the serial interface --------------------------------------------------------------------- */

static void
fill (struct rtl8139_eeprom *e, uint16_t value)
{
    for (unsigned i = 0; i < RTL8139_EEPROM_WORDS; i++)
        e->words[i] = value;
}

static void
do_extended (struct rtl8139_eeprom *e, unsigned address)
{
    switch (address >> 4) {
    case EXTENDED_WRITE_ON:
        e->is_writable = true;
        break;
    case EXTENDED_WRITE_OFF:
        e->is_writable = false;
        break;
    case EXTENDED_ERASE_ALL:
        if (e->is_writable)
            fill (e, 0xffff);
        break;
    default:
        break; /* WRAL waits for its data */
    }
}

/* The command is complete: those without data are done. */
static void
do_command (struct rtl8139_eeprom *e)
{
    unsigned address = e->in & 0x3f;

    switch (e->in >> 6 & 3) {
    case OP_READ:
        e->out = e->words[address];
        e->data_out = false; /* a zero goes first */
        break;
    case OP_ERASE:
        if (e->is_writable)
            e->words[address] = 0xffff;
        break;
    case OP_EXTENDED:
        do_extended (e, address);
        break;
    default:
        break;
    }
}

/* Sixteen bits of data have come behind the command. */
static void
do_write (struct rtl8139_eeprom *e)
{
    unsigned command = e->in >> 16, address = command & 0x3f;
    uint16_t data = (uint16_t) e->in;

    if (!e->is_writable)
        return;
    if ((command >> 6 & 3) == OP_WRITE)
        e->words[address] = data;
    else if ((command >> 6 & 3) == OP_EXTENDED && address >> 4 == EXTENDED_WRITE_ALL)
        fill (e, data);
}

static void
rising_clock (struct rtl8139_eeprom *e, bool bit)
{
    if (e->n_bits == 0 && !bit)
        return; /* no start bit yet */
    if (e->n_bits >= COMMAND_BITS) {
        e->data_out = e->out >> 15 & 1;
        e->out = e->out << 1 & 0xffff;
    }
    if (e->n_bits >= COMMAND_BITS + 16)
        return;
    e->in = e->in << 1 | bit;
    e->n_bits++;
    if (e->n_bits == COMMAND_BITS)
        do_command (e);
    else if (e->n_bits == COMMAND_BITS + 16)
        do_write (e);
}

static void
set_pins (struct rtl8139_eeprom *e, uint8_t pins)
{
    bool clock_rises = (pins & PIN_CLOCK) && !(e->pins & PIN_CLOCK);

    if (!(pins & PIN_SELECT)) {
        e->n_bits = 0;
        e->in = e->out = 0;
        e->data_out = true; /* ready */
    } else if (clock_rises) {
        rising_clock (e, pins & PIN_IN);
    }
    e->pins = pins;
}

uint8_t
rtl8139_eeprom_read (const struct rtl8139 *card)
{
    uint8_t value = card->regs[R_9346CR];

    if (MODE (value) == MODE_PINS)
        value = (uint8_t) ((value & ~PIN_OUT) | (card->eeprom.data_out ? PIN_OUT : 0));
    return value;
}

void
rtl8139_eeprom_write (struct rtl8139 *card, uint8_t value)
{
    if (MODE (value) == MODE_LOAD) {
        rtl8139_eeprom_load (card);
        value = 0; /* clears itself when done */
    }
    set_pins (&card->eeprom, MODE (value) == MODE_PINS ? value & 0xe : 0);
    card->regs[R_9346CR] = value & (uint8_t) ~PIN_OUT;
}
