"""Hosts that pass mail on, made as waybilld(8) tells a postmaster, from the first line to the
last."""

from servers.postfix_host import PostfixHost
from servers.sendmail_host import SendmailHost
from servers.site import replace, wait_until

import manual

SRS_FORWARD, SRS_BACK = 10001, 10002


def follow(host):
    {PostfixHost: follow_postfix, SendmailHost: follow_sendmail}[type(host)](host)


def rewrites_senders(host):
    return host.domain == 'uni.example'


def type_in(host, display):
    for command in display.splitlines():
        host.run(command)


def follow_postfix(host):
    (first_main, first_master, make, second_main, second_master, begin, srs_main,
     _) = manual.displays('LISTS AND FORWARDERS')
    srs = rewrites_senders(host)
    host.configure(first_main + (srs_main if srs else ''))
    host.append('etc/postfix/master.cf', first_master)
    host.start()
    type_in(host, make)
    host.configure(host.of_each_instance + second_main, 'postfix-custody')
    replace_service(host.root / 'etc/postfix-custody/master.cf', second_master)
    if srs:
        host.serve_srs(SRS_FORWARD, SRS_BACK)
    type_in(host, begin)


def replace_service(file, line):
    """In master.cf, that of `smtp inet`."""
    lines = file.read_text().splitlines()
    [at] = [i for i, text in enumerate(lines) if text.split()[:2] == ['smtp', 'inet']]
    lines[at] = line.rstrip('\n')
    replace(file, '\n'.join(lines) + '\n')


def follow_sendmail(host):
    first_mc, second_mc, begin, list_manager, srs_secret, srs_mc = manual.displays(
        'LISTS AND FORWARDERS WITH SENDMAIL')
    srs = rewrites_senders(host)
    host.start()
    host.configure(first_mc, srs_mc.replace('example.org', host.domain) if srs else '')
    host.write('etc/mail/custody.mc', second_mc)
    type_in(host, list_manager + (srs_secret if srs else ''))
    type_in(host, begin)
    wait_until(lambda: host.starts() == 3, 'the second daemon and the first, again', host)
