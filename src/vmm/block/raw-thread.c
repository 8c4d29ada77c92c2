/* SPDX-License-Identifier: GPL-2.0-or-later */
/* raw-thread.c - runs a raw image's steps on a thread, one at a time: for hosts without io_uring.
 */
#define _GNU_SOURCE
#include "raw-private.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bits.h"

#define WAIT_NS 1000000

struct raw_thread {
    pthread_t thread;
    pthread_cond_t work;  /* something to do, or time to go */
    pthread_cond_t done;  /* a step ended */
    struct raw_run *next; /* block.lock */
    bool quit;            /* block.lock */
};

static int
run_step (int fd, const struct raw_step *step)
{
    ssize_t ret = -1;

    switch (step->call) {
    case RAW_READ:
        ret = preadv (fd, step->iov, (int) step->n_iov, (off_t) step->offset);
        break;
    case RAW_WRITE:
        ret = pwritev (fd, step->iov, (int) step->n_iov, (off_t) step->offset);
        break;
    case RAW_SYNC:
        ret = fdatasync (fd);
        break;
    case RAW_ALLOCATE:
        ret = fallocate (fd, step->mode, (off_t) step->offset, (off_t) step->length);
        break;
    }
    return ret < 0 ? -errno : (int) ret;
}

static void *
thread_main (void *opaque)
{
    struct raw_block *raw = opaque;
    struct raw_thread *thread = raw->engine;
    struct raw_run *run;
    int result;

    pthread_mutex_lock (&raw->block.lock);
    for (;;) {
        while (!thread->next && !thread->quit)
            pthread_cond_wait (&thread->work, &raw->block.lock);
        if (!thread->next)
            break;
        run = thread->next;
        thread->next = NULL;
        pthread_mutex_unlock (&raw->block.lock);
        result = run_step (raw->fd, &run->step);
        pthread_mutex_lock (&raw->block.lock);
        raw_step_done_locked (raw, run, result);
        raw_pump_locked (raw);
        block_wake_locked (&raw->block);
        pthread_cond_signal (&thread->done);
    }
    pthread_mutex_unlock (&raw->block.lock);
    return NULL;
}

static void
thread_start (struct raw_block *raw, struct raw_run *run)
{
    struct raw_thread *thread = raw->engine;

    thread->next = run;
}

static void
thread_kick (struct raw_block *raw)
{
    struct raw_thread *thread = raw->engine;

    if (thread->next)
        pthread_cond_signal (&thread->work);
}

static void
thread_wait (struct raw_block *raw)
{
    struct raw_thread *thread = raw->engine;
    struct timespec until;

    clock_gettime (CLOCK_REALTIME, &until);
    until.tv_nsec += WAIT_NS;
    if (until.tv_nsec >= 1000000000) {
        until.tv_nsec -= 1000000000;
        until.tv_sec++;
    }
    pthread_cond_timedwait (&thread->done, &raw->block.lock, &until);
}

static void
thread_close (struct raw_block *raw)
{
    struct raw_thread *thread = raw->engine;

    pthread_mutex_lock (&raw->block.lock);
    thread->quit = true;
    pthread_cond_signal (&thread->work);
    pthread_mutex_unlock (&raw->block.lock);
    pthread_join (thread->thread, NULL);
    pthread_cond_destroy (&thread->done);
    pthread_cond_destroy (&thread->work);
    free (thread);
}

static int
thread_open (struct raw_block *raw)
{
    struct raw_thread *thread = calloc (1, sizeof *thread);
    sigset_t all, old;
    int ret;

    if (!thread)
        return -ENOMEM;
    pthread_cond_init (&thread->work, NULL);
    pthread_cond_init (&thread->done, NULL);
    raw->engine = thread;
    /* Signals are for the threads that expect them. */
    sigfillset (&all);
    pthread_sigmask (SIG_SETMASK, &all, &old);
    ret = pthread_create (&thread->thread, NULL, thread_main, raw);
    pthread_sigmask (SIG_SETMASK, &old, NULL);
    if (ret != 0) {
        raw->engine = NULL;
        pthread_cond_destroy (&thread->done);
        pthread_cond_destroy (&thread->work);
        free (thread);
        return -ret;
    }
    return 0;
}

const struct raw_engine_class raw_thread_class = {
    .depth = 1,
    .open = thread_open,
    .start = thread_start,
    .kick = thread_kick,
    .wait = thread_wait,
    .close = thread_close,
};
