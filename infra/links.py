"""Full links to what a person needs when an alarm rings, for mails that are read at night."""

from __future__ import annotations

import re
from collections.abc import Sequence
from urllib.parse import quote

# Where an alarm looks back to when somebody opens the log: it may have rung hours ago.
_LOOK_BACK_SECONDS = 6 * 3600


def dashboard(region: str, name: str) -> str:
    return f"{_console(region)}dashboards/dashboard/{name}"


def runbook(address: str, section: str) -> str:
    """Return the address of a section. `address`: that of the whole page; empty: nobody told it,
    and a person looks into the checkout."""
    return f"{address or 'docs/runbook.md'}#{anchor(section)}"


def runbook_in_markdown(address: str, words: str) -> str:
    """Return a link to the whole page; in a dashboard the file alone would lead nowhere."""
    return f"[{words}]({runbook(address, 'Runbook')})" if address else f"{words}: docs/runbook.md"


def anchor(heading: str) -> str:
    """Return the name that GitHub gives to a heading."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def log_query(region: str, groups: Sequence[str], query: str) -> str:
    """Return a link that opens CloudWatch Logs Insights with a query filled in.

    Its form is not documented by AWS; it is that of the console's own links: values have their
    special characters as *xx, lists and objects are ~( ), and the whole is encoded twice.
    """
    source = "".join(f"~{_text(group)}" for group in groups)
    detail = (
        f"~(end~0~start~-{_LOOK_BACK_SECONDS}~timeType~{_text('RELATIVE')}~unit~{_text('seconds')}"
        f"~editorString~{_text(query)}~source~({source}))"
    )
    once = quote(detail, safe="*-_.").replace("~", "%7E")
    encoded = quote(once, safe="*-_.").replace("%", "$")
    return f"{_console(region)}logsV2:logs-insights$3FqueryDetail$3D{encoded}"


def _console(region: str) -> str:
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#"


def _text(value: str) -> str:
    return "'" + quote(value, safe="-_.").replace("%", "*")
