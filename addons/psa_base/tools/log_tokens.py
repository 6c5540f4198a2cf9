"""Keeps the tokens of webhook addresses out of the logs, so that readers of a log cannot call the addresses."""

import logging
import re

_TOKEN = re.compile(r"(/psa/webhook/)[^\s/?\"']+")


def hide_tokens(text):
    """An address, or a line of a log, with *** in the place of tokens."""
    return _TOKEN.sub(r"\1***", text)


class TokenFilter(logging.Filter):
    """Hides tokens in the lines that the HTTP server logs about requests."""

    def filter(self, record):
        record.msg = hide_tokens(record.msg) if isinstance(record.msg, str) else record.msg
        if isinstance(record.args, tuple):
            record.args = tuple(hide_tokens(arg) if isinstance(arg, str) else arg for arg in record.args)
        return True


def install():
    logging.getLogger("werkzeug").addFilter(TokenFilter())
