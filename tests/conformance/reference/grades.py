"""Grades by a plain reading of the rules: from an export alone, nothing of the program's."""

import calendar
import datetime as dt


def later(day, months):
    """The same day so many months later, or the last of that month."""
    year, month = day.year + (day.month - 1 + months) // 12, (day.month - 1 + months) % 12 + 1
    return dt.date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def regrade(export):
    """Static, dynamic and the grade that an export's facts, table and day give."""
    on, table = dt.date.fromisoformat(export["on"]), export["table"]
    known = []
    for fact in export["facts"]:
        day, end = dt.date.fromisoformat(fact["day"]), fact["ended"]
        if day <= on and not (end and dt.date.fromisoformat(end) <= on):
            known.append((fact["kind"], day))
    dynamic, counted, moved, vetoed = 0, 0, 0, False
    for rule in table["facts"]:
        points, lately = 0, False
        for kind, day in known:
            percent = 0
            for months, share in reversed(table["dynamic"]["decay"]):
                if on < later(day, months):
                    percent = share
            if kind == rule["name"] and percent:
                points += rule["points"] * percent
                counted += 1
                lately = lately or on < later(day, rule["months"])
        dynamic += min(points, rule["most"] * 100)
        moved += 1 if lately and rule["worse"] else 0
        vetoed = vetoed or (lately and rule["veto"])
    dynamic = min(dynamic, table["dynamic"]["most"] * 100)
    static = min(
        table["static"]["most"],
        max([table["static"]["points"].get(role, 0) for role in export["roles"]] or [0])
        + max([table["static"]["categories"].get(of, 0) for of in export["categories"]] or [0]),
    )
    if (
        not counted
        and later(dt.date.fromisoformat(export["admitted"]), table["clean_months"]) <= on
    ):
        moved -= 1
    names = [row["name"] for row in table["grades"]]
    place = len(names) - 1
    for number in reversed(range(len(names))):
        if static * 100 + dynamic <= table["grades"][number]["until"] * 100:
            place = number
    place = max(0, min(len(names) - 1, place + moved))
    return static * 100, dynamic, names[-1] if vetoed else names[place]
