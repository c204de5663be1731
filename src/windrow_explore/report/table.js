"use strict";
/* The table. However many designs there are, only the rows in sight are in the page. */

const scroller = document.getElementById("scroller");
const body = document.querySelector("#table tbody");
const ROW = 30; // pixels, as in page.css
const SPARE = 8; // rows beyond either edge
const PRINTED = 40;

const table = { rows: [], sort: "multipliers", down: false, chosen: null, cells: [], all: false, onPaper: false };

/** Columns that differ from design to design; what is equal for all stands above the table once. */
function columnsOf(rows) {
  const varied = (name) => {
    const first = columns[name](rows[0]);
    return rows.some((row) => !Object.is(columns[name](row), first));
  };
  return MEANING.filter(({ name, always }) => always || (rows.length > 0 && !columns[name].constant && varied(name)));
}
const everyRow = Array.from({ length: size }, (_, row) => row);
const cells = columnsOf(everyRow);
// What follows from other columns, or is told by a sign in them, stays away first where there is no room.
const LEAST = ["buffer_pixels", "bound", "area_from", "buffer_from", "timing_from", "verified", "pace", "dsp_estimate", "latency_us", "gops",
  "bram_estimate", "kernel", "fold",
  "latency", "target", "fmax_mhz", "ff", "bram", "dsp", "lut", "front", "clock_mhz", "taps", "pe", "lanes", "pixels", "layer",
  "buffer_bits", "utilisation", "fps", "interval", "multipliers"];
const NOT_ON_PAPER = LEAST.slice(0, LEAST.indexOf("kernel")).concat("latency", "target");

/** Pixels that a column takes: its title, or its longest text. */
const bounded = everyRow.some((row) => timing(row) === "bound" || (has("buffer_from") && columns.buffer_from(row) === "bound"));
const widths = new Map(cells.map(({ name, title, unit }) => {
  const texts = [`${title} ↑`, unit ?? ""], meaning = MEANING.find((each) => each.name === name);
  if (isText(name)) texts.push(...new Set(everyRow.map(columns[name])));
  else {
    const most = everyRow.reduce((best, row) => (known(columns[name](row)) && !(columns[name](row) <= columns[name](best)) ? row : best));
    texts.push(`${bounded ? "≥ " : ""}${shown(meaning, most)}`);
  }
  return [name, 24 + 7.4 * Math.max(...texts.map((text) => text.length)) + (name === "stride" ? 15 : 0)];
}));

/** The columns that have room, or all if somebody asked for them; none is ever cut. */
function fitColumns() {
  const button = document.getElementById("columns");
  if (table.onPaper) { table.cells = cells.filter(({ name }) => !NOT_ON_PAPER.includes(name)); return; }
  let kept = cells;
  const total = () => kept.reduce((sum, { name }) => sum + widths.get(name), 0);
  for (const name of LEAST) if (!table.all && total() > scroller.clientWidth - 16) kept = kept.filter((each) => each.name !== name);
  table.cells = kept;
  const away = cells.length - kept.length;
  button.hidden = !away && !table.all;
  button.textContent = table.all ? "Columns that fit" : `${away} more column${away === 1 ? "" : "s"}`;
}

function drawHead() {
  const head = document.querySelector("#table thead");
  head.replaceChildren();
  const line = put(head, "tr");
  for (const meaning of table.cells) {
    const cell = put(line, "th", undefined, { scope: "col" });
    if (isText(meaning.name)) cell.className = "text";
    if (table.sort === meaning.name) cell.setAttribute("aria-sort", table.down ? "descending" : "ascending");
    const button = put(cell, "button", meaning.title, { type: "button", "data-sort": meaning.name,
      title: [meaning.help, "sort"].filter(Boolean).join("; ") });
    if (table.sort === meaning.name) button.append(table.down ? " ↓" : " ↑");
    if (meaning.unit) put(button, "small", meaning.unit);
  }
}

function sortRows() {
  const { sort, down, rows } = table;
  const keys = rows.map((row) => order(sort, row));
  const text = rows.length > 0 && typeof keys[0] === "string";
  const at = Array.from(rows.keys());
  const unknown = (key) => key === null || key === undefined || Number.isNaN(key) || key === "";
  at.sort((a, b) => {
    const [x, y] = [keys[a], keys[b]];
    // What is not known comes last, whichever way the table is sorted.
    if (unknown(x) || unknown(y)) return unknown(x) - unknown(y) || rows[a] - rows[b];
    const before = text ? x.localeCompare(y) : x - y;
    return (down ? -before : before) || rows[a] - rows[b];
  });
  table.rows = at.map((place) => rows[place]);
}

/** The rows in sight, between two spacers that stand for the others. */
function drawRows() {
  const total = table.rows.length;
  const first = table.onPaper ? 0 : Math.max(0, Math.floor(scroller.scrollTop / ROW) - SPARE);
  const last = table.onPaper ? Math.min(total, PRINTED)
    : Math.min(total, first + Math.ceil(scroller.clientHeight / ROW) + 2 * SPARE);
  const lines = document.createDocumentFragment();
  const spacer = (count) => {
    const cell = put(put(lines, "tr", undefined, { class: "spacer", "aria-hidden": "true" }), "td", undefined,
                     { colspan: table.cells.length });
    cell.style.height = `${table.onPaper ? 0 : count * ROW}px`;
  };
  spacer(first);
  // Zebra stripes must not jump: an odd first row needs an odd number of rows before it.
  if (first % 2) put(lines, "tr", undefined, { class: "spacer", "aria-hidden": "true" });
  for (let at = first; at < last; at++) {
    const row = table.rows[at];
    const line = put(lines, "tr", undefined, {
      "data-row": row, tabindex: -1, "aria-rowindex": at + 2, "aria-selected": row === table.chosen,
    });
    for (const meaning of table.cells) {
      const cell = put(line, "td");
      if (isText(meaning.name)) cell.className = "text";
      if (meaning.name === "stride") put(cell, "span", undefined, { class: "mark" }).style.background = strideColour(columns.stride(row));
      cell.append(shown(meaning, row));
    }
  }
  spacer(total - last);
  body.replaceChildren(lines);
}

function fillTable(rows) {
  table.rows = rows;
  sortRows();
  document.getElementById("table").setAttribute("aria-rowcount", rows.length + 1);
  scroller.scrollTop = 0;
  drawTable();
}

scroller.addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
addEventListener("resize", drawTable);

function drawTable() {
  fitColumns();
  drawHead();
  drawRows();
}
document.getElementById("columns").addEventListener("click", () => { table.all = !table.all; drawTable(); });

document.querySelector("#table thead").addEventListener("click", (event) => {
  const button = event.target.closest("[data-sort]");
  if (!button) return;
  const name = button.dataset.sort;
  table.down = table.sort === name ? !table.down : false;
  table.sort = name;
  sortRows();
  scroller.scrollTop = 0;
  drawHead();
  drawRows();
  document.querySelector(`[data-sort="${name}"]`).focus();
});

body.addEventListener("click", (event) => {
  const line = event.target.closest("[data-row]");
  if (line && !getSelection().toString()) page.choose(Number(line.dataset.row), undefined, true);
});

/** Arrows walk through the table, from the chosen design or from the first in sight. */
scroller.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity }[event.key];
  if (!step || event.target.closest("th")) return;
  event.preventDefault();
  const from = table.rows.indexOf(table.chosen);
  const to = Math.max(0, Math.min(table.rows.length - 1, from < 0 ? 0 : from + step));
  const top = to * ROW;
  if (top < scroller.scrollTop) scroller.scrollTop = top;
  if (top + ROW + 46 > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + ROW + 46 - scroller.clientHeight;
  page.choose(table.rows[to], undefined, true);
});

/** The rows of the table as they are filtered and sorted, with every column. */
function asCsv() {
  const names = Object.keys(about.columns).filter((name) => name !== "family");
  const quoted = (value) => (/[",\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value);
  const lines = [names.join(",")];
  for (const row of table.rows)
    lines.push(names.map((name) => {
      const value = columns[name](row);
      return known(value) ? quoted(String(value)) : "";
    }).join(","));
  return `${lines.join("\n")}\n`;
}

function saveAs(blob, name) {
  const link = put(document.body, "a", "", { href: URL.createObjectURL(blob), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
  link.remove();
}
document.getElementById("download").addEventListener("click", () => saveAs(new Blob([asCsv()], { type: "text/csv" }), "designs.csv"));
