"""mailauth, the npm package, in a folder of the build: DMARC of RFC 9989, and all the rest."""
import json
import shutil
import subprocess
from pathlib import Path

VERSION = "7.1.0"


class Absent(Exception):
    """It cannot be had here; why."""


def modules(build):
    """Where node finds it: for NODE_PATH. Installed there the first time."""
    folder = Path(build) / "npm"
    for program in ("node", "npm"):
        if not shutil.which(program):
            raise Absent(f"{program} is not installed")
    if not is_there(folder):
        install(folder)
    return folder / "node_modules"


def is_there(folder):
    description = folder / "node_modules" / "mailauth" / "package.json"
    return description.exists() and json.loads(description.read_text())["version"] == VERSION


def install(folder):
    """No script of a package runs. Its `engines` asks for a newer Node than what is used of it
    needs: mailauth.js beside this file says what stands in for the rest."""
    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        ["npm", "install", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund",
         "--no-save", "--no-package-lock", f"mailauth@{VERSION}"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Absent(f"npm install mailauth@{VERSION}: {' '.join(done.stderr.split())[-200:]}")
