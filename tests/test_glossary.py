"""The glossary: what it says of each word is so, and every page links to a word where it first uses it."""

import re
from pathlib import Path

import pytest

import windrow as wr

DOCS = Path(__file__).resolve().parents[1] / "docs"
GLOSSARY = (DOCS / "glossary.md").read_text(encoding="utf-8")
WORDS = {"lanes": "lanes?", "pe": "pe", "taps": "taps?", "fold": "fold", "beat": "beats?"}
PAGES = sorted(path for path in DOCS.glob("*.md") if path.name not in ("glossary.md", "api.md"))

# Where a word is no first use in a text: code, headings, tables, links to elsewhere; and where it is a verb.
ASIDE = re.compile(
    r"^(```).*?^```[ ]*$|^(?:    |\t|#|\|).*?$|\[[^\]]*\]\((?!glossary)[^)]*\)|(?:other|they|can) beats?"
    r"|`(?!(?:lanes?|pe|taps?|fold|beats?)`)[^`\n]+`",
    re.MULTILINE | re.DOTALL)


def first_use(text: str, word: str) -> re.Match[str] | None:
    """The first use of a word in the prose of a page."""
    prose = ASIDE.sub(lambda aside: " " * len(aside[0]), text)
    return re.search(rf"(?<![\w#-])({WORDS[word]})(?![\w-])(?!\))", prose)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@pytest.mark.parametrize("word", WORDS)
def test_first_use_is_a_link(page: Path, word: str) -> None:
    text = page.read_text(encoding="utf-8")
    found = first_use(text, word)
    if found is None:
        return
    around = text[max(0, found.start() - 3) : found.end() + 20 + len(word)]
    assert re.search(rf"\[`?{found[0]}`?\]\(glossary\.md#{word}\)", around), (
        f"{page.name}: {found[0]!r} should link to glossary.md#{word}: {around!r}")


def test_no_formula_became_a_list() -> None:
    assert not re.findall(r"^[*+-] ", GLOSSARY, re.MULTILINE)
    assert all(paragraph.count("`") % 2 == 0 for paragraph in GLOSSARY.split("\n\n"))


def test_every_word_is_there() -> None:
    heads = set(re.findall(r"^## (\w+)$", GLOSSARY, re.MULTILINE))
    assert heads >= {*WORDS, "pace", "bound", "interval", "latency", "utilisation", "multipliers"}
    for page in (*PAGES, DOCS / "glossary.md"):
        for target in re.findall(r"\]\((?:glossary\.md)?#(\w+)\)", page.read_text(encoding="utf-8")):
            if page.name == "glossary.md" or target in WORDS:
                assert target in heads, f"{page.name} links to {target}"


def test_what_it_says_is_so() -> None:
    layer = wr.Conv2d(height=10, width=8, in_channels=6, out_channels=4, kernel_size=3, stride=2)
    height, width, channels, filters = 10, 8, 6, 4
    for design in wr.designs(layer):
        lanes, pe, taps = design.lanes, design.pe, design.taps
        assert design.input_beats == height * width * channels // lanes
        assert design.multipliers == pe * taps * lanes
        assert design.fold == (filters // pe) * (channels // lanes) * -(-9 // taps)
        assert design.bounds().interval == max(design.input_beats, design.fold * design.windows)
        assert design.utilisation == layer.macs / (design.multipliers * design.interval)
    assert wr.plan(layer).interval == height * width * channels
    assert wr.plan(layer, pace="pixel").interval == height * width


def test_the_index_leads_to_every_page() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    groups = re.findall(r"^```\{toctree\}\n:maxdepth: 1\n:caption: (.+?)\n\n(.*?)^```$", index,
                        re.MULTILINE | re.DOTALL)
    assert [caption for caption, _ in groups] == ["Learn", "Use", "Look up"]
    listed = [name for _, names in groups for name in names.split()]
    assert len(listed) == len(set(listed))
    assert set(listed) == {page.stem for page in DOCS.glob("*.md")} - {"index"}
