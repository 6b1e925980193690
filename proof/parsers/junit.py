"""Reads JUnit XML: pytest's (family xunit1) with ids as pytest writes them, and everybody else's."""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import ParseError

import junitparser

from domain.report import TestOutcome, TestStatus
from proof.parsers.unreadable import Unreadable
from proof.parsers.worst import worst_of

# Entities can only be declared in a DOCTYPE, and that only before the root element (XML 1.0, 2.8).
_PROLOG = re.compile(r"\ufeff?(?:\s+|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_SCRIPT = re.compile(r"\.[cm]?[jt]sx?$")
_DEPTH = 50
_TestCase: Any = junitparser.TestCase
_TestSuite: Any = junitparser.TestSuite


def read_junit(data: bytes) -> tuple[TestOutcome, ...]:
    """The tests of a JUnit file. Raises `Unreadable` if it is not UTF-8, not JUnit, or has a DOCTYPE."""
    return worst_of(outcomes_of(data))


def outcomes_of(data: bytes, *, whole: bool = False) -> tuple[TestOutcome, ...]:
    """Every result as it stands there, with the `whole` text of failures if asked for. Raises `Unreadable`."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("the report is not UTF-8") from error
    start = _PROLOG.match(text)
    if start is None or text[start.end() : start.end() + 2] == "<!":
        raise Unreadable("the report declares a document type")
    try:
        report = junitparser.JUnitXml.fromstring(text[start.end() :])
        return tuple(outcome for suite in report for outcome in _suite(suite, 0, whole=whole))
    except (ParseError, junitparser.JUnitXmlError, ValueError, TypeError) as error:
        raise Unreadable(f"the report is not JUnit XML: {error or type(error).__name__}") from error


def _suite(suite: junitparser.TestSuite, depth: int, *, whole: bool) -> Iterator[TestOutcome]:
    if depth > _DEPTH:
        raise Unreadable("the report's suites are nested too deep")
    for element in suite._elem:  # noqa: SLF001 - junitparser's own iteration loses the nesting depth
        if element.tag == "testcase":
            case = _TestCase.fromelem(element)
            yield TestOutcome(id=_id(case), status=_status(case), message=_message(case, whole=whole))
        elif element.tag == "testsuite":
            yield from _suite(_TestSuite.fromelem(element), depth + 1, whole=whole)


def _id(case: junitparser.TestCase) -> str:
    """`path::Class::name` where the file is known and the class name begins with its module."""
    name, classname, file = case.name or "", case.classname or "", case._elem.get("file") or ""  # noqa: SLF001 - no accessor
    if _SCRIPT.search(file):
        return "::".join(filter(None, [file, classname, name]))
    if not classname and file and name and re.fullmatch(r"[\w.]+", name):
        return file if file.endswith(".py") else name
    module = file.removesuffix(".py").replace("/", ".") if file.endswith(".py") else ""
    if module and (classname == module or classname.startswith(f"{module}.")):
        return "::".join([file, *filter(None, classname[len(module) + 1 :].split(".")), name])
    return "::".join(filter(None, [classname or file, name]))


def _status(case: junitparser.TestCase) -> TestStatus:
    kinds = {type(result) for result in case.result}
    if junitparser.Failure in kinds:
        return "failed"
    if junitparser.Error in kinds:
        return "error"
    return "skipped" if junitparser.Skipped in kinds else "passed"


def _message(case: junitparser.TestCase, *, whole: bool) -> str:
    result = next(iter(case.result), None)
    if result is None:
        return ""
    message, text = str(result.message or ""), str(result.text or "")
    return text or message if whole else message or text
