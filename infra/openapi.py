"""Prints the API's OpenAPI document, as `GET /openapi.json` answers it."""

from __future__ import annotations

import json

from invoice_sync.api import openapi
from invoice_sync.api.app import app

if __name__ == "__main__":
    print(json.dumps(openapi.document(app), indent=1))
