"use strict";
/* All of a cycle: sentence, rows and lanes. Everything shown follows from `cycle` alone. */

$("zoom").innerHTML = spans.map(([name, text]) => `<option value="${name}">${text}</option>`).join("");
const rows = [new SourceRow($("rows")), ...stages.map((stage) => new StageRow($("rows"), stage))];
$("score").style.setProperty("--tracks", `${trackAt(tracks - 1) + 12}px`);
$("facts").textContent = facts();
const cut = run.frames < run.asked ? `Of ${run.asked} frames the first ${run.frames}: more would be too large a page. ` : "";
$("source").textContent = `${cut}${run.text}. ${run.source ? run.source + ". " : ""}Recorded from the simulated hardware; every ` +
  "result of every stage and every cycle of the output equals the models. Places are row,column, counted from 0; " +
  "the pictures show the mean of all channels, or the channels of a single pixel.";
$("strip-legend").innerHTML = [["arrive-swatch", "beat in"], ["mul", "at work"], ["wait", "blocked"],
  ["leaving-swatch", "beat out; a line: frame done"],
  ["window", "window in service"]]
  .map(([name, text]) => `<li><i class="swatch ${name}"></i>${text}</li>`).join("");

let drawn = null;
function showLanes(again) {
  const view = viewAt(cycle);
  if (again || drawn === null || view.first !== drawn.first || view.span !== drawn.span) {
    drawn = view;
    drawRuler($("ruler"), view);
    rows.forEach((row, at) => (at ? drawStage(row.canvas, view, row.stage) : drawSource(row.canvas, view)));
  }
  const left = `${100 * (cycle - view.first) / view.span}%`, wide = `${Math.max(0.1, 100 / view.span)}%`;
  rows.forEach((row) => Object.assign(row.head.style, { left, width: wide }));
}

function showCycle() {
  const state = stateAt(cycle);
  $("sentence").innerHTML = `<span>${sentence(state)}</span>`;
  rows.forEach((row) => row.show(state));
  showLanes(false);
}

function show(wanted) {
  if (!moves(wanted)) return;
  showCycle();
  showControls();
}

$("zoom").addEventListener("change", () => showLanes(true));
window.addEventListener("resize", () => showLanes(true));
dark.addEventListener("change", () => { readColours(); showCycle(); showLanes(true); });
rows.forEach((row) => scrub(row.lane, (share) => {
  const { first, span } = drawn;
  return Math.max(first, Math.min(first + span - 1, Math.floor(first + share * span)));
}));

speeds([1, 5, 20, 100, 500, 2000], 20);
fromLink();
document.body.classList.add("ready");
