/*
 * dns/key.h: what makes two questions the same.
 */
#ifndef DNS_KEY_H
#define DNS_KEY_H

#include "base/arena.h"
#include "base/limits.h"
#include "waybill/question.h"
#include "waybill/status.h"

/* In the DNS and of a reputation the name is a domain name: in lower case, without a final dot,
 * and such that name_fits. Of a sighting it is any octets. */
struct key {
    enum waybill_question_kind kind;
    int type; /* of waybill_dns_type or DNS_CNAME; 0 for other kinds */
    struct slice name;
    struct slice detail; /* empty for the DNS */
};

/* Room for a domain name made lower, or with "*." before it. */
struct key_room {
    uint8_t octets[LIMIT_NAME_OCTETS + 2];
};

/*
 * The key of a question; it points into the arguments. False: nobody can be asked this, since the
 * kind or type is unknown, the name no packet can hold, or name or detail over LIMIT_ANSWER_OCTETS.
 */
bool key_of(enum waybill_question_kind kind, struct slice name, int type, struct slice detail,
            struct key_room *room, struct key *out);
bool key_of_question(const struct waybill_question *question, struct key_room *room,
                     struct key *out);

/* A key that points into the arena; name and detail are followed by a NUL. */
enum waybill_status key_copy(struct arena *arena, const struct key *key, struct key *out);

/* By kind, name (domain names in the order of RFC 4034 section 6.1), type, detail. */
int key_order(const struct key *a, const struct key *b);

#endif
