/* SPDX-License-Identifier: Apache-2.0 */
/* bench/slow_link.c - a link with a delay and a bandwidth between two network namespaces, for
 * bench/ranks_netns.sh, where the kernel has no netem.
 *
 *   slow_link NAMESPACE DEVICE NAMESPACE DEVICE DELAY_MS MBIT
 *
 * Makes a tap device in each namespace (names of ip netns) and carries packets from one to the other until
 * it is ended: full duplex, MBIT million bits a second each way, DELAY_MS milliseconds one way. A packet
 * leaves when the one before has left, and is there DELAY_MS later. "ready" on stdout when both devices are
 * there. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

enum { SLOTS = 8192, MOST_BYTES = 9216 }; /* in flight: 60 MB a direction at most */

typedef struct packet {
    double arrives_s;
    int bytes;
    unsigned char data[MOST_BYTES];
} packet;

typedef struct direction {
    int from, to;
    double delay_s, bytes_per_s, free_s; /* free_s: when the last packet has left */
    pthread_mutex_t lock;
    pthread_cond_t some;
    int first, count;
    packet *slot;
} direction;

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int open_device(const char *space, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "/run/netns/%s", space);
    const int ns = open(path, O_RDONLY | O_CLOEXEC);
    if (ns < 0 || setns(ns, CLONE_NEWNET)) fail(path);
    close(ns);
    const int fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
    struct ifreq request;
    memset(&request, 0, sizeof request);
    request.ifr_flags = IFF_TAP | IFF_NO_PI;
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request)) fail("/dev/net/tun");
    return fd;
}

/* What comes, with the time at which it will be there. A full link loses packets. */
static void *take(void *ctx)
{
    direction *d = ctx;
    packet lost;
    for (;;) {
        pthread_mutex_lock(&d->lock);
        packet *p = d->count < SLOTS ? &d->slot[(d->first + d->count) % SLOTS] : &lost;
        pthread_mutex_unlock(&d->lock);
        p->bytes = (int)read(d->from, p->data, sizeof p->data);
        if (p->bytes <= 0) fail("reading a packet");
        const double t = now();
        d->free_s = (d->free_s > t ? d->free_s : t) + p->bytes / d->bytes_per_s;
        p->arrives_s = d->free_s + d->delay_s;
        if (p == &lost) continue;
        pthread_mutex_lock(&d->lock);
        d->count++;
        pthread_cond_signal(&d->some);
        pthread_mutex_unlock(&d->lock);
    }
    return NULL;
}

static void *give(void *ctx)
{
    direction *d = ctx;
    prctl(PR_SET_TIMERSLACK, 1000); /* ns */
    for (;;) {
        pthread_mutex_lock(&d->lock);
        while (!d->count) pthread_cond_wait(&d->some, &d->lock);
        pthread_mutex_unlock(&d->lock);
        packet *p = &d->slot[d->first];
        if (p->arrives_s > now()) {
            const struct timespec until = { (time_t)p->arrives_s,
                                            (long)(1e9 * (p->arrives_s - (double)(time_t)p->arrives_s)) };
            clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        }
        if (write(d->to, p->data, (size_t)p->bytes) < 0) { /* the device is down: lost */
        }
        pthread_mutex_lock(&d->lock);
        d->first = (d->first + 1) % SLOTS;
        d->count--;
        pthread_mutex_unlock(&d->lock);
    }
    return NULL;
}

int main(int argc, char **argv)
{
    static direction way[2];
    pthread_t thread[4];
    const struct sched_param first = { .sched_priority = 10 };
    if (argc != 7) {
        fputs("slow_link NAMESPACE DEVICE NAMESPACE DEVICE DELAY_MS MBIT\n", stderr);
        return 2;
    }
    if (sched_setscheduler(0, SCHED_FIFO, &first)) perror("slow_link: without priority"); /* no cable waits */
    const int fd[2] = { open_device(argv[1], argv[2]), open_device(argv[3], argv[4]) };
    for (int i = 0; i < 2; i++) {
        way[i] = (direction){ .from = fd[i],
                              .to = fd[1 - i],
                              .delay_s = 1e-3 * atof(argv[5]),
                              .bytes_per_s = 1e6 / 8 * atof(argv[6]),
                              .slot = malloc(SLOTS * sizeof(packet)) };
        if (!way[i].slot) fail("memory");
        pthread_mutex_init(&way[i].lock, NULL);
        pthread_cond_init(&way[i].some, NULL);
        if (pthread_create(&thread[2 * i], NULL, take, &way[i]) ||
            pthread_create(&thread[2 * i + 1], NULL, give, &way[i]))
            fail("a thread");
    }
    puts("ready");
    fflush(stdout);
    for (int i = 0; i < 4; i++) pthread_join(thread[i], NULL);
    return 0;
}
