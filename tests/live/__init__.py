"""The application as it runs: a web server of its own, work that is really committed, many people at once."""
