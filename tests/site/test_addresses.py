"""Where a wire ends: what `touchpoint check` takes for a host or a serial port, and what it says of the rest."""

from __future__ import annotations

import re

import pytest

from gateway.site.addresses import check_host, check_serial_port


@pytest.mark.parametrize(
    "written",
    ["192.168.1.20", "10.255.0.1", "h", "plc", "plc_2", "gate-way.example.org", "gateway.example.org.", "10-0-4-20",
     "4.plc", "::1", "fe80::1%eth0", "2001:db8::7", "::ffff:10.0.4.20"],
)  # fmt: skip
def test_hosts(written: str) -> None:
    assert check_host(written) == written


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("192.168.1.20:502", "write host: 192.168.1.20, port: 502"),
        ("plc.example:502", "write host: plc.example, port: 502"),
        ("mqtt://broker:1883/", "write host: broker, port: 1883"),
        ("tcp://192.168.1.20", "is no host: write a name or an IP address, and nothing else"),
        ("192.168.1.300", "is no host"),
        ("192.168.1", "is no host"),
        ("192.168.1.20 ", "is no host"),
        ("192.168.1。20", "is no host"),
        ("１92.168.1.20", "is no host"),
        ("192.168.1.20/24", "is no host"),
        ("gateway@plc", "is no host"),
        ("", "is no host"),
        ("a" * 254, "is no host"),
    ],
)
def test_what_is_no_host(written: str, says: str) -> None:
    with pytest.raises(ValueError, match=re.escape(says)):
        check_host(written)


def test_a_serial_port_is_a_whole_path() -> None:
    assert check_serial_port("/dev/serial/by-id/usb-FTDI-port0") == "/dev/serial/by-id/usb-FTDI-port0"
    for written in ("COM3", "ttyUSB0", "dev/ttyUSB0", "/", ""):
        with pytest.raises(ValueError, match="is no serial port here: write its whole path, like /dev/ttyUSB0"):
            check_serial_port(written)
