"""Who may do what: one table per part of the site, every endpoint in one of them."""
