"""The log file is turned over by one of many processes, and none of them loses a line."""

import logging
import multiprocessing
from pathlib import Path

from tasks.log_file import KEPT, LogFile, log_file

_PROCESSES, _LINES = 6, 200


def _write(home: Path, name: str) -> None:
    handler = LogFile(home, largest=30_000)
    for number in range(_LINES):
        handler.handle(logging.LogRecord("n", logging.INFO, "f", 1, f"{name}-{number} {'x' * 60}", (), None))
    handler.close()


def test_processes_share_it(tmp_path: Path) -> None:
    """Each line is there once, in its writer's order, over all files; none is much larger than it may be."""
    context = multiprocessing.get_context("fork")
    started = [context.Process(target=_write, args=(tmp_path, f"p{number}")) for number in range(_PROCESSES)]
    for process in started:
        process.start()
    for process in started:
        process.join()
    path = log_file(tmp_path)
    files = [path.with_name(f"{path.name}.{number}") for number in range(KEPT, 0, -1)] + [path]
    found = [line.split()[0] for one in files if one.exists() for line in one.read_text().splitlines()]
    assert sorted(found) == sorted(f"p{one}-{number}" for one in range(_PROCESSES) for number in range(_LINES))
    assert len([one for one in files if one.exists()]) > 2
    assert max(one.stat().st_size for one in files if one.exists()) < 35_000


def test_the_folder_is_the_owner_s(tmp_path: Path) -> None:
    """Logs name issues of private repositories."""
    LogFile(tmp_path).handle(logging.LogRecord("n", logging.INFO, "f", 1, "m", (), None))
    assert log_file(tmp_path).parent.stat().st_mode & 0o777 == 0o700
