"""The HubSpot side: client, request signatures, mapping into our own model."""
