"""Node.js packages: workspaces, and the runners and package managers of the registry."""

import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

_PRICE = "exports.add = (a, b) => a {sign} b;\n"
_TEST = "const test = require('node:test');\nconst assert = require('node:assert');\n"
_WORKSPACE = {
    "package.json": '{"private": true, "workspaces": ["packages/*"], "scripts": {"test": "npm test --workspaces"}}',
    "packages/price/package.json": '{"name": "@acme/price", "version": "1.0.0", "scripts": {"test": "node --test"}}',
    "packages/price/index.js": _PRICE.format(sign="-"),
    "packages/price/test/price.test.js": _TEST
    + "const { add } = require('..');\ntest('zero', () => assert.equal(add(0, 0), 0));\n",
    "packages/cart/package.json": json.dumps(
        {
            "name": "@acme/cart",
            "version": "1.0.0",
            "scripts": {"test": "node --test"},
            "dependencies": {"@acme/price": "1.0.0"},
        }
    ),
    "packages/cart/test/cart.test.js": _TEST
    + "const { add } = require('@acme/price');\ntest('none', () => assert.equal(add(0, 0), 0));\n",
}
_ADDS = "test('adds', () => assert.equal(add(1, 2), 3));\n"


async def test_an_npm_workspace(court: Any, needs: Callable[..., None]) -> None:
    """Each side imports its own packages through the one node_modules; who depends on the change is tested too."""
    needs("node", "npm")
    judged = await court(_WORKSPACE)
    assert {test.id: test.status for test in judged.base.tests} == {
        "packages/cart/test/cart.test.js > none": "passed",
        "packages/price/test/price.test.js > zero": "passed",
    }, judged.base.output
    test = "packages/cart/test/cart.test.js"
    good = await judged.judge({"packages/price/index.js": _PRICE.format(sign="+"), test: _WORKSPACE[test] + _ADDS})
    assert (good.green, good.fixed, good.broken) == (True, (f"{test} > adds",), ())
    bad = await judged.judge({"packages/price/index.js": _PRICE.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, tuple(sorted(test.id for test in judged.base.tests)))


@pytest.fixture(scope="session")
def registry() -> None:
    """Skips where no package registry answers quickly."""
    ask = ("npm", "view", "tape", "version", "--fetch-retries=0", "--fetch-timeout=10000")
    try:
        subprocess.run(ask, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no npm registry answers here")


_EXPECT = "test('{name}', () => {{ expect(add({a}, {b})).toBe({sum}); }});\n"
_MOCHA = "const assert = require('assert');\nconst {{ add }} = require('..');\n"
_TAPE = "const test = require('tape');\nconst {{ add }} = require('..');\n"
_RUNNERS = {
    "jest@29": ("jest", "const {{ add }} = require('..');\n" + _EXPECT, "test/price.test.js > {}"),
    "mocha@10": (
        "mocha",
        _MOCHA + "it('{name}', () => assert.equal(add({a}, {b}), {sum}));\n",
        "test/price.test.js > {}",
    ),
    "tape@5": (
        "tape test/*.js",
        _TAPE + "test('{name}', (t) => {{ t.equal(add({a}, {b}), {sum}); t.end(); }});\n",
        "{}",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("package", _RUNNERS)
@pytest.mark.usefixtures("registry")
async def test_a_runner_of_the_registry(court: Any, needs: Callable[..., None], package: str) -> None:
    """A fix is red to green, and what breaks is broken, test by test."""
    needs("node", "npm")
    script, line, name = _RUNNERS[package]
    name_of, _, version = package.partition("@")
    manifest = {"name": "price", "scripts": {"test": script}, "devDependencies": {name_of: f"^{version}"}}
    zero = line.format(name="zero", a=0, b=0, sum=0)
    adds = zero + line.format(name="adds", a=1, b=2, sum=3).splitlines()[-1] + "\n"
    files = {"package.json": json.dumps(manifest), "index.js": _PRICE.format(sign="-"), "test/price.test.js": zero}
    judged = await court(files)
    assert judged.prepared.note == ""
    assert [(test.id, test.status) for test in judged.base.tests] == [(name.format("zero"), "passed")]
    good = await judged.judge({"index.js": _PRICE.format(sign="+"), "test/price.test.js": adds})
    assert (good.green, good.fixed, good.broken) == (True, (name.format("adds"),), ())
    bad = await judged.judge({"index.js": _PRICE.format(sign="+ 1 +")})
    assert (bad.green, bad.broken) == (False, (name.format("zero"),))


@pytest.mark.slow
@pytest.mark.parametrize("manager", ["pnpm@9.15.0", "yarn@1.22.22"])
@pytest.mark.usefixtures("registry")
async def test_another_package_manager(court: Any, needs: Callable[..., None], manager: str) -> None:
    """The manager is fetched where the machine has none; packages keep the node_modules of their own."""
    needs("node", "npm")
    root = {
        "private": True,
        "workspaces": ["packages/*"],
        "packageManager": manager,
        "devDependencies": {"ms": "2.1.3"},
    }
    local = "workspace:*" if manager.startswith("pnpm") else "1.0.0"
    cart = json.loads(_WORKSPACE["packages/cart/package.json"])
    cart["dependencies"] = {"@acme/price": local, "ms": "2.0.0"}
    test = "packages/cart/test/cart.test.js"
    files = _WORKSPACE | {
        "package.json": json.dumps(root),
        "packages/cart/package.json": json.dumps(cart),
        test: _WORKSPACE[test] + "test('own', () => assert.equal(require('ms/package.json').version, '2.0.0'));\n",
    }
    files |= {"pnpm-workspace.yaml": "packages: ['packages/*']\n"} if manager.startswith("pnpm") else {"yarn.lock": ""}
    judged = await court(files)
    assert {test.id: test.status for test in judged.base.tests} == {
        f"{test} > none": "passed",
        f"{test} > own": "passed",
        "packages/price/test/price.test.js > zero": "passed",
    }, judged.base.output
    good = await judged.judge({"packages/price/index.js": _PRICE.format(sign="+"), test: files[test] + _ADDS})
    assert (good.green, good.fixed, good.broken) == (True, (f"{test} > adds",), ())
