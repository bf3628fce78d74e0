"""A strict stand-in for QuickBooks Online, made from Intuit's public documents."""

from .books import Switches
from .faults import RefusalError
from .realm import Realm, sales_line
from .server import QuickBooksSimulator

__all__ = ["QuickBooksSimulator", "Realm", "RefusalError", "Switches", "sales_line"]
