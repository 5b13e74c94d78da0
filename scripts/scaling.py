#!/usr/bin/env python3
"""Redoes the arithmetic of docs/scaling.md: measured figures from docs/evidence/bench.md, results from the formulas here."""

import math
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs/scaling.md"
BENCH = ROOT / "docs/evidence/bench.md"
FILE_TB = 4_294_967_294 * 8_192 / 1e12


def number(text):
    """The number at the beginning of a figure.

    >>> number("**1,980 B**"), number("207 ms"), number("60 %")
    (1980.0, 207.0, 60.0)
    """
    return float(re.search(r"[\d,]+(\.\d+)?", text).group().replace(",", ""))


def cells(line):
    """The cells of a table's row.

    >>> cells("| K | 1,980 B | measured |")
    ['K', '1,980 B', 'measured']
    """
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def measured(bench, name):
    """The median that the bench's table has under that name."""
    for line in bench.splitlines():
        if line.startswith(f"| {name} |"):
            return cells(line)[1]
    raise SystemExit(f"{BENCH} has no figure {name!r}")


def results(of):
    """What follows from the figures, by the names of the page's rows.

    >>> figures = dict(D=1e9, P=3, U=60, C=207, W=86.35, V=45.86, K=1980, T=120312, B=1500, H=700, R=7, A=200)
    >>> [results(figures)[name] for name in ("rate in the busiest hour", "machines, so files", "kept a day")]
    ['34,722/s', '5', '1.98 TB']
    """
    u = of["U"] / 100
    mean = of["D"] / 86_400
    busiest = mean * of["P"]
    one_file = 1e6 / of["W"]
    machines = math.ceil(busiest / (one_file * u))
    processors = busiest * of["C"] / 1e6 / u
    kept = of["D"] * of["K"] / 1e12
    sent = (of["B"] + of["H"]) * 8 / 1e6
    return {
        "mean rate": f"{mean:,.0f}/s",
        "rate in the busiest hour": f"{busiest:,.0f}/s",
        "what one file can write": f"{one_file:,.0f}/s",
        "machines, so files": f"{machines}",
        "the same with ten webhooks for each event": f"{math.ceil(busiest * of['V'] / 1e6 / u)}",
        "processors, all machines": f"{processors:.1f}",
        "processors of a machine": f"{math.ceil(processors / machines)}",
        "kept a day": f"{kept:.2f} TB",
        "kept in R, all machines": f"{kept * of['R']:.1f} TB",
        "kept in R, a machine": f"{kept * of['R'] / machines:.1f} TB",
        "attempts in R, a machine": f"{of['D'] * of['R'] / machines:,.0f}",
        "a machine's file is full after": f"{FILE_TB / kept * machines:.0f} days",
        "written a day, at most": f"{of['D'] * of['T'] / 1e12:,.0f} TB",
        "the same, a machine": f"{of['D'] * of['T'] / 1e12 / machines:,.0f} TB",
        "sent, mean": f"{mean * sent:,.0f} Mbit/s",
        "sent in the busiest hour": f"{busiest * sent:,.0f} Mbit/s",
        "received from callers in the busiest hour": f"{busiest * sent:,.0f} Mbit/s",
        "in flight in the busiest hour, a machine": f"{busiest * of['A'] / 1000 / machines:,.0f}",
    }


def redone(page, bench):
    """The page with its figures and results anew.

    >>> redone(PAGE.read_text(), BENCH.read_text()) == PAGE.read_text()
    True
    """
    figures, lines = {}, []
    for line in page.splitlines():
        row = cells(line) if line.startswith("| ") else []
        if len(row) == 4 and re.fullmatch("[A-Z]", row[0]):
            if row[2] == "measured":
                row[1] = measured(bench, re.search(r"\*(.+)\*", row[3]).group(1))
                line = f"| {' | '.join(row)} |"
            figures[row[0]] = number(row[1])
        elif len(row) == 3 and row[0].strip("-") and len(figures) == 12:
            row[2] = results(figures)[row[0]]
            line = f"| {' | '.join(row)} |"
        lines.append(line)
    day = re.search(r"\d{4}-\d\d-\d\d", bench).group()
    return re.sub(r"\d{4}-\d\d-\d\d", day, "\n".join(lines) + "\n")


if __name__ == "__main__":
    PAGE.write_text(redone(PAGE.read_text(), BENCH.read_text()))
