"""The web service over a release: SPARQL, things with their pages, health.

A checkout imports it as ``api``, a wheel as ``kg_api``; so imports inside are relative, or from ``kg``.
"""
