#include "io/config_keys.h"

#include "base/limits.h"
#include "io/config.h"

/* In the order of enum waybill_reported and enum waybill_reporter. */
static const char *const reported[] = {"dkim", "spf", "dmarc", "dkim2", NULL};
static const char *const reporters[] = {"first", "newest", "any", NULL};
static const char *const alignments[] = {"relaxed", "strict", NULL};
/* In the order of config_methods of config_policy.c. */
static const char *const methods[] = {"spf", "dkim", "dkim2", "arc", "dmarc", NULL};
/* In the order of enum waybill_draft. */
static const char *const drafts[] = {"06", "09", NULL};
static const char *const no_or_yes[] = {"no", "yes", NULL};
static const char *const logs[] = {"stderr", "syslog", NULL};
static const char *const signed_by[] = {"dkim", "dkim2", NULL};
/* In the order of enum config_mode. */
static const char *const modes[] = {"observe", "annotate", "enforce", NULL};

const char *const config_presets[] = {"receiver",     "originator", "provider",      "list-in",
                                      "forwarder-in", "list-out",   "forwarder-out", NULL};

enum {
    PROVIDERS = 1u << CONFIG_PROVIDER,
    LISTS = 1u << CONFIG_LIST_IN,
    INGRESS = 1u << CONFIG_RECEIVER | 1u << CONFIG_LIST_IN | 1u << CONFIG_FORWARDER_IN,
    CUSTODIANS = 1u << CONFIG_LIST_OUT | 1u << CONFIG_FORWARDER_OUT,
    ORIGINATORS = 1u << CONFIG_ORIGINATOR | 1u << CONFIG_PROVIDER,
    SIGNERS = ORIGINATORS | CUSTODIANS,
};

#define TOP(name) .place = CONFIG_TOP, .member = offsetof(struct config, name)
#define RULE(name) .place = CONFIG_RULE, .member = offsetof(struct config_rule, name)
#define LISTENER(name) .place = CONFIG_LISTENER, .member = offsetof(struct config_listener, name)

const struct config_key config_keys[CONFIG_KEYS] = {
    {TOP(authserv_id), .name = "authserv-id", .type = CONFIG_TEXT, .value = "name",
     .example = "mx.example.org",
     .meaning = "Who speaks in the fields that are added (RFC 8601, section 2.5). Without it, the "
                "name of this host."},
    {TOP(trust), .name = "trust", .type = CONFIG_PATH, .value = "path", .example = "trust",
     .meaning = "The file that says who is trusted. A relative path begins at the folder of the "
                "configuration file. Without it nobody is trusted."},
    {TOP(override), .name = "override", .type = CONFIG_TEXT, .fallback = "off", .value = "rule",
     .example = "first-dkim",
     .meaning = "The rule by which a chain may turn DMARC's reject or quarantine into none: off, "
                "first-dkim, first-spf, or the name of a rule of this file. A chain never does "
                "more than that."},
    {TOP(shadow), .name = "shadow", .type = CONFIG_TEXT, .is_list = true, .value = "rule",
     .example = "{ first-spf, lists }",
     .meaning = "Rules that are evaluated and recorded, and of which nothing else comes: to see "
                "what they would do."},
    {TOP(reject), .name = "reject", .type = CONFIG_CHOICE, .is_list = true, .choices = methods,
     .fallback = "dmarc", .value = "method", .example = "{ dmarc }",
     .meaning = "Whose failure is reason to reject. With dmarc, what the owner of the domain asks "
                "for is done; with spf, dkim, dkim2 or arc, a failure of that alone is "
                "enough. An empty "
                "list rejects nothing."},
    {TOP(defer), .name = "defer", .type = CONFIG_CHOICE, .is_list = true, .choices = methods,
     .value = "method", .example = "{ dmarc }",
     .meaning = "Whose temporary error is reason to ask the client to come again later."},
    {TOP(draft), .name = "dkim2-draft", .type = CONFIG_CHOICE, .choices = drafts, .fallback = "09",
     .example = "09",
     .meaning =
         "The version of draft-ietf-dkim-dkim2-spec by which DKIM2 is judged. What the other "
         "says stands beside it, and nothing rests on that."},
    {TOP(dkim2_aligns), .name = "dkim2-aligns", .type = CONFIG_CHOICE, .choices = no_or_yes,
     .fallback = "no", .example = "no",
     .meaning = "Whether the originator that DKIM2 proves can speak for the author in DMARC, as a "
                "DKIM signature can."},
    {TOP(user), .name = "user", .type = CONFIG_TEXT, .value = "name", .example = "waybill",
     .meaning = "As whom waybilld runs when root starts it. Without it, as who starts it."},
    {TOP(workers), .name = "workers", .type = CONFIG_NUMBER, .least = 0, .most = 64,
     .fallback = "0", .value = "number", .example = "4",
     .meaning = "The threads that serve clients; 0 is one for each processor, at most 8."},
    {TOP(resolver), .name = "resolver", .type = CONFIG_SERVER, .value = "address",
     .example = "127.0.0.1",
     .meaning = "The server that is asked for the DNS, an IP address, with @ and a port where that "
                "is not 53. A validating resolver on this host is best. Without it, the servers "
                "that /etc/resolv.conf names."},
    {TOP(dns_cache), .name = "dns-cache", .type = CONFIG_NUMBER, .least = 1, .most = 4096,
     .fallback = "16", .value = "number", .example = "16",
     .meaning = "The megabytes of answers of the DNS that each worker keeps."},
    {TOP(dns_validate), .name = "dns-validate", .type = CONFIG_CHOICE, .choices = no_or_yes,
     .fallback = "no", .example = "no",
     .meaning = "Whether answers of the DNS are validated here. Behind a server that strips "
                "signatures every answer would be bogus."},
    {TOP(deadline), .name = "deadline", .type = CONFIG_NUMBER, .least = 1, .most = 600,
     .fallback = "20", .value = "seconds", .example = "20",
     .meaning = "The time for all questions of one message; what is open then counts as a "
                "temporary error. So long, too, a message waits for the spool before it goes on "
                "without a hop. It is less than what the mail server waits for, 30 seconds in "
                "Postfix (milter_command_timeout)."},
    {TOP(log), .name = "log", .type = CONFIG_CHOICE, .choices = logs, .fallback = "stderr",
     .example = "syslog", .meaning = "Where lines of the log go."},
    {TOP(log_addresses), .name = "log-addresses", .type = CONFIG_CHOICE, .choices = no_or_yes,
     .fallback = "no", .example = "no",
     .meaning = "Whether the log has whole addresses. Otherwise it has their domains."},
    {TOP(results_comments), .name = "results-comments", .type = CONFIG_CHOICE, .choices = no_or_yes,
     .fallback = "yes", .example = "yes",
     .meaning = "Whether the results in Authentication-Results have comments that say why."},
    {TOP(keys), .name = "keys", .type = CONFIG_PATH, .value = "path", .example = "keys",
     .meaning = "The file that says with which keys the mail of a domain is signed. Without it "
                "nothing is signed."},
    {TOP(site_key), .name = "site-key", .type = CONFIG_PATH, .value = "path", .example = "site.key",
     .meaning = "The file with the secret by which identifiers in the journal are hashed. Without "
                "it, what is of a person is left out of the journal."},
    {TOP(site_key_before), .name = "site-key-before", .type = CONFIG_PATH, .value = "path",
     .example = "site.key.before",
     .meaning = "The site key before it was changed, for as long as messages are under way that "
                "have a token made with it."},
    {TOP(spool), .name = "spool", .type = CONFIG_PATH, .value = "path",
     .example = "/var/lib/waybill/spool",
     .meaning = "The folder in which arrivals are kept until they leave again, for list-in and "
                "forwarder-in. One waybilld has it."},
    {TOP(spool_server), .name = "spool-server", .type = CONFIG_SOCKET, .value = "socket",
     .example = "inet:6379@192.168.0.7",
     .meaning = "The Redis or Valkey server in which arrivals are kept instead, where a message "
                "arrives at one host and leaves at another; their site-key is the same. Written "
                "as the socket of a listener. Nothing is encrypted on the way to it."},
    {TOP(spool_password), .name = "spool-password", .type = CONFIG_PATH, .value = "path",
     .example = "spool.password",
     .meaning = "The file with the password of that server, if it wants one."},
    {TOP(spool_size), .name = "spool-size", .type = CONFIG_NUMBER, .least = 1, .most = 100000,
     .fallback = "4096", .value = "number", .example = "4096",
     .meaning = "The megabytes that arrivals may take in the folder; beyond it the oldest go, and "
                "leave without a hop. A server has its own setting, maxmemory."},
    {TOP(spool_age), .name = "spool-age", .type = CONFIG_NUMBER, .least = 1, .most = 14,
     .fallback = "14", .value = "days", .example = "14",
     .meaning = "How long an arrival is kept: a DKIM2 signature lives 14 days."},
    {TOP(journal), .name = "journal", .type = CONFIG_PATH, .value = "path",
     .example = "/var/lib/waybill/journal",
     .meaning = "The file to which the evidence of every message is appended, one JSON text a "
                "line. Without it none is kept."},
    {TOP(journal_size), .name = "journal-size", .type = CONFIG_NUMBER, .least = 1, .most = 100000,
     .fallback = "256", .value = "number", .example = "256",
     .meaning = "The megabytes of a file of the journal, before the next one is begun."},
    {TOP(journal_files), .name = "journal-files", .type = CONFIG_NUMBER, .least = 2, .most = 1000,
     .fallback = "8", .value = "number", .example = "8",
     .meaning = "The files of the journal that are kept, the one that is written among them."},
    {TOP(metrics), .name = "metrics", .type = CONFIG_LOCAL, .value = "address",
     .example = "127.0.0.1:9891",
     .meaning = "Where metrics are served over HTTP: an address of loopback, a colon and a port; "
                "an IPv6 address stands in brackets and quotes. Without it they are not."},
    {TOP(drain), .name = "drain", .type = CONFIG_NUMBER, .least = 1, .most = 3600, .fallback = "30",
     .value = "seconds", .example = "30",
     .meaning = "The time that connections have to come to an end when waybilld stops."},
    {RULE(reported), .name = "reported", .type = CONFIG_CHOICE, .required = true,
     .choices = reported, .example = "dkim",
     .meaning = "What a sealer has to say that it saw pass, aligned with From: dkim, spf or dmarc. "
                "Or dkim2: the chain of custody is proved back to an originator who is aligned "
                "with From, and who changed the message is trusted as a signer."},
    {RULE(reporter), .name = "reporter", .type = CONFIG_CHOICE, .choices = reporters,
     .fallback = "first", .example = "first",
     .meaning = "Which set has to say so: the first of the chain, the newest, or any of them. Of "
                "dkim2 nobody has to."},
    {RULE(alignment), .name = "alignment", .type = CONFIG_CHOICE, .choices = alignments,
     .fallback = "relaxed", .example = "relaxed",
     .meaning = "How the domain that passed has to agree with that of From: relaxed, in the "
                "Organizational Domain, or strict, wholly."},
    {RULE(sets_least), .name = "sets-least", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_ARC_SETS, .fallback = "1", .value = "number", .example = "1",
     .meaning = "The chain has at least so many sets; of dkim2, hops."},
    {RULE(sets_most), .name = "sets-most", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_ARC_SETS, .fallback = "50", .value = "number", .example = "3",
     .meaning = "The chain has at most so many sets; of dkim2, hops."},
    {RULE(reputation), .name = "reputation", .type = CONFIG_NUMBER, .least = 1,
     .most = LIMIT_REPUTATION, .value = "number", .example = "80",
     .meaning = "A sealer, or signer, that is not trusted is taken where the store of reputations "
                "knows it "
                "with at least this. Without it, only trust counts."},
    {LISTENER(socket), .name = "socket", .type = CONFIG_SOCKET, .required = true, .value = "socket",
     .example = "inet:8891@127.0.0.1",
     .meaning = "Where it listens: unix:/PATH or inet:PORT@ADDRESS, inet6: the same, the address "
                "an IP address or localhost. Brackets need quotes."},
    {LISTENER(preset), .name = "preset", .type = CONFIG_CHOICE, .required = true,
     .choices = config_presets, .example = "receiver",
     .meaning = "What it is for. A receiver verifies what others send. An originator signs what "
                "its own clients send. A provider signs for its customers and for itself. "
                "list-in and forwarder-in are receivers that keep what they need to prove later "
                "what became of a message; list-out and forwarder-out sign it as a hop when it "
                "leaves."},
    {LISTENER(mode), .name = "mode", .type = CONFIG_CHOICE, .choices = modes,
     .fallback = "annotate", .example = "annotate",
     .meaning = "What it may do: observe, only log and keep the evidence; annotate, also add "
                "and remove fields; enforce, also reject and defer."},
    {LISTENER(authserv_id), .name = "authserv-id", .type = CONFIG_TEXT, .value = "name",
     .example = "mx.example.org",
     .meaning = "Who speaks in the fields that are added here. Without it, who speaks in all."},
    {LISTENER(verify), .name = "verify", .type = CONFIG_CHOICE, .is_list = true, .presets = INGRESS,
     .choices = methods, .fallback = "spf, dkim, dkim2, arc, dmarc", .value = "method",
     .example = "{ spf, dkim, dmarc }", .meaning = "What is evaluated."},
    {LISTENER(sign), .name = "sign", .type = CONFIG_CHOICE, .is_list = true, .presets = SIGNERS,
     .choices = signed_by, .fallback = "dkim, dkim2", .value = "method", .example = "{ dkim }",
     .meaning = "By what messages are signed, where a key is for it."},
    {LISTENER(own), .name = "own", .type = CONFIG_NETWORK, .is_list = true,
     .fallback = "127.0.0.0/8, ::1", .value = "network",
     .example = "{ 127.0.0.0/8, ::1, 192.0.2.0/24 }",
     .meaning = "The networks of one's own clients: a receiver leaves their mail alone, an "
                "originator signs it."},
    {LISTENER(peers), .name = "peers", .type = CONFIG_NETWORK, .is_list = true, .value = "network",
     .example = "{ 192.0.2.25 }",
     .meaning = "The networks of the mail servers that may connect. A listener on another address "
                "than loopback needs them: who can connect can have mail signed."},
    {LISTENER(daemons), .name = "daemons", .type = CONFIG_TEXT, .is_list = true,
     .presets = ORIGINATORS, .fallback = "ORIGINATING", .value = "name",
     .example = "{ ORIGINATING }",
     .meaning = "The names of daemons, the macro {daemon_name}, whose mail an originator signs "
                "beside that of own clients and of who has authenticated. A provider signs for who "
                "has authenticated alone."},
    {LISTENER(domain), .name = "domain", .type = CONFIG_DOMAIN, .required = true,
     .presets = PROVIDERS, .value = "domain", .example = "provider.example",
     .meaning = "The domain by which a provider signs for itself."},
    {LISTENER(lists), .name = "lists", .type = CONFIG_TEXT, .is_list = true, .required = true,
     .presets = LISTS, .value = "address", .example = "{ cooks@lists.example, lists.example }",
     .meaning = "The recipients whose mail is kept whole, since it will be changed: addresses, or "
                "domains for all addresses of them."},
    {LISTENER(seal), .name = "seal", .type = CONFIG_CHOICE, .presets = CUSTODIANS,
     .choices = no_or_yes, .fallback = "no", .example = "yes",
     .meaning = "Whether an ARC set is added, with what was found when the message arrived."},
    {LISTENER(next_domains), .name = "next-domains", .type = CONFIG_DOMAIN, .is_list = true,
     .presets = CUSTODIANS, .value = "domain", .example = "{ srs.example }",
     .meaning = "Domains of MAIL FROM to which the other domains of this site hand messages over "
                "(nd=): both need keys. Without it, MAIL FROM has to be rewritten into a domain "
                "that the message was sent to."},
    {LISTENER(secret_fields), .name = "secret-fields", .type = CONFIG_TEXT, .is_list = true,
     .presets = CUSTODIANS, .value = "name", .example = "{ X-Originating-IP, Bcc }",
     .meaning = "Fields that are taken away on purpose: a recipe that would repeat one is refused, "
                "and the message leaves without a hop."},
    {LISTENER(literals_most), .name = "literals-most", .type = CONFIG_NUMBER, .least = 0,
     .most = 100000, .presets = CUSTODIANS, .fallback = "0", .value = "octets", .example = "4096",
     .meaning = "The octets of the old body that a recipe may repeat; 0 is any number."},
};

const struct config_section config_sections[CONFIG_PLACES] = {
    [CONFIG_RULE] = {"rule", LIMIT_RULES, sizeof(struct config_rule),
                     offsetof(struct config, rules), offsetof(struct config, n_rules), "lists",
                     "A rule of one's own.",
                     "A rule of one's own. All that it says has to hold, the chain has to be "
                     "valid, and every sealer has to be trusted or to have the reputation. Its "
                     "name has 1 to 64 of the characters A-Z, a-z, 0-9, dot, underscore and "
                     "hyphen."},
    [CONFIG_LISTENER] = {"listener", LIMIT_LISTENERS, sizeof(struct config_listener),
                         offsetof(struct config, listeners), offsetof(struct config, n_listeners),
                         "inbound", "A socket of waybilld, and what it is for.",
                         "A socket on which waybilld serves mail servers, and what it is for. Its "
                         "name, which the log has, is made as that of a rule. Without any, "
                         "waybilld has one of its own, see waybilld(8)."},
};

const struct config_key *config_key_find(enum config_place place, struct slice name)
{
    for (size_t i = 0; i < CONFIG_KEYS; i++) {
        if (config_keys[i].place == place && slice_eq(name, slice_str(config_keys[i].name)))
            return &config_keys[i];
    }
    return NULL;
}

enum config_place config_section_find(struct slice name)
{
    enum config_place place = CONFIG_PLACES - 1;
    while (place != CONFIG_TOP && !slice_eq(name, slice_str(config_sections[place].name)))
        place--;
    return place;
}
