"""Schemathesis, as a client that knows nothing but /api/v1/openapi.json."""
