#!/usr/bin/python3
"""test_checkup.py BUILD: waybilld --check names the settings that break what it does, in whichever
Postfix of the host they are, as postmulti and postconf tell of them. Prints TAP."""

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

from harness import Postfix, Site, Tests, equal, require
from servers.postfix import lines_of_main
from servers.site import replace
from stage import Daemon

BUILD = Path(sys.argv[1]).resolve()
CONFIGURATION = 'listener "in" { socket = "unix:FOLDER/in.sock" preset = receiver }\n'
FORWARDS = '''site-key = FOLDER/site.key
spool = FOLDER/spool
listener "in" { socket = "unix:FOLDER/in.sock" preset = forwarder-in }
listener "out" { socket = "unix:FOLDER/out.sock" preset = forwarder-out }
'''
MAIN, LATER = '/etc/postfix', '/etc/postfix-out'
HARMLESS = {'disable_mime_output_conversion': 'yes', 'smtp_line_length_limit': '0',
            'canonical_maps': 'hash:/etc/postfix/canonical'}  # before the filter
OF_LATER = {'multi_instance_name': 'postfix-out', 'multi_instance_enable': 'yes',
            'queue_directory': '/var/spool/postfix-out', 'data_directory': '/var/lib/postfix-out',
            'disable_mime_output_conversion': 'yes', 'smtp_line_length_limit': '0'}
HARMFUL = {'disable_mime_output_conversion': 'no', 'smtp_line_length_limit': '998',
           'smtp_generic_maps': 'hash:/etc/postfix/generic',
           'smtp_header_checks': 'regexp:/etc/postfix/checks',
           'smtp_mime_header_checks': 'regexp:/etc/postfix/checks',
           'milter_command_timeout': '20s'}
CANONICAL = {name: 'hash:/etc/postfix/canonical' for name in (
    'canonical_maps', 'sender_canonical_maps', 'recipient_canonical_maps')}


class Host:
    """waybilld, beside a Postfix that does not run."""

    def __init__(self, site):
        self.daemon = Daemon(BUILD / 'waybilld', CONFIGURATION, {'site.key': 'a secret'},
                             start=False)
        self.milter = {'smtpd_milters': f'unix:{self.daemon.path("in.sock")}'}
        self.postfix = Postfix(site, None, {})
        self.programs = site.folder / 'programs'
        for name in 'postconf', 'postmulti':
            replace(self.programs / name, f'#!/bin/sh\nexec chroot {self.postfix.root} {name} "$@"\n')
            (self.programs / name).chmod(0o755)

    def check(self, main, later=None, smtpd=''):
        """What is said with these settings, and with an smtpd of the later instance: of which file,
        and its first word."""
        beside = {'multi_instance_directories': LATER} if later is not None else {}
        self.postfix.configure(None, {}, {**HARMLESS, **beside, **main})
        folder = self.postfix.root / LATER[1:]
        replace(folder / 'main.cf', lines_of_main({'compatibility_level': '3.6', **OF_LATER,
                                                   **(later or {})}))
        replace(folder / 'master.cf', smtpd)
        path = f'{self.programs}:{os.environ["PATH"]}'
        run = subprocess.run(self.daemon.command('--check'), capture_output=True, text=True,
                             check=False, env={**os.environ, 'PATH': path})
        equal(run.returncode, 0, f'status ({run.stderr})')
        said = [line.split(': ') for line in run.stderr.splitlines()]
        return [(file, what.split()[0]) for _, file, what, *_ in said if file.startswith(MAIN)]


def harmless(host):
    equal(host.check(host.milter), [], 'what is said')
    equal(host.check({**host.milter, 'smtp_mime_header_checks': '$smtp_header_checks'}), [],
          'what is said of what refers to nothing')


def harmful(host, setting):
    """Wherever it is."""
    bad = {setting: HARMFUL[setting]}
    equal(host.check({**host.milter, **bad}), [(f'{MAIN}/main.cf', setting)], 'what is said')
    equal(host.check(host.milter, bad), [(f'{LATER}/main.cf', setting)], 'what is said of another')


def canonical(host, setting):
    """It works before the filter of its own instance, and behind that of another."""
    maps = {setting: CANONICAL[setting]}
    equal(host.check(host.milter, maps), [(f'{LATER}/main.cf', setting)], 'what is said')
    equal(host.check(host.milter, {**maps, **host.milter}), [], 'what is said where both have it')
    equal(host.check({}, maps), [], 'what is said where neither has it')
    smtpd = f'10026 inet n - n - - smtpd\n  -o smtpd_milters={host.milter["smtpd_milters"]}\n'
    equal(host.check(host.milter, maps, smtpd), [], 'what is said where its smtpd has it')


def before_it_is_signed(host):
    """The first instance of a forwarder hands over to the one that signs."""
    bad = {name: value for name, value in HARMFUL.items() if name != 'milter_command_timeout'}
    host.daemon.configure(FORWARDS)
    try:
        signs = {'smtpd_milters': f'unix:{host.daemon.path("out.sock")}'}
        equal(host.check({**host.milter, **bad}, signs), [], 'what is said')
        said = host.check(host.milter, {**signs, **bad})
        equal(said, [(f'{LATER}/main.cf', name) for name in bad], 'what is said of the other')
    finally:
        host.daemon.configure(CONFIGURATION)


CASES = {
    'what the manual has is harmless': harmless,
    **{f'{setting} is not': partial(harmful, setting=setting) for setting in HARMFUL},
    **{f'{setting} is not, in another instance': partial(canonical, setting=setting)
       for setting in CANONICAL},
    'before the instance that signs, all is harmless': before_it_is_signed,
}


def main():
    require(BUILD, 'postfix')
    tests = Tests()
    with Site(BUILD) as site:
        host = Host(site)
        tests.add_all(CASES, host)
        status = tests.run()
        host.daemon.close()
        return status


if __name__ == '__main__':
    sys.exit(main())
