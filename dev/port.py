"""Choosing the ports the portal is read on and takes its mail on."""

import os
import socket

from dev.console import Stop, say

DEFAULTS = {"PORT": 8000, "MAIL_PORT": 8025}
TRIES = 100


def choose_port(variable: str = "PORT") -> int:
    """The port named by PORT (default 8000) or MAIL_PORT, or the next free one, which is said."""
    wanted = wanted_port(variable)
    for port in range(wanted, min(wanted + TRIES, 65_536)):
        if is_free(port):
            if port != wanted:
                say(f"  Port {wanted} is used by another program: taking {port}")
            return port
    raise Stop(f"No free port from {wanted} on. Name another: {variable}=9000 make run")


def wanted_port(variable: str = "PORT") -> int:
    """The number in PORT or MAIL_PORT; raises Stop when it is none a program may use."""
    text = os.environ.get(variable) or str(DEFAULTS[variable])
    if not text.isdecimal() or not 1 <= int(text) <= 65_535:
        raise Stop(f"{variable} is {text!r}: it must be a number from 1 to 65535.")
    return int(text)


def is_free(port: int) -> bool:
    """Whether nobody on this machine listens on the port."""
    with socket.socket() as asking:
        asking.settimeout(1)
        # On macOS binding succeeds beside a program that listens on all addresses: call first.
        if asking.connect_ex(("127.0.0.1", port)) == 0:
            return False
    with socket.socket() as binding:
        binding.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            binding.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
