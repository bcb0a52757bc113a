"""The command for suites whose own module is called harness, as that of conformance is."""

import importlib.util
from pathlib import Path

HARNESS = Path(__file__).resolve().parent.parent / 'conformance' / 'harness.py'


def waybill(build):
    """As the suite conformance calls it."""
    spec = importlib.util.spec_from_file_location('conformance_harness', HARNESS)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Waybill(build / 'waybill')
