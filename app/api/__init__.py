"""The JSON API as a whole: one OpenAPI 3.1 document at ``/api/v1/openapi.json``."""
