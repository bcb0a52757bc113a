/*
 * daemon/passage.h: one message on its way through a listener.
 */
#ifndef DAEMON_PASSAGE_H
#define DAEMON_PASSAGE_H

#include "base/ip.h"
#include "base/limits.h"
#include "daemon/asking.h"
#include "daemon/deadline.h"
#include "daemon/settings.h"
#include "daemon/worker.h"
#include "milter/session.h"
#include "waybill/message.h"
#include "waybill/sign.h"

/* Random, in hexadecimal. */
enum { PASSAGE_ID_OCTETS = 32 };

/* Who speaks to the MTA, for as long as its connection lasts. */
struct client {
    struct ip ip; /* n is 0: none is known */
    char ip_text[IP_TEXT_OCTETS];
    bool local; /* it came through a socket of the host, or from no network at all */
    char helo[LIMIT_HELO_OCTETS + 1];
};

/* What a signer has to do; of role_signer. */
struct signing {
    struct slice from; /* the value of the first From field */
    size_t from_fields;
    struct waybill_signer *dkim, *dkim2;
    struct held_key *held;       /* keys, until the signers are freed */
    const char *domain;          /* whose signature it is */
    const char *unsigned_why[2]; /* by enum signed_as: why there is no signer */
};

/* A domain in whose name a DKIM signature stands. */
struct signer_seen {
    struct signer_seen *next;
    struct slice domain;
};

/* What has to be known of a message that leaves again; of role_custodian. */
struct custody {
    bool has_chain;                 /* it has fields of DKIM2 */
    struct signer_seen *seen;       /* domains of DKIM signatures that it has */
    struct slice token;             /* the value of the first field of transit */
    char id[PASSAGE_ID_OCTETS + 1]; /* the passage of the arrival, by the token */
    struct buffer octets;           /* the message as it leaves */
    size_t header_octets;
    struct spool_fetching *fetching;
    struct deadline deadline; /* of the fetching */
    struct departure *departure;
    bool begins;                     /* at this hop: the message has no arrival and no chain */
    const char *why;                 /* there is no hop; NULL: there is one */
    struct waybill_message *message; /* as it leaves, with its signers */
    struct waybill_signer *arc;
    const char *unsealed;
};

struct passage {
    struct worker *worker;
    struct settings *settings;
    const struct listener *listener;
    const struct role *role;
    const struct client *client;
    struct milter_session *session;
    struct arena arena;
    char id[PASSAGE_ID_OCTETS + 1];
    int64_t started_ms;
    const char *mail_from;
    struct recipient *recipients, **last_recipient;
    size_t n_recipients;
    bool too_many;                   /* recipients: the envelope is not known any more */
    const char *const *rcpt_to;      /* once the header begins */
    struct waybill_message *message; /* NULL: the header has not begun */
    struct waybill_check *check;
    struct asking *asking;
    struct signing signing;
    struct keeping *keeping; /* NULL: it is not kept */
    struct custody custody;
    size_t results_fields; /* Authentication-Results fields that came */
    size_t tokens;         /* fields of transit, likewise */
    enum waybill_status status;
    void (*answered)(void *self);
    void *self;
};

struct recipient {
    struct recipient *next;
    const char *path;
};

/* After MAIL; `answered` is called when the answer to the end of the message is in the session. */
struct passage *passage_new(struct worker *worker, const struct listener *listener,
                            const struct role *role, struct milter_session *session,
                            const struct client *client, struct slice mail_from,
                            void (*answered)(void *self), void *self);
/* At any moment; NULL is fine. */
void passage_free(struct passage *passage);

/* In the order of SMTP. What goes wrong is kept until the end, which answers for it. */
void passage_recipient(struct passage *passage, struct slice path);
void passage_field(struct passage *passage, struct slice name, struct slice value);
void passage_fields_end(struct passage *passage);
void passage_body(struct passage *passage, struct slice octets);
void passage_end(struct passage *passage);
/* Whether the message comes faster than it can be kept: `go_on` is called once when it does not. */
bool passage_is_behind(struct passage *passage, void (*go_on)(void *self), void *self);

/* --- for roles --------------------------------------------------------------------------------
 */

/* The session has the verdict. Nothing of the passage is touched after it. */
void passage_answered(struct passage *passage);
/* The MTA's id of the message, or "NOQUEUE". */
struct slice queue_id_of(const struct milter_session *session);
/* Every field of transit is removed: a token that came from elsewhere is worth nothing (design 3).
 */
enum waybill_status passage_remove_tokens(struct passage *passage);
/* Whether the listener's mode and the MTA let fields be added and removed. */
bool passage_may_change(const struct passage *passage);
/* Milliseconds since MAIL. */
int64_t passage_ms(const struct passage *passage);

#endif
