"""The report's words, German and English in one file, and numbers as each language writes them."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

Language = Literal["de", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("de", "en")


@cache
def sections() -> dict[str, dict[str, Any]]:
    """The file: "texts" in both languages by key, "phrases" in German by their English."""
    found: dict[str, dict[str, Any]] = json.loads(Path(__file__).with_name("texts.json").read_text(encoding="utf-8"))
    return found


class Texts:
    """Words of one language.

    Example:
        >>> Texts("de")["page"], Texts("de").number(2.5, 2), Texts("de").phrase("Crack")
        ('Seite', '2,50', 'Riss')
    """

    def __init__(self, language: Language) -> None:
        self.language: Language = language

    def __getitem__(self, key: str) -> str:
        return str(sections()["texts"][key][self.language])

    def phrase(self, english: str) -> str:
        """A phrase of a table or an inspection in this language, or as it is where it is the user's own."""
        return english if self.language == "en" else str(sections()["phrases"].get(english, english))

    def flaw(self, name: str) -> str:
        """A flaw class's name to be read."""
        return self.phrase(name.replace("_", " "))

    def number(self, value: float | None, digits: int) -> str:
        """A number with this many digits behind the point; a dash for None."""
        return "–" if value is None else self.decimal(f"{value:.{digits}f}")

    def decimal(self, text: str) -> str:
        """Text with numbers in it: German has a decimal comma."""
        return text.replace(".", ",") if self.language == "de" else text
