/*
 * tests/milter/script.h: conversations of an MTA and a session, as text.
 *
 * A script is a text file of lines, each a sign and what it is about:
 *
 *     # a remark
 *     --- name                what follows is a script of its own; it begins with what all of the
 *                             file share, the lines before the first of these
 *     wish actions add change quarantine | wish answers MAIL … | wish no-body
 *     wish macros CONNECT j {client_name}
 *     > C host\0004[0*x]…     a packet of the MTA: its command, its data
 *     >> \0\0\0\0             octets of the MTA, no packet
 *     = MAIL address=<a@b>    the next event, or = ERROR syntax MAIL: what is wrong
 *     ? i=4F1B | ? i          a macro, or that it is not there
 *     ! insert 0 Name:value   what the filter does; "! misuse insert …" where that is the answer
 *     < c                     the next packet of the filter
 *
 * In packets and octets \0 \n \r \t \s \\ \[ \xHH are octets, [1ff] is a number of four octets in
 * hexadecimal, [100*x] is x a hundred times; events show octets that are not printable the same
 * way. The MTA's lines are one stream: how it is cut, the rest of the script does not see.
 */
#ifndef MILTER_SCRIPT_H
#define MILTER_SCRIPT_H

#include "base/buffer.h"
#include "base/cursor.h"
#include "milter/session.h"

enum script_sign {
    SCRIPT_EVENT = '=',
    SCRIPT_MACRO = '?',
    SCRIPT_ACTION = '!',
    SCRIPT_REPLY = '<',
};

struct script_step {
    enum script_sign sign;
    unsigned line;
    struct slice text;
};

struct script {
    const char *path;
    struct slice section; /* its name, empty where the file is one script */
    struct buffer text;
    struct milter_wishes wishes;
    struct buffer stream; /* of the MTA */
    struct script_step *steps;
    size_t n;
    char wished[MILTER_STAGES][256];
};

/* The script number `n` of the file, from 0; false where there is none. Ends the program where it
 * makes no sense. `out` stays where it is until script_free. */
bool script_read(struct script *out, const char *path, size_t n);
void script_free(struct script *script);

/* Plays the script on a new session that gets the stream in these pieces: the first of `first`
 * octets, further ones of `piece`. NULL, or what was not as the script says (static). */
const char *script_play(const struct script *script, size_t first, size_t piece);

/* --- the language, for both halves of it -------------------------------------------------------
 */

enum { SCRIPT_OCTETS = 1 << 22 };

/* The names of events, by their kinds. */
extern const char *const script_event_names[];

/* The octets that a text stands for; one packet of them; the text that stands for octets. All are
 * appended. */
void script_octets(struct slice text, struct buffer *to);
void script_packet(struct slice text, struct buffer *to);
void script_show(struct slice octets, struct buffer *to);

/* The word up to the next space, which is taken too. */
struct slice script_word(struct cursor *c);

#endif
