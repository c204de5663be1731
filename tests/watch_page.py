"""A page that steps through a run, as its reader sees it, for tests with a browser."""

from pathlib import Path
from typing import Any

__all__ = ["FORWARD", "SEEK", "Page"]

SEEK = """element("slider").value = cycle; element("slider").dispatchEvent(new Event("input"))"""
FORWARD = """element("forward").click()"""
"""Steps of `Page.walk`: with the slider, with the button."""


class Page:
    """A page in a browser."""

    def __init__(self, browser: Any, path: str) -> None:
        self.browser = browser
        browser.get(Path(path).resolve().as_uri())

    def text(self, name: str) -> str:
        return self.browser.find_element("id", name).text

    def click(self, name: str) -> None:
        self.browser.find_element("id", name).click()

    def press(self, key: str) -> None:
        self.browser.find_element("tag name", "body").send_keys(key)

    @property
    def cycle(self) -> int:
        return self.state[0]

    @property
    def state(self) -> tuple[int, int, str]:
        """Cycle, last cycle and sentence, in one look: the page may be playing."""
        text, slider, sentence = self.browser.execute_script(
            "return ['cycle', 'slider', 'sentence'].map(id => document.getElementById(id))"
            ".map(element => element.value || element.textContent)")
        word, cycle, of, last = text.split()
        assert (word, cycle, of) == ("cycle", slider, "of")
        return int(cycle), int(last), sentence

    def seek(self, cycle: int) -> None:
        """Move the slider."""
        self.browser.execute_script(
            "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))",
            self.browser.find_element("id", "slider"), cycle)

    def walk(self, step: str, cycles: range, look: str = "null") -> list[tuple[str, Any]]:
        """(sentence, what `look` says) after each step, all in one call: a page takes less time than a call.

        `step` moves to `cycle`, as SEEK and FORWARD do; both are JavaScript, and the page has to follow.
        """
        seen = self.browser.execute_script(f"""
            const element = (id) => document.getElementById(id), seen = [];
            for (const cycle of arguments[0]) {{
                {step};
                seen.push([element("cycle").textContent, element("slider").value,
                           element("sentence").textContent, {look}]);
            }}
            return seen;
        """, list(cycles))
        last = self.state[1]
        for cycle, (text, slider, *_) in zip(cycles, seen, strict=True):
            assert (text, slider) == (f"cycle {cycle} of {last}", str(cycle))
        return [(sentence, found) for _, _, sentence, found in seen]

    @property
    def output(self) -> list[str]:
        cells = self.browser.find_elements("css selector", "#outputs .done text, #outputs .leaving text")
        return [cell.text.replace("\N{MINUS SIGN}", "-") for cell in cells]

    def count(self, selector: str) -> int:
        return len(self.browser.find_elements("css selector", selector))

    def complaints(self) -> list[Any]:
        return self.browser.get_log("browser")
