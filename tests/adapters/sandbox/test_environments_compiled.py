"""What Cargo asks for is fetched from a registry on loopback; toolchains outside /usr can be used inside."""

import functools
import hashlib
import http.server
import io
import json
import shutil
import tarfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.sandbox.bubblewrap import Bubblewrap
from adapters.sandbox.environments import InstalledEnvironments
from adapters.sandbox.toolchains import mounts_of_toolchains, toolchains
from domain.command import Place

_PACKAGE = '[package]\nname = "{0}"\nversion = "1.0.0"\nedition = "2021"\n'


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _crate() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in (("Cargo.toml", _PACKAGE.format("dice")), ("src/lib.rs", "pub fn roll() -> u8 { 4 }\n")):
            member = tarfile.TarInfo(f"dice-1.0.0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[str]:
    """The address of a sparse registry that holds one crate (the Cargo book, "Index Format")."""
    folder, crate = tmp_path / "registry", _crate()
    (folder / "di/ce").mkdir(parents=True)
    entry = {"name": "dice", "vers": "1.0.0", "deps": [], "features": {}, "yanked": False}
    (folder / "di/ce/dice").write_text(json.dumps(entry | {"cksum": hashlib.sha256(crate).hexdigest()}) + "\n")
    (folder / "dice-1.0.0.crate").write_bytes(crate)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    address = f"http://127.0.0.1:{server.server_address[1]}/"
    (folder / "config.json").write_text(json.dumps({"dl": f"{address}{{crate}}-{{version}}.crate"}))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield address
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.slow
@pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not on this machine")
async def test_crates_are_fetched_once(bubblewrap: Bubblewrap, tmp_path: Path, registry: str) -> None:
    """Crates come from the network while the environment is made; tests build with them offline, in any checkout."""
    source = f'[source.crates-io]\nreplace-with = "here"\n[source.here]\nregistry = "sparse+{registry}"\n'
    checkout = tmp_path / "code"
    files = {
        "app/Cargo.toml": _PACKAGE.format("app") + '[dependencies]\ndice = "1"\n',
        "app/.cargo/config.toml": source,
        "app/src/lib.rs": "#[test]\nfn rolls() { assert_eq!(dice::roll(), 4); }\n",
    }
    for name, text in files.items():
        (checkout / name).parent.mkdir(parents=True, exist_ok=True)
        (checkout / name).write_text(text)
    environment = await InstalledEnvironments(tmp_path / "environments", bubblewrap).environment(checkout, None)
    place = Place(workspace=checkout, environment=environment)
    done = await bubblewrap.run(place, "cd app && cargo test --lib; touch $CARGO_HOME/x", 300, {})
    assert "test rolls ... ok" in done.output
    assert "cannot touch '/env/cargo/x': Read-only file system" in done.output


def test_only_toolchains_are_shown() -> None:
    """What is shown beside /usr are folders of known compilers and runtimes, never a home folder."""
    shown = [Path(path) for path in mounts_of_toolchains()[1::3]]
    assert all(path.is_relative_to(one.folder) for path in shown for one in toolchains() if one.folder in path.parents)
    assert not [path for path in shown if path in {Path.home(), Path("/"), Path("/root"), Path("/home")}]
