"use strict";
/* What stages and queues are at in a cycle: a pure function of the cycle, so every seek is exact. */

const stages = run.stages.map((stage, number) => ({
  ...stage, number,
  inputs: stage.inputs.map((input) => ({ ...input, moved: moved(input.stream) })),
  output: { ...stage.output, moved: moved(stage.output.stream), held: held(stage.output.stream) },
  work: signal(stage.work), begin: signal(stage.begin),
  blocked: combined((work, credit) => ~work & ~credit, stage.work, stage.credit),
}));
const source = { ...run.input, moved: moved(run.input.stream), held: held(run.input.stream) };
const sink = stages[stages.length - 1].output;
const queues = run.queues.map((queue) => ({
  ...queue,
  writes: queue.source < 0 ? source.moved : stages[queue.source].output.moved,
  reads: stages[queue.target].inputs[queue.port].moved,
}));

/** Where the beat with this number lies in its feature map. */
function placeOf(map, beat) {
  const [, width] = map.shape;
  const inFrame = beat % map.beats, row = Math.ceil(width / map.pixels) * map.groups;
  return {
    frame: Math.floor(beat / map.beats), y: Math.floor(inFrame / row),
    x: Math.floor((inFrame % row) / map.groups) * map.pixels, group: inFrame % map.groups,
  };
}

/** busy, blocked (no room for what it would begin), waiting (for its input), or done. */
function doing(stage, cycle) {
  if (stage.work.at(cycle)) return "busy";
  if (stage.output.moved.before(cycle + 1) === run.frames * stage.output.beats) return "done";
  return stage.blocked.at(cycle) ? "blocked" : "waiting";
}

function stateAt(cycle) {
  return {
    cycle,
    source: { arrived: source.moved.before(cycle + 1), moves: source.moved.at(cycle), held: source.held.at(cycle) },
    stages: stages.map((stage) => ({
      stage, doing: doing(stage, cycle),
      arrived: stage.inputs.map((input) => input.moved.before(cycle + 1)),
      takes: stage.inputs.map((input) => input.moved.at(cycle)),
      begun: stage.begin.before(cycle), sent: stage.output.moved.before(cycle + 1),
      gives: stage.output.moved.at(cycle), held: stage.output.held.at(cycle),
    })),
    // What lies in a queue at the beginning of the cycle.
    queues: queues.map((queue) => queue.write * queue.writes.before(cycle) - queue.read * queue.reads.before(cycle)),
  };
}

/** The cycle in which the last beat of a frame leaves a map's stream. */
const frameEnd = (map, frame) => map.moved.when((frame + 1) * map.beats - 1);
