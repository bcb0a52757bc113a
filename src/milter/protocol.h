/*
 * milter/protocol.h: the words of the protocol, version 6, as libmilter/mfdef.h has them.
 */
#ifndef MILTER_PROTOCOL_H
#define MILTER_PROTOCOL_H

enum { VERSION_OLDEST = 2, VERSION_OURS = 6 };

/* What the MTA says. */
enum command_octet {
    COMMAND_ABORT = 'A',
    COMMAND_BODY = 'B',
    COMMAND_CONNECT = 'C',
    COMMAND_MACROS = 'D',
    COMMAND_MESSAGE_END = 'E',
    COMMAND_HELO = 'H',
    COMMAND_NEW_CONNECTION = 'K',
    COMMAND_HEADER = 'L',
    COMMAND_MAIL = 'M',
    COMMAND_HEADER_END = 'N',
    COMMAND_NEGOTIATE = 'O',
    COMMAND_QUIT = 'Q',
    COMMAND_RCPT = 'R',
    COMMAND_DATA = 'T',
    COMMAND_UNKNOWN = 'U',
};

/* What we say. */
enum reply_octet {
    REPLY_NEGOTIATE = 'O',
    REPLY_ACCEPT = 'a',
    REPLY_CONTINUE = 'c',
    REPLY_ADD_HEADER = 'h',
    REPLY_INSERT_HEADER = 'i',
    REPLY_CHANGE_HEADER = 'm',
    REPLY_PROGRESS = 'p',
    REPLY_QUARANTINE = 'q',
    REPLY_REJECT = 'r',
    REPLY_TEMPFAIL = 't',
    REPLY_TEXT = 'y',
};

/* An action that is no business of whoever uses a session: naming macros is part of negotiating. */
#define ACTION_NAME_MACROS 0x100u

/* Protocol steps. "No reply" is the filter's promise to answer nothing there. */
#define STEP_NO_BODY 0x00000010u
#define STEP_NO_REPLY_HEADER 0x00000080u
#define STEP_NO_UNKNOWN 0x00000100u
#define STEP_NO_REPLY_CONNECT 0x00001000u
#define STEP_NO_REPLY_HELO 0x00002000u
#define STEP_NO_REPLY_MAIL 0x00004000u
#define STEP_NO_REPLY_RCPT 0x00008000u
#define STEP_NO_REPLY_DATA 0x00010000u
#define STEP_NO_REPLY_UNKNOWN 0x00020000u
#define STEP_NO_REPLY_HEADER_END 0x00040000u
#define STEP_NO_REPLY_BODY 0x00080000u
/* A header value is what follows the colon, its first space included, both ways. */
#define STEP_LEADING_SPACE 0x00100000u

#endif
