/* SPDX-License-Identifier: Apache-2.0 */
/* study/child.c - the program as its own child: signals passed on once each, output into files, a lock that
 * lives as long as anybody writes in the folder.
 *
 * The child is a process group of its own, so that Ctrl-C at a terminal reaches it once, through us, and it
 * stores a checkpoint. When we are killed outright the system sends it SIGTERM, and it does the same. */
#include "base/plain.h"
#include "study/study.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

static volatile sig_atomic_t caught, repeats;

static void on_signal(int number)
{
    caught = number;
    repeats++;
}

int ak_study_signal(void) { return caught; }

void ak_study_watch_signals(void)
{
    const int numbers[] = { SIGINT, SIGTERM, SIGHUP };
    struct sigaction action = { .sa_handler = on_signal }; /* no SA_RESTART: waiting must end */
    for (int i = 0; i < 3; i++) {
        struct sigaction before;
        if (sigaction(numbers[i], NULL, &before) == 0 && numbers[i] == SIGHUP && before.sa_handler == SIG_IGN)
            continue; /* nohup asked for it */
        sigaction(numbers[i], &action, NULL);
    }
}

/* Only calls that are safe between fork and exec. */
static void become(const char *program, char *const *argv, int in, int out, int log, pid_t parent)
{
    setpgid(0, 0);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
    if (getppid() != parent) _exit(128 + SIGTERM); /* it died before we asked to be told */
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(log, 2) < 0) _exit(1);
    execv(program ? program : "/proc/self/exe", argv);
    _exit(127);
}

/* Wait for the child; each signal that we get is passed on. SIGCHLD and the signals wait while we are not in
 * sigsuspend(), so that none slips in between looking and waiting. */
static int await(pid_t pid, const sigset_t *before)
{
    int passed = 0, status = 0;
    for (;;) {
        const pid_t got = waitpid(pid, &status, WNOHANG);
        if (got == pid) break;
        if (got < 0 && errno != EINTR) return 1;
        if (repeats > passed) {
            passed = repeats;
            kill(pid, caught);
            continue;
        }
        sigsuspend(before);
    }
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static void on_child(int number) { (void)number; }

akin_status ak_study_spawn(const char *program, char *const *argv, const char *out, const char *log,
                           int *code, akin_error *err)
{
    const int in = ak_open("/dev/null", O_RDONLY, 0),
              to = ak_open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0666),
              notes = ak_open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
    akin_status status = AKIN_OK;
    sigset_t held, before;
    if (in < 0 || to < 0 || notes < 0) {
        status = ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot open '%s': %s",
                         to < 0 && out ? out : log, ak_strerror(errno));
    } else {
        struct sigaction action = { .sa_handler = on_child };
        sigaction(SIGCHLD, &action, NULL);
        sigemptyset(&held);
        sigaddset(&held, SIGCHLD);
        sigaddset(&held, SIGINT);
        sigaddset(&held, SIGTERM);
        sigaddset(&held, SIGHUP);
        sigprocmask(SIG_BLOCK, &held, &before);
        fflush(NULL);
        const pid_t parent = getpid(), pid = fork();
        if (pid == 0) become(program, argv, in, to, notes, parent);
        if (pid < 0)
            status = ak_fail(err, AKIN_ERR_NOMEM, "cannot begin a process: %s", ak_strerror(errno));
        else
            *code = await(pid, &before);
        sigprocmask(SIG_SETMASK, &before, NULL);
    }
    if (in >= 0) close(in);
    if (to >= 0) close(to);
    if (notes >= 0) close(notes);
    return status;
}

/* The lock belongs to the open file, which the children inherit. The number in it is that of the study's
 * process: when it is gone, only a child of its is still storing its checkpoint, and we wait for that. */
akin_status ak_study_lock(const char *dir, int *lock, akin_error *err)
{
    char path[AK_STUDY_PATH], text[32] = "";
    snprintf(path, sizeof path, "%s/lock", dir);
    int fd;
    do fd = open(path, O_RDWR | O_CREAT, 0666);
    while (fd < 0 && errno == EINTR);
    if (fd < 0)
        return ak_fail(err, ak_status_of(errno, AKIN_ERR_IO), "cannot open '%s': %s", path,
                       ak_strerror(errno));
    for (int tries = 0; ak_flock(fd, LOCK_EX | LOCK_NB) != 0; tries++) {
        const ssize_t n = pread(fd, text, sizeof text - 1, 0);
        const long owner = n > 0 ? strtol(text, NULL, 10) : 0;
        if (ak_study_signal() || tries > 600 ||
            (owner > 0 && (kill((pid_t)owner, 0) == 0 || errno == EPERM))) {
            close(fd);
            return ak_fail(err, AKIN_ERR_INPUT,
                           "another process works in '%s' (process %ld); wait for it, or stop it", dir,
                           owner);
        }
        nanosleep(&(struct timespec){ .tv_nsec = 50000000 }, NULL);
    }
    const int n = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    const int reason = ak_truncate(fd, 0) != 0 ? errno : ak_write_all(fd, text, (size_t)n);
    if (reason) {
        close(fd);
        return ak_fail(err, ak_status_of(reason, AKIN_ERR_IO), "cannot write '%s': %s", path,
                       ak_strerror(reason));
    }
    *lock = fd;
    return AKIN_OK;
}
