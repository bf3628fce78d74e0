"""HubSpot in a browser, as far as an app's extensions meet it.

The page itself is TypeScript (src/); it runs the built bundles of the app and knows nothing else of
it. `serve` gives it the account, `acts` has what people do beside the app.
"""

from __future__ import annotations

from .acts import Account, Acts, RefusedActError
from .serve import Files, Page

__all__ = ["Account", "Acts", "Files", "Page", "RefusedActError"]
