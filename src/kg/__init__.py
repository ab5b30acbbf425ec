"""Habeas: a human-rights event knowledge graph whose every statement is kept with who says so."""
