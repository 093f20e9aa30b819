"""The two ways in which multipolar says no: what was asked is wrong, or was not found."""

from collections.abc import Iterable, Sequence

from rapidfuzz import fuzz, process

NEAR = 60.0  # per cent of letters in common from which one word is a slip for another


class InputError(ValueError):
    """Something that the user gave cannot be used; the message says where, what, and what would.

    Attributes: `reason` (the sentence), `file` and `field` (where, if known), `value` (the
    offending value). `located` returns the same error with a place added by a caller who knows it.
    """

    def __init__(
        self, reason: str, *, file: str = "", field: str = "", value: object = None
    ) -> None:
        self.reason, self.file, self.field, self.value = reason, file, field, value
        place = ": ".join(part for part in (file, field) if part)
        super().__init__(f"{place}: {reason}" if place else reason)

    def located(self, *, file: str = "", field: str = "") -> "InputError":
        """The same error, naming file and field; what is already named stays in front."""
        path = ".".join(part for part in (field, self.field) if part)
        return InputError(self.reason, file=self.file or file, field=path, value=self.value)


class InputErrors(InputError):  # noqa: N818  (an error of several)
    """Several things that are wrong at once; `errors` has them one by one."""

    def __init__(self, errors: "Sequence[InputError]") -> None:
        self.errors = tuple(errors)
        lines = "".join(f"\n  {error}" for error in self.errors)
        super().__init__(f"{len(self.errors)} things are wrong:{lines}")

    @classmethod
    def of(cls, errors: "Sequence[InputError]") -> InputError:
        """The one error there is, or all of them as one."""
        return errors[0] if len(errors) == 1 else cls(errors)

    def located(self, *, file: str = "", field: str = "") -> "InputError":
        """The same errors, each naming file and field."""
        return InputErrors([error.located(file=file, field=field) for error in self.errors])


class NotConverged(RuntimeError):  # noqa: N818  (reads as a status, like the one it carries)
    """The equilibrium was not found, or an outcome without one was asked for its numbers."""


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
    """The end of a sentence that refuses a word: a hint if one is near, and all that is known."""
    names = list(known)
    return f"{did_you_mean(value, names)}; choose one of {', '.join(names)}"
