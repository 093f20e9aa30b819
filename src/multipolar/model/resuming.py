"""Resuming: whether a path can go on where another ended, and the two as one."""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import fields

import numpy as np
import xarray as xr

from multipolar.errors import InputError
from multipolar.model.assumptions import Assumptions
from multipolar.model.course import Course, marked, marks_of
from multipolar.policy.calendar import Dated
from multipolar.world import World


def first_day(course: Course) -> dt.date:
    """The first day of a path."""
    return _day(course.data["time"].values[0])


def last_day(course: Course) -> dt.date:
    """The first day after a path."""
    return _day(course.data["end"].values[-1])


def _day(moment: object) -> dt.date:
    return dt.date.fromisoformat(str(moment)[:10])


def fingerprint(acts: Sequence[Dated], end: dt.date, *, foreseen: bool) -> str:
    """What stands for the acts that began before a day, or, if they are `foreseen`, were known."""
    told = hashlib.sha256()
    for act in acts:
        first = (act.announced or act.start) if foreseen else act.start
        if first is not None and first >= end:
            continue
        until = act.until if act.until is not None and act.until < end else None
        known = act.announced if foreseen else None
        told.update(repr((act.start, until, known)).encode())
        for instrument in act.policy:
            told.update(type(instrument).__name__.encode())
            for each in fields(instrument):
                value = getattr(instrument, each.name)
                exact = value.tobytes() if isinstance(value, np.ndarray) else repr(value).encode()
                told.update(exact if each.name != "name" else b"")
    return told.hexdigest()[:16]


def check_fits(
    course: Course,
    world: World,
    assumptions: Assumptions,
    acts: Sequence[Dated],
    options: Mapping[str, str],
    begins: dt.date,
) -> None:
    """Raise `InputError` unless a path that begins on a day can go on from an earlier one."""
    about, end = course.data.attrs, last_day(course)
    past = marks_of(acts, first_day(course), end)
    wrong = ""
    if course.state is None:
        wrong = "does not know where it ended; solve it again with this version"
    elif about["world_checksum"] != world.checksum:
        wrong = f"is a path of {about['world'] or 'another world'}, or of another state of it"
        wrong += f"; it cannot go on in {world.name or 'this one'}"
    elif course.assumptions != assumptions:
        wrong = f"rests on other assumptions ({_difference(course.assumptions, assumptions)})"
    elif end != begins:
        wrong = f"ends on {end}, but the new periods begin on {begins}; begin them there"
    elif past != course.marks:
        days = {mark.day for mark in {*past} ^ {*course.marks}}
        wrong = f"had other acts: they differ on {min(days)}; give the acts of both paths"
    else:
        for name in ("capital", "anticipation"):
            if about.get(name, "") != options.get(name, ""):
                wrong = f"has other {name}: {about.get(name) or 'none'}"
    foreseen = "anticipation" in options
    if not wrong and about.get("acts") != fingerprint(acts, end, foreseen=foreseen):
        wrong = "had other acts on the same days; give the acts of both paths, in the same order"
    if wrong:
        raise InputError(wrong, field="start")


def _difference(one: Assumptions, other: Assumptions) -> str:
    here, there = one.as_dict(), other.as_dict()
    name = next(name for name in here if here[name] != there[name])
    return f"{name} is {here[name]!r}, not {there[name]!r}"


def joined(earlier: Course, later: Course) -> Course:
    """A path and the one that goes on from it, as one path."""
    data = xr.concat(
        [earlier.data, later.data],
        dim="time",
        data_vars="minimal",
        coords="minimal",
        compat="override",
        combine_attrs="override",
    )
    marks, seconds = earlier.marks + later.marks, earlier.seconds + later.seconds
    data = data.assign_attrs(acts=later.data.attrs["acts"])
    return marked(data, later.assumptions, marks, seconds, later.state)
