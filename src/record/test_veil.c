#include "record/record.h"
#include "record/veiled_names.h"

#include "support/custody_forge.h"
#include "support/group.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const char site_key[] = "0123456789abcdef0123456789abcdef";

static struct slice key_of(const char *text)
{
    return slice_of(text, strlen(text));
}

static char *journal_text(const struct waybill_record *record, struct slice key)
{
    char *text;
    size_t n;
    assert_int_equal(waybill_record_journal(record, key.p, key.n, &text, &n), WAYBILL_OK);
    assert_int_equal(n, strlen(text));
    assert_null(strchr(text, '\n'));
    return text;
}

/* What stands at the word and around it; NULL: it is not there. */
static const char *where(const char *text, const char *word)
{
    static char around[160];
    struct slice all = slice_str(text), what = slice_str(word);
    for (size_t at = 0; at + what.n <= all.n; at++)
        if (slice_ieq(slice_sub(all, at, what.n), what)) {
            struct slice part = slice_sub(all, at < 60 ? 0 : at - 60, sizeof around - 1);
            snprintf(around, sizeof around, "%.*s", SLICE_ARGS(part));
            return around;
        }
    return NULL;
}

/* --- cases -------------------------------------------------------------------------------------
 */

/* All that is asked of a message from alice at a client 192.0.2.7, or 2001:db8::7. */
static const struct dns_row rows[] = {
    {"l.example",
     WAYBILL_ANSWERED,
     {"v=spf1 exists:%{l}.u.example exists:%{ir}.%{v}.c.example exists:%{s}.s.example "
      "exists:%{lr-}.r.example exists:%{L}.e.example include:o.example include:%{l}.i.example "
      "-all"}},
    {"x.example", WAYBILL_ANSWERED, {"v=spf1 -all exp=why.example"}},
    {"o.example", WAYBILL_ANSWERED, {"v=spf1 a:alice.hosts.example exists:%{i}.f.example ?all"}},
    {"alice.i.example", WAYBILL_ANSWERED, {"v=spf1 a mx ?all"}},
    {"why.example", WAYBILL_ANSWERED, {"%{l} at %{c} may not, says %{s}"}},
    {"alice.example", WAYBILL_ANSWERED, {"v=spf1 a:alice.hosts.example -all"}},
    {"p.example", WAYBILL_ANSWERED, {"v=spf1 include:%{l}.spf.example -all"}},
    {"alice.spf.example", WAYBILL_ANSWERED, {"v=spf1 +all"}},
};

struct veil_case {
    const char *name;
    struct waybill_envelope envelope;
    const char *header;  /* with CRLF, without the line that ends it */
    const char *gone[6]; /* what the line does not have */
    const char *kept[6]; /* what it has */
};

#define RCPT(...)                                  \
    .rcpt_to = (const char *const[]){__VA_ARGS__}, \
    .rcpts = sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)

static const struct veil_case cases[] = {
    {"an envelope",
     {"192.0.2.7", "mx.l.example", "<alice@q.example>", RCPT("<bob@b.example>", "<postmaster>"),
      NULL},
     "From: Carol <carol@c.example>\r\n",
     {"alice", "bob", "arol", "192.0.2.7", "postmaster"},
     {"mx.l.example", "@q.example\"", "@b.example\"", "\"c.example\""}},
    {"no envelope",
     {NULL, NULL, NULL, NULL, 0, NULL},
     "From: carol@c.example\r\n",
     {"carol"},
     {"\"c.example\""}},
    {"the null sender",
     {"192.0.2.7", "192-0-2-7.dsl.example", "<>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"192.0.2.7", "192-0-2-7"},
     {"\"mail-from\":\"\"", ".dsl.example"}},
    {"macros of the sender and of an IPv4 client",
     {"192.0.2.7", "h.example", "<alice-b@l.example>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"alice-b", "b.alice", "7.2.0.192", "192.0.2.7"},
     {".in-addr.c.example", "alice.hosts.example", "\"o.example\""}},
    {"macros of an IPv6 client",
     {"2001:DB8:0::7", "[IPv6:2001:db8::7]", "<alice@l.example>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"2001:db8", "2.0.0.1.0.d.b.8", "8.b.d.0.1.0.0.2", "alice.u", "alice.i"},
     {".ip6.c.example", "[IPv6:h:", "alice.hosts.example"}},
    {"an IPv4 client in an IPv6 address",
     {"::ffff:192.0.2.7", "h.example", "<a.b@l.example>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"192.0.2.7", "7.2.0.192", "a.b."},
     {"@l.example\""}},
    {"an explanation",
     {"192.0.2.7", "h.example", "<alice@x.example>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"alice", "may not", "explanation"},
     {"\"term\":\"-all\"", "why.example"}},
    {"the path to a result",
     {"192.0.2.7", "h.example", "<alice@p.example>", NULL, 0, NULL},
     "From: c@c.example\r\n",
     {"alice"},
     {"include:%{l}.spf.example", "\"+all\""}},
    {"a domain that has the name of its user",
     {"192.0.2.7", "alice.example", "<alice@alice.example>", NULL, 0, NULL},
     "From: alice@alice.example\r\n",
     {"alice@"},
     {"\"name\":\"alice.example\"", "alice.hosts.example", "_dmarc.alice.example"}},
    {"quoted local parts",
     {"192.0.2.7", "h.example", "<\"jane \\\"roe\\\" poe\"@l.example>",
      RCPT("<\"max@home\"@b.example>"), NULL},
     "From: \"Jane\" <\"jane \\\\ roe\"@c.example>\r\n",
     {"jane", "roe", "poe", "max", "home"},
     {"@l.example", "@b.example"}},
    {"addresses that are not ASCII",
     {"192.0.2.7", "h.example", "<jos\xC3\xA9@l.example>", RCPT("<\xE7\x94\xA8@b.example>"), NULL},
     "From: \xE7\x94\xA8\xE6\x88\xB7 <\xE6\x88\xB7@c.example>\r\n",
     {"jos", "\xE7\x94\xA8", "\xE6\x88\xB7", "xC3"},
     {"@l.example", "@b.example"}},
    {"identities of DKIM",
     {NULL, NULL, NULL, NULL, 0, NULL},
     "From: c@c.example\r\n"
     "DKIM-Signature: v=1; a=rsa-sha256; d=c.example; s=s; i=jane=20poe@c.example; h=from;\r\n"
     " bh=AAAA; b=AAAA\r\n"
     "DKIM-Signature: v=1; a=rsa-sha256; d=c.example; s=s; i=roe; h=from; bh=AAAA; b=AAAA\r\n"
     "DKIM-Signature: v=1; a=rsa-sha256; d=c.example; s=s; i=@c.example; h=from;\r\n"
     " bh=AAAA; b=AAAA\r\n",
     {"jane", "poe", "roe"},
     {"\"identity\":\"@c.example\"", "i= has no @"}},
    {"what a set reports",
     {NULL, NULL, NULL, NULL, 0, NULL},
     "From: c@c.example\r\n"
     "ARC-Authentication-Results: i=1; mx.example; auth=pass smtp.auth=jane;\r\n"
     " iprev=pass policy.iprev=198.51.100.9; arc=none smtp.remote-ip=198.51.100.9;\r\n"
     " spf=pass (domain of roe@c.example, max @c.example) smtp.mailfrom=poe@c.example;\r\n"
     " dkim=pass reason=\"for bob+x@c.example\" header.i=@c.example header.s=sel\r\n",
     {"jane", "roe", "max", "poe", "bob", "198.51"},
     {"\"sel\"", "domain of h:", "\"@c.example\"", "\"mx.example\""}},
};

static struct trial judge(const struct veil_case *c)
{
    struct buffer message = message_of(c->header);
    buffer_add_str(&message, "Subject: x\r\n\r\nbody\r\n");
    struct trial_input in = {.message = buffer_slice(&message),
                             .envelope =
                                 c->envelope.ip || c->envelope.mail_from ? &c->envelope : NULL,
                             .rows = LAB_ROWS(rows)};
    struct trial t = trial_run(&lab, &in);
    buffer_free(&message);
    return t;
}

static void kinds(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct veil_case *c = &cases[i];
        struct trial t = judge(c);
        char *text = journal_text(t.record, key_of(site_key));
        for (size_t k = 0; k < 6 && c->gone[k]; k++)
            if (where(text, c->gone[k]))
                fail_msg("%s: %s is in %s", c->name, c->gone[k], where(text, c->gone[k]));
        for (size_t k = 0; k < 6 && c->kept[k]; k++)
            if (!strstr(text, c->kept[k]))
                fail_msg("%s: %s is not there", c->name, c->kept[k]);
        free(text);
        trial_free(&t);
    }
}

/* --- hashes ------------------------------------------------------------------------------------
 */

/* Equal ones are equal wherever they stand, under one key; HMAC-SHA-256 of "alice" begins so. */
static void hashes(void **state)
{
    const struct veil_case c = {
        .envelope = {"192.0.2.7", "h.example", "<alice@l.example>",
                     RCPT("<\"alice\"@b.example>", "<Alice@b.example>"), NULL},
        .header = "From: alice@c.example\r\n"
                  "DKIM2-Signature: i=1; m=1; t=1; d=l.example; s=a:rsa-sha256:AA;"
                  " mf=PGFsaWNlQGwuZXhhbXBsZT4=; rt=PGFsaWNlQGIuZXhhbXBsZT4=\r\n"};
    struct trial t = judge(&c), again = judge(&c);
    char *text = journal_text(t.record, key_of(site_key));
    char *same = journal_text(again.record, key_of(site_key));
    char *other = journal_text(t.record, key_of("another key of the site's, longer"));
    char *none = journal_text(t.record, (struct slice){NULL, 0});
    (void)state;
    assert_string_equal(text, same);
    assert_string_not_equal(text, other);
    assert_non_null(strstr(none, "\"mail-from\":\"h:@l.example\""));
    const char *h = strstr(text, "\"mail-from\":\"h:");
    assert_non_null(h);
    char hash[35], wanted[160];
    snprintf(hash, sizeof hash, "%s", h + strlen("\"mail-from\":\""));
    assert_null(strstr(other, hash));
    snprintf(wanted, sizeof wanted, "\"local-part\":\"%s\",\"domain\":\"c.example\"", hash);
    assert_non_null(strstr(text, wanted));
    snprintf(wanted, sizeof wanted, "\"%s@b.example\",\"h:", hash);
    assert_non_null(strstr(text, wanted));
    snprintf(wanted, sizeof wanted, "\"mail-from\":\"%s@l.example\",\"rcpt-to\":[\"%s@b.example\"]",
             hash, hash); /* of the hop, whose paths have brackets */
    assert_non_null(strstr(text, wanted));
    char *const all[] = {text, same, other, none};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        free(all[i]);
    trial_free(&t);
    trial_free(&again);
}

/* --- names of the client -----------------------------------------------------------------------
 */

static const struct {
    const char *client, *text;
    size_t at, n;
} places[] = {
    {"192.0.2.1", "192.0.2.1", 0, 9},
    {"192.0.2.1", "192.0.2.10", 0, 0},
    {"192.0.2.1", "1192.0.2.1", 1, 0},
    {"192.0.2.1", "dsl-192-0-2-1.example", 4, 9},
    {"192.0.2.1", "1.2.0.192.in-addr.arpa", 0, 9},
    {"2001:db8::1", "[IPv6:2001:DB8::1]", 6, 11},
    {"2001:db8::1", "x.2.0.0.1.0.d.b.8.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.1", 2, 63},
    {"2001:db8::1", "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6.arpa", 0,
     63},
    {"::ffff:192.0.2.1", "192.0.2.1", 0, 9},
    {"::ffff:192.0.2.1", "::FFFF:192.0.2.1", 0, 16},
    {"", "192.0.2.1", 0, 0},
};

static void client_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct client_names client;
        client_names_of(slice_str(places[i].client), &client);
        size_t n = client_names_at(&client, slice_str(places[i].text), places[i].at);
        if (n != places[i].n)
            fail_msg("%s in %s: %zu", places[i].client, places[i].text, n);
    }
}

/* --- chance ------------------------------------------------------------------------------------
 */

enum { PEOPLE = 8, NAME_OCTETS = 96 };

/* Somebody's local part: what stands in a path, and the words that nothing else has. */
struct person {
    char local_part[NAME_OCTETS], words[2][16];
};

static void make_word(struct prng *p, char out[16])
{
    for (size_t i = 0; i < 10; i++)
        out[i] = "bcdfghjklmnpqrstvwxz"[prng_below(p, 20)];
    out[10] = '\0';
}

static struct person make_person(struct prng *p)
{
    static const char *const shapes[] = {
        "%s.%s",        "%s-%s",        "%s+%s",        "\"%s %s\"", "\"%s@%s\"",
        "\"%s\\\"%s\"", "\"%s\\\\%s\"", "%s\xC3\xA9%s", "%s=%s",     "SRS0=%s=%s",
    };
    struct person person;
    make_word(p, person.words[0]);
    make_word(p, person.words[1]);
    struct buffer b = buffer_over(person.local_part, NAME_OCTETS - 1);
    buffer_printf(&b, shapes[prng_below(p, sizeof shapes / sizeof *shapes)], person.words[0],
                  person.words[1]);
    person.local_part[b.n] = '\0';
    return person;
}

static const struct dns_row macros[] = {
    {"m.example",
     WAYBILL_ANSWERED,
     {"v=spf1 exists:%{l}.a.example exists:%{lr}.b.example exists:%{l1r-}.c.example "
      "exists:%{S}.d.example include:%{l}.e.example exists:%{i}.%{h}.f.example ptr -all "
      "exp=%{ir}.g.example"}},
};

static void put(char out[NAME_OCTETS], const char *format, const char *text)
{
    struct buffer b = buffer_over(out, NAME_OCTETS - 1);
    buffer_printf(&b, format, text);
    out[b.n] = '\0';
}

static void make_client(struct prng *p, char out[IP_TEXT_OCTETS])
{
    struct ip ip = {.n = prng_below(p, 2) ? IP_V4_OCTETS : IP_V6_OCTETS};
    for (size_t i = 0; i < ip.n; i++)
        ip.octets[i] = (uint8_t)(100 + prng_below(p, 100));
    ip_format(ip, out);
}

/* A message of the first of them, through a hop of DKIM2 from the third to the fourth, that a set
 * reports on; DKIM by the fifth. */
static struct buffer make_message(struct prng *p, const struct person *people)
{
    char paths[PEOPLE][NAME_OCTETS];
    for (size_t i = 0; i < PEOPLE; i++)
        put(paths[i], i == 3 ? "<%s@list.example>" : "<%s@m.example>", people[i].local_part);
    struct buffer message = message_of(""), tags;
    buffer_printf(&message, "From: \"%s\" %s\r\nSubject: x\r\n\r\nbody\r\n", people[0].words[0],
                  paths[0]);
    const char *const rcpt[] = {paths[3]};
    tags = forge_tags(LAB_NOW, "m.example", paths[2], rcpt, 1);
    const struct forged_hop hop = {
        .i = 1, .m = 1, .tags = (const char *)tags.p, .keys = {LAB_ED25519}, .n_keys = 1};
    forge_instance(&message, 1, NULL);
    forge_hop(&lab, &hop, &message);
    buffer_free(&tags);
    struct buffer top = buffer_new(LAB_MESSAGE_OCTETS);
    buffer_printf(&top,
                  "ARC-Authentication-Results: i=1; mx.example; auth=pass smtp.auth=%s;\r\n"
                  " spf=pass (says %s%s@m.example) smtp.mailfrom=\"%s %s@m.example\"\r\n"
                  "DKIM-Signature: v=1; a=rsa-sha256; d=m.example; s=s; i=%s@m.example; h=from;\r\n"
                  " bh=AAAA; b=AAAA\r\n",
                  people[4].words[0], people[5].words[0], prng_below(p, 2) ? " " : "",
                  people[6].words[0], people[6].words[1], people[4].words[1]);
    put_on_top(&message, buffer_slice(&top));
    buffer_free(&top);
    return message;
}

static void assert_nobody(const char *text, const struct person *people, const char *client)
{
    for (size_t i = 0; i < PEOPLE; i++)
        for (size_t k = 0; k < 2; k++)
            if (where(text, people[i].words[k]))
                fail_msg("%s of %zu: %s", people[i].local_part, i, where(text, people[i].words[k]));
    struct client_names names;
    client_names_of(slice_str(client), &names);
    const char *const forms[] = {client, names.labels, names.reversed};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        if (where(text, forms[i]))
            fail_msg("%s: %s", forms[i], where(text, forms[i]));
}

static void nobody_is_named(void **state)
{
    struct prng p = {seed_of_run(42)};
    (void)state;
    for (unsigned round = rounds_of_run(300); round > 0; round--) {
        struct person people[PEOPLE];
        char client[IP_TEXT_OCTETS], from[NAME_OCTETS], to[NAME_OCTETS], helo[NAME_OCTETS];
        for (size_t i = 0; i < PEOPLE; i++)
            people[i] = make_person(&p);
        make_client(&p, client);
        put(from, "<%s@m.example>", people[1].local_part);
        put(to, "<%s@c.example>", people[7].local_part);
        put(helo, strchr(client, ':') ? "[IPv6:%s]" : "[%s]", client);
        const char *const rcpt[] = {to};
        const struct waybill_envelope envelope = {client, helo, from, rcpt, 1, NULL};
        struct buffer message = make_message(&p, people);
        struct trial_input in = {.message = buffer_slice(&message),
                                 .envelope = prng_below(&p, 8) ? &envelope : NULL,
                                 .rows = LAB_ROWS(macros)};
        struct trial t = trial_run(&lab, &in);
        char *text = journal_text(t.record, key_of(site_key));
        assert_nobody(text, people, client);
        assert_non_null(where(text, "list.example"));
        free(text);
        trial_free(&t);
        buffer_free(&message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds),
        cmocka_unit_test(hashes),
        cmocka_unit_test(client_places),
        cmocka_unit_test(nobody_is_named),
    };
    return cmocka_run_group_tests(tests, lab_set_up, lab_tear_down);
}
