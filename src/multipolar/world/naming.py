"""What may be the label of a country or a sector."""

from collections.abc import Mapping

from multipolar.errors import InputError

LONGEST_LABEL = 40  # characters


def check_labels(labels: object, kind: str, file: str = "") -> None:
    """Refuse labels that no selector could name, or that could be mistaken for something else.

    `kind` is "country" or "sector". Raises `InputError` naming the label: each is text of 1 to 40
    characters without "@", slashes and control characters; it is not "*", does not begin with "-",
    has no blanks around it, and differs from the others in more than upper and lower case.
    """
    if isinstance(labels, str | bytes | Mapping | set | frozenset) or not hasattr(
        labels, "__iter__"
    ):
        raise InputError(f"needs a list of labels, not {labels!r}", file=file, field=kind)
    found = list(labels)
    if not found:
        raise InputError(f"a world needs at least one {kind}", file=file, field=kind)
    seen: set[str] = set()
    for label in found:
        reason = _why_not(label)
        if reason:
            raise InputError(
                f"{label!r} cannot be a label: {reason}", file=file, field=kind, value=label
            )
        if label.casefold() in seen:
            raise InputError(
                f"the {kind} {label!r} is listed twice (case does not count)",
                file=file,
                field=kind,
                value=label,
            )
        seen.add(label.casefold())


def _why_not(label: object) -> str:
    if not isinstance(label, str):
        return "it is not text"
    if not label or label != label.strip():
        return "it is empty, or has blanks around it"
    if len(label) > LONGEST_LABEL:
        return f"it has more than {LONGEST_LABEL} characters"
    if label == "*" or label.startswith("-") or "@" in label:
        return 'selectors use "*", a leading "-" and "@" for something else'
    if "/" in label or "\\" in label or not label.isprintable():
        return "it has a slash or a control character"
    return ""
