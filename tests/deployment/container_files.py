"""What the tests of the containers share: the files, and the settings that a node of docker-compose.yml gets."""

import configparser
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = {
    "PSA_DB_HOST": "db",
    "PSA_DB_PORT": "5432",
    "PSA_DB_USER": "psa",
    "PSA_DB_PASSWORD": "secret",
    "PSA_DB_NAME": "psa",
    "PSA_MASTER_PASSWORD": "master",
    "PSA_WORKERS": "4",
    "PSA_CRON_THREADS": "1",
    "PSA_LOG_LEVEL": "info",
}


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def parsed(text: str) -> configparser.RawConfigParser:
    """Odoo reads its file with this very parser."""
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser
