/*
 * Asks a DNS server for TXT records, all names of the command line at once, and prints a line for
 * each: its status, whether it was at hand, its data. For tests of the resolver alone.
 */
#include "io/resolver.h"

#include <stdio.h>
#include <stdlib.h>

enum { QUESTIONS_MOST = 512 };

static void print(const struct waybill_answer *answer)
{
    printf("%s %d", waybill_answer_status_text(answer->status), answer->cached);
    for (size_t i = 0; i < answer->n; i++) {
        putchar(' ');
        for (size_t k = 0; k < answer->data[i].n; k++)
            putchar(answer->data[i].octets[k]);
    }
    putchar('\n');
}

static size_t read_names(char **names, struct waybill_question *questions)
{
    size_t n = 0;
    for (; names[n] && n < QUESTIONS_MOST; n++)
        questions[n] = (struct waybill_question){.kind = WAYBILL_DNS,
                                                 .name = names[n],
                                                 .name_octets = strlen(names[n]),
                                                 .type = WAYBILL_DNS_TXT,
                                                 .wave = 1};
    return n;
}

int main(int argc, char **argv)
{
    static struct waybill_question questions[QUESTIONS_MOST];
    static struct waybill_answer answers[QUESTIONS_MOST];
    struct resolver *resolver = NULL;
    struct arena arena = arena_new();
    uint64_t ms = 0;
    if (argc < 4 || !slice_number(slice_str(argv[2]), 6, &ms)) {
        fputs("usage: ask ADDRESS@PORT MILLISECONDS NAME...\n", stderr);
        return 64;
    }
    size_t n = read_names(argv + 3, questions);
    const struct resolver_settings settings = {.forwarder = argv[1]};
    enum waybill_status status = resolver_new(&settings, NULL, &resolver);
    if (status == WAYBILL_OK)
        status = resolver_ask(resolver, &arena, questions, n, (int64_t)ms, answers);
    for (size_t i = 0; i < n && status == WAYBILL_OK; i++)
        print(&answers[i]);
    resolver_free(resolver);
    arena_free(&arena);
    return status == WAYBILL_OK ? 0 : 1;
}
