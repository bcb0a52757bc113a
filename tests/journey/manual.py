"""What the manual tells a postmaster to type: the displays of a section of waybilld(8)."""

import re
from pathlib import Path

PAGE = Path(__file__).resolve().parent.parent.parent / 'man' / 'waybilld.8'


def displays(section):
    """The texts between .Bd and .Ed, in their order."""
    text = PAGE.read_text().partition(f'\n.Sh {section}\n')[2].partition('\n.Sh ')[0]
    found = re.findall(r'^\.Bd -literal.*?\n(.*?)^\.Ed$', text, re.M | re.S)
    return [display.replace('\\e', '\\') for display in found]
