"""A site whose waybilld passes mail on: its author's, a list's and a forwarder's listeners in one
daemon. Programs of tests that import it have the paths of waybilld and waybill as their first two
arguments."""
import os
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / 'support'))
from daemon import Daemon  # noqa: E402
from mta import Mta, apply, said  # noqa: E402
from tap import equal  # noqa: E402

WAYBILLD, WAYBILL = map(os.path.abspath, sys.argv[1:3])
NOW = 1795172400

POST = (b'From: Alice <alice@author.example>\r\nTo: cooks@lists.example\r\nSubject: Bread\r\n'
        b'Date: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@author.example>\r\n\r\n'
        b'Flour, water, salt.\r\n')
ZONE = '''$TTL 300
author.example.         TXT "v=spf1 ip4:203.0.113.1 -all"
_dmarc.author.example.  TXT "v=DMARC1; p=reject"
'''
CONFIG = '''keys = FOLDER/keys
site-key = FOLDER/site.key
spool = FOLDER/spool
workers = 2
listener "author" { socket = "unix:FOLDER/author.sock" preset = originator }
listener "list-in" {
    socket = "unix:FOLDER/list-in.sock" preset = list-in authserv-id = lists.example
    lists = { cooks@lists.example }
    own = { 192.0.2.1 }
}
listener "list-out" { socket = "unix:FOLDER/list-out.sock" preset = list-out %s }
listener "uni-in" {
    socket = "unix:FOLDER/uni-in.sock" preset = forwarder-in authserv-id = uni.example
    own = { 192.0.2.1 }
}
listener "uni-out" { socket = "unix:FOLDER/uni-out.sock" preset = forwarder-out %s }
'''
DOMAINS = 'author.example', 'lists.example', 'uni.example', 'srs.example'
TOKEN = re.compile(rb'X-Waybill-Transit: [^\r\n]+\r\n')


def site(list_out='', uni_out='', keys=DOMAINS, start=True, environment=None):
    """All hosts of a journey, in one daemon with their listeners."""
    daemon = Daemon(WAYBILLD, CONFIG % (list_out, uni_out), {'zone': ZONE, 'site.key': 'a secret'},
                    ['--dns', 'FOLDER/zone', '--now', NOW], start=False, environment=environment)
    daemon.write('keys', ''.join(f'{domain} s {domain}.pem\n' for domain in keys))
    for domain in keys:
        shown = subprocess.run([WAYBILL, 'key', 'new', '--out', daemon.path(domain + '.pem'),
                                '--selector', 's', '--domain', domain], check=True,
                               stdout=subprocess.PIPE)
        with open(daemon.path('zone'), 'ab') as zone:
            zone.write(b'\n' + shown.stdout)
    if start:
        daemon.start()
    return daemon


def hand_over(daemon, listener, message, sender, recipients, address='127.0.0.1', i='4XyZ'):
    """The message behind a listener; its own clients are loopback."""
    one = Mta(daemon.path(listener + '.sock')).negotiate()
    one.connect(address=address)
    one.helo('host.example')
    answers = one.message(message, sender, recipients, i)
    one.send('Q')
    one.close()
    equal(said(answers)[-1], 'continue')
    return apply(message, answers)


def tag_and_footer(message):
    """What a list does."""
    message = message.replace(b'Subject: Bread', b'Subject: [cooks] Bread')
    return b'List-Id: <cooks.lists.example>\r\n' + message + b'-- \r\nTo leave: write to us\r\n'


def verify(daemon, message, sender, recipient, *options, status=0):
    """(exit status, what waybill says) of the message as it arrives at last."""
    done = subprocess.run([WAYBILL, 'verify', '--dns', daemon.path('zone'), '--now', str(NOW),
                           '--mail-from', sender, '--rcpt-to', recipient, '--ip', '198.51.100.9',
                           '--helo', 'host.example', *options],
                          input=message, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, timeout=60)
    text = done.stdout.decode()
    equal(done.returncode, status, text)
    return text
