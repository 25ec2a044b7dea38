"""People, organisations, memberships, roles, sign-in and API tokens."""
