"""An SMTP client that sends octets as they are, and can claim to be somebody."""

import smtplib

TIMEOUT = 60


class Client(smtplib.SMTP):
    """A session with a port of a site, or a host. `claims` are attributes of XCLIENT (Postfix), such
    as ADDR, NAME, LOGIN."""

    def __init__(self, site, port, helo='client.example', source=None, **claims):
        super().__init__(site.address, port, local_hostname=helo, timeout=TIMEOUT,
                         source_address=(source or site.client, 0))
        self.ehlo()
        if claims:
            self.expect(220, self.docmd('XCLIENT', ' '.join(f'{name}={value}' for name, value in
                                                            claims.items())))
            self.ehlo()

    def expect(self, code, reply):
        if reply[0] != code:
            raise smtplib.SMTPResponseException(*reply)
        return reply

    def finish(self, octets):
        """DATA and the message; gives the reply to either."""
        try:
            return self.data(octets)
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code, refused.smtp_error

    def submit(self, sender, recipients, octets, *options):
        """Sends a message to those recipients that are not refused, at once; gives the last reply,
        which may be a no. Options are parameters of MAIL; with SMTPUTF8 the addresses may be beyond
        ASCII."""
        self.command_encoding = 'utf-8' if 'SMTPUTF8' in options else 'ascii'
        code, text = self.mail(sender, options)
        if code == 250:
            replies = [self.rcpt(recipient) for recipient in recipients]
            code, text = min(replies)
        if code == 250:
            code, text = self.finish(octets)
        else:
            self.rset()
        return code, text.decode('utf-8', 'replace')
