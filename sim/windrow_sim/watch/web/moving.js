"use strict";
/* Time, of any page that steps through a run: slider, buttons and keys. A page brings `show(cycle)`. */

const $ = (id) => document.getElementById(id);
const lastCycle = run.cycles - 1;
let cycle = -1, timer = null;

/** Goes to a cycle, or to the nearest there is; false where that is the one at hand. */
function moves(wanted) {
  const next = Math.max(0, Math.min(lastCycle, Math.round(wanted)));
  const moved = next !== cycle;
  cycle = next;
  return moved;
}

function showControls() {
  $("cycle").innerHTML = `cycle <b>${cycle}</b> of ${lastCycle}`;
  $("slider").value = cycle;
  $("slider").setAttribute("aria-valuetext", `cycle ${cycle}: ${$("sentence").textContent}`);
  $("first").disabled = $("back").disabled = cycle === 0;
  $("last").disabled = $("forward").disabled = cycle === lastCycle;
  if (cycle === lastCycle) pause();
}

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
  const rate = Number($("speed").value), step = Math.ceil(rate / 60); // a screen shows no more pictures than that
  timer = setInterval(() => show(cycle + step), 1000 * step / rate);
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

/** The speeds to choose from, in cycles a second. */
function speeds(rates, chosen) {
  $("speed").innerHTML = rates.map((rate) =>
    `<option value="${rate}"${rate === chosen ? " selected" : ""}>${rate}/s</option>`).join("");
}

/** Pointing at a picture of cycles goes to one; `cycleAt` says which, of a share of its width. */
function scrub(element, cycleAt) {
  const seek = (event) => {
    const box = element.getBoundingClientRect();
    go(cycleAt((event.clientX - box.left) / box.width));
  };
  element.addEventListener("pointerdown", (event) => { element.setPointerCapture(event.pointerId); seek(event); });
  element.addEventListener("pointermove", (event) => { if (event.buttons & 1) seek(event); });
}

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
