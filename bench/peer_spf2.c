/*
 * peer_spf2 DIRECTORY SECONDS: libspf2 on the session and the zone that bench_waybill wrote.
 *
 * One line: spf-check, operations a second, a tab between. Its zone resolver has the answers, so
 * that nothing is asked outside.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>

#include <arpa/nameser.h>
#include <netinet/in.h>

#include <spf2/spf.h>
#include <spf2/spf_dns_zone.h>

static void must(bool fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "peer_spf2: %s failed\n", what);
    exit(70);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static ns_type type_of(const char *name)
{
    return name[0] == 'T' ? ns_t_txt : name[0] == 'M' ? ns_t_mx : ns_t_a;
}

/* The line's fields, its tabs made ends. */
static bool take_fields(char *line, char **fields, int n)
{
    line[strcspn(line, "\n")] = 0;
    for (int i = 0; i < n; i++) {
        fields[i] = line;
        line += strcspn(line, "\t");
        if (i < n - 1 && !*line)
            return false;
        if (*line)
            *line++ = 0;
    }
    return true;
}

static SPF_dns_server_t *read_zone(FILE *file)
{
    char line[1024], *fields[3];
    SPF_dns_server_t *zone = SPF_dns_zone_new(NULL, "bench", 0);
    must(zone != NULL, "SPF_dns_zone_new");
    while (fgets(line, sizeof line, file)) {
        must(take_fields(line, fields, 3), "reading spf.tsv");
        const char *data = fields[2];
        if (type_of(fields[1]) == ns_t_mx) /* it has no room for a preference */
            data = strchr(data, ' ') + 1;
        must(SPF_dns_zone_add_str(zone, fields[0], type_of(fields[1]), NETDB_SUCCESS, data) ==
                 SPF_E_SUCCESS,
             "SPF_dns_zone_add_str");
    }
    return zone;
}

static void check(SPF_server_t *server, const char *client, const char *mail_from)
{
    SPF_response_t *response = NULL;
    SPF_request_t *request = SPF_request_new(server);
    must(request && SPF_request_set_ipv4_str(request, client) == SPF_E_SUCCESS, "the address");
    SPF_request_set_env_from(request, mail_from);
    SPF_request_query_mailfrom(request, &response);
    must(response && SPF_response_result(response) == SPF_RESULT_PASS, "the check");
    SPF_response_free(response);
    SPF_request_free(request);
}

int main(int argc, char **argv)
{
    char path[1024], session[1024], *fields[2];
    must(argc == 3, "reading arguments (DIRECTORY SECONDS)");
    snprintf(path, sizeof path, "%s/spf.tsv", argv[1]);
    FILE *file = fopen(path, "r");
    must(file && fgets(session, sizeof session, file) && take_fields(session, fields, 2), path);
    SPF_server_t *server = SPF_server_new_dns(read_zone(file), 0);
    must(server != NULL && SPF_server_set_rec_dom(server, "mx.example") == SPF_E_SUCCESS,
         "SPF_server_new_dns");
    fclose(file);
    check(server, fields[0], fields[1]);
    double start = now(), spent = 0, seconds = strtod(argv[2], NULL);
    size_t n = 0;
    for (; spent < seconds; n++, spent = now() - start)
        check(server, fields[0], fields[1]);
    printf("spf-check\t%.1f\n", (double)n / spent);
    SPF_server_free(server);
    return 0;
}
