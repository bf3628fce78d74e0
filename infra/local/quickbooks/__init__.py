"""A strict stand-in for QuickBooks Online: its API, its tokens and its webhooks.

It knows Intuit's public documents and recorded answers, and must not import `invoice_sync` or
boto3.
"""

from .books import Switches
from .faults import RefusalError
from .realm import Realm, sales_line
from .server import QuickBooksSimulator

__all__ = ["QuickBooksSimulator", "Realm", "RefusalError", "Switches", "sales_line"]
