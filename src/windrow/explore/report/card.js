"use strict";
/* One design, whole: its figures, where each comes from, and the commands that make it again. */

const card = document.getElementById("card");

function put(parent, name, text, attributes = {}) {
  const element = document.createElement(name);
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent.appendChild(element);
  return element;
}

function source(name, row) {
  if (["lut", "ff", "bram", "dsp", "fmax_mhz"].includes(name)) return columns.synthesised(row) ? "synthesised" : "";
  if (["interval", "fps", "utilisation", "latency"].includes(name)) return columns.simulated(row) ? "simulated" : "model";
  return "";
}

/** `group`: the rows that share the mark; the first is shown, the others are named. */
function showCard(row, group = [row]) {
  card.replaceChildren();
  const head = put(card, "h2", `Stride ${columns.stride(row)}, ${whole(columns.multipliers(row))} multiplier${
    columns.multipliers(row) === 1 ? "" : "s"}`);
  put(head, "button", "×", { id: "close", type: "button", "aria-label": "Close" })
    .addEventListener("click", () => page.choose(null));
  const name = has("layer") && columns.layer(row) ? `${columns.layer(row)}: ` : "";
  put(card, "p", name + layerText(row));
  const list = put(card, "dl");
  for (const meaning of MEANING) {
    if (["layer", "kernel", "stride", "multipliers", "timing_from", "area_from"].includes(meaning.name)) continue;
    if (!known(columns[meaning.name](row))) continue;
    put(list, "dt", meaning.title, meaning.help ? { title: meaning.help } : {});
    const says = put(list, "dd", shown(meaning, row));
    const from = source(meaning.name, row);
    if (meaning.unit) says.append(` ${meaning.unit}`);
    if (from) says.setAttribute("title", from === "model" ? "from the timing model" : from);
  }
  const area = columns.synthesised(row) ? `; area: synthesised for ${columns.target(row)}` : "";
  put(card, "p", `Timing: ${columns.simulated(row) ? "simulated, equal to the model" : "model, exact by contract"}${area}.`);
  for (const [verb, command] of Object.entries(commands(row))) {
    const title = put(card, "h3", verb === "plan" ? "Others for this layer" : "Simulate and check it");
    put(title, "button", "Copy", { type: "button", class: "copy", "data-copies": `command-${verb}` });
    put(card, "code", command, { id: `command-${verb}` });
  }
  if (group.length > 1) {
    put(card, "h3", `${whole(group.length - 1)} more at this place`);
    put(card, "p", "Click the mark: the table then shows them all.");
  }
  card.hidden = false;
}

/** Clipboards are closed to some pages opened from a disk; a selected text can be copied by hand. */
async function copy(button) {
  const code = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "Copied";
  } catch {
    const range = document.createRange();
    range.selectNodeContents(code);
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    button.textContent = document.execCommand("copy") ? "Copied" : "Selected";
  }
  setTimeout(() => { button.textContent = "Copy"; }, 1500);
}
document.addEventListener("click", (event) => {
  if (event.target.classList?.contains("copy")) copy(event.target);
});
