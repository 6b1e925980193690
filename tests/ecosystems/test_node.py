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


async def test_a_script_of_several_runs(court: Any, needs: Callable[..., None]) -> None:
    """All of them count, a program without a runner by its exit code; what is no test is left out, and that is told."""
    needs("node", "npm")
    zero = _TEST + "const { add } = require('../..');\ntest('zero', () => assert.equal(add(0, 0), 0));\n"
    files = {
        "package.json": json.dumps(
            {
                "scripts": {
                    "test": "npm run build && eslint . && node --test test/unit && npm run whole && node test/run.js",
                    "build": "echo 'module.exports = 3' > built.js",
                    "whole": "node --test test/whole",
                }
            }
        ),
        "index.js": "require('./built');\n" + _PRICE.format(sign="-"),
        "test/unit/a.test.js": zero,
        "test/whole/b.test.js": zero,
        "test/run.js": "process.exit(require('..').add(1, 2) - 3);\n",
    }
    judged = await court(files)
    assert {test.id: test.status for test in judged.base.tests} == {
        "test/unit/a.test.js > zero": "passed",
        "test/whole/b.test.js > zero": "passed",
        "node test/run.js": "failed",
    }, judged.base.output
    good = await judged.judge({"index.js": files["index.js"].replace("-", "+")})
    assert (good.green, good.command, good.fixed) == (True, "npm test", ("node test/run.js",))
    assert good.notes == (
        "single tests are not known on base and head (the report of node: no test report was written)",
        "what the command does besides testing was not run (eslint .)",
    )
    bad = await judged.judge({"index.js": files["index.js"].replace("-", "+ 1 +")})
    assert bad.broken == ("test/unit/a.test.js > zero", "test/whole/b.test.js > zero")


async def test_a_program_of_node_s_own_tests(court: Any, needs: Callable[..., None]) -> None:
    """Tests that a script starts as a program, without --test, are told one by one too."""
    needs("node", "npm")
    head = "const test = require('node:test');\nconst assert = require('assert');\nconst { add } = require('..');\n"
    zero = head + "test('zero', () => assert.equal(add(0, 0), 0));\n"
    files = {
        "package.json": json.dumps({"name": "price", "scripts": {"test": "node test/index.js"}}),
        "index.js": _PRICE.format(sign="-"),
        "test/index.js": zero,
    }
    judged = await court(files)
    assert [(test.id, test.status) for test in judged.base.tests] == [("test/index.js > zero", "passed")]
    adds = zero + "test('adds', () => assert.equal(add(1, 2), 3));\n"
    good = await judged.judge({"index.js": _PRICE.format(sign="+"), "test/index.js": adds})
    assert (good.green, good.fixed, good.tampered) == (True, ("test/index.js > adds",), ())


@pytest.fixture(scope="session")
def registry() -> None:
    """Skips where no package registry answers quickly."""
    ask = ("npm", "view", "tape", "version", "--fetch-retries=0", "--fetch-timeout=10000")
    try:
        subprocess.run(ask, check=True, capture_output=True, timeout=30)
    except (OSError, subprocess.SubprocessError):
        pytest.skip("no npm registry answers here")


_ADD = "const {{ add }} = require('..');\n"
_EXPECT = "test('{name}', () => {{ expect(add({a}, {b})).toBe({sum}); }});\n"
_ASSERT = "const assert = require('assert');\n" + _ADD
_IT = _ASSERT + "it('{name}', () => assert.equal(add({a}, {b}), {sum}));\n"
_TAPE = "const test = require('tape');\n" + _ADD
_OLD_TAP = (
    "const {{ test }} = require('tap');\n"
    + _ADD
    + "test('{name}', (t) => {{ t.equal(add({a}, {b}), {sum}); t.end(); }});\n"
)
_IN_FILE = "test/price.test.js > {}"
# A script, a file of tests, and how a test is named. The oldest that are still met stand beside the newest.
_RUNNERS = {
    "jest@29": ("jest", _ADD + _EXPECT, _IN_FILE),
    "jest@20": ("npm run tests-only --", _ADD + _EXPECT, _IN_FILE),
    "mocha@10": ("mocha", _IT, _IN_FILE),
    "mocha@6": ("mocha --reporter dot && standard *.js", _IT, _IN_FILE),
    "tape@5": (
        "tape test/*.js",
        _TAPE + "test('{name}', (t) => {{ t.equal(add({a}, {b}), {sum}); t.end(); }});\n",
        "{}",
    ),
    "tape@4": (
        "node test/price.test.js && standard",
        _TAPE + "test('{name}', (t) => {{ t.equal(add({a}, {b}), {sum}); t.end(); }});\n",
        "{}",
    ),
    "tap@0.4": ("tap test/*.js", _OLD_TAP, "{}"),
    "qunit@2": (
        "qunit test/price.test.js",
        _ADD + "QUnit.test('{name}', (t) => t.equal(add({a}, {b}), {sum}));\n",
        "{}",
    ),
    "jasmine@5": (
        "jasmine test/price.test.js",
        _ADD + "it('{name}', () => {{ expect(add({a}, {b})).toBe({sum}); }});\n",
        _IN_FILE,
    ),
    "@hapi/lab@25": (
        "lab test/price.test.js",
        _ASSERT
        + "const {{ it }} = (exports.lab = require('@hapi/lab').script());\n"
        + "it('{name}', () => assert.equal(add({a}, {b}), {sum}));\n",
        "{}",
    ),
    "bun@1.2": (
        "bun test",
        "const {{ test, expect }} = require('bun:test');\n" + _ADD + _EXPECT,
        "test/price.test.js::{}",
    ),
    "borp@0.20": (
        "borp --concurrency 1",
        "const test = require('node:test');\n"
        + _ASSERT
        + "test('{name}', () => assert.equal(add({a}, {b}), {sum}));\n",
        _IN_FILE,
    ),
    "vitest@2": (
        "pnpm vitest run",
        "import {{ test, expect }} from 'vitest';\nimport {{ add }} from '../index.js';\n" + _EXPECT,
        _IN_FILE,
    ),
}

_OLDER = {"jest@20", "mocha@6", "tape@4", "tap@0.4", "qunit@2", "borp@0.20"}  # make faults tries them


@pytest.mark.slow
@pytest.mark.parametrize(
    "package", [pytest.param(one, marks=[pytest.mark.faults] if one in _OLDER else []) for one in _RUNNERS]
)
@pytest.mark.usefixtures("registry")
async def test_a_runner_of_the_registry(court: Any, needs: Callable[..., None], package: str) -> None:
    """A fix is red to green, and what breaks is broken, test by test."""
    needs("node", "npm")
    script, line, name = _RUNNERS[package]
    name_of, _, version = package.rpartition("@")
    scripts = {"test": script, "tests-only": name_of, "posttest": "aud"}
    manifest = {"name": "price", "scripts": scripts, "devDependencies": {name_of: f"^{version}"}}
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
@pytest.mark.usefixtures("registry")
async def test_a_development_dependency_that_is_lost(court: Any, needs: Callable[..., None]) -> None:
    """Where one of them can't be had, the others are installed all the same."""
    needs("node", "npm", "git")
    lost = {"linter": "git+ssh://git@127.0.0.1:9/gone/linter.git"}
    manifest = {
        "name": "price",
        "scripts": {"test": "linter && node --test"},
        "devDependencies": {"ms": "2.1.3", **lost},
    }
    test = _TEST + "test('second', () => assert.equal(require('ms')('1s'), 1000));\n"
    judged = await court({"package.json": json.dumps(manifest), "test/a.test.js": test})
    assert judged.prepared.note == ""
    assert [(test.id, test.status) for test in judged.base.tests] == [("test/a.test.js > second", "passed")]


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
