/*
 * bench_filter: a mail filter by itself, as an MTA of many sessions uses it.
 *
 *     bench_filter burst FILE COUNT SOCKET      so many messages at once
 *     bench_filter delay FILE COUNT SOCKET...   one after the other, by each socket in turn
 *     bench_filter soak FILE COUNT SOCKET       many, several at once, ten a connection
 *
 * The message of the file is handed over each time. A line for each figure, fields separated by
 * tabs: "burst" and milliseconds until the last has its verdict; "delay", a socket, and the median
 * in microseconds from MAIL to verdict; "soak", how many are done, and seconds since the beginning.
 * After each of its lines soak waits for a line, so that who reads it can look at the filter. A
 * socket is "unix:/path" or "inet:PORT@ADDRESS".
 */
#include "measure.h"
#include "mta.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>

enum { COUNT_DIGITS = 9, SOCKETS_MOST = 8 };
/* Of soak: sessions at once, and messages of one of them. */
enum { SESSIONS = 16, MESSAGES_OF_SESSION = 10, BATCH = SESSIONS * MESSAGES_OF_SESSION };

static void *array_of(size_t n, size_t size)
{
    void *all = calloc(n, size);
    must(all, "memory");
    return all;
}

/* So many sessions, each with so many messages, all of the others' under way at the same time. */
static void run_sessions(const struct letter *letter, const char *where, size_t n, size_t messages)
{
    struct mta *all = array_of(n, sizeof *all);
    for (size_t i = 0; i < n; i++)
        mta_open(&all[i], where);
    for (; messages > 0; messages--) {
        for (size_t i = 0; i < n; i++)
            mta_hand_over(&all[i], letter);
        for (size_t i = 0; i < n; i++)
            mta_wait(&all[i]);
    }
    for (size_t i = 0; i < n; i++)
        mta_close(&all[i]);
    free(all);
}

static void burst(const struct letter *letter, size_t count, char *const *sockets, size_t n)
{
    (void)n;
    double start = measure_wall();
    run_sessions(letter, sockets[0], count, 1);
    printf("burst\t%.1f\n", 1e3 * (measure_wall() - start));
}

static void delay(const struct letter *letter, size_t count, char *const *sockets, size_t n)
{
    struct mta all[SOCKETS_MOST];
    double *took[SOCKETS_MOST];
    for (size_t s = 0; s < n; s++) {
        took[s] = array_of(count, sizeof *took[s]);
        mta_open(&all[s], sockets[s]);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t s = 0; s < n; s++) {
            double start = measure_wall();
            mta_hand_over(&all[s], letter);
            mta_wait(&all[s]);
            took[s][i] = measure_wall() - start;
        }
    for (size_t s = 0; s < n; s++) {
        mta_close(&all[s]);
        printf("delay\t%s\t%.1f\n", sockets[s], 1e6 * measure_median(took[s], count));
        free(took[s]);
    }
}

static void wait_for_reader(void)
{
    int c = getchar();
    while (c != '\n' && c != EOF)
        c = getchar();
}

static void soak(const struct letter *letter, size_t count, char *const *sockets, size_t n)
{
    const size_t marks[] = {count / 10, count / 2, count};
    double start = measure_wall();
    size_t done = 0;
    (void)n;
    for (size_t m = 0; m < sizeof marks / sizeof *marks; m++) {
        for (; done < marks[m]; done += BATCH)
            run_sessions(letter, sockets[0], SESSIONS, MESSAGES_OF_SESSION);
        printf("soak\t%zu\t%.3f\n", done, measure_wall() - start);
        fflush(stdout);
        wait_for_reader();
    }
}

static const struct {
    const char *name;
    void (*run)(const struct letter *letter, size_t count, char *const *sockets, size_t n);
    int most; /* sockets */
} modes[] = {{"burst", burst, 1}, {"delay", delay, SOCKETS_MOST}, {"soak", soak, 1}};

int main(int argc, char **argv)
{
    enum { MODE = 1, FILE_NAME, COUNT, SOCKETS };
    struct letter letter;
    uint64_t count = 0;
    size_t i = 0;
    must(argc > SOCKETS && slice_number(slice_str(argv[COUNT]), COUNT_DIGITS, &count),
         "reading arguments (burst|delay|soak FILE COUNT SOCKET...)");
    while (i < sizeof modes / sizeof *modes && strcmp(argv[MODE], modes[i].name) != 0)
        i++;
    must(i < sizeof modes / sizeof *modes && argc - SOCKETS <= modes[i].most, "reading arguments");
    letter_open(&letter, argv[FILE_NAME]);
    modes[i].run(&letter, count, &argv[SOCKETS], (size_t)(argc - SOCKETS));
    letter_close(&letter);
    return 0;
}
