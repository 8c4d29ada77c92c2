/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata.c - what disks and CD-ROM drives share. */
#include "ata.h"

#include <string.h>

#include "bits.h"

#define COPY_IOV 16

struct ata_drive *
ata_drive_from_device (struct device *device)
{
    return container_of (device, struct ata_drive, device);
}

uint64_t
ata_signature_lba (uint32_t signature)
{
    return signature >> 8;
}

uint16_t
ata_signature_count (uint32_t signature)
{
    return signature & 0xff;
}

static void
copy_piece (enum ata_direction direction, const struct iovec *iov, uint8_t *buf)
{
    if (direction == ATA_TO_GUEST)
        memcpy (iov->iov_base, buf, iov->iov_len);
    else
        memcpy (buf, iov->iov_base, iov->iov_len);
}

static int64_t
copy (struct ata_host *host, enum ata_direction direction, uint8_t *buf, uint64_t len)
{
    struct iovec iov[COPY_IOV];
    uint64_t done = 0;
    unsigned n_iov;

    while (done < len) {
        int64_t n = host->ops->map (host, direction, len - done, 1, iov, COPY_IOV, &n_iov);

        if (n < 0)
            return n;
        if (n == 0)
            break;
        for (unsigned i = 0; i < n_iov; i++) {
            copy_piece (direction, &iov[i], buf + done);
            done += iov[i].iov_len;
        }
    }
    return (int64_t) done;
}

int64_t
ata_send (struct ata_host *host, const void *buf, uint64_t len)
{
    return copy (host, ATA_TO_GUEST, (uint8_t *) buf, len);
}

int64_t
ata_fetch (struct ata_host *host, void *buf, uint64_t len)
{
    return copy (host, ATA_FROM_GUEST, buf, len);
}

void
ata_put_word (uint8_t *words, unsigned index, uint16_t value)
{
    store_le16 (words + 2 * index, value);
}

/* The first character is in a word's high byte. */
void
ata_put_string (uint8_t *words, unsigned index, unsigned n_words, const char *text)
{
    size_t len = strlen (text);

    for (unsigned i = 0; i < 2 * n_words; i++)
        words[2 * index + (i ^ 1)] = i < len ? (uint8_t) text[i] : ' ';
}

/* The bit of MODE in the high byte of the word for its kind, where it says what is chosen. */
static uint16_t
chosen (uint8_t mode, uint8_t kind)
{
    return (mode & 0xf8) == kind ? (uint16_t) (0x100u << (mode & 7)) : 0;
}

void
ata_put_common (uint8_t *words, const char *serial, const char *model, uint8_t transfer_mode)
{
    ata_put_string (words, 10, 10, serial);
    ata_put_string (words, 23, 4, "1.0");
    ata_put_string (words, 27, 20, model);
    ata_put_word (words, 53, 0x0006); /* words 64-70 and 88 hold something */
    ata_put_word (words, 63, 0x0007 | chosen (transfer_mode, 0x20)); /* multiword DMA 0-2 */
    ata_put_word (words, 64, 0x0003);                                /* PIO 3 and 4 */
    for (unsigned i = 65; i <= 68; i++)
        ata_put_word (words, i, 120);                                /* cycle times, ns */
    ata_put_word (words, 76, 0x000e);                                /* SATA generations 1 to 3 */
    ata_put_word (words, 77, 0x0006);                                /* runs at the third */
    ata_put_word (words, 80, 0x03f0);                                /* ATA/ATAPI-4 to ACS-2 */
    ata_put_word (words, 88, 0x007f | chosen (transfer_mode, 0x40)); /* Ultra DMA 0-6 */
    ata_put_word (words, 222, 0x107f);                               /* serial, up to SATA 3.1 */
}

/* ACS-2 §7.12.7.87: all 512 bytes add up to 0. */
void
ata_put_checksum (uint8_t *words)
{
    uint8_t sum = 0xa5;

    words[510] = 0xa5;
    for (unsigned i = 0; i < 510; i++)
        sum = (uint8_t) (sum + words[i]);
    words[511] = (uint8_t) -sum;
}

bool
ata_is_transfer_mode (uint8_t mode)
{
    switch (mode & 0xf8) {
    case 0x00:
        return mode <= 1; /* default PIO */
    case 0x08:
        return (mode & 7) <= 4;
    case 0x20:
        return (mode & 7) <= 2;
    case 0x40:
        return (mode & 7) <= 6;
    default:
        return false;
    }
}

void
ata_config_take (struct ata_config *config, const struct device_args *args)
{
    *config = *(const struct ata_config *) args->config;
    if (config->serial[0] == '\0' && args->alias)
        strncpy (config->serial, args->alias, sizeof config->serial - 1);
}
