"""The report in a real browser, as its reader uses it."""

import base64
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import reports
import windrow as wr
from windrow.planning.table import Table
from windrow_explore.report import write_report
from windrow_explore.report.families import budgets, cheapest, families


class Page:
    """The page as its reader sees it."""

    def __init__(self, browser: Any, path: Path) -> None:
        self.browser = browser
        browser.get(path.resolve().as_uri())
        self.until("return document.body.dataset.drawn")

    def run(self, script: str, *arguments: Any) -> Any:
        return self.browser.execute_script(script, *arguments)

    def until(self, script: str) -> Any:
        from selenium.webdriver.support.wait import WebDriverWait

        return WebDriverWait(self.browser, 60, poll_frequency=0.02).until(lambda _: self.run(script))

    def text(self, name: str) -> str:
        return self.browser.find_element("id", name).text

    def click(self, selector: str) -> None:
        self.browser.find_element("css selector", selector).click()

    def redrawn(self, act: Callable[[], object]) -> None:
        """Do something that draws the plots anew, and wait for it."""
        before = self.run("return document.body.dataset.drawn")
        act()
        self.until(f"return document.body.dataset.drawn !== '{before}'")

    def filter(self, text: str) -> None:
        """All at once: who types slowly sees the plots of every start of it."""
        self.redrawn(lambda: self.run("""
            const field = document.getElementById("filter");
            field.value = arguments[0];
            field.dispatchEvent(new Event("input"));
        """, text))

    def column(self, title: str) -> list[str]:
        """What stands below a title, in the rows that are in the page."""
        return self.run("""
            const heads = [...document.querySelectorAll("#table thead th")];
            const at = heads.findIndex((head) => head.querySelector("button").dataset.sort === arguments[0]);
            return [...document.querySelectorAll("#table tbody tr[data-row]")]
              .map((line) => line.cells[at].textContent);
        """, title)

    @property
    def total(self) -> int:
        """Rows of the table, in the page or not."""
        return int(self.run("return document.getElementById('table').getAttribute('aria-rowcount')")) - 1

    def marks(self, plot: str) -> int:
        """Marks that are drawn: each begins with one M of its series' path."""
        return self.run(f"""
            return [...document.querySelectorAll('#{plot} .marks')]
              .reduce((sum, path) => sum + path.getAttribute("d").split("M").length - 1, 0);
        """)

    def ticks(self, plot: str, axis: str) -> list[str]:
        return self.run("return [...document.querySelectorAll(arguments[0])].map((tick) => tick.textContent)",
                        f"#{plot} .{axis}tick")

    def complaints(self) -> list[Any]:
        return self.browser.get_log("browser")

    def emulate(self, **features: str) -> None:
        chosen = [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]
        self.browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": chosen})


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Callable[[Table], Page]]:
    """Opens the report of a table; at the end of the test nothing may have gone wrong in the browser."""
    pages: list[Page] = []

    def opens(table: Table) -> Page:
        pages.append(Page(browser, write_report(table, tmp_path / "report.html")))
        return pages[-1]

    yield opens
    assert [page.complaints() for page in pages] == [[]] * len(pages)


def test_it_opens_without_a_network(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    asked = [json.loads(entry["message"])["message"] for entry in page.browser.get_log("performance")]
    addresses = [message["params"]["request"]["url"] for message in asked
                 if message["method"] == "Network.requestWillBeSent"
                 and message["params"]["documentURL"].startswith("file:")]
    assert [address for address in addresses if not address.startswith("data:")] == [page.browser.current_url]
    assert page.text("sentence").startswith("For a frame every 336 cycles (one channel of the input in every")
    assert "90 designs. Timed by the exact model" in page.text("facts")
    for plot in ("throughput", "utilisation", "tradeoff", "roofline"):
        assert page.marks(plot) > 0
    assert page.complaints() == []
    # What it could not do either, and a browser tells.
    page.run("return fetch('https://example.org').catch(() => 0)")
    assert "Content Security Policy" in page.complaints()[0]["message"]


def test_sort(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    fps = np.sort(reports.small().columns["fps"])
    for _ in range(2):
        page.click("[data-sort=fps]")
        fps = fps[::-1]
    first = float(page.column("fps")[0].replace(",", ""))
    assert first == pytest.approx(fps[::-1][0], rel=0.01)
    page.click("[data-sort=lut]")  # not known for most: those come last, both ways
    assert page.column("lut")[0] == "190"
    page.click("[data-sort=lut]")
    assert page.column("lut")[0] == "390"


FILTERS: list[tuple[str, Callable[[Any], Any]]] = [
    ("multipliers<=9", lambda c: c["multipliers"] <= 9),
    ("multipliers <= 9  stride=2,3", lambda c: (c["multipliers"] <= 9) & (c["stride_h"] > 1)),
    ("stride>1 busy>=99.5%", lambda c: (c["stride_h"] > 1) & (c["utilisation"] >= 0.995)),
    ("front !simulated", lambda c: c["pareto"] & ~c["verified"]),
    ("fps>100k buffer<2k", lambda c: (c["fps"] > 1e5) & (c["buffer_bits"] < 2000)),
    ("buffer_bits<=1.5kib", lambda c: c["buffer_bits"] <= 1536),
    ("buffer<1.5kb", lambda c: c["buffer_bits"] < 1500),
    ("target=ecp5 dsp!=1", lambda c: (c["target"] == "ecp5") & (c["dsp"] != 1)),
    ("pace lanes=2", lambda c: (c["interval"] <= 2 * 12 * 14) & (c["lanes"] == 2)),
    ("layer~EDG kernel=3", lambda c: c["lanes"] > 0),
]


def test_filter(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    for text, keep in FILTERS:
        page.filter(text)
        assert page.total == keep(reports.small().columns).sum() > 0, text
        assert page.text("filter-says") == ""
    page.click("#reset")
    assert page.total == 90


def test_mistakes_in_the_filter_are_told(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    for text, says in [
        ("multiplyers<=9", "no column “multiplyers”; there are multipliers"),
        ("<=9", "“<=9” is no term; terms look like multipliers<=16"),
        ("multipliers<=many", "“many” is not a number"),
        ("multipliers<=9b", "“9b” is not a number"),
        ("multipliers", "“multipliers” needs a value, such as multipliers="),
        ("front=1", "“front” stands alone: front, or !front"),
        ("fps<1,2", "“<” compares with one number, not with “1,2”"),
    ]:
        page.run("document.getElementById('filter').value = arguments[0]; applyFilter()", text)
        assert page.text("filter-says").startswith(says)
        assert page.total == 90
    page.filter("multipliers>1M")
    assert page.total == 0
    assert page.text("roofline") == "No design passes the filter."
    page.filter("")
    assert page.marks("roofline") > 0


def test_chips_keys_and_the_card(opened: Callable[[Table], Page]) -> None:
    from selenium.webdriver.common.keys import Keys

    page = opened(reports.small())
    columns = reports.small().columns
    page.redrawn(lambda: page.click("[data-term='stride=2']"))
    page.redrawn(lambda: page.click("[data-term='stride=3']"))
    assert page.run("return document.getElementById('filter').value") == "stride=2,3"
    assert page.total == (columns["stride_h"] > 1).sum()
    page.redrawn(lambda: page.click("[data-term='stride=2']"))
    page.redrawn(lambda: page.click("[data-term=front]"))
    assert page.total == ((columns["stride_h"] == 3) & columns["pareto"]).sum()
    # The first design that the card shows is the one of the sentence.
    assert page.text("card").startswith("Stride 3, 5 multipliers")

    scroller = page.browser.find_element("id", "scroller")
    scroller.send_keys(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    row = page.run("return table.chosen")
    assert page.run("return document.querySelector('[aria-selected=true]').dataset.row") == str(row)
    at = {name: column[row] for name, column in columns.items()}
    assert page.text("command-simulate") == (
        "windrow simulate --height 12 --width 14 --in-channels 2 --out-channels 4 --kernel-size 3 --stride 3 "
        f"--padding 1 --lanes {at['lanes']} --pe {at['pe']} --taps {at['taps']}")
    assert page.text("command-plan").startswith("windrow plan --height 12")
    page.click("#card .copy")
    assert page.until("return document.querySelector('#card .copy').textContent !== 'Copy'")
    page.browser.find_element("tag name", "body").send_keys(Keys.ESCAPE)
    assert page.run("return table.chosen") is None
    page.redrawn(lambda: page.browser.find_element("tag name", "body").send_keys(Keys.ESCAPE))
    assert page.total == 90


def test_the_commands_are_commands(opened: Callable[[Table], Page]) -> None:
    """Every design of the page can be planned by the command that the card shows."""
    import shlex

    from windrow_cli import main

    page = opened(reports.two_layers())
    for row in (0, len(reports.two_layers()) - 1):
        command = page.run("return commands(arguments[0])", row)
        for verb in ("plan", "simulate"):
            program, *arguments = shlex.split(command[verb])
            assert program == "windrow"
            assert arguments[0] == verb
            if verb == "plan":
                assert main([*arguments, "--json"]) == 0


def test_selected_marks_are_the_table(opened: Callable[[Table], Page]) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    page = opened(reports.small())
    plot = page.browser.find_element("css selector", "#tradeoff svg")
    wide, high = plot.size["width"], plot.size["height"]
    # The left half: few multipliers.
    drag = ActionChains(page.browser, duration=60).move_to_element(plot)
    drag.move_by_offset(-wide // 2 + 2, -high // 2 + 2).click_and_hold()
    drag.move_by_offset(wide // 4, high // 2).move_by_offset(wide // 4, high // 2 - 4).release().perform()
    page.until("return document.getElementById('table-note').textContent.includes('selected')")
    edge = page.run("return plots.tradeoff.selection.x1")
    assert page.total == (reports.small().columns["multipliers"] <= edge).sum() > 0
    # Marks of the roofline that hold none of them are faint.
    chosen, of = page.run("""
        const paths = [...document.querySelectorAll("#roofline .marks")];
        const marks = (some) => some.map((path) => path.getAttribute("d")).join("").split("M").length - 1;
        return [marks(paths.filter((path) => path.getAttribute("opacity") === "1")), marks(paths)];
    """)
    assert 0 < chosen < of
    page.click("#reset")
    assert page.total == 90


def test_edges_lead_along_the_designs_at_the_pace(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    lines = page.run("""
        return plots.tradeoff.series.filter((each) => each.line).map(({ x, y }) => [x, y]);
    """)
    columns = reports.small().columns
    expected = []
    for stride in (1, 2, 3):
        keeping = (columns["stride_h"] == stride) & (columns["interval"] <= 2 * 12 * 14)
        costs = columns["multipliers"][keeping].tolist(), columns["buffer_bits"][keeping].tolist()
        pairs = sorted(zip(*costs, strict=True))
        edge = [pair for at, pair in enumerate(pairs) if all(pair[1] < other[1] for other in pairs[:at])]
        if len(edge) > 1:
            expected.append([list(each) for each in zip(*edge, strict=True)])
    assert lines == expected
    assert expected


def test_layers(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.two_layers())
    columns = reports.two_layers().columns
    assert page.total == (columns["height"] == 9).sum()
    assert "are 9, 5 and 2, at stride 1, 2×1 and 2." in page.text("sentence")
    assert page.browser.find_elements("css selector", "[data-term='stride=2x1']")
    page.redrawn(lambda: page.click("#family option[value='1']"))
    assert not page.browser.find_elements("css selector", "[data-term='stride=2x1']")
    assert page.total == (columns["height"] == 8).sum()
    assert "are 4 and 1, at stride 1 and 2." in page.text("sentence")
    page.redrawn(lambda: page.click("#family option[value='-1']"))
    assert page.total == len(reports.two_layers())
    assert page.text("throughput") == "Strides compare within one layer; choose one above."
    page.filter("stride=2x1")
    assert page.total == (columns["stride_h"] != columns["stride_w"]).sum()
    assert not page.browser.find_element("id", "resources-panel").is_displayed()
    assert "</script><b>odd" in page.column("layer")


def test_bounds_are_marked_and_not_compared(opened: Callable[[Table], Page]) -> None:
    table = reports.small()
    unsure = (table.columns["stride_h"] == 1) & (table.columns["multipliers"] == 36)
    bounds = {"timing_from": np.where(unsure, "bound", table.columns["timing_from"]).astype(object),
              "buffer_from": np.where(unsure, "bound", "model").astype(object)}
    page = opened(Table({**table.columns, **bounds}, table.meta))
    assert f"{unsure.sum()} known by a bound only" in page.text("facts")
    page.filter("stride=1 multipliers=36")
    assert all(text.startswith("≥ ") for text in page.column("interval"))
    assert all(text.startswith("≤ ") for text in page.column("fps"))
    assert all(text.startswith("≥ ") for text in page.column("buffer_bits"))
    page.filter("pace lanes=1 stride=1")
    assert page.total == 0


def test_one_design_at_the_pace_of_one_stride(opened: Callable[[Table], Page]) -> None:
    layer = wr.Conv2d(height=12, width=12, kernel_size=3, padding=1, stride=4)  # 0.5625 MACs per pixel
    page = opened(reports.table_of(reports.columns_of(layer)))

    for axis in "xy":
        said = [float(text) for text in page.ticks("roofline", axis)]  # 0.5, not 500m
        assert min(said) < 0.5625 < max(said)
    rates = page.ticks("throughput", "y")
    assert len(rates) == len(set(rates)) > 2


def test_dark_and_light(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())

    def colours() -> tuple[str, str]:
        return (page.run("return getComputedStyle(document.body).backgroundColor"),
                page.run("return getComputedStyle(document.querySelector('#throughput text')).fill"))

    light = colours()
    page.emulate(prefers_color_scheme="dark")
    dark = colours()
    assert light == ("rgb(246, 245, 241)", "rgb(95, 106, 116)")
    assert dark == ("rgb(19, 23, 27)", "rgb(154, 167, 178)")


@pytest.mark.parametrize("width", [390, 768])
@pytest.mark.parametrize("table", [reports.small, reports.long_names], ids=lambda table: table.__name__)
def test_on_a_phone(table: Callable[[], Table], width: int, opened: Callable[[Table], Page]) -> None:
    page = opened(table())
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 844, "deviceScaleFactor": 1, "mobile": True})
    page.browser.refresh()
    page.until("return document.body.dataset.drawn")
    assert page.run("return document.documentElement.scrollWidth") == width
    # Plots are as wide as their panels, and the card waits until somebody asks for it.
    for plot in ("throughput", "roofline"):
        drawn, room = page.run(f"""
            const plot = document.getElementById("{plot}");
            return [plot.querySelector("svg").clientWidth, plot.clientWidth];
        """)
        assert drawn == pytest.approx(room, abs=1)
    assert not page.browser.find_element("id", "card").is_displayed()
    page.run("page.choose(3)")
    card = page.browser.find_element("id", "card")
    assert card.is_displayed()
    assert card.rect["width"] <= width
    assert page.run("return document.documentElement.scrollWidth") == width
    page.click("#close")
    assert not card.is_displayed()


def test_on_paper(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    page.emulate(prefers_color_scheme="dark")
    printed = page.browser.execute_cdp_cmd("Page.printToPDF", {
        "preferCSSPageSize": True, "paperWidth": 8.27, "paperHeight": 11.69})
    pdf = base64.b64decode(printed["data"])
    pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
    assert 2 <= pages <= 4  # 90 rows would not fit if all were printed, nor would the room they stand for
    # Afterwards all is as before.
    page.until("return !document.documentElement.classList.contains('paper')")
    assert page.run("return table.onPaper") is False
    colour = page.run("return getComputedStyle(document.querySelector('#throughput text')).fill")
    assert colour == "rgb(154, 167, 178)"


def test_ten_thousand_designs(
    opened: Callable[[Table], Page], record_property: Callable[[str, Any], None]
) -> None:
    """Few things are in the page, whatever the table holds. The times are recorded; only hangs would fail.

    What does not depend on who else uses the machine: the browser computes for less than half a second.
    """
    page = opened(reports.many(10_000))
    times = page.run("""
        const marks = performance.getEntriesByType("mark");
        return Object.fromEntries(marks.map((mark) => [mark.name, mark.startTime]));
    """)
    for name, time in times.items():
        record_property(f"{name}_ms", round(time))
    assert times["ready"] < times["drawn"] < 30_000
    page.browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    page.browser.refresh()
    page.until("return document.body.dataset.drawn")
    spent = {each["name"]: each["value"]
             for each in page.browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]}
    record_property("opening_cpu_ms", round(1000 * spent["TaskDuration"]))
    assert spent["TaskDuration"] < 0.5
    assert page.total == 10_000
    assert page.run("return document.querySelectorAll('#table tbody tr').length") < 60
    assert all(page.marks(plot) <= 2600 for plot in ("tradeoff", "roofline"))
    for name, act in {"sort": "document.querySelector('[data-sort=fps]').click()",
                      "filter": "document.getElementById('filter').value = 'stride=2'; applyFilter()",
                      "all": "showAll()"}.items():
        before = page.run("return performance.now()")
        page.run(act)
        time = page.run("return performance.now()") - before
        record_property(f"{name}_ms", round(time))
        assert time < 10_000
    # Down at the very end the last rows are there.
    page.run("document.getElementById('scroller').scrollTop = 1e9")
    page.until("return document.querySelector(`#table tr[aria-rowindex='10001']`) !== null")


def test_every_tick_has_a_label_and_axes_have_names(opened: Callable[[Table], Page]) -> None:
    """On logarithmic axes too, and no two of them say the same or lie on each other."""
    page = opened(reports.many(1080))
    for plot in ("throughput", "utilisation", "tradeoff", "roofline"):
        assert page.run(f"return document.querySelectorAll('#{plot} .title').length") == 2
        for axis in "xy":
            said = page.ticks(plot, axis)
            assert len(said) == len(set(said)) >= 3
            assert all(said)
        touching = page.run("""
            const texts = [...document.querySelectorAll(arguments[0])];
            const boxes = texts.map((text) => text.getBoundingClientRect());
            return boxes.some((a, at) => boxes.some((b, other) => other > at &&
              a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom));
        """, f"#{plot} .xtick, #{plot} .ytick")
        assert not touching


def test_marks_off_the_front_can_be_seen(opened: Callable[[Table], Page]) -> None:
    """A contrast of three to one with the paper behind them, in light and in dark."""
    page = opened(reports.small())
    for scheme in ("light", "dark"):
        page.emulate(prefers_color_scheme=scheme)
        ratios = page.run("""
            const light = (colour) => {
              const part = colour.map((value) => value / 255)
                .map((value) => (value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
              return 0.2126 * part[0] + 0.7152 * part[1] + 0.0722 * part[2];
            };
            const rgb = (text) => text.match(/[\\d.]+/g).slice(0, 3).map(Number);
            const paper = rgb(getComputedStyle(document.querySelector(".panel")).backgroundColor);
            return [...document.querySelectorAll("#tradeoff .marks")].map((path) => {
              const ink = rgb(getComputedStyle(path).fill), share = Number(path.getAttribute("opacity"));
              const seen = ink.map((value, at) => value * share + paper[at] * (1 - share));
              const [high, low] = [light(seen), light(paper)].sort((a, b) => b - a);
              return (high + 0.05) / (low + 0.05);
            });
        """)
        assert len(ratios) == 6  # three strides, on the front and off it
        assert min(ratios) > 2, scheme


def test_filter_and_plots_agree(opened: Callable[[Table], Page]) -> None:
    """What the table lists is in the plots, whatever is filtered: no line for what is filtered away."""
    table = reports.small()
    page = opened(table)
    for text in ("multipliers=24", "lanes=2 stride=1", "taps=1", "stride=3 pe=4"):
        page.filter(text)
        held = "return new Set(plots.{0}.series.flatMap((each) => (each.groups ?? []).flat())).size"
        assert page.run(held.format("tradeoff")) == page.run(held.format("roofline")) == page.total > 0
        # Lines go through rows of the table, with each number of multipliers that they are named for.
        inside = page.run("""
            const shown = new Set(table.rows);
            return ["throughput", "utilisation"].every((id) => plots[id].series.some((each) => each.groups) &&
              plots[id].series.every((each) => (each.groups ?? []).flat().every((row) => shown.has(row))));
        """)
        assert inside, text


def test_lines_are_those_of_python(opened: Callable[[Table], Page]) -> None:
    """The page chooses its numbers of multipliers, and the fewest that keep the pace, as Python does."""
    for table in (reports.small(), reports.many(1080)):
        page = opened(table)
        family, = families(table.columns)
        rows = np.arange(len(table))
        assert page.run("return budgetsOf(everyRow)") == budgets(table.columns, rows)
        found = page.run("""
            return byStride(everyRow).map(([, rows]) => columns.multipliers(cheapestAtPace(rows)));
        """)
        best = [cheapest(table.columns, mine, family.pace) for mine in family.of.values()]
        assert found == [int(table.columns["multipliers"][at]) for at in best if at is not None]


@pytest.mark.parametrize("width", [390, 820, 1280, 1920])
def test_no_column_is_cut(width: int, opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    page.browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
    page.until(f"return innerWidth === {width}")
    page.browser.refresh()
    page.until("return document.body.dataset.drawn")
    room, wide = page.run("return [scroller.clientWidth, document.getElementById('table').scrollWidth]")
    assert wide <= room
    there = page.run("return table.cells.map(({ name }) => name)")
    assert {"stride", "multipliers"} <= set(there)
    away = page.run("return cells.length - table.cells.length")
    button = page.browser.find_element("id", "columns")
    assert button.is_displayed() == bool(away)
    if away:
        assert button.text == f"{away} more column{'s' if away > 1 else ''}"
        page.click("#columns")
        assert page.run("return table.cells.length === cells.length")


def test_a_row_shows_its_design_beside_it(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    page.run("document.getElementById('table-panel').scrollIntoView()")
    page.click("#table tbody tr[data-row]")
    box = page.run("return document.getElementById('card').getBoundingClientRect().toJSON()")
    assert 0 <= box["top"] < box["bottom"] <= page.run("return innerHeight")


def test_the_design_of_the_sentence_is_drawn(opened: Callable[[Table], Page]) -> None:
    table = reports.small()
    page = opened(table)
    layer = wr.Conv2d(height=12, width=14, in_channels=2, out_channels=4, kernel_size=3, padding=1)
    family, = families(table.columns)
    for stride in (1, 2, 3):
        page.filter(f"stride={stride}")
        at = cheapest(table.columns, family.of[str(stride)], family.pace)
        design = wr.Design(layer.replace(stride=stride), **{
            name: int(table.columns[name][at]) for name in ("lanes", "pe", "taps")})
        said = page.run("""
            return [...document.querySelectorAll("#drawing text")].map((text) => text.textContent);
        """)
        row = f"{design.schedule.row_beats} beats x {design.beat_bits} bit"
        assert f"ring of {design.ring_rows} rows x {row}" in said
        assert f"stride {stride}, {design.multipliers} multipliers" in page.text("drawing-note")


def test_a_plot_can_be_saved(opened: Callable[[Table], Page]) -> None:
    page = opened(reports.small())
    text = page.run("""
        let kept = null;
        const before = URL.createObjectURL;
        URL.createObjectURL = (blob) => { kept = blob; return before(blob); };
        savePlot(document.getElementById("tradeoff"));
        URL.createObjectURL = before;
        return kept.text();
    """)
    import xml.etree.ElementTree as ElementTree

    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in re.sub(r"fill: var[^;]*;", "", text) or "rgb(" in text


WINDOW = {"height": 8, "width": 7, "kernel_size": 2}
SPOKEN = {
    "mirror": wr.Conv2d(**WINDOW, in_channels=4, out_channels=4, groups=2, padding=1,
                        padding_mode="symmetric"),
    "value": wr.Conv2d(**WINDOW, padding=1, padding_value=9, input_type=wr.Int(5), weight_type=wr.Int(3)),
    "pool": wr.MaxPool2d(**WINDOW, channels=2, input_type=wr.Int(8)),
    "rank": wr.Rank2d(**WINDOW, channels=2, rank=3),
    "mean": wr.AvgPool2d(**WINDOW, channels=3, padding=1, count_include_pad=True),
    "whole/1": wr.Conv2d(**WINDOW, in_channels=2, out_channels=2, bias=True, padding=1,
                         output=(wr.Requantize([0.1, 0.2]), wr.Clamp(minimum=0))),
    "cross": wr.MinPool2d(**WINDOW, channels=1, element=[[True, False], [True, True]]),
}


def test_commands_say_all_of_a_layer(
    opened: Callable[[Table], Page], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """Operator, groups, borders, types: by flags, or by a file where flags say less."""
    import shlex

    from windrow_cli import main

    monkeypatch.chdir(tmp_path)
    page = opened(wr.explore(list(SPOKEN.items()), stride=[1, (2, 1)], workers=1))
    layers: dict[str, set[tuple[int, int]]] = {}
    rows = page.run("return everyRow.map((row) => [columns.layer(row), columns.stride(row)])")
    for row in {tuple(each): at for at, each in reversed(list(enumerate(rows)))}.values():
        command = page.run("return commands(arguments[0])", row)
        name = rows[row][0]
        if "file" in command:
            (tmp_path / f"{name.replace('/', '_')}.toml").write_text(command["file"])
        asked = [*shlex.split(command["simulate"])[1:], "--engine", "amaranth", "--frames", "1", "--json"]
        assert main(asked) == 0
        said = json.loads(capsys.readouterr().out)["layer"]
        stride = (1, 1) if rows[row][1] == "1" else (2, 1)
        assert said == SPOKEN[name].replace(stride=stride).to_dict()
        layers.setdefault(name, set()).add(stride)
    assert layers == {name: {(1, 1), (2, 1)} for name in SPOKEN}


def test_the_words_of_an_operator_without_weights(opened: Callable[[Table], Page]) -> None:
    page = opened(wr.explore([("pool", SPOKEN["pool"])], stride=[1, 2], workers=1))
    told = page.run("return document.body.textContent")
    assert "the fewest operands a cycle of these designs are" in told
    page.run("showCard(0)")
    assert "1 operand a cycle" in page.run("return document.querySelector('#card h2').textContent")
    assert page.run("return Object.keys(about.drawings).length") == 2
