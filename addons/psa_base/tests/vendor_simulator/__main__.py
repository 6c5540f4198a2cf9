"""The simulator as a program. It says where it listens and what it takes; /control changes it."""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from threading import Event

# At the end: rooms of the tests have names of the standard library, like `calendar`.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from vendor_simulator import VendorSimulator


def main():
    parser = argparse.ArgumentParser(prog="vendor_simulator", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 (the default) takes a free one")
    parser.add_argument("--devices", type=int, default=0, help="how many devices Pulseway starts with")
    parser.add_argument("--organizations", type=int, default=3, help="over how many organizations they spread")
    parser.add_argument("--first-id", type=int, default=0, help="what the IDs that Pulseway gives count from")
    options = parser.parse_args()
    with VendorSimulator(port=options.port) as simulator:
        if options.first_id:
            simulator.pulseway.count_from(options.first_id)
        simulator.pulseway.add_fleet(options.devices, options.organizations)
        say(f"VENDOR SIMULATOR READY {simulator.url}")
        say(f"pulseway    {simulator.pulseway_url}  basic {':'.join(simulator.pulseway.credentials[0])}")
        say(f"rocketcyber {simulator.rocketcyber_url}  bearer {simulator.rocketcyber.tokens[0]}")
        with suppress(KeyboardInterrupt):
            Event().wait()


def say(text):
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
