"""The ontology's own pages: every term with its examples, the shapes and questions that use it, and a query to run."""

from __future__ import annotations

from .mentions import Mentions, Question, Shape, read_questions
from .pages import render_pages
from .terms import Thing, Vocabulary, read_vocabulary
from .writing import document

__all__ = [
    "Mentions",
    "Question",
    "Shape",
    "Thing",
    "Vocabulary",
    "document",
    "read_questions",
    "read_vocabulary",
    "render_pages",
]
