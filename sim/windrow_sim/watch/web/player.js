"use strict";
/* Time: strip, slider, buttons and keys. Everything shown follows from `cycle` alone. */

const $ = (id) => document.getElementById(id);
const lastCycle = run.cycles - 1;
let cycle = -1, timer = null;

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
  const next = Math.max(0, Math.min(lastCycle, Math.round(wanted)));
  if (next === cycle) return;
  cycle = next;
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
  $("cycle").innerHTML = `cycle <b>${cycle}</b> of ${lastCycle}`;
  $("slider").value = cycle;
  $("slider").setAttribute("aria-valuetext", `cycle ${cycle}: ${$("sentence").textContent}`);
  head.setAttribute("x", cycle);
  $("first").disabled = $("back").disabled = cycle === 0;
  $("last").disabled = $("forward").disabled = cycle === lastCycle;
  if (cycle === lastCycle) pause();
}

/* ---- moving -------------------------------------------------------------------------------------------- */

function pause() {
  clearInterval(timer);
  timer = null;
  document.body.classList.remove("playing");
  $("play").setAttribute("aria-label", "Play");
  $("sentence").setAttribute("aria-live", "polite");
}

function play() {
  if (cycle === lastCycle) show(0);
  clearInterval(timer);
  timer = setInterval(() => show(cycle + 1), 1000 / Number($("speed").value));
  document.body.classList.add("playing");
  $("play").setAttribute("aria-label", "Pause");
  $("sentence").setAttribute("aria-live", "off");
}

const toggle = () => (timer === null ? play() : pause());
const go = (wanted) => { pause(); show(wanted); };

$("first").addEventListener("click", () => go(0));
$("back").addEventListener("click", () => go(cycle - 1));
$("forward").addEventListener("click", () => go(cycle + 1));
$("last").addEventListener("click", () => go(lastCycle));
$("play").addEventListener("click", toggle);
$("speed").addEventListener("change", () => { if (timer !== null) play(); });
$("slider").max = lastCycle;
$("slider").addEventListener("input", () => go(Number($("slider").value)));
const seek = (event) => {
  const box = strip.getBoundingClientRect();
  go(Math.floor((event.clientX - box.left) / box.width * run.cycles));
};
strip.addEventListener("pointerdown", (event) => { strip.setPointerCapture(event.pointerId); seek(event); });
strip.addEventListener("pointermove", (event) => { if (event.buttons & 1) seek(event); });

const keys = {
  ArrowRight: () => go(cycle + 1), ArrowLeft: () => go(cycle - 1), Home: () => go(0), End: () => go(lastCycle),
};
document.addEventListener("keydown", (event) => {
  const on = event.target.tagName;
  if (event.ctrlKey || event.altKey || event.metaKey || on === "SELECT") return;
  // Space on a button presses that button, as it does everywhere.
  const act = event.key === " " ? (on === "BUTTON" ? null : toggle) : keys[event.key];
  if (!act) return;
  event.preventDefault();
  act();
});

/** A link may name a cycle: watch.html#17 */
const fromLink = () => go(Number(location.hash.slice(1)) || 0);
window.addEventListener("hashchange", fromLink);
fromLink();
