/*
 * base/limits.h: every limit of the house, with the reason for its value.
 *
 * A limit that is met is named in the record or in a status; nothing is cut in silence.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

/* --- the message ------------------------------------------------------------------------------ */

/* Octets of the header. Postfix keeps 100 KB of one field and Sendmail 32 KB of all; the largest
 * headers seen in real mail are under 1 MB. Sixteen times that still parses in a tenth of a second.
 */
#define LIMIT_HEADER_OCTETS ((size_t)16 << 20)
/* Fields of the header: what fits the octets above at 128 octets a field. */
#define LIMIT_HEADER_FIELDS ((size_t)131072)
/* The longest line RFC 5322 section 2.1.1 allows, without its CRLF. Signing refuses longer ones. */
#define LIMIT_LINE_OCTETS ((size_t)998)
/* Octets of one field a signer writes: Postfix silently cuts a field at 60,000. */
#define LIMIT_FIELD_WRITTEN ((size_t)50000)
/* Mailboxes of one address field: the largest visible recipient lists real MTAs let through. */
#define LIMIT_MAILBOXES ((size_t)10000)
/* From fields whose mailboxes are read: RFC 5322 section 3.6 allows one, and says so of more. */
#define LIMIT_FROM_FIELDS ((size_t)8)
/* Nested comments in an address or a result: a person writes one or two, recursion is bounded. */
#define LIMIT_COMMENT_DEPTH 32

/* Octets of a message that a program keeps whole to write it again with fields on top: five times
 * what the largest mail providers take. Nothing that only verifies keeps a message. */
#define LIMIT_MESSAGE_OCTETS ((size_t)256 << 20)

/* --- signatures ------------------------------------------------------------------------------- */

/* DKIM signatures evaluated, top first. Real mail has up to six; the rest cost an attacker nothing
 * and us a key look-up each. */
#define LIMIT_DKIM_SIGNATURES ((size_t)32)
/* ARC sets of a chain (RFC 8617 section 4.2.1). */
#define LIMIT_ARC_SETS ((size_t)50)
/* Key operations of one check: 32 signatures, 50 seals and 50 ARC message signatures, and room for
 * as many hops of DKIM2. */
#define LIMIT_KEY_OPERATIONS 200u

/* --- keys ------------------------------------------------------------------------------------- */

/* RFC 8301 section 3.2: below 1024 bits is no key; above 8192 the cost of one operation is that
 * of twenty usual ones. */
#define LIMIT_RSA_BITS_LEAST 1024
#define LIMIT_RSA_BITS_MOST 8192
/* Bits of the public exponent: all in use fit in 17; a long one makes a verification as slow as a
 * signature. */
#define LIMIT_RSA_EXPONENT_BITS 32
/* Bits below which signing refuses an RSA key: RFC 8301 section 3.2 tells signers 2048 or more
 * SHOULD be used, and 1024 is the least; the shorter ones are signed with, and warned of. */
#define LIMIT_RSA_SIGN_BITS_WARN 2048
/* Octets of a private key file: an RSA key of 8192 bits in PEM has 6,400. */
#define LIMIT_KEY_FILE_OCTETS ((size_t)65536)
/* Public keys an engine keeps parsed: a large receiver sees some thousand selectors an hour. */
#define LIMIT_KEYS_KEPT ((size_t)4096)

/* --- questions and answers -------------------------------------------------------------------- */

/* Questions of one check: 200 keys, SPF's and DMARC's walks, with room to spare. */
#define LIMIT_QUESTIONS ((size_t)512)
/* Waves of one check: the longest chain of answers that raise questions, SPF's includes. */
#define LIMIT_WAVES 16u
/* Records of one answer, and octets of one: a DNS message has 65,535 octets. */
#define LIMIT_ANSWER_RECORDS ((size_t)1024)
#define LIMIT_ANSWER_OCTETS ((size_t)65535)
/* Octets of a name in presentation without escapes (RFC 1035 section 2.3.4) and of one label. */
#define LIMIT_NAME_OCTETS ((size_t)253)
#define LIMIT_LABEL_OCTETS ((size_t)63)
/* Octets of a file of answers, zone or JSON: a hundred thousand key records. */
#define LIMIT_ANSWER_FILE_OCTETS ((size_t)64 << 20)
/* Aliases followed for one name: what resolvers follow. */
#define LIMIT_ALIASES 16

/* --- SPF and DMARC ------------------------------------------------------------------------------
 */

/* Terms of one evaluation that make a verifier ask, RFC 7208 section 4.6.4, and those of their
 * look-ups that may come to nothing. */
#define LIMIT_SPF_LOOKUPS 10u
#define LIMIT_SPF_VOID_LOOKUPS 2u
/* Hosts of one mx, beyond which it is an error, and names of one ptr, beyond which they are passed
 * over (the same section). */
#define LIMIT_SPF_NAMES ((size_t)10)
/* Names that a check's SPF asks for before evaluation comes to them: what two large senders'
 * records show at once; what is beyond it is asked when it is its turn. */
#define LIMIT_SPF_AHEAD 20u
/* Octets that a text with macros becomes, before a name over 253 loses labels (RFC 7208
 * section 7.3) and for an explanation: eight lines of an SMTP reply (RFC 5321 section 4.5.3.1.5).
 */
#define LIMIT_SPF_EXPANDED ((size_t)4096)
/* Author Domains of one message that are evaluated (RFC 9989 section 11.5): honest mail has one. */
#define LIMIT_DMARC_AUTHORS ((size_t)4)
/* Names of one tree walk (RFC 9989 section 4.10). */
#define LIMIT_DMARC_WALK ((size_t)8)
/* Domains of signatures whose walks are asked for ahead; further ones only where they passed. */
#define LIMIT_DMARC_WALKS_AHEAD ((size_t)16)
/* Valid URIs of one rua= or ruf= that are kept: owners name one to five; a record has room for
 * thousands. */
#define LIMIT_DMARC_URIS ((size_t)16)

/* --- Authentication-Results ------------------------------------------------------------------- */

/* Octets of one field that are parsed; longer is "not evaluated". */
#define LIMIT_AUTHRES_OCTETS ((size_t)1 << 20)
/* Methods of one field, and properties of one method, that are kept. */
#define LIMIT_AUTHRES_METHODS ((size_t)4096)
#define LIMIT_AUTHRES_PROPERTIES ((size_t)256)

/* --- DKIM2 --------------------------------------------------------------------------------------
 */

/* Hops, and instances, of one message: as many as a chain of ARC; the drafts name no number. */
#define LIMIT_DKIM2_HOPS 50u
/* Tags of one field: the drafts know ten, the rest are extensions that nobody has made yet. */
#define LIMIT_DKIM2_TAGS ((size_t)64)
/* Octets of a recipe's JSON: what base64 makes of it fits what Sendmail and Postfix take as one
 * field, twice over. */
#define LIMIT_RECIPE_OCTETS ((size_t)75000)
/* Lines of a body, beside those that both bodies begin and end with, among which a difference is
 * looked for: of text, 40 MB. A line takes some sixty octets meanwhile; more and shorter ones would
 * take more than three times a message of 10 MB. */
#define LIMIT_DIFF_LINES ((uint64_t)1 << 19)
/* Bits below which no RSA key signs for DKIM2 (spec-08). */
#define LIMIT_DKIM2_RSA_SIGN_BITS 2048u
/* Octets of the tags that a hop puts into a subject. Names of lists are shorter; every place where
 * they may stand is tried. */
#define LIMIT_SUBJECT_TAGS ((size_t)128)
/* Characters of n= (spec-06 section 8.3). */
#define LIMIT_NONCE ((size_t)64)
/* Recipients of one rt=: what SMTP servers take in one transaction (RFC 5321 section 4.5.3.1.8). */
#define LIMIT_DKIM2_RCPTS ((size_t)1000)
/* Octets of header hashed for all instances of a check, and as many for all its signatures: fifty
 * times the largest header of real mail. */
#define LIMIT_DKIM2_HEADER_OCTETS ((uint64_t)64 << 20)

/* --- policy ----------------------------------------------------------------------------------- */

/* Octets of a trust text, and patterns in it: the domains of every list and forwarder that the
 * largest receivers know are some ten thousand; twenty-five times as many still load in a second
 * and take 50 MB. */
#define LIMIT_TRUST_OCTETS ((size_t)16 << 20)
#define LIMIT_TRUST_PATTERNS ((size_t)262144)
/* Lines of a key file: the customers of the largest providers are some hundred thousand domains,
 * with two algorithms each; and its octets, at twice a usual line. A million lines of sixty octets
 * load in two seconds and take 300 MB meanwhile. */
#define LIMIT_KEY_LINES ((size_t)1000000)
#define LIMIT_KEYS_TEXT ((size_t)128 << 20)
/* Rules of one policy, the presets among them, and octets of a name of one: a person wrote them,
 * and every shadow rule is evaluated for every message. */
#define LIMIT_RULES ((size_t)32)
#define LIMIT_RULE_NAME ((size_t)64)
/* What a rule can say of a reputation: a share of a hundred. */
#define LIMIT_REPUTATION 100u
/* Fields of AARs that one rule reads: honest sets report under ten results. Each is tried for being
 * decisive, which is quadratic. */
#define LIMIT_CLAIM_READS ((size_t)64)
/* Signatures named as gone: those of ten sets that each saw six. */
#define LIMIT_CLAIMS_GONE ((size_t)64)

/* Octets of a configuration file: a hundred times what a person writes. */
#define LIMIT_CONFIG_OCTETS ((size_t)256 << 10)
/* Listeners of a configuration: a host has one for each role and mail server; many customers are
 * lines of a key file, not listeners. */
#define LIMIT_LISTENERS ((size_t)64)

/* --- the milter protocol ------------------------------------------------------------------------
 */

/* Octets of a packet that arrives, without its length: bodies come in pieces of 65,535, Postfix
 * sends a field of 102,400, and 1 MiB of data is the most that libmilter can agree on. */
#define LIMIT_MILTER_PACKET (((size_t)1 << 20) + 1024)
/* Octets a connection holds that have arrived: a packet that is not whole, a read of the socket
 * behind it, and as much again that was given and is not yet dropped. */
#define LIMIT_MILTER_HELD ((size_t)4 << 20)
/* Octets of data in a packet that leaves: more is a fault to Sendmail (MILTER_MAX_DATA_SIZE). */
#define LIMIT_MILTER_SENT ((size_t)65535)
/* Octets that wait to leave, of the actions of a message too: the removal of every field that a
 * header may have. */
#define LIMIT_MILTER_WAITING ((size_t)8 << 20)

/* --- what leaves ------------------------------------------------------------------------------ */

/* Octets of one record as JSON: the largest, of a message at every limit, has a tenth of it. */
#define LIMIT_RECORD_OCTETS ((size_t)64 << 20)
/* Octets of an SMTP reply line without CRLF (RFC 5321 section 4.5.3.1.5). */
#define LIMIT_REPLY_OCTETS ((size_t)510)
/* Octets of a log line: what rsyslog takes as it comes, and room for every pair of a record's line
 * with a value as long as one may be. */
#define LIMIT_LOG_LINE ((size_t)8192)
/* Octets of a value from a message as it is written in a log line or a comment (design 5.5). */
#define LIMIT_SHOWN_OCTETS ((size_t)256)

/* --- the filter --------------------------------------------------------------------------------
 */

/* Recipients of a message whose paths are kept: MTAs take 1,000 a transaction, or some thousands.
 * Beyond it the envelope counts as not known. */
#define LIMIT_PASSAGE_RECIPIENTS ((size_t)10000)
/* Octets of what a client calls itself: a domain has 255, a command line 512. */
#define LIMIT_HELO_OCTETS ((size_t)1024)
/* Private keys that a worker keeps open: a provider signs for more domains than are busy at a
 * time, and opening one costs what signing with it does. */
#define LIMIT_SIGNING_KEYS ((size_t)1024)

/* Octets of a message that is kept until it leaves again, and of one that leaves: twice what most
 * sites take. */
#define LIMIT_ARRIVAL_OCTETS ((size_t)64 << 20)
/* Octets of what stands behind an arrival in its file: the answers to all questions of a check, and
 * the envelope. */
#define LIMIT_ARRIVAL_FACTS ((size_t)16 << 20)
/* Octets of one arrival that may wait for the disk before its MTA waits. */
#define LIMIT_SPOOL_PENDING ((size_t)1 << 20)
/* Arrivals that a worker keeps verified while their copies leave: a post to a list leaves as one
 * copy a subscriber, and few posts leave at a time. */
#define LIMIT_DEPARTURES ((size_t)16)
/* Octets of them: room for one of the largest. */
#define LIMIT_DEPARTURES_OCTETS (LIMIT_ARRIVAL_OCTETS + LIMIT_ARRIVAL_FACTS)

#endif
