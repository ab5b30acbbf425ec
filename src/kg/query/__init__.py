"""What is decided about a query before it is evaluated: admission, and the formats of its answer."""
