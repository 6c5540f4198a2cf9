"""Where the core comes from: which tree is taken, what is refused, what is left after a failure."""

import gzip
import hashlib
import io
import tarfile
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from psa_cli import paths
from psa_cli.core import core, debian
from psa_cli.errors import PsaError
from psa_cli.machine import download

pytestmark = pytest.mark.usefixtures("own_machine")


RELEASE = "RELEASE_LEVELS = []\nversion_info = (18, 0, 0, FINAL, 0, '')\n"


def make_tree(folder, *, git_layout, release=RELEASE):
    (folder / "odoo/addons/base").mkdir(parents=True)
    (folder / "odoo/release.py").write_text(release)
    for name in ("web", "mail"):
        addon = folder / ("addons" if git_layout else "odoo/addons") / name
        addon.mkdir(parents=True)
        (addon / "__manifest__.py").write_text("{}")
    return folder


# --- the core ---


@pytest.mark.parametrize("git_layout", [True, False])
def test_both_layouts_of_a_core_are_read(tmp_path, git_layout):
    found = core.read_tree(make_tree(tmp_path / "odoo", git_layout=git_layout), "test")
    assert found.series == "18.0"
    assert (found.addons[0] / "web/__manifest__.py").is_file()
    assert (tmp_path / "odoo/odoo/addons") in found.addons


def test_tree_without_addons_is_no_core(tmp_path):
    (tmp_path / "odoo").mkdir()
    (tmp_path / "odoo/release.py").write_text(RELEASE)
    assert core.read_tree(tmp_path, "test") is None


def test_odoo_src_goes_before_cache(tmp_path, monkeypatch):
    make_tree(paths.cache_dir() / "odoo-18.0", git_layout=True)
    named = make_tree(tmp_path / "named", git_layout=False)
    assert core.present("18.0").origin == "it is in the cache"
    monkeypatch.setenv("ODOO_SRC", str(named))
    assert core.present("18.0").path == named
    assert core.choose().path == named


def test_odoo_src_of_another_series_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setenv("ODOO_SRC", str(make_tree(tmp_path / "named", git_layout=True)))
    assert core.present("19.0") is None


def test_cache_of_another_series_is_passed_over():
    make_tree(paths.cache_dir() / "odoo-19.0", git_layout=True)
    assert core.present("19.0") is None


def test_without_any_core_clone_then_debian_are_tried(monkeypatch):
    tried = []
    monkeypatch.setattr(core, "from_clone", lambda series: tried.append(("clone", series)))
    monkeypatch.setattr(core, "from_debian", lambda series: tried.append(("debian", series)))
    with pytest.raises(PsaError, match="ODOO_SRC"):
        core.choose()
    assert tried == [("clone", "18.0"), ("debian", "19.0")]


def test_unreachable_upstream_is_said_and_passed_over(monkeypatch, capsys):
    monkeypatch.setattr(core, "_reachable", lambda host: False)
    monkeypatch.setattr(core, "which", lambda *names: "/usr/bin/git")
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert core.from_clone("18.0") is None
    assert "github.com is not reachable" in capsys.readouterr().out


def test_tests_run_on_series_that_are_here():
    assert core.for_tests() == ["19.0"]
    make_tree(paths.cache_dir() / "odoo-18.0", git_layout=False)
    assert core.for_tests() == ["18.0", "19.0"]


# --- Debian's package ---

INDEX = """Package: odoo-18
Version: 1
Filename: pool/odoo-18.deb
SHA256: 00
Size: 1

Package: odoo-19
Version: 19.0.0+dfsg-2
Depends: python3
 , python3-lxml
Filename: pool/main/o/odoo/odoo-19_19.0.0+dfsg-2_all.deb
SHA256: ff
Size: 12
"""


def test_index_gives_wanted_packages():
    (found,) = debian.read_index(INDEX.splitlines(keepends=True), {"odoo-19"})
    assert (found.version, found.file, found.size) == ("19.0.0+dfsg-2", "odoo-19_19.0.0+dfsg-2_all.deb", 12)


def test_release_names_checksum_of_index():
    release = f"MD5Sum:\n {'0' * 32} 9 main/x\nSHA256:\n {'a' * 64}   77 main/binary-all/Packages.xz\n"
    assert debian.release_entry(release, "main/binary-all/Packages.xz") == ("a" * 64, 77)
    with pytest.raises(PsaError, match="InRelease"):
        debian.release_entry(release, "main/x")


def test_known_package_with_other_checksum_is_refused():
    package = debian.Package("odoo-19", "1", "pool/odoo-19_1_all.deb", "aa", 1)
    debian.check_known([package], {"odoo-19_1_all.deb": "aa"})
    with pytest.raises(PsaError, match="not to be trusted"):
        debian.check_known([package], {"odoo-19_1_all.deb": "bb"})


def test_newer_package_is_taken_and_said(capsys):
    debian.check_known([debian.Package("odoo-19", "2", "pool/odoo-19_2_all.deb", "aa", 1)], {})
    assert "newer than" in capsys.readouterr().out


def make_deb(path, files):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:xz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    with path.open("wb") as stream:
        stream.write(b"!<arch>\n")
        for name, content in (
            ("debian-binary", b"2.0\n"),
            ("control.tar.gz", gzip.compress(b"odd")),
            ("data.tar.xz", data.getvalue()),
        ):
            stream.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{'100644':<8}{len(content):<10}`\n".encode())
            stream.write(content + b"\n" * (len(content) % 2))


def test_package_is_unpacked_without_dpkg(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "which", lambda *names: None)
    make_deb(tmp_path / "x.deb", {"./usr/share/x/readme": b"hello", "./usr/share/x/odd": b"one"})
    debian.extract(tmp_path / "x.deb", tmp_path / "out")
    assert (tmp_path / "out/usr/share/x/readme").read_bytes() == b"hello"
    assert (tmp_path / "out/usr/share/x/odd").read_bytes() == b"one"


def test_half_unpacked_package_is_not_found(tmp_path):
    prefix = paths.cache_dir() / "debian/odoo-19_1_all"
    (prefix / debian.PYTHON_TREE).mkdir(parents=True)
    assert debian.unpacked() is None
    (prefix / debian.MARKER).write_text("{}")
    assert debian.unpacked() == prefix


def test_failed_unpacking_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(debian, "which", lambda *names: None)
    make_deb(tmp_path / "odoo-19_1_all.deb", {"./usr/share/doc/readme": b"no Odoo in here"})
    (tmp_path / "cache").mkdir()
    with pytest.raises(PsaError, match="source tree"):
        debian._unpack([tmp_path / "odoo-19_1_all.deb"], tmp_path / "cache/prefix", lambda text: None, {})
    assert list((tmp_path / "cache").iterdir()) == []


# --- downloads ---

BODY = bytes(range(256)) * 8000


class Mirror(BaseHTTPRequestHandler):
    """Breaks off in the middle of the first answer, and resumes."""

    requests: list = []

    def do_GET(self):
        asked = self.headers.get("Range")
        Mirror.requests.append(asked)
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked else 0
        body = BODY[start:]
        self.send_response(206 if asked else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body if asked else body[: len(body) // 2])

    def log_message(self, *_):
        """Quiet."""


@pytest.fixture
def mirror():
    Mirror.requests = []
    httpd = HTTPServer(("127.0.0.1", 0), Mirror)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/file"
    httpd.shutdown()
    httpd.server_close()


def test_broken_download_goes_on_where_it_stopped(tmp_path, mirror):
    target = download.fetch(mirror, tmp_path / "file", hashlib.sha256(BODY).hexdigest(), len(BODY))
    assert target.read_bytes() == BODY
    assert Mirror.requests[0] is None
    assert Mirror.requests[1].startswith("bytes=")


def test_wrong_checksum_is_refused_and_not_kept(tmp_path, mirror):
    with pytest.raises(PsaError, match="refused because its SHA256"):
        download.fetch(mirror, tmp_path / "file", "0" * 64, len(BODY))
    assert list(tmp_path.glob("file*")) == []


def test_file_that_is_there_is_not_fetched_again(tmp_path):
    (tmp_path / "file").write_bytes(BODY)
    download.fetch("http://127.0.0.1:9/none", tmp_path / "file", hashlib.sha256(BODY).hexdigest(), len(BODY))
