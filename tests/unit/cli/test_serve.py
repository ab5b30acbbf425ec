"""Which application ``kg serve`` serves."""

from __future__ import annotations

from kg.cli.serve import _package


def test_a_checkout_serves_its_own_api_and_not_a_copy_of_it() -> None:
    """An editable installation leaves a copy in site-packages, which would hide every change."""
    assert _package() == "api"
