"""A Maven module of many tests, and this machine's own artifacts served over loopback as its repository."""

import functools
import http.server
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

_SUREFIRE, _JUPITER = "3.5.2", "5.11.3"
_PLUGINS = {"surefire": _SUREFIRE, "compiler": "3.13.0", "resources": "3.3.1"}
# Maven 3.8 gives plugins that name none a plexus-utils of its own, older than they need.
_PLUGIN = (
    "<plugin><artifactId>maven-{}-plugin</artifactId><version>{}</version><dependencies><dependency>"
    "<groupId>org.codehaus.plexus</groupId><artifactId>plexus-utils</artifactId><version>3.5.1</version>"
    "</dependency></dependencies></plugin>"
)
_POM = (
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion><groupId>acme</groupId>'
    "<artifactId>shop</artifactId><version>1</version><properties><maven.compiler.release>17</maven.compiler.release>"
    "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties><dependencies><dependency>"
    "<groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId><version>{jupiter}</version>"
    "<scope>test</scope></dependency></dependencies><build><pluginManagement><plugins>{plugins}</plugins>"
    "</pluginManagement></build></project>"
)
_MIRROR = "<settings><mirrors><mirror><id>here</id><mirrorOf>*</mirrorOf><url>{}</url></mirror></mirrors></settings>"
_SHOP = "package acme;\npublic class Shop {{ public static int add(int a, int b) {{ return a {sign} b; }} }}\n"
_TEST = (
    "package acme;\nimport static org.junit.jupiter.api.Assertions.assertEquals;\nimport org.junit.jupiter.api.Test;\n"
    "class ShopTest {{\n{lines}}}\n"
)
_LINE = "  @Test void t{n}() {{ assertEquals({n}, Shop.add({a}, {b})); }}\n"
_PATHS = ("src/main/java/acme/Shop.java", "src/test/java/acme/ShopTest.java")


def base(address: str, tests: int) -> dict[str, str]:
    """The module with so many passing tests of a wrong sum; its artifacts come from `address`."""
    plugins = "".join(_PLUGIN.format(name, version) for name, version in _PLUGINS.items())
    return {
        "pom.xml": _POM.format(jupiter=_JUPITER, plugins=plugins),
        ".mvn/maven.config": "-s\n.mvn/settings.xml\n",
        ".mvn/settings.xml": _MIRROR.format(address),
        ".gitignore": "target/\n",
        **_code("-", _lines(tests)),
    }


def fix(tests: int) -> Mapping[str, str]:
    """The right sum, and a test of it."""
    return _code("+", _lines(tests) + _LINE.format(n=tests, a=1, b=tests - 1))


def _code(sign: str, lines: str) -> dict[str, str]:
    return dict(zip(_PATHS, (_SHOP.format(sign=sign), _TEST.format(lines=lines)), strict=True))


def _lines(tests: int) -> str:
    return "".join(_LINE.format(n=n, a=n, b=0) for n in range(tests))


@contextmanager
def artifacts() -> Iterator[str | None]:
    """The address of `~/.m2/repository` while it is served; None where that lacks what the module needs."""
    repository = Path.home() / ".m2" / "repository"
    wanted = (
        f"org/apache/maven/surefire/surefire-junit-platform/{_SUREFIRE}",
        f"org/junit/jupiter/junit-jupiter/{_JUPITER}",
    )
    if not all(any((repository / path).glob("*.jar")) for path in wanted):
        yield None
        return
    handler = functools.partial(_Quiet, directory=str(repository))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""
