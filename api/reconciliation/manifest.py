"""The service manifests: what is offered, and where, in the words of each version."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from kg.vocab import HAB, ID

from .properties import property_table

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg.settings import Settings

    from ..classes import Classes, ThingClass

__all__ = ["DRAFT_PATH", "PATH", "draft_manifest", "manifest", "type_members"]

# Versions 0.1 and 0.2 have one manifest; that of 1.0-draft contradicts it, so it has an endpoint of its own.
PATH: Final = "/reconcile"
DRAFT_PATH: Final = f"{PATH}/1.0-draft"
_WIDTH_PX: Final = 480
_HEIGHT_PX: Final = 240
_LIMIT_SETTING: Final = {
    "type": "number",
    "default": 0,
    "name": "limit",
    "label": "Limit",
    "help_text": "How many values of each thing, at most; 0 for all.",
}
_DRAFT_LIMIT_SETTING: Final = {
    "type": "number",
    "default": 0,
    "id": "limit",
    "name": "Limit",
    "helpText": _LIMIT_SETTING["help_text"],
}

# A JSON object.
_Members = dict[str, Any]


def manifest(base: str, classes: Classes, settings: Settings) -> _Members:
    """The manifest of versions 0.1 and 0.2; ``base`` is where the service stands, without a slash at the end."""
    return {
        "versions": ["0.1", "0.2"],
        **_common(base, classes, settings),
        "identifierSpace": ID,
        "schemaSpace": HAB,
        "view": {"url": f"{base}{PATH}/view?id={{{{id}}}}"},
        "preview": {
            "url": f"{base}{PATH}/preview?id={{{{id}}}}",
            "width": _WIDTH_PX,
            "height": _HEIGHT_PX,
        },
        "suggest": {kind: _suggest(base, kind) for kind in ("entity", "type", "property")},
        "extend": {
            "propose_properties": {"service_url": base + PATH, "service_path": "/extend/propose"},
            "property_settings": [_LIMIT_SETTING],
        },
    }


def draft_manifest(base: str, classes: Classes, settings: Settings) -> _Members:
    """The manifest of version 1.0-draft, of which all addresses follow from the endpoint's."""
    return {
        "versions": ["1.0-draft"],
        **_common(base, classes, settings),
        "view": {"url": f"{base}{PATH}/view?id={{id}}"},
        "preview": {"width": _WIDTH_PX, "height": _HEIGHT_PX},
        "suggest": {"entity": True, "type": True, "property": True},
        "extend": {"proposeProperties": True, "propertySettings": [_DRAFT_LIMIT_SETTING]},
        "standardizedScore": True,
        "lang": "en",
        "dir": "ltr",
    }


def type_members(known: ThingClass, classes: Classes) -> _Members:
    """A class as the protocol writes types, with what is right above it."""
    broader = [classes.by_iri[iri] for iri in known.broader if iri in classes.by_iri]
    members: _Members = {"id": known.iri, "name": known.name}
    if known.definition:
        members["description"] = known.definition
    if broader:
        members["broader"] = [{"id": above.iri, "name": above.name} for above in broader]
    return members


def _common(base: str, classes: Classes, settings: Settings) -> _Members:
    return {
        "name": "Habeas: who says what about human-rights events",
        "documentation": f"{base}/docs",
        "logo": f"{base}/static/icon.svg",
        "defaultTypes": [{"id": known.iri, "name": known.name} for known in _default_types(classes)],
        "batchSize": settings.reconcile_queries_max,
    }


def _default_types(classes: Classes) -> Iterable[ThingClass]:
    named = (classes.by_iri.get(HAB + name) for name in property_table().default_types)
    return [known for known in named if known is not None]


def _suggest(base: str, kind: str) -> _Members:
    return {
        "service_url": base + PATH,
        "service_path": f"/suggest/{kind}",
        "flyout_service_path": f"/flyout/{kind}?id=${{id}}",
    }
