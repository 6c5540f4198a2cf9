"""What goes wrong in a way that people can act on: one plain sentence, no traceback."""


class PsaError(Exception):
    """Something failed. The message says what, why and what to do; the process ends with `exit_code`."""

    exit_code = 1


class WrongUsage(PsaError):
    """The command was given something that makes no sense."""

    exit_code = 2
