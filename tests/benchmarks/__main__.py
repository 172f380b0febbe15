"""The benchmarks: `python3 dev.py bench` lists them, `… bench NAME` runs one, `… bench all` every one (hours)."""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent


def names() -> list[str]:
    """Return the names of all benchmarks."""
    return sorted(path.stem.removeprefix("bench_").replace("_", "-") for path in FOLDER.glob("bench_*.py"))


def main(name: str = "", *arguments: str) -> int:
    """List them, or run one or all. Returns the exit code."""
    if not name:
        for one in names():
            about = _file(one).read_text("utf-8").partition("\n")[0].strip('"')
            print(f"{one:<16} {about.partition(': `')[0].partition('. Prints')[0].rstrip('.')}")
        print("\nRun one: python3 dev.py bench NAME. All of them, which takes hours: python3 dev.py bench all.")
        return 0
    if name not in (*names(), "all"):
        print(f"There is no benchmark '{name}': choose from {', '.join(names())}, all.", file=sys.stderr)
        return 2
    chosen = names() if name == "all" else [name]
    commands = [[sys.executable, "-m", f"tests.benchmarks.{_file(one).stem}", *arguments] for one in chosen]
    return max(subprocess.run(command, check=False).returncode for command in commands)


def _file(name: str) -> Path:
    return FOLDER / f"bench_{name.replace('-', '_')}.py"


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
