"""Makes `.local/venv`, the command line's own environment. Standard library only: it runs before it is there.

Called by scripts/psa when the stamp in the environment is not that of requirements.txt.
"""

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path


def fail(sentence: str) -> None:
    sys.exit(f"psa: {sentence}")


def cksum(path: Path) -> str:
    """The POSIX checksum as the shell prints it, so that scripts/psa can compare without starting Python."""
    with path.open("rb") as stream:
        return subprocess.run(["cksum"], stdin=stream, capture_output=True, text=True, check=True).stdout.strip()


def have_venv_module() -> bool:
    """Debian ships Python without ensurepip until python3-venv is there."""
    return subprocess.run([sys.executable, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0


def install_venv_module() -> None:
    package = f"python3.{sys.version_info.minor}-venv"
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        fail(f"this Python cannot make environments because ensurepip is missing; run: apt install {package}")
    print(f"Installing {package} with apt-get", flush=True)
    quiet = {"DEBIAN_FRONTEND": "noninteractive", **os.environ}
    subprocess.run(["apt-get", "-qq", "update"], env=quiet)
    if subprocess.run(["apt-get", "-qq", "-y", "install", package], env=quiet, stdout=subprocess.DEVNULL).returncode:
        fail(f"apt-get could not install {package}; install it by hand and try again")


def main(root: Path) -> None:
    requirements = root / "scripts/psa_cli/requirements.txt"
    venv, log = root / ".local/venv", root / ".local/log/bootstrap.log"
    try:
        for folder in (venv.parent / "lock", log.parent):
            folder.mkdir(parents=True, exist_ok=True)
        lock = (venv.parent / "lock/bootstrap").open("w")
    except PermissionError as error:
        fail(f"{error.filename} cannot be written by this user; run as the user who owns the checkout's .local")
    fcntl.flock(lock, fcntl.LOCK_EX)
    stamp, wanted = venv / "stamp", cksum(requirements)
    works = (venv / "bin/python").exists() and not subprocess.run(
        [venv / "bin/python", "-c", "import pip"], capture_output=True
    ).returncode
    if works and stamp.is_file() and stamp.read_text().strip() == wanted:
        return
    print("Setting up the command line in .local/venv", flush=True)
    if not have_venv_module():
        install_venv_module()
    stamp.unlink(missing_ok=True)
    steps = [
        [
            venv / "bin/python",
            "-m",
            "pip",
            "install",
            "--disable-pip-version-check",
            "--no-deps",
            "--only-binary",
            ":all:",
            "-r",
            requirements,
        ]
    ]
    if not works:
        steps.insert(0, [sys.executable, "-m", "venv", "--clear", venv])
    with log.open("w") as output:
        for step in steps:
            if subprocess.run(step, stdout=output, stderr=subprocess.STDOUT).returncode:
                fail(f"the command line's packages could not be installed; {log} says why (network?), then try again")
    stamp.write_text(wanted + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
