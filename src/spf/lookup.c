#include "base/cursor.h"
#include "dns/name.h"
#include "spf/run.h"

bool spf_is_domain(struct slice name)
{
    struct cursor c = cursor_new(name);
    struct slice label = {NULL, 0};
    size_t labels = 0;
    do {
        label = cursor_until(&c, '.');
        labels++;
    } while (cursor_accept(&c, '.'));
    return labels > 1 && macro_is_toplabel(label) && name_fits(name);
}

enum waybill_dns_type spf_address_type(const struct spf_run *run)
{
    return run->spf->session.client.n == IP_V6_OCTETS ? WAYBILL_DNS_AAAA : WAYBILL_DNS_A;
}

enum waybill_status spf_raise(struct spf_run *run, struct slice name, enum waybill_dns_type type,
                              unsigned wave, struct asked **out)
{
    *out = NULL;
    if (name.n == 0)
        return WAYBILL_OK; /* the root, which nobody means */
    return questions_ask(run->spf->questions, WAYBILL_DNS, name, type, (struct slice){NULL, 0},
                         wave, out);
}

/* Section 5: what is not an answer and not "no such name" or "no such data" is a temporary error.
 */
static struct verdict judge(const struct waybill_answer *answer)
{
    static const struct verdict of[] = {
        [WAYBILL_ANSWERED] = {WAYBILL_RESULT_PASS, NULL},
        [WAYBILL_NODATA] = {WAYBILL_RESULT_FAIL, NULL},
        [WAYBILL_NXDOMAIN] = {WAYBILL_RESULT_FAIL, NULL},
        [WAYBILL_SERVFAIL] = {WAYBILL_RESULT_TEMPERROR, "the DNS failed"},
        [WAYBILL_TIMEOUT] = {WAYBILL_RESULT_TEMPERROR, "no answer in time"},
    };
    return of[answer->status];
}

enum waybill_status spf_ask(struct spf_run *run, struct slice name, enum waybill_dns_type type,
                            unsigned wave, struct asked **out, struct verdict *outcome)
{
    enum waybill_status status = spf_raise(run, name, type, wave, out);
    struct asked *asked = *out;
    if (status != WAYBILL_OK)
        return status;
    *outcome = spf_open();
    if (!asked && (name.n == 0 || !name_fits(name_without_dot(name))))
        *outcome = spf_matches(false);
    else if (!asked)
        *outcome = verdict_of(WAYBILL_RESULT_NOT_EVALUATED, "too many questions");
    else if (asked->answered)
        *outcome = judge(&asked->answer);
    if (asked && asked->answered)
        asked->used = true;
    else
        *out = NULL;
    return WAYBILL_OK;
}

bool spf_has_client(const struct spf_run *run, const struct waybill_answer *answer, unsigned bits)
{
    for (size_t i = 0; i < answer->n; i++) {
        struct ip ip;
        if (ip_parse(slice_of(answer->data[i].octets, answer->data[i].n), &ip) &&
            ip_same_network(ip, run->spf->session.client, bits))
            return true;
    }
    return false;
}

struct slice spf_mx_host(const struct waybill_datum *datum)
{
    struct slice data = slice_of(datum->octets, datum->n);
    struct slice host = slice_from(data, slice_find(data, ' ', 0) + 1);
    return slice_eq(host, SLICE(".")) ? slice_sub(host, 0, 0) : host;
}
