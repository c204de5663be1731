"use strict";
/* The recorded run, and its state in any cycle: a pure function of the cycle, so every seek is exact. */

const run = JSON.parse(document.getElementById("run").textContent);
const { layer, design } = run;

/** Events come field by field; make one object of each. */
function events(columns) {
  const names = Object.keys(columns);
  const count = names.length ? columns[names[0]].length : 0;
  return Array.from({ length: count }, (_, at) =>
    Object.fromEntries([["at", at], ...names.map((name) => [name, columns[name][at]])]));
}

const beats = events(run.beats);
const fetches = events(run.fetches);
const steps = events(run.steps);
const outputs = events(run.outputs);

const storedBeats = beats.filter((beat) => beat.stored);
storedBeats.forEach((beat, number) => { beat.number = number; });

/** cycle -> event, for strobes that are high at most once a cycle. */
const index = (list, field) => new Map(list.map((event) => [event[field], event]));
const acceptedIn = index(beats, "accepted");
const issuedIn = index(steps, "issued");
const multipliedIn = index(steps, "multiplied");
const fetchedIn = index(fetches, "issued");
const transferredIn = index(outputs, "transferred");

/** How many events have happened up to and including a cycle; their field never falls. */
function countUpTo(list, field, cycle) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle][field] <= cycle) low = middle + 1; else high = middle;
  }
  return low;
}

const high = (name, cycle) => run.streams[name][cycle] === "1";
const pixelOf = (beat) => {
  const inFrame = beat.at % design.input_beats;
  const pixel = Math.floor(inFrame / design.slices);
  return {
    frame: Math.floor(beat.at / design.input_beats), slice: inFrame % design.slices,
    y: Math.floor(pixel / layer.width), x: pixel % layer.width,
  };
};
const beatAt = (frame, y, x, slice) =>
  beats[frame * design.input_beats + (y * layer.width + x) * design.slices + slice];
const imageOf = (frame) => run.images[frame % run.images.length];
/** The numbers of one beat: one for each lane. */
const values = (frame, y, x, slice) =>
  imageOf(frame)[y][x].slice(slice * design.lanes, (slice + 1) * design.lanes);

const [kernelRows, kernelColumns] = layer.kernel;

/** A tap of a window: where it lies, whether that is a pixel or padding, and whether the operator looks at it. */
function tapOf(step, ky, kx) {
  return {
    ky, kx,
    y: step.row * layer.stride[0] - layer.padding[0][0] + ky * layer.dilation[0],
    x: step.column * layer.stride[1] - layer.padding[1][0] + kx * layer.dilation[1],
    real: ((step.row_mask >> ky) & (step.column_mask >> kx) & 1) === 1,
    counts: !layer.element || layer.element[ky][kx],
  };
}

/** The operands of a step; those past the end of the window do not exist. */
function tapsOf(step) {
  const taps = [];
  const end = Math.min((step.step + 1) * design.taps, kernelRows * kernelColumns);
  for (let number = step.step * design.taps; number < end; number++)
    taps.push(tapOf(step, number % kernelRows, Math.floor(number / kernelRows)));
  return taps;
}

function windowTaps(step) {
  const taps = [];
  for (let kx = 0; kx < kernelColumns; kx++)
    for (let ky = 0; ky < kernelRows; ky++) taps.push(tapOf(step, ky, kx));
  return taps;
}

/** Operands of a step that count: not padding, not a tap that does not exist or that the operator leaves out. */
steps.forEach((step) => {
  step.real = tapsOf(step).filter((tap) => tap.real && tap.counts).length * design.multipliers / design.taps;
});

/** The last pixel of a window to arrive; null where all lies in padding. */
function lastPixel(step) {
  const real = windowTaps(step).filter((tap) => tap.real);
  if (!real.length) return null;
  return real.reduce((late, tap) => (tap.y > late.y || (tap.y === late.y && tap.x > late.x) ? tap : late));
}

/** What a beat looks like in a cycle: future, arriving, held, freed, or unread (accepted, never stored). */
function beatState(beat, cycle) {
  if (!beat || beat.accepted > cycle) return "future";
  if (beat.accepted === cycle) return "arriving";
  if (!beat.stored) return "unread";
  return beat.freed !== null && beat.freed <= cycle ? "freed" : "held";
}

/** What an output beat looks like in a cycle. */
function outputState(output, cycle) {
  if (output.transferred < cycle) return "done";
  if (output.transferred === cycle) return "leaving";
  if (output.finished <= cycle) return "queued";
  const first = steps[output.at * design.beat_steps];
  if (first.multiplied <= cycle) return "summing";
  return first.issued <= cycle ? "reading" : "future";
}

const freedPerCycle = new Map();
storedBeats.forEach((beat) => {
  if (beat.freed !== null) freedPerCycle.set(beat.freed, (freedPerCycle.get(beat.freed) || 0) + 1);
});
const freeing = storedBeats.filter((beat) => beat.freed !== null);

function stateAt(cycle) {
  const accepted = countUpTo(beats, "accepted", cycle);
  const issued = countUpTo(steps, "issued", cycle);
  const reading = issuedIn.get(cycle) || null;
  const sent = countUpTo(outputs, "transferred", cycle - 1);
  const offered = high("i_valid", cycle);
  return {
    cycle, accepted, sent, reading,
    arriving: acceptedIn.get(cycle) || null,
    waiting: offered && !high("i_ready", cycle) ? beats[accepted] : null,
    paused: !offered && accepted < beats.length,
    next: reading ? null : steps[issued] || null,
    fetching: fetchedIn.get(cycle) || null,
    multiplying: multipliedIn.get(cycle) || null,
    busy: countUpTo(steps, "multiplied", cycle),
    leaving: transferredIn.get(cycle) || null,
    held: countUpTo(storedBeats, "accepted", cycle - 1) - countUpTo(freeing, "freed", cycle),
    freed: freedPerCycle.get(cycle) || 0,
    blocked: high("o_valid", cycle) && !high("o_ready", cycle),
    frame: (reading || steps[issued] || steps[steps.length - 1]).frame,
    outputFrame: outputs[Math.min(sent, outputs.length - 1)].frame,
  };
}
