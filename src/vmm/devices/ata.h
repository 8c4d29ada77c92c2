/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ata.h - between a SATA port and the drive behind it.
 *
 * The port (ahci-command.c) fetches commands from guest memory, one at a time, and hands each to its
 * drive (ata-disk.c, atapi.c) as a copy.  The drive answers through struct ata_host: it asks for
 * the next pieces of the command's buffer, which it gets as host memory the port has checked, and
 * ends the command with a result.  A drive never sees a guest address.
 *
 * Everything here runs under the controller's lock (host->lock), but for drain().  A drive that
 * waits for its block finds the command cancelled when the guest stopped or reset the port
 * meanwhile: it touches neither guest memory nor its own state any more and just ends the command;
 * until then the guest sees a port that is still stopping.
 */
#pragma once

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "block.h"
#include "device.h"

#define ATA_SECTOR_BYTES 512

/* Status register */
#define ATA_ERR  0x01
#define ATA_DRQ  0x08
#define ATA_DSC  0x10
#define ATA_DF   0x20
#define ATA_DRDY 0x40
#define ATA_BSY  0x80

#define ATA_GOOD (ATA_DRDY | ATA_DSC)

/* Error register */
#define ATA_ABRT 0x04
#define ATA_IDNF 0x10
#define ATA_UNC  0x40

/* A command as the guest wrote it. */
struct ata_command {
    uint8_t command;
    uint8_t device;
    uint16_t feature;
    uint16_t count;
    uint64_t lba; /* 48 bits */
    uint8_t cdb[16];
};

/* How a command ended: what the drive's registers read then. */
struct ata_result {
    uint8_t status;
    uint8_t error;
    uint8_t device;
    uint16_t count;
    uint64_t lba;
    uint16_t pio_bytes; /* the last block of a PIO transfer; 0: there was none */
    bool pio_in;        /* it went to the guest */
    bool ends_by_pio;   /* the PIO Setup FIS tells the result, no register FIS follows */
};

enum ata_direction { ATA_TO_GUEST, ATA_FROM_GUEST };

struct ata_host;

/* What the port does for its drive. */
struct ata_host_ops {
    /* The next pieces of the command's buffer, at most MAX_IOV and MAX_BYTES, together a multiple
     * of GRANULE.  Returns their sum, 0 when the buffer has no GRANULE left, or -EFAULT when the
     * guest gave something that is not RAM (then the drive ends the command with ATA_ABRT). */
    int64_t (*map) (struct ata_host *host, enum ata_direction direction, uint64_t max_bytes,
                    unsigned granule, struct iovec *iov, unsigned max_iov, unsigned *n_iov);
    /* Ends the command.  The next one may start before this returns. */
    void (*complete) (struct ata_host *host, const struct ata_result *result);
    /* Cancels the command that runs and forgets those that wait.  Lock not held. */
    void (*stop) (struct ata_host *host);
};

struct ata_host {
    const struct ata_host_ops *ops;
    pthread_mutex_t *lock;
    bool is_cancelled; /* the command that runs */
};

enum ata_reset {
    ATA_RESET_SOFT, /* SRST or DEVICE RESET */
    ATA_RESET_HARD, /* COMRESET or power */
};

struct ata_drive;

struct ata_drive_ops {
    /* Starts COMMAND (good until this returns); now or later the drive calls complete(), once. */
    void (*command) (struct ata_drive *drive, const struct ata_command *command);
    /* No command runs. */
    void (*reset) (struct ata_drive *drive, enum ata_reset kind);
    /* Waits until nothing is in flight; as block_drain(): lock not held, loop's thread. */
    void (*drain) (struct ata_drive *drive);
    /* Optional: drive->host is the port from now on, or NULL.  Lock not held; no command runs. */
    void (*attached) (struct ata_drive *drive);
};

/* The first member of every drive's struct. */
struct ata_drive {
    struct device device;
    const struct ata_drive_ops *ops;
    uint32_t signature;    /* as in PxSIG */
    uint8_t ready_status;  /* of the status register after a reset */
    struct ata_host *host; /* the port; NULL while there is none */
};

#define ATA_SIGNATURE_DISK  0x00000101u
#define ATA_SIGNATURE_ATAPI 0xeb140101u

/* DEVICE was made by a class on DEVICE_BUS_SATA. */
struct ata_drive *ata_drive_from_device (struct device *device);

/* A signature as it stands in the registers after a reset. */
uint64_t ata_signature_lba (uint32_t signature);
uint16_t ata_signature_count (uint32_t signature);

/* Copy between BUF and the command's buffer.  Return how many bytes there was room for, at most
 * LEN, or -EFAULT. */
int64_t ata_send (struct ata_host *host, const void *buf, uint64_t len);
int64_t ata_fetch (struct ata_host *host, void *buf, uint64_t len);

/* IDENTIFY data, WORDS being 512 bytes: the 16-bit word at INDEX; a string over N_WORDS words,
 * padded with blanks; what all our drives say alike; the checksum, last. */
void ata_put_word (uint8_t *words, unsigned index, uint16_t value);
void ata_put_string (uint8_t *words, unsigned index, unsigned n_words, const char *text);
void ata_put_common (uint8_t *words, const char *serial, const char *model, uint8_t transfer_mode);
void ata_put_checksum (uint8_t *words);

/* Whether MODE, as SET FEATURES 03h takes it, is one our drives have. */
bool ata_is_transfer_mode (uint8_t mode);

/* The mode after a reset: Ultra DMA 6. */
#define ATA_DEFAULT_MODE 0x46

/* What the keeper may choose for a drive: serial number and model. */
struct ata_config {
    char serial[21];
    char model[41];
};

#define ATA_OPTIONS(default_model)                                                                 \
    {                                                                                              \
        .name = "serial",                                                                          \
        .type = OPTION_STRING,                                                                     \
        .offset = offsetof (struct ata_config, serial),                                            \
        .max = sizeof (((struct ata_config *) 0)->serial),                                         \
        .fallback = "",                                                                            \
        .help = "Serial number, the drive's alias when empty",                                     \
    },                                                                                             \
    {                                                                                              \
        .name = "model", .type = OPTION_STRING, .offset = offsetof (struct ata_config, model),     \
        .max = sizeof (((struct ata_config *) 0)->model), .fallback = default_model,               \
        .help = "Model as the guest sees it",                                                      \
    }

/* Copies the options, the alias in place of an empty serial number. */
void ata_config_take (struct ata_config *config, const struct device_args *args);
