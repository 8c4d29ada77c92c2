/* SPDX-License-Identifier: GPL-2.0-or-later */
/* ahci-command.c - the command list of a SATA port: commands, FISes, the PRD table.
 *
 * Theory of operation.  Without native queueing a drive does one command at a time: the port takes
 * the next slot that is set in PxCI, in turn, only when the one before has ended (AHCI 1.3.1 §5.3).
 * A guest may fill all 32 and rely on the order, for instance a flush behind a write.
 *
 * A command is copied from guest memory once and checked; the PRD table is read entry by entry as
 * the drive asks for buffers, each entry checked as it is read, so a guest that rewrites it changes
 * only which parts of its own memory are used.  Work for one register write is bounded: at most 32
 * commands, each up to the first request to the block layer or 4 KiB of data.
 *
 * Ways a command ends: well (PxCI bit cleared); with an error in the drive's registers (TFES), or
 * because the guest named memory that is not RAM (HBFS) or sent something that is no command (IFS):
 * then the list is halted until the guest clears ST (§6.2.2); cancelled, when ST was cleared or the
 * link or the controller reset while it ran: then nothing of the guest is touched, and what waited
 * for the drive to become idle goes on (ahci_port_settle()).
 *
 * After a reset the drive sends its signature, without an interrupt, as soon as it is idle and the
 * guest receives FISes (FRE); until then the port shows a busy drive.
 */
#include "ahci-private.h"

#include <errno.h>
#include <string.h>

#include "bits.h"

/* Command header (§4.2.2) */
#define HEADER_BYTES   32
#define HEADER_CFL(w)  ((w) % 32) /* doublewords; a command is 5 */
#define HEADER_BIST    BIT (9)
#define HEADER_PMP(w)  ((w) >> 12 & 0xf)
#define HEADER_PRDS(w) ((w) >> 16)
#define HEADER_PRDBC   4
#define HEADER_CTBA    8

/* Command table (§4.2.3) */
#define TABLE_ACMD 0x40
#define TABLE_PRDT 0x80
#define CDB_BYTES  16
#define PRD_BYTES  16
#define PRD_DBC    0x003fffff
#define PRD_I      BIT (31)

/* FISes (SATA 3.1 §10.3) and where they are received (§4.2.1) */
#define FIS_H2D      0x27
#define FIS_D2H      0x34
#define FIS_PIO      0x5f
#define FIS_BYTES    20
#define FIS_IS_CMD   0x80
#define FIS_I        0x40
#define FIS_D        0x20
#define CONTROL_SRST 0x04
#define RECEIVE_PIO  0x20
#define RECEIVE_D2H  0x40

static struct ahci_port *
port_of (struct ata_host *host)
{
    return container_of (host, struct ahci_port, host);
}

static const struct memory *
memory_of (const struct ahci_port *port)
{
    return port->ahci->device.env->memory;
}

/* --- reaching the guest -------------------------------------------------------------------- */

static bool
guest_read (const struct ahci_port *port, gpa_t gpa, void *buf, size_t len)
{
    return pci_is_master (&port->ahci->pci) && memory_read (memory_of (port), gpa, buf, len);
}

static bool
guest_write (const struct ahci_port *port, gpa_t gpa, const void *buf, size_t len)
{
    return pci_is_master (&port->ahci->pci) && memory_write (memory_of (port), gpa, buf, len);
}

/* Something happened that PxIS has BITS for. */
static void
raise (struct ahci_port *port, uint32_t bits)
{
    port->is |= bits;
    ahci_update_irq (port->ahci, bits & port->ie);
}

/* --- FISes --------------------------------------------------------------------------------- */

/* A FIS the guest has no place for is lost, as on hardware. */
static void
receive (const struct ahci_port *port, unsigned offset, const uint8_t *fis)
{
    if (port->cmd & CMD_FRE)
        (void) guest_write (port, port->fb + offset, fis, FIS_BYTES);
}

static void
fill_registers (uint8_t *fis, const struct ata_result *result)
{
    fis[2] = result->status;
    fis[3] = result->error;
    for (unsigned i = 0; i < 3; i++) {
        fis[4 + i] = (uint8_t) (result->lba >> (8 * i));
        fis[8 + i] = (uint8_t) (result->lba >> (24 + 8 * i));
    }
    fis[7] = result->device;
    store_le16 (fis + 12, result->count);
}

static void
receive_d2h (const struct ahci_port *port, const struct ata_result *result, bool interrupt)
{
    uint8_t fis[FIS_BYTES] = { FIS_D2H, interrupt ? FIS_I : 0 };

    fill_registers (fis, result);
    receive (port, RECEIVE_D2H, fis);
}

/* The setup for the last block of a transfer. */
static void
receive_pio_setup (const struct ahci_port *port, const struct ata_result *result)
{
    uint8_t fis[FIS_BYTES] = { FIS_PIO, result->pio_in ? FIS_D | FIS_I : 0 };

    fill_registers (fis, result);
    fis[2] = ATA_DRDY | ATA_DSC | ATA_DRQ;
    fis[15] = result->status;
    store_le16 (fis + 16, result->pio_bytes);
    receive (port, RECEIVE_PIO, fis);
}

void
ahci_port_set_tfd (struct ahci_port *port, uint8_t status, uint8_t error)
{
    port->tfd = (uint32_t) error << 8 | status;
}

/* The drive tells that its reset is over (§5.3.2.1: without an interrupt). */
static void
send_signature (struct ahci_port *port)
{
    struct ata_result result = {
        .status = port->drive->ready_status,
        .error = 1, /* diagnostics passed */
        .count = ata_signature_count (port->drive->signature),
        .lba = ata_signature_lba (port->drive->signature),
    };

    receive_d2h (port, &result, false);
    ahci_port_set_tfd (port, result.status, result.error);
    port->sig = port->drive->signature;
    port->signature_due = false;
}

/* --- the buffer of the command ------------------------------------------------------------- */

static int64_t
bus_error (struct ahci_port *port)
{
    port->slot.bus_error = true;
    return -EFAULT;
}

/* Reads the PRD where the slot is: false when it is not one (§4.2.3.3: words, whole ones). */
static bool
read_prd (const struct ahci_port *port, gpa_t *address, uint32_t *bytes, bool *wants_interrupt)
{
    const struct ahci_slot *slot = &port->slot;
    uint8_t prd[PRD_BYTES];
    uint32_t flags;

    if (!guest_read (port, slot->table + TABLE_PRDT + (uint64_t) slot->prd * PRD_BYTES, prd,
                     sizeof prd))
        return false;
    flags = load_le32 (prd + 12);
    *address = load_le64 (prd);
    *bytes = (flags & PRD_DBC) + 1;
    *wants_interrupt = flags & PRD_I;
    return *address % 2 == 0 && *bytes % 2 == 0 && *bytes > slot->prd_offset
           && !add_overflows (*address, slot->prd_offset, address);
}

/* Maps up to MAX_BYTES of the piece the slot is at and moves on. */
static bool
map_piece (struct ahci_port *port, uint64_t max_bytes, struct iovec *iov)
{
    struct ahci_slot *slot = &port->slot;
    bool wants_interrupt;
    gpa_t address;
    uint32_t bytes;

    if (!read_prd (port, &address, &bytes, &wants_interrupt))
        return false;
    iov->iov_len = MIN_OF (bytes - slot->prd_offset, max_bytes);
    iov->iov_base = memory_at (memory_of (port), address, iov->iov_len);
    if (!iov->iov_base)
        return false;
    slot->prd_offset += (uint32_t) iov->iov_len;
    if (slot->prd_offset == bytes) {
        slot->prd++;
        slot->prd_offset = 0;
        slot->wants_interrupt |= wants_interrupt;
    }
    return true;
}

/* Gives the last BYTES of the N pieces back; the first began at PRD index FIRST, byte OFFSET. */
static unsigned
unmap (struct ahci_slot *slot, uint32_t first, uint32_t offset, struct iovec *iov, unsigned n,
       uint64_t bytes)
{
    while (bytes > 0) {
        struct iovec *last = &iov[n - 1];
        uint64_t cut = MIN_OF (bytes, last->iov_len);

        last->iov_len -= cut;
        bytes -= cut;
        slot->prd = first + n - 1;
        slot->prd_offset = (n == 1 ? offset : 0) + (uint32_t) last->iov_len;
        if (last->iov_len == 0)
            n--;
    }
    return n;
}

static int64_t
port_map (struct ata_host *host, enum ata_direction direction, uint64_t max_bytes, unsigned granule,
          struct iovec *iov, unsigned max_iov, unsigned *n_iov)
{
    struct ahci_port *port = port_of (host);
    struct ahci_slot *slot = &port->slot;
    uint32_t first = slot->prd, offset = slot->prd_offset;
    uint64_t total = 0;
    unsigned n = 0;

    while (n < max_iov && total < max_bytes && slot->prd < slot->n_prds) {
        if (!map_piece (port, max_bytes - total, &iov[n]))
            return bus_error (port);
        total += iov[n++].iov_len;
    }
    n = unmap (slot, first, offset, iov, n, total % granule);
    total -= total % granule;
    slot->bytes += total;
    if (total == 0 && max_bytes > 0 && direction == ATA_TO_GUEST)
        slot->overflow = true;
    *n_iov = n;
    return (int64_t) total;
}

/* --- ending a command ---------------------------------------------------------------------- */

static void
halt (struct ahci_port *port)
{
    port->is_halted = true;
    port->slot.number = -1;
}

/* The list cannot go on: the command could not even be read, or is not one. */
static void
fail_slot (struct ahci_port *port, uint32_t cause)
{
    halt (port);
    raise (port, cause);
}

/* The slot is done with: PRDBC, then PxCI. */
static void
finish_slot (struct ahci_port *port)
{
    uint8_t bytes[4];

    store_le32 (bytes, (uint32_t) port->slot.bytes);
    (void) guest_write (port, port->slot.header + HEADER_PRDBC, bytes, sizeof bytes);
    port->ci &= ~BIT (port->slot.number);
    port->slot.number = -1;
}

void
ahci_port_settle (struct ahci_port *port)
{
    if (port->slot.number >= 0 || DET (port->ssts) != DET (SSTS_UP))
        return;
    if (port->reset_due) {
        port->drive->ops->reset (port->drive, ATA_RESET_HARD);
        port->reset_due = false;
        port->signature_due = true;
    }
    if (port->signature_due && (port->cmd & CMD_FRE))
        send_signature (port);
    ahci_port_scan_list (port);
}

static void
end_cancelled (struct ahci_port *port)
{
    port->host.is_cancelled = false;
    port->slot.number = -1;
    if (!port->reset_due)
        ahci_port_set_tfd (port, port->drive->ready_status, 0);
    if (port->ahci->is_resetting)
        ahci_continue_reset (port->ahci);
    else
        ahci_port_settle (port);
}

/* What PxIS says about how the command went, and the FISes that say the same. */
static uint32_t
report (struct ahci_port *port, const struct ata_result *result)
{
    const struct ahci_slot *slot = &port->slot;
    bool is_good = !(result->status & (ATA_ERR | ATA_DF));
    uint32_t bits = is_good ? 0 : IS_TFES;

    if (result->pio_bytes) {
        receive_pio_setup (port, result);
        bits |= result->pio_in ? IS_PSS : 0;
    }
    if (!(result->ends_by_pio && result->pio_bytes)) {
        receive_d2h (port, result, true);
        bits |= IS_DHRS;
    }
    ahci_port_set_tfd (port, result->status, result->error);
    bits |= slot->wants_interrupt ? IS_DPS : 0;
    bits |= slot->overflow ? IS_OFS : 0;
    bits |= slot->bus_error ? IS_HBFS : 0;
    return bits;
}

static void
port_complete (struct ata_host *host, const struct ata_result *result)
{
    struct ahci_port *port = port_of (host);
    uint32_t bits;

    if (host->is_cancelled) {
        end_cancelled (port);
        return;
    }
    bits = report (port, result);
    if (bits & (IS_TFES | IS_HBFS))
        halt (port);
    else
        finish_slot (port);
    raise (port, bits);
    ahci_port_scan_list (port);
}

static void
port_stop (struct ata_host *host)
{
    pthread_mutex_lock (host->lock);
    ahci_port_cancel (port_of (host));
    pthread_mutex_unlock (host->lock);
}

const struct ata_host_ops ahci_host_ops = {
    .map = port_map,
    .complete = port_complete,
    .stop = port_stop,
};

/* --- starting a command -------------------------------------------------------------------- */

/* A FIS that writes the control register: SRST goes up, or down again (ACS-2, SATA 3.1 §11.4). */
static void
control (struct ahci_port *port, uint8_t value)
{
    bool was_srst = port->is_srst;

    port->is_srst = value & CONTROL_SRST;
    if (was_srst && !port->is_srst) {
        port->drive->ops->reset (port->drive, ATA_RESET_SOFT);
        send_signature (port);
    }
    finish_slot (port);
}

static void
decode (struct ata_command *command, const uint8_t *fis, const uint8_t *cdb)
{
    *command = (struct ata_command){
        .command = fis[2],
        .device = fis[7],
        .feature = (uint16_t) (fis[3] | fis[11] << 8),
        .count = load_le16 (fis + 12),
        .lba = load_le (fis + 4, 3) | load_le (fis + 8, 3) << 24,
    };
    memcpy (command->cdb, cdb, sizeof command->cdb);
}

/* Reads the slot's header and table.  Returns 0 or the bit of PxIS that tells why it is no command.
 * A FIS that is too short is none: what is missing must not be taken for sector 0. */
static uint32_t
read_command (struct ahci_port *port, uint8_t *fis, uint8_t *cdb)
{
    struct ahci_slot *slot = &port->slot;
    uint8_t header[HEADER_BYTES];
    uint8_t table[TABLE_ACMD + CDB_BYTES];
    uint32_t flags;

    if (!guest_read (port, slot->header, header, sizeof header))
        return IS_HBFS;
    flags = load_le32 (header);
    slot->table = align_down (load_le64 (header + HEADER_CTBA), 128);
    slot->n_prds = HEADER_PRDS (flags);
    if (!guest_read (port, slot->table, table, sizeof table))
        return IS_HBFS;
    memcpy (fis, table, FIS_BYTES);
    memcpy (cdb, table + TABLE_ACMD, CDB_BYTES);
    if (HEADER_CFL (flags) * 4 < FIS_BYTES || fis[0] != FIS_H2D || (flags & HEADER_BIST)
        || HEADER_PMP (flags) || (fis[1] & 0xf))
        return IS_IFS;
    return 0;
}

static void
start_slot (struct ahci_port *port, unsigned number)
{
    struct ata_command command;
    uint8_t fis[FIS_BYTES], cdb[CDB_BYTES];
    uint32_t error;

    port->last_slot = number;
    port->slot = (struct ahci_slot){
        .number = (int) number,
        .header = port->clb + number * HEADER_BYTES,
    };
    error = read_command (port, fis, cdb);
    if (error) {
        fail_slot (port, error);
    } else if (!(fis[1] & FIS_IS_CMD)) {
        control (port, fis[15]);
    } else {
        decode (&command, fis, cdb);
        ahci_port_set_tfd (port, ATA_BSY | (port->tfd & 0x7f), 0);
        port->drive->ops->command (port->drive, &command);
    }
}

static bool
may_start (const struct ahci_port *port)
{
    return (port->cmd & CMD_ST) && port->ci && port->slot.number < 0 && !port->is_halted
           && DET (port->ssts) == DET (SSTS_UP) && !(port->tfd & (ATA_BSY | ATA_DRQ));
}

/* Starts commands until one takes its time.  Those that end at once come back here through
 * port_complete(), further down the stack, and leave it to this loop to go on. */
void
ahci_port_scan_list (struct ahci_port *port)
{
    if (port->is_scanning)
        return;
    port->is_scanning = true;
    while (may_start (port)) {
        unsigned number = (port->last_slot + 1) % AHCI_N_SLOTS;

        while (!(port->ci & BIT (number)))
            number = (number + 1) % AHCI_N_SLOTS;
        start_slot (port, number);
    }
    port->is_scanning = false;
}
