"""What Twilio calls, without the pages; and which cases run on both databases."""

import pytest
from flask import Flask

from coach.runtime import Runtime, signature_check_from
from coach.web.app import webhook_app
from coach.web.site import Site
from tests.conftest import EVERY_CASE


@pytest.fixture
def app(signed: Runtime) -> Flask:
    """No test here opens a page, and to put all pages together takes longer than to answer."""
    return webhook_app(Site(signed, signature_check_from(signed.settings)))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Cases of one test differ in the words that are texted: on PostgreSQL the first in each state stands for all.

    `--every-case` runs all of them on both databases (docs/CONTRIBUTING.md).
    """
    if config.getoption(EVERY_CASE):
        return
    kept: list[pytest.Item] = []
    left: list[pytest.Item] = []
    begun: set[tuple[str, object]] = set()
    for item in items:
        case = getattr(item, "callspec", None)
        if case is None or "postgresql" not in case.params.values():
            kept.append(item)
            continue
        test = item.nodeid.partition("[")[0], case.params.get("state")
        (left if test in begun else kept).append(item)
        begun.add(test)
    items[:] = kept
    config.hook.pytest_deselected(items=left)
