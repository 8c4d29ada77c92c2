/* SPDX-License-Identifier: GPL-2.0-or-later */
/* e1000e-nvm.c - the 82574L's non-volatile memory: what it holds, and the registers that reach it.
 *
 * The NVM is an EEPROM of 128 words that is read and written a word at a time through EERD and EEWR
 * (§10.2.2).  What a guest writes lasts as long as the card; the bit-banged interface is not wired.
 */
#include <string.h>

#include "e1000e-private.h"

/* Words (§6.1). */
#define WORD_COMPATIBILITY 0x03
#define WORD_LEDS          0x04
#define WORD_VERSION       0x05
#define WORD_PBA           0x08 /* two words: the board's part number */
#define WORD_INIT_1        0x0a
#define WORD_SUBSYSTEM     0x0b
#define WORD_SUBVENDOR     0x0c
#define WORD_DEVICE        0x0d
#define WORD_ALT_MAC       0x37
#define WORD_CHECKSUM      0x3f
#define SUM                0xbaba

#define EECD_REQUEST BIT (6)
#define EECD_GRANT   BIT (7)
#define EECD_PRESENT BIT (8)
#define EECD_READ    BIT (9)    /* the card has loaded itself from it */
#define EECD_SIZE    (1u << 11) /* 2^(6 + 1) words */

#define ACCESS_START          BIT (0)
#define ACCESS_DONE           BIT (1)
#define ACCESS_ADDRESS(value) ((value) >> 2 & 0x3fff)

void
e1000e_nvm_init (struct e1000e *card)
{
    uint16_t *nvm = card->nvm;
    uint16_t sum = 0;

    memset (nvm, 0, sizeof card->nvm);
    for (unsigned i = 0; i < 3; i++)
        nvm[i] = load_le16 (card->mac + 2 * i);
    nvm[WORD_COMPATIBILITY] = 0x0420;
    nvm[WORD_LEDS] = 0xf746; /* the chip's own default */
    nvm[WORD_VERSION] = 0x2010;
    nvm[WORD_PBA] = nvm[WORD_PBA + 1] = 0xffff;
    nvm[WORD_INIT_1] = 0x026b;
    nvm[WORD_SUBSYSTEM] = 0x0000;
    nvm[WORD_SUBVENDOR] = 0x8086;
    nvm[WORD_DEVICE] = 0x10d3;
    nvm[WORD_ALT_MAC] = 0xffff; /* there is none */
    for (unsigned i = 0; i < WORD_CHECKSUM; i++)
        sum = (uint16_t) (sum + nvm[i]);
    nvm[WORD_CHECKSUM] = (uint16_t) (SUM - sum);
}

/* Whoever asks for direct access is granted it. */
uint32_t
e1000e_read_eecd (struct e1000e *card, unsigned offset)
{
    uint32_t value = e1000e_get (card, R_EECD) & EECD_REQUEST;

    return value | (value ? EECD_GRANT : 0) | EECD_PRESENT | EECD_READ | EECD_SIZE;
}

void
e1000e_write_eerd (struct e1000e *card, unsigned offset, uint32_t value)
{
    uint32_t address = ACCESS_ADDRESS (value);

    value &= 0xffff & ~(ACCESS_START | ACCESS_DONE);
    if (address < E1000E_NVM_WORDS)
        value |= (uint32_t) card->nvm[address] << 16;
    e1000e_set (card, R_EERD, value | ACCESS_DONE);
}

void
e1000e_write_eewr (struct e1000e *card, unsigned offset, uint32_t value)
{
    uint32_t address = ACCESS_ADDRESS (value);

    if ((value & ACCESS_START) && address < E1000E_NVM_WORDS)
        card->nvm[address] = (uint16_t) (value >> 16);
    e1000e_set (card, R_EEWR, (value & ~ACCESS_START) | ACCESS_DONE);
}
