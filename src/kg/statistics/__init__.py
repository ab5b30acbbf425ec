"""What a release adds up to: running totals explained, stocks and flows balanced, disagreements listed."""

from __future__ import annotations

from .balance import Balance, Figure, Gap, MonthlyBalance, balance_months, report_balance
from .disagreements import Disagreement, DisagreementsReport, report_disagreements
from .listing import Act, Entry, arrange, read_entries
from .reading import Claim, Statement, most_claimed, read_claims
from .rules import Explanation, Question, Rule, explain, taken_in
from .totals import ExplainedTotal, Total, TotalsReport, explain_totals, report_totals

__all__ = [
    "Act",
    "Balance",
    "Claim",
    "Disagreement",
    "DisagreementsReport",
    "Entry",
    "ExplainedTotal",
    "Explanation",
    "Figure",
    "Gap",
    "MonthlyBalance",
    "Question",
    "Rule",
    "Statement",
    "Total",
    "TotalsReport",
    "arrange",
    "balance_months",
    "explain",
    "explain_totals",
    "most_claimed",
    "read_claims",
    "read_entries",
    "report_balance",
    "report_disagreements",
    "report_totals",
    "taken_in",
]
