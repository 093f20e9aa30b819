"""The two kinds of error: the input is wrong, or the equilibrium was not found."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

NEAR = 60.0  # per cent of letters in common from which one word may be a misspelling of another


class InputError(ValueError):
    """The input cannot be used; the message says where, what is wrong, and what would be right.

    Attributes: `reason` (the sentence), `file` and `field` (where, if known), `value` (the
    wrong value). `located` returns the same error with the place added by a caller that knows it.
    """

    def __init__(
        self, reason: str, *, file: str = "", field: str = "", value: object = None
    ) -> None:
        self.reason, self.file, self.field, self.value = reason, file, field, value
        place = ": ".join(part for part in (file, field) if part)
        super().__init__(f"{place}: {reason}" if place else reason)

    def located(self, *, file: str = "", field: str = "") -> "InputError":
        """The same error with a file, unless it names one, and with a field in front of its own."""
        path = ".".join(part for part in (field, self.field) if part)
        return InputError(self.reason, file=self.file or file, field=path, value=self.value)


class InputErrors(InputError):  # noqa: N818  (an error of several)
    """Several errors at once; `errors` has them one by one."""

    def __init__(self, errors: "Sequence[InputError]") -> None:
        self.errors = tuple(errors)
        lines = "".join(f"\n  {error}" for error in self.errors)
        super().__init__(f"{len(self.errors)} things are wrong:{lines}")

    @classmethod
    def of(cls, errors: "Sequence[InputError]") -> InputError:
        """The error, if there is only one; otherwise all of them as one."""
        return errors[0] if len(errors) == 1 else cls(errors)

    def located(self, *, file: str = "", field: str = "") -> "InputError":
        """The same errors, each naming file and field."""
        return InputErrors([error.located(file=file, field=field) for error in self.errors])


class NotConverged(RuntimeError):  # noqa: N818  (reads as a status, like the one it carries)
    """No equilibrium was found, or the numbers of an outcome without one were asked for."""


def did_you_mean(value: object, known: Iterable[str], limit: int = 3) -> str:
    """A hint such as ``; did you mean CHN?``, or the empty string when nothing is near."""
    names = {name.casefold(): name for name in known}
    text = str(value).casefold()
    near = {
        name: score
        for name, score, _ in process.extract(
            text, list(names), scorer=fuzz.ratio, limit=20, score_cutoff=NEAR
        )
    }

    def distance(name: str) -> tuple[float, int]:
        shared = next((k for k, (a, b) in enumerate(zip(text, name, strict=False)) if a != b), 99)
        return -near[name], -shared

    best = sorted(near, key=lambda name: (distance(name), list(names).index(name)))
    found = list(dict.fromkeys(names[name] for name in best))[:limit]
    return f"; did you mean {' or '.join(found)}?" if found else ""


def choose(value: object, known: Iterable[str]) -> str:
    """The end of an error message about an unknown word: a hint if one is near, and all choices."""
    names = list(known)
    return f"{did_you_mean(value, names)}; choose one of {', '.join(names)}"
