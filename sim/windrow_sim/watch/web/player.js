"use strict";
/* The views and the strip. Everything shown follows from `cycle` alone. */

/* ---- the views --------------------------------------------------------------------------------------- */

const images = Array.from({ length: several ? 2 : 1 }, () => new ImageView($("images")));
const ring = new RingView($("ring"));
const store = design.store_columns ? new StoreView($("store")) : null;
const array = new ArrayView($("array"));
const output = new OutputView($("outputs"));
$("store-panel").hidden = !store;
$("array-name").textContent = layer.work.array;
$("array-lane").textContent = layer.work.array.toLowerCase();
$("facts").textContent = facts();
$("source").textContent = `${run.layer.text}. ${design.text}. ${run.source ? run.source + ". " : ""}` +
  "Recorded from the simulated hardware; every output and every cycle equals the models. " +
  "Places are (row, column), counted from 0.";

const skipped = beats.some((beat) => !beat.stored);
legend("image-legend", [
  ["arriving", "arriving"], ["held", "in the line buffer"], store && ["in-store", "in the column store"], ["freed", "freed"],
  skipped && ["unread", "never read, not kept"], ["future", "still to come"],
  ["window", "window being read"], fetches.length ? ["fetch", "column fetched"] : ["read", "tap read"],
  ["mul", `tap ${layer.work.done}`], top + bottom + left + right > 0 && ["padding", "padding, never streamed"],
  ["origin-swatch", "windows start here"],
]);
legend("output-legend", [["out reading", "being read"], ["out summing", "being summed"],
  ["out queued", "finished"], ["out leaving", "leaving"], ["out done", "delivered"]]);
legend("strip-legend", [["arrive-swatch", "pixel in"], ["mul", layer.work.operands],
  steps.some((step) => step.real < design.multipliers) && ["spare", "padding or spare"],
  ["leaving-swatch", "output"],
  (run.streams.i_valid.slice(0, beats[beats.length - 1].accepted).includes("0") ||
    run.streams.o_ready.includes("0")) && ["pause", "paused from outside"],
  [...run.streams.i_valid].some((_, at) => high("i_valid", at) && !high("i_ready", at) ||
    high("o_valid", at) && !high("o_ready", at)) && ["wait", "has to wait"],
]);

/* ---- the strip: three lanes over all cycles ------------------------------------------------------------ */

const strip = $("strip");
strip.setAttribute("viewBox", `0 0 ${run.cycles} 66`);
(function drawStrip() {
  const bar = (x, y, height, name) => draw(strip, "rect", { x: x + 0.06, y, width: 0.88, height, class: name });
  const lastAccept = beats[beats.length - 1].accepted;
  for (let frame = 0; frame < run.frames; frame++) if (frame % 2) {
    const first = beats[frame * design.input_beats].accepted;
    const end = frame + 1 < run.frames ? beats[(frame + 1) * design.input_beats].accepted : lastAccept + 1;
    draw(strip, "rect", { x: first, y: 0, width: end - first, height: 20, class: "odd-frame" });
  }
  for (let at = 0; at < run.cycles; at++) {
    if (acceptedIn.has(at)) bar(at, 4, 13, "arrive");
    else if (high("i_valid", at)) bar(at, 8, 6, "wait");
    else if (at < lastAccept) bar(at, 14, 3, "pause");
    const step = multipliedIn.get(at);
    if (step) {
      const height = 17 * step.real / design.multipliers;
      bar(at, 24, 17, "spare");
      if (height) bar(at, 41 - height, height, "mul");
    }
    if (transferredIn.has(at)) bar(at, 48, 13, "leave");
    else if (high("o_valid", at)) bar(at, 52, 6, "wait");
    else if (!high("o_ready", at)) bar(at, 58, 3, "pause");
  }
  [20.5, 44.5].forEach((y) => draw(strip, "line", { x1: 0, x2: run.cycles, y1: y, y2: y, class: "lane" }));
})();
const head = draw(strip, "rect", { y: 0, width: 1, height: 66, class: "head" });

/* ---- showing a cycle ----------------------------------------------------------------------------------- */

function showImages(state) {
  if (!several) return images[0].show(0, state);
  // One picture for even and one for odd frames: the frame in service, and the one that arrives.
  const pixel = state.arriving || state.waiting || beats[Math.min(state.accepted, beats.length - 1)];
  const arriving = pixelOf(pixel).frame, served = state.frame;
  images.forEach((view, parity) => {
    let frame = served % 2 === parity ? served : arriving % 2 === parity ? arriving : served + 1;
    if (frame >= run.frames) frame = served - 1;
    view.show(frame, state);
  });
}

function show(wanted) {
  if (!moves(wanted)) return;
  const state = stateAt(cycle);
  $("sentence").innerHTML = `<span>${sentence(state)}</span>`;
  showImages(state);
  ring.show(state);
  if (store) store.show(state);
  $("sum").innerHTML = array.show(state);
  output.show(state.outputFrame, state);
  const slots = design.ring_rows * design.row_beats, beatWord = design.slices > 1 ? "beats" : "pixels";
  $("ring-note").textContent = `${state.held} of ${slots} ${beatWord}` + (state.freed ? `, ${state.freed} freed now` : "");
  if (store) $("store-note").textContent = "columns on their way into the array";
  const step = state.multiplying;
  $("array-note").textContent = step ? windowName(step) + (layer.filters > 1 ? `, ${filterWord} ${step.group * design.pe}` +
    (design.pe > 1 ? `\u2013${(step.group + 1) * design.pe - 1}` : "") : "") : "idle";
  $("image-note").textContent = several ? "" : `${Math.min(state.accepted, beats.length)} of ${beats.length} ${beatWord} in`;
  const sent = countUpTo(outputs, "transferred", cycle);
  $("output-note").textContent = several ? `frame ${state.outputFrame}` : `${sent} of ${outputs.length}`;
  $("says-input").textContent = state.arriving ? "in" : state.waiting ? "waits" : state.paused ? "paused" : "\u2013";
  $("says-array").textContent = `${Math.round(100 * state.busy / (cycle + 1))}\u00a0% busy so far`;
  $("says-output").textContent = state.leaving ? "out" : state.blocked ? "waits" : high("o_ready", cycle) ? "\u2013" : "paused";
  head.setAttribute("x", cycle);
  showControls();
}

speeds([1, 3, 8, 20, 60], 3);
scrub(strip, (share) => Math.floor(share * run.cycles));
fromLink();
