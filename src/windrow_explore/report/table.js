"use strict";
/* The table. However many designs there are, only the rows in sight are in the page. */

const scroller = document.getElementById("scroller");
const body = document.querySelector("#table tbody");
const ROW = 30; // pixels, as in page.css
const SPARE = 8; // rows beyond either edge
const PRINTED = 40;

const table = { rows: [], sort: "multipliers", down: false, chosen: null, cells: [], onPaper: false };

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
table.cells = cells;
// A sheet is narrow: what follows from other columns stays away.
const NOT_ON_PAPER = ["bound", "latency", "buffer_pixels", "pace", "verified", "target", "timing_from", "buffer_from",
  "area_from"];

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
  drawHead();
  drawRows();
}

scroller.addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
addEventListener("resize", () => drawRows());

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
  if (line && !getSelection().toString()) page.choose(Number(line.dataset.row));
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
  page.choose(table.rows[to]);
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

document.getElementById("download").addEventListener("click", () => {
  const link = put(document.body, "a", "", {
    href: URL.createObjectURL(new Blob([asCsv()], { type: "text/csv" })), download: "designs.csv",
  });
  link.click();
  URL.revokeObjectURL(link.href);
  link.remove();
});
