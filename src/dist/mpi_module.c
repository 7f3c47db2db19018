/* SPDX-License-Identifier: Apache-2.0 */
/* dist/mpi_module.c - the one file that includes mpi.h. CMake compiles it once for each MPI library it
 * finds, to a module of its own (akin-mpi-openmpi.so, akin-mpi-mpich.so), which dist/mpi.c loads. It is no
 * part of the library. */
#include "dist/mpi_module.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static MPI_Comm worlds[AK_MPI_WORLDS];
static MPI_Request *requests; /* [room]; MPI_REQUEST_NULL is a free slot */
static int room;

/* A free slot, -1 when memory lacks. */
static int find_slot(void)
{
    for (int i = 0; i < room; i++)
        if (requests[i] == MPI_REQUEST_NULL) return i;
    const int more = room ? 2 * room : 64;
    MPI_Request *grown = realloc(requests, (size_t)more * sizeof *grown);
    if (!grown) return -1;
    requests = grown;
    for (int i = room; i < more; i++) requests[i] = MPI_REQUEST_NULL;
    const int first = room;
    room = more;
    return first;
}

/* Whether a file of Open MPI's parameters sets this one: a line "name = value". */
static bool file_sets(const char *folder, const char *file, const char *name)
{
    char path[4096], line[4096];
    const int bytes = snprintf(path, sizeof path, "%s/%s", folder ? folder : "", file);
    FILE *f = folder && bytes < (int)sizeof path ? fopen(path, "r") : NULL;
    bool sets = false;
    while (f && !sets && fgets(line, sizeof line, f)) {
        const char *word = line + strspn(line, " \t");
        sets = strncmp(word, name, strlen(name)) == 0 && strchr(" \t=", word[strlen(name)]);
    }
    if (f) fclose(f);
    return sets;
}

/* Over plain TCP Open MPI 4 gets half of a link's speed where both sides send, as ours do: it reads and
 * writes the other's memory by messages of its own. 9 is to send, in place, and nothing else. Who has set the
 * parameter, in the environment, by mpirun --mca or in a file, has it so. Open MPI 5 and MPICH have no such
 * need. */
static void spare_tcp(void)
{
    static const char NAME[] = "btl_tcp_flags", VARIABLE[] = "OMPI_MCA_btl_tcp_flags";
    char text[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "", own[4096];
    int length = 0;
    if (MPI_Get_library_version(text, &length) || strncmp(text, "Open MPI v4.", 12) != 0) return;
    if (getenv(VARIABLE) || getenv("OMPI_MCA_mca_base_param_files") || getenv("OMPI_MCA_mca_param_files"))
        return;
    snprintf(own, sizeof own, "%s/.openmpi", getenv("HOME") ? getenv("HOME") : "");
    if (file_sets(own, "mca-params.conf", NAME) ||
        file_sets(AK_OPENMPI_ETC, "openmpi-mca-params.conf", NAME) ||
        file_sets(getenv("OPAL_SYSCONFDIR"), "openmpi-mca-params.conf", NAME))
        return;
    setenv(VARIABLE, "9", 0);
}

/* Calls within MPI go on where a peer is lost, and tell: whether the job ends is akin's decision. */
static int init(int *rank, int *size)
{
    int level;
    spare_tcp();
    int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &level);
    for (int i = 0; i < AK_MPI_WORLDS && !error; i++) {
        error = MPI_Comm_dup(MPI_COMM_WORLD, &worlds[i]);
        if (!error) error = MPI_Comm_set_errhandler(worlds[i], MPI_ERRORS_RETURN);
    }
    if (!error) error = MPI_Comm_rank(MPI_COMM_WORLD, rank);
    if (!error) error = MPI_Comm_size(MPI_COMM_WORLD, size);
    return error;
}

static void finalize(void)
{
    MPI_Finalize();
    free(requests);
    requests = NULL;
    room = 0;
}

static void end_all(int code) { MPI_Abort(MPI_COMM_WORLD, code); }

/* What stands in text before the first of `ends`. */
static void cut(const char *text, const char *ends, char words[AK_MPI_WORDS])
{
    size_t bytes = strcspn(text, ends);
    if (bytes > AK_MPI_WORDS - 1) bytes = AK_MPI_WORDS - 1;
    memcpy(words, text, bytes);
    words[bytes] = 0;
}

static void explain(int error, char words[AK_MPI_WORDS])
{
    char text[MPI_MAX_ERROR_STRING + 1] = "";
    int length = 0;
    if (MPI_Error_string(error, text, &length)) length = 0;
    text[length] = 0;
    cut(*text ? text : "unknown error", "\n", words);
}

/* "Open MPI v4.1.4, package: ..." and "MPICH Version:      4.0.2". */
static void version(char words[AK_MPI_WORDS])
{
    static const char LONG[] = "MPICH Version:", SHORT[] = "MPICH ";
    char text[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
    int length = 0;
    if (MPI_Get_library_version(text, &length)) length = 0;
    text[length] = 0;
    char *from = text;
    if (strncmp(text, LONG, sizeof LONG - 1) == 0) {
        from += sizeof LONG - 1;
        from += strspn(from, " \t");
        from -= sizeof SHORT - 1;
        memcpy(from, SHORT, sizeof SHORT - 1);
    }
    cut(from, "\n,", words);
}

static void host(char words[AK_MPI_WORDS])
{
    char text[MPI_MAX_PROCESSOR_NAME + 1] = "";
    int length = 0;
    if (MPI_Get_processor_name(text, &length)) length = 0;
    text[length] = 0;
    cut(text, "\n", words);
}

static int send_to(const void *data, int bytes, int to, ak_mpi_world world, int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Isend(data, bytes, MPI_BYTE, to, 0, worlds[world], &requests[*slot]);
}

static int receive(void *data, int bytes, int from, ak_mpi_world world, int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Irecv(data, bytes, MPI_BYTE, from, 0, worlds[world], &requests[*slot]);
}

static int hear(void *data, int bytes, ak_mpi_world world, bool *heard, int *from)
{
    int flag = 0;
    MPI_Status status;
    int error = MPI_Iprobe(MPI_ANY_SOURCE, 0, worlds[world], &flag, &status);
    *heard = flag != 0;
    if (error || !flag) return error;
    *from = status.MPI_SOURCE;
    return MPI_Recv(data, bytes, MPI_BYTE, *from, 0, worlds[world], MPI_STATUS_IGNORE);
}

static int gather(void *all, const int *count, const int *place, int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_BYTE, all, count, place, MPI_BYTE, worlds[AK_MPI_WORK],
                           &requests[*slot]);
}

static int share(void *data, int bytes, int root, int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Ibcast(data, bytes, MPI_BYTE, root, worlds[AK_MPI_WORK], &requests[*slot]);
}

static int exchange(const void *out, const int *out_count, const int *out_place, void *in,
                    const int *in_count, const int *in_place, int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Ialltoallv(out, out_count, out_place, MPI_BYTE, in, in_count, in_place, MPI_BYTE,
                          worlds[AK_MPI_WORK], &requests[*slot]);
}

static int meet(int *slot)
{
    if ((*slot = find_slot()) < 0) return MPI_ERR_NO_MEM;
    return MPI_Ibarrier(worlds[AK_MPI_WORK], &requests[*slot]);
}

static int poll_slot(int slot, bool *ended)
{
    int flag = 0;
    const int error = MPI_Test(&requests[slot], &flag, MPI_STATUS_IGNORE);
    *ended = flag != 0;
    return error;
}

static const ak_mpi TABLE = {
    .table = AK_MPI_TABLE,
#ifdef OPEN_MPI
    .name = "Open MPI",
#else
    .name = "MPICH",
#endif
    .init = init,
    .finalize = finalize,
    .abort = end_all,
    .explain = explain,
    .version = version,
    .host = host,
    .send = send_to,
    .receive = receive,
    .hear = hear,
    .gather = gather,
    .share = share,
    .exchange = exchange,
    .meet = meet,
    .poll = poll_slot,
};

__attribute__((visibility("default"))) const ak_mpi *akin_mpi_module(void) { return &TABLE; }
