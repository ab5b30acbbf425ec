"""Where queries are answered: the one port ``QueryBackend``, and what stands behind it."""
