"""An event in each of Intuit's two forms, its verifier token, and its signature."""

from __future__ import annotations

LEGACY_TOKEN = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0"
LEGACY = (
    '{"eventNotifications":[{"realmId":"9130357849536436","dataChangeEvent":{"entities":[{"id":'
    '"145","operation":"Update","name":"Invoice","lastUpdated":"2026-01-15T10:20:30.000Z"}]}}]}'
)
LEGACY_SIGNATURE = "ncZckJ9XhCFMAb9R4iDYPtCz35+g/Wp5gvdBUF+B4/Q="
CLOUD_TOKEN = "verifier-token-ü-2"
CLOUD = (
    '[{"specversion":"1.0","id":"3f6d2f0e-7f0b-4a51-9a55-2b1f0a7c9d11","source":'
    '"intuit.c2ltdWxhdG9y","type":"qbo.invoice.created.v1","datacontenttype":"application/json",'
    '"time":"2026-08-02T09:15:00.123456789Z","intuitentityid":"146","intuitaccountid":'
    '"9130357849536436","data":{}}]'
)
CLOUD_SIGNATURE = "/vYxqmcgl2Y/H99HtO/NlhBGAmkAFImrUgGpoH0GECo="
