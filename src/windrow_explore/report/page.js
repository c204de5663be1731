"use strict";
/* What is shown: one filter for the whole page, one selection of marks for the table, one chosen design. */

const $ = (id) => document.getElementById(id);
const state = { family: 0, rows: [], selected: null };

const page = {
  /** Draw the plots, each in a task of its own so that the page answers in between. */
  drawCharts(now = false) {
    const turn = ++drawing;
    const family = about.families[state.family];
    for (const id of Object.keys(CHARTS)) {
      const draw = () => {
        if (turn !== drawing) return;
        const element = $(id);
        if (!family && !SELECTS.includes(id)) emptyPlot(element, "Strides compare within one layer; choose one above.");
        else if (!state.rows.length) emptyPlot(element, "No design passes the filter.");
        else CHARTS[id](element, state.rows, family);
        if (state.selected && SELECTS.includes(id)) emphasise(state.selected);
        if (id === "roofline") {
          document.body.dataset.drawn = String(turn);
          performance.mark("drawn");
        }
      };
      if (now) draw(); else setTimeout(draw, 0);
    }
  },

  /** Show one design in the card and mark it in the table. Far from the plots the card comes to the table. */
  choose(row, group, fromTable = false) {
    table.chosen = row;
    if (row !== null) showCard(row, group);
    card.classList.toggle("open", row !== null);
    card.classList.toggle("floats", row !== null && fromTable);
    for (const line of body.querySelectorAll("[data-row]"))
      line.setAttribute("aria-selected", String(Number(line.dataset.row) === row));
  },
};
let drawing = 0;

/** The design that the first sentence speaks of: where a reader starts. */
function firstOf(rows) {
  for (const [, mine] of byStride(rows)) {
    const found = cheapestAtPace(mine);
    if (found >= 0) return found;
  }
  return rows[0];
}

/* ---- filter and selection -------------------------------------------------------------------------------- */

/** Does a row belong to the layer that is looked at? */
const inFamily = () => (state.family < 0 || about.families.length === 1 ? () => true
  : (row) => columns.family(row) === state.family);

function applyFilter() {
  const input = $("filter"), found = readFilter(input.value);
  $("filter-says").textContent = found.error ?? "";
  input.setAttribute("aria-invalid", String(Boolean(found.error)));
  pressChips();
  if (found.error) return;
  const here = inFamily();
  state.rows = everyRow.filter((row) => here(row) && found.test(row));
  state.selected = null;
  if (state.rows.length && !state.rows.includes(table.chosen)) {
    page.choose(null);
    showCard(firstOf(state.rows));
  }
  showRows();
  page.drawCharts();
  resources();
}

function showRows() {
  const rows = state.selected ? state.rows.filter((row) => state.selected.has(row)) : state.rows;
  fillTable(rows);
  const front = rows.reduce((count, row) => count + columns.front(row), 0);
  $("table-note").textContent = state.selected
    ? `${whole(rows.length)} selected in a plot`
    : `${whole(rows.length)} of ${whole(size)}${front ? `, ${whole(front)} on the front` : ""}`;
  $("reset").hidden = !state.selected && !$("filter").value;
}

function select(rows) {
  state.selected = rows.length ? new Set(rows) : null;
  showRows();
  emphasise(state.selected);
}

let pending = 0;
$("filter").addEventListener("input", () => {
  clearTimeout(pending);
  pending = setTimeout(applyFilter, 120);
});
$("controls").addEventListener("submit", (event) => { event.preventDefault(); applyFilter(); });
$("reset").addEventListener("click", showAll);
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (table.chosen !== null) page.choose(null); else if (!$("reset").hidden) showAll();
});

function showAll() {
  $("filter").value = "";
  applyFilter();
  $("filter").focus();
}

$("family")?.addEventListener("change", (event) => {
  state.family = Number(event.target.value);
  const family = about.families[state.family];
  // The sentences were made with the report; the names in them are escaped.
  if (family) $("sentence").innerHTML = family.headline.map((line) => `<p>${line}</p>`).join("");
  chips();
  applyFilter();
});
$("against").addEventListener("change", () => page.drawCharts());

/* ---- chips: terms of the filter that a finger can type ---------------------------------------------------- */

function chips() {
  const rows = everyRow.filter(inFamily());
  const values = (name) => [...new Set(rows.map((row) => columns[name](row)))];
  const offered = [], here = byStride(rows).map(([stride]) => stride);
  if (here.length > 1 && here.length <= 6)
    for (const stride of here) offered.push([`stride=${stride.replace("×", "x")}`, `stride ${stride}`, strideColour(stride)]);
  const lanes = values("lanes").sort((a, b) => a - b);
  if (lanes.length > 1 && lanes.length <= 4) for (const lane of lanes) offered.push([`lanes=${lane}`, `lanes ${lane}`]);
  for (const [term, text] of [["pace", "at the pace"], ["front", "front"], ["simulated", "simulated"],
                              ["synthesised", "synthesised"]])
    if (values(term).length > 1) offered.push([term, text]);
  $("chips").replaceChildren();
  for (const [term, text, colour] of offered) {
    const chip = put($("chips"), "button", undefined, { type: "button", class: "chip", "data-term": term });
    if (colour) put(chip, "span", undefined, { class: "mark" }).style.background = colour;
    chip.append(text);
  }
}

/** Chips of one column are alternatives: stride=1,2. */
$("chips").addEventListener("click", (event) => {
  const chip = event.target.closest("[data-term]");
  if (!chip) return;
  const [name, value] = chip.dataset.term.split("=");
  const terms = $("filter").value.split(/\s+/).filter(Boolean);
  const at = terms.findIndex((term) => (value ? term.startsWith(`${name}=`) : term === name));
  if (!value) at < 0 ? terms.push(name) : terms.splice(at, 1);
  else {
    const there = new Set(at < 0 ? [] : terms[at].slice(name.length + 1).split(","));
    if (!there.delete(value)) there.add(value);
    const term = there.size ? [`${name}=${[...there].sort().join(",")}`] : [];
    if (at < 0) terms.push(...term); else terms.splice(at, 1, ...term);
  }
  $("filter").value = terms.join(" ");
  applyFilter();
});

function pressChips() {
  const terms = $("filter").value.toLowerCase().split(/\s+/);
  for (const chip of $("chips").querySelectorAll("[data-term]")) {
    const [name, value] = chip.dataset.term.split("=");
    const pressed = value
      ? terms.some((term) => term.startsWith(`${name}=`) && term.slice(name.length + 1).split(",").includes(value))
      : terms.includes(name);
    chip.setAttribute("aria-pressed", String(pressed));
  }
}

/** Of every stride a few rows, evenly from few multipliers to many. */
function spread(rows, most) {
  const groups = byStride(rows), each = Math.max(1, Math.floor(most / groups.length));
  return groups.slice(0, most).flatMap(([, mine]) => {
    const sorted = mine.sort((a, b) => columns.multipliers(a) - columns.multipliers(b));
    const count = Math.min(each, sorted.length);
    return Array.from({ length: count }, (_, at) => sorted[count === 1 ? 0 : Math.round(at * (sorted.length - 1) / (count - 1))]);
  });
}

/* ---- resources -------------------------------------------------------------------------------------------- */

function resources() {
  const rows = state.rows.filter(columns.synthesised);
  const measures = [["lut", "LUT"], ["ff", "FF"], ["bram", "RAM"], ["dsp", "DSP"], ["fmax_mhz", "MHz"]]
    .filter(([name]) => has(name) && rows.some((row) => known(columns[name](row))));
  const any = everyRow.some(columns.synthesised);
  $("resources-panel").hidden = !any;
  if (!any) return;
  const most = 12;
  const best = spread(rows, most);
  $("resources-note").textContent = rows.length > most
    ? `synthesised; ${best.length} of ${whole(rows.length)}, from small to large: filter to see others` : "synthesised";
  $("resources").replaceChildren();
  if (!best.length) { $("resources").textContent = "No synthesised design passes the filter."; return; }
  const top = Object.fromEntries(measures.map(([name]) =>
    [name, Math.max(...best.map((row) => columns[name](row) || 0))]));
  for (const row of best) {
    const line = put($("resources"), "button", undefined, { type: "button", class: "design" });
    const target = columns.target(row) ? `, ${columns.target(row)}` : "";
    put(line, "span", `stride ${columns.stride(row)}, lanes ${columns.lanes(row)} × pe ${columns.pe(row)} × taps ${
      columns.taps(row)}, ${digits(columns.fps(row))} frames/s${target}`, { class: "name" });
    const bars = put(line, "span", undefined, { class: "bars" });
    bars.style.setProperty("--measures", measures.length);
    for (const [name, title] of measures) {
      const value = columns[name](row);
      const bar = put(bars, "span", undefined, { class: name === "fmax_mhz" ? "bar fmax" : "bar" });
      put(bar, "b", known(value) ? digits(value) : "–");
      bar.append(` ${title}`);
      put(put(bar, "i"), "i").style.width = `${top[name] ? (100 * (value || 0)) / top[name] : 0}%`;
    }
    line.addEventListener("click", () => page.choose(row));
  }
}

/* ---- sizes, paper ------------------------------------------------------------------------------------ */

/** The card takes room beside the plots, not only windows change their size. */
const sizes = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const plot = plots[target.id];
    if (plot && !table.onPaper && Math.abs(plot.width - target.clientWidth) > 1) paint(plot);
  }
});
for (const id of Object.keys(CHARTS)) sizes.observe($(id));

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-saves]");
  if (button && plots[button.dataset.saves]) savePlot($(button.dataset.saves));
});

/** Colours and sizes of the page as the next drawing shall see them; media queries for paper do not hold yet. */
function toPaper(onPaper) {
  table.onPaper = onPaper;
  fitColumns();
  document.documentElement.classList.toggle("paper", onPaper);
  drawHead();
  drawRows();
  const kept = table.rows.length;
  if (onPaper && kept > PRINTED) $("table-note").dataset.before = $("table-note").textContent;
  if (onPaper && kept > PRINTED) $("table-note").textContent = `the first ${PRINTED} of ${whole(kept)}`;
  if (!onPaper && $("table-note").dataset.before) $("table-note").textContent = $("table-note").dataset.before;
  page.drawCharts(true);
}
addEventListener("beforeprint", () => toPaper(true));
addEventListener("afterprint", () => toPaper(false));

/* ---- start -------------------------------------------------------------------------------------------------- */

function provenance() {
  const simulated = everyRow.filter(columns.simulated).length, synthesised = everyRow.filter(columns.synthesised).length;
  const bounded = everyRow.filter((row) => timing(row) === "bound").length;
  const parts = [simulated === size ? "all simulated, and equal to the exact model"
    : `timed by the exact model, ${simulated ? `${whole(simulated)} also simulated and equal to it` : "none simulated here"}`];
  if (bounded) parts.push(`${whole(bounded)} known by a bound only, marked ≥ and left out where designs are compared`);
  if (synthesised) parts.push(`${whole(synthesised)} synthesised`);
  const text = parts.join("; ");
  $("provenance").textContent = `${text[0].toUpperCase()}${text.slice(1)}.`;
  $("throughput-note").textContent = `at equal multipliers, ${simulated ? "filled: simulated, hollow: model" : "timing model"}`;
  $("utilisation-note").textContent = "what faster strides leave idle, and the fewest multipliers that keep the pace";
  const objectives = about.objectives.map((name) => name.replaceAll("_", " ")).join(", ");
  $("tradeoff-note").textContent = `bold: on the front${objectives ? ` of ${objectives}` : ""}${coarse ? "" : "; drag to select"}`;
  $("roofline-note").textContent = "attainable is what lies under slope and roof";
}

new IntersectionObserver(([entry]) => $("controls").classList.toggle("stuck", entry.intersectionRatio < 1),
  { threshold: [1], rootMargin: "-1px 0px 0px 0px" }).observe($("controls"));
new ResizeObserver(() => document.documentElement.style.setProperty("--bar", `${$("controls").offsetHeight}px`))
  .observe($("controls"));
chips();
provenance();
applyFilter();
performance.mark("ready");
