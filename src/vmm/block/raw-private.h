/* SPDX-License-Identifier: GPL-2.0-or-later */
/* raw-private.h - between a raw image and the engines that run its system calls. */
#pragma once

#include "block.h"

struct raw_block;

/* One system call's worth of a request. */
enum raw_call {
    RAW_READ,     /* preadv */
    RAW_WRITE,    /* pwritev */
    RAW_SYNC,     /* fdatasync */
    RAW_ALLOCATE, /* fallocate */
};

struct raw_step {
    enum raw_call call;
    uint64_t offset;
    uint64_t length; /* RAW_ALLOCATE */
    int mode;        /* RAW_ALLOCATE */
    const struct iovec *iov;
    unsigned n_iov;
    struct iovec single; /* where iov points when the step has a buffer of its own */
};

/* A request while one of its steps runs.  Guarded by the block's lock, but for step, which is the
 * engine's from start() to raw_step_done_locked(). */
struct raw_run {
    struct block_request *request;
    struct raw_step step;
    bool bounced; /* owns the bounce buffer */
    bool merging; /* first reads what the bounce buffer's ends will not get from the guest */
    struct list node;
};

#define RAW_MAX_RUNS     128
#define RAW_BOUNCE_BYTES (128u << 10)

struct raw_engine_class {
    unsigned depth; /* steps at a time, at most RAW_MAX_RUNS */
    /* Sets raw->engine.  Returns 0 or -errno: this host does not have it. */
    int (*open) (struct raw_block *raw);
    /* Under the block's lock: takes run->step on; runs what was taken on; see block_driver_ops. */
    void (*start) (struct raw_block *raw, struct raw_run *run);
    void (*kick) (struct raw_block *raw);
    void (*wait) (struct raw_block *raw);
    void (*close) (struct raw_block *raw);
};

extern const struct raw_engine_class raw_uring_class;
extern const struct raw_engine_class raw_thread_class;

/* How BLOCK_WRITE_ZEROES is done: the first that works. */
enum raw_zero_method { RAW_ZERO_RANGE, RAW_ZERO_PUNCH, RAW_ZERO_WRITE };

struct raw_block {
    struct block block;
    int fd;
    bool is_device;
    bool no_flush;
    uint64_t file_bytes;   /* at opening: a read that ends earlier is an error */
    unsigned offset_align; /* of offsets and lengths: O_DIRECT's, and a device's for fallocate() */
    unsigned memory_align; /* of buffers: O_DIRECT's */
    const struct raw_engine_class *class;
    void *engine; /* the class's */

    /* block.lock guards what follows */
    struct list waiting; /* requests with a step to do, in order */
    struct list idle;    /* of runs */
    unsigned n_running;
    bool merge_running;
    bool bounce_taken;
    uint8_t *bounce; /* NULL without O_DIRECT */
    enum raw_zero_method zero_method;
    struct raw_run runs[RAW_MAX_RUNS];
};

#define RAW_MAX_SPARE 8

/* Sets N rings (at most RAW_MAX_SPARE) aside, or lets go of those that are more.  Main thread. */
void raw_uring_set_spare (unsigned n);

/* As block_raw_open(), on a given engine (NULL: the best the host has).  For tests. */
int raw_open_with (struct loop *loop, int fd, unsigned flags, const struct raw_engine_class *class,
                   struct block **out);

/* RUN's step ended with RESULT, as the system call returned it, errors as -errno.  Follow it by
 * raw_pump_locked().  Lock held. */
void raw_step_done_locked (struct raw_block *raw, struct raw_run *run, int result);

/* Starts the steps that may start, and has the engine told, at once or when the block is unplugged.  Lock held. */
void raw_pump_locked (struct raw_block *raw);

/* The same without telling the engine; returns how many.  For engines.  Lock held. */
unsigned raw_start_waiting_locked (struct raw_block *raw);

/* raw-plan.c.  Lock held. */

/* Fills RUN with the next step of REQUEST. */
void raw_plan (const struct raw_block *raw, struct raw_run *run, struct block_request *request);

/* Where on the disk REQUEST goes on, and how much of it is left. */
uint64_t raw_position (const struct block_request *request);
uint64_t raw_left_bytes (const struct block_request *request);

/* Copies LEN bytes between BUF and the request's buffers at its progress. */
void raw_copy_request (const struct block_request *request, uint8_t *buf, uint64_t len,
                       bool to_request);

/* How many bytes of the bounced step, of which the first DONE are there, are the request's. */
uint64_t raw_bounced_bytes (const struct raw_run *run, uint64_t done);

/* Puts the request's bytes over what is in the bounce buffer. */
void raw_fill_bounce (struct raw_block *raw, const struct raw_run *run);
