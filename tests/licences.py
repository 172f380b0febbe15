"""Write docs/reference/licences.md from the packages of the lock, as they are installed: `python -m tests.licences`."""

import re
from importlib.metadata import Distribution, distributions
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "licences.md"
# A licence that would bind the project's own. The LGPL does not: it lets itself be imported.
BINDING = re.compile(r"(?<!L)(?<!Lesser )\b(A?GPL|GNU (Affero )?General Public)", re.I)
# In the lock, but installed on no machine that this runs on.
ELSEWHERE = {"colorama": "BSD-3-Clause"}  # Windows only
HEAD = """# Licences

What an installation contains beside the project itself (MIT, [LICENSE](../../LICENSE)): every package of
`requirements.txt`, with the licence it says it has. Made by `python -m tests.licences`, to be run again after
`python3 dev.py lock`; tests hold it to the lock, and refuse a licence of the GPL's kind here. The LGPL of psycopg lets
it be imported by anything, and it is installed unchanged. What the pages take from npm is named in
[LICENCES.txt](../../coach/web/static/vendor/LICENCES.txt).

| package | licence |
|---|---|
"""
TAIL = """
The wheels of NumPy also carry GCC's run-time libraries, whose licence is the GPL with the exception that lets
any program be built with them.

**In development only**, never part of an installation or its image, under the GPL alone or as one of several to choose
from:
"""


def canonical(name: str) -> str:
    """A package's name as the lock spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock: str = "requirements.txt") -> list[str]:
    """The packages of a lock, once each: some are in it in two versions, for two versions of Python."""
    named = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / lock).read_text(), re.M)
    return sorted({canonical(name) for name in named})


def licences() -> dict[str, str]:
    """What each installed package says of its licence."""
    return ELSEWHERE | {canonical(one.name): licence_of(one) for one in distributions()}


def licence_of(package: Distribution) -> str:
    """The short form, from whichever of the places where packages say it; a licence's whole text is none."""
    said = package.metadata.get_all("License-Expression") or package.metadata.get_all("License") or [""]
    marks = [line.split(" :: ")[-1] for line in package.metadata.get_all("Classifier") or () if "License ::" in line]
    classified = ", ".join(dict.fromkeys(mark for mark in marks if mark != "OSI Approved"))
    return said[0] if 0 < len(said[0]) < 60 else classified


def page() -> str:
    """The whole document."""
    known, runtime = licences(), locked()
    rows = "".join(f"| {name} | {known[name]} |\n" for name in runtime)
    others = [name for name in locked("requirements-dev.txt") if name not in runtime]
    bound = ", ".join(f"{name} ({known[name]})" for name in others if BINDING.search(known.get(name, "")))
    return f"{HEAD}{rows}{TAIL}{bound}.\n"


if __name__ == "__main__":
    PAGE.write_text(page())
