"""A serial port, and its failures in one line each. Needs pyserial."""

from __future__ import annotations

import errno
import os
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Protocol

from windrow.install import pip_install

__all__ = ["Port", "PortError", "SerialPort"]


class PortError(RuntimeError):
    """The port cannot be opened, or has gone away."""


class Port(Protocol):
    """What a host needs of a line."""

    def send(self, data: bytes) -> None:
        """Put bytes on the line."""
        ...

    def receive(self, wait: float) -> bytes:
        """What has arrived; if nothing has, what comes within `wait` seconds, which may be nothing."""
        ...


class SerialPort:
    """A serial port of this machine, locked against other programs.

    Parameters
    ----------
    device : str
        "/dev/ttyUSB0", "COM3", ...
    baud : int

    Raises
    ------
    PortError
        if there is no such port, it is in use, or it is not ours to use; each says what would help
    """

    def __init__(self, device: str, baud: int) -> None:
        try:
            import serial
        except ModuleNotFoundError as error:
            raise PortError(f"a serial port needs pyserial: {pip_install('fpga')}") from error

        self.device = device
        # termios.error, which pyserial lets through, is no OSError and exists on some systems only.
        try:
            self._serial = serial.Serial(device, baud, timeout=0, write_timeout=10, exclusive=True)
        except ValueError as error:
            raise PortError(f"{device}: {error}") from error
        except Exception as error:
            raise PortError(_why_not(device, error)) from error
        # Bridges of FTDI keep what little they have for 16 ms, unless told not to.
        with suppress(Exception):
            self._serial.set_low_latency_mode(True)

    def send(self, data: bytes) -> None:
        try:
            self._serial.write(data)
        except Exception as error:
            raise self._gone() from error

    def receive(self, wait: float) -> bytes:
        try:
            self._serial.timeout = wait
            first = self._serial.read(1)
            return first + self._serial.read(self._serial.in_waiting) if first else b""
        except Exception as error:
            raise self._gone() from error

    def close(self) -> None:
        try:
            self._serial.close()
        except Exception as error:  # a port that is no longer there cannot be restored either
            if self._serial.is_open:
                raise self._gone() from error

    def _gone(self) -> PortError:
        return PortError(f"{self.device} has gone away: was the board unplugged, or switched off?")

    def __enter__(self) -> SerialPort:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()


def _why_not(device: str, error: Exception) -> str:
    """Why a port cannot be opened, and what would help."""
    code = getattr(error, "errno", None)
    cause = error.__context__  # pyserial wraps errors of the system in errors without a number
    if code is None and cause is not None and cause.args and isinstance(cause.args[0], int):
        code = cause.args[0]
    if code == errno.ENOENT or "FileNotFoundError" in str(error):
        there = ports()
        return f"no device {device}; there {'are ' + ', '.join(there) if there else 'is no serial port'}"
    if code in (errno.EACCES, errno.EPERM) or "PermissionError" in str(error):
        return f"{device}: permission denied{_group(device)}"
    if code in (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK):
        return f"{device} is in use by another program"
    if code in (errno.ENOTTY, errno.EINVAL, errno.ENODEV, errno.ENXIO, errno.EISDIR, errno.EIO):
        return f"{device} is not a serial port: {os.strerror(code)}"
    return f"{device} cannot be opened: {error}"


def ports() -> list[str]:
    """The serial ports of this machine that are worth a try."""
    from serial.tools import list_ports

    return sorted(port.device for port in list_ports.comports() if port.description not in ("n/a", None))


def _group(device: str) -> str:
    """Who may use a port, where that can be told."""
    try:
        group = Path(device).group()
    except (OSError, KeyError, NotImplementedError):
        return ""
    return f"; it belongs to group {group}: sudo usermod -aG {group} $USER, then log in again"
