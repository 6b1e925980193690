"""Maven modules, with the artifacts of this machine served over loopback as a repository."""

import functools
import http.server
import pwd
import threading
from collections.abc import Callable, Iterator
from os import getuid
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

_SUREFIRE = "3.5.2"
_PLUGINS = {"surefire": _SUREFIRE, "compiler": "3.13.0", "resources": "3.3.1"}
_JUPITER = "5.11.3"
_HEAD = '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
_PARENT = "<parent><groupId>acme</groupId><artifactId>all</artifactId><version>1</version></parent>"
# Maven 3.8 gives plugins that name none a plexus-utils of its own, older than they need.
_PLUGIN = (
    "<plugin><artifactId>maven-{0}-plugin</artifactId><version>{1}</version><dependencies><dependency>"
    "<groupId>org.codehaus.plexus</groupId><artifactId>plexus-utils</artifactId><version>3.5.1</version>"
    "</dependency></dependencies></plugin>"
)
_DEPENDENCY = (
    "<dependency><groupId>{0}</groupId><artifactId>{1}</artifactId><version>{2}</version>"
    "<scope>{3}</scope></dependency>"
)
_PROPERTIES = (
    "<properties><maven.compiler.release>17</maven.compiler.release>"
    "<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>"
)
_SHOP = "package acme;\npublic class Shop {{ public static int add(int a, int b) {{ return a {sign} b; }} }}\n"
_TEST = (
    "package acme;\nimport static org.junit.jupiter.api.Assertions.assertEquals;\nimport org.junit.jupiter.api.Test;\n"
    "class {name} {{\n  @Test void {method}() {{ assertEquals({expected}, {call}); }}\n{more}}}\n"
)
_SHOP_TEST = "shop/src/test/java/acme/ShopTest.java"


def _module(name: str, dependencies: str = "") -> str:
    jupiter = _DEPENDENCY.format("org.junit.jupiter", "junit-jupiter", _JUPITER, "test")
    body = f"<artifactId>{name}</artifactId><dependencies>{jupiter}{dependencies}</dependencies>"
    return f"{_HEAD}{_PARENT}{body}</project>"


def _files(address: str) -> dict[str, str]:
    plugins = "".join(_PLUGIN.format(name, version) for name, version in _PLUGINS.items())
    root = (
        "<groupId>acme</groupId><artifactId>all</artifactId><version>1</version><packaging>pom</packaging>"
        f"<modules><module>shop</module><module>till</module></modules>{_PROPERTIES}"
        f"<build><pluginManagement><plugins>{plugins}</plugins></pluginManagement></build>"
    )
    mirror = f"<mirror><id>here</id><mirrorOf>*</mirrorOf><url>{address}</url></mirror>"
    return {
        "pom.xml": f"{_HEAD}{root}</project>",
        ".mvn/maven.config": "-s\n.mvn/settings.xml\n",
        ".mvn/settings.xml": f"<settings><mirrors>{mirror}</mirrors></settings>",
        ".gitignore": "target/\n",
        "shop/pom.xml": _module("shop"),
        "shop/src/main/java/acme/Shop.java": _SHOP.format(sign="-"),
        _SHOP_TEST: _TEST.format(name="ShopTest", method="zero", expected=0, call="Shop.add(0, 0)", more=""),
        "till/pom.xml": _module("till", _DEPENDENCY.format("acme", "shop", "1", "compile")),
        "till/src/test/java/acme/TillTest.java": _TEST.format(
            name="TillTest", method="none", expected=0, call="Shop.add(0, 0)", more=""
        ),
    }


@pytest.fixture
def artifacts() -> Iterator[str]:
    """The address of this machine's own Maven repository; without what the fixture needs, the test is skipped."""
    repository = Path(pwd.getpwuid(getuid()).pw_dir, ".m2/repository")
    wanted = (
        f"org/apache/maven/surefire/surefire-junit-platform/{_SUREFIRE}",
        f"org/junit/jupiter/junit-jupiter/{_JUPITER}",
    )
    if not all(any((repository / path).glob("*.jar")) for path in wanted):
        pytest.skip("this machine has no Maven artifacts to serve")
    handler = functools.partial(_Quiet, directory=str(repository))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    thread.join()
    server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """Say nothing."""


async def test_maven_modules(court: Any, needs: Callable[..., None], artifacts: str) -> None:
    """A fix is red to green, offline; what breaks a module breaks it and the module that depends on it."""
    needs("mvn", "java")
    judged = await court(_files(artifacts))
    assert judged.prepared.note == ""
    statuses = {test.id: test.status for test in judged.base.tests}
    assert statuses == {"acme.ShopTest::zero": "passed", "acme.TillTest::none": "passed"}, judged.base.output
    adds = "  @Test void adds() { assertEquals(3, Shop.add(1, 2)); }\n"
    test = _TEST.format(name="ShopTest", method="zero", expected=0, call="Shop.add(0, 0)", more=adds)
    good = await judged.judge({"shop/src/main/java/acme/Shop.java": _SHOP.format(sign="+"), _SHOP_TEST: test})
    assert (good.green, good.proven, good.fixed, good.broken) == (True, True, ("acme.ShopTest::adds",), ())
    bad = await judged.judge({"shop/src/main/java/acme/Shop.java": _SHOP.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, ("acme.ShopTest::zero", "acme.TillTest::none"))
