"""A pipeline stepped through plainly, one cycle after the other: in each, everything that can happen happens.

`windrow.pipeline.flow` goes through whole sequences; it has to find the same cycles, and the same deadlocks.
"""

from windrow.pipeline.fifo import Fifo
from windrow.pipeline.join_design import JoinDesign
from windrow.pipeline.pipeline import Pipeline
from windrow.pipeline.steps import INPUT
from windrow.stage.design import Design
from windrow.timing.depths import ARRIVE, RETURN, STORE
from windrow.timing.stalls import Stalls

PATIENCE = 2000  # cycles in which nothing happens, and nothing ever will


class Queue:
    """Cycles of what was written and read."""

    def __init__(self, fifo: Fifo) -> None:
        self.fifo = fifo
        self.writes: list[int] = []
        self.reads: list[int] = []

    def readable(self, cycle: int) -> bool:
        there = sum(at < cycle for at in self.writes[-2:]) + max(0, len(self.writes) - 2)
        return there * self.fifo.write - len(self.reads) * self.fifo.read >= self.fifo.read

    def writable(self, cycle: int) -> bool:
        gone = sum(at < cycle for at in self.reads[-2:]) + max(0, len(self.reads) - 2)
        held = len(self.writes) * self.fifo.write - gone * self.fifo.read
        return held + self.fifo.write <= self.fifo.elements


class Outside:
    """The input: a beat that is offered stays; the output: ready or not."""

    def __init__(self, stalls: Stalls | None, beats: int) -> None:
        self.stalls, self.left, self.offered = stalls, beats, False

    def free(self, cycle: int) -> bool:
        return self.stalls is None or not _stalled(self.stalls, cycle)

    def readable(self, cycle: int) -> bool:
        self.offered = self.left > 0 and (self.offered or self.free(cycle))
        return self.offered

    def take(self) -> None:
        self.left, self.offered = self.left - 1, False


class Sender:
    """Beats that are on their way out, each offered so long after it was issued."""

    def __init__(self, pipeline: int, credits: int) -> None:
        self.pipeline, self.credits = pipeline, credits
        self.issued: list[int] = []
        self.sent: list[int] = []
        self.targets: list[Queue] = []
        self.outside: Outside | None = None

    def credit(self, cycle: int) -> bool:
        gone = sum(at < cycle for at in self.sent[-2:]) + max(0, len(self.sent) - 2)
        return len(self.issued) - gone < self.credits

    def cycle(self, cycle: int) -> bool:
        at = len(self.sent)
        if at >= len(self.issued) or self.issued[at] + self.pipeline > cycle:
            return False
        if self.outside is not None and not self.outside.free(cycle):
            return False
        if not all(queue.writable(cycle) for queue in self.targets):
            return False
        self.sent.append(cycle)
        for queue in self.targets:
            queue.writes.append(cycle)
        return True


class Stage:
    """Counters of one stage: beats accepted, columns fetched, steps issued."""

    def __init__(self, design: Design, frames: int) -> None:
        schedule, memories = design.schedule, design.memories
        self.schedule, self.frames = schedule, frames
        self.sources: list[Queue | Outside] = []
        self.sender = Sender(schedule.pipeline, schedule.credits)
        self.stored: list[int] = schedule.stored_beats.tolist()
        self.finishing = set(schedule.finishing_beats.tolist()) if schedule.accumulates else set[int]()
        self.beat, self.accepted, self.started = 0, list[int](), list[int]()
        self.room = [0] * memories.ring_beats
        self.start_room = [0] * memories.started_frames
        self.fetched: list[int] = []  # slices
        self.column_room = [0] * memories.store_columns
        self.window = self.group = self.step = 0
        self.owed = False
        self.fetches = [(int(need), int(free)) for need, free in
                        zip(schedule.fetch_walk.needs.flat, schedule.fetch_walk.frees.flat, strict=True)
                        ] if schedule.frame_beats and not schedule.gathers else []  # fmt: skip
        walk = schedule.window_walk if schedule.gathers else schedule.store_walk
        self.windows = [(int(need), int(free)) for need, free in
                        zip(walk.needs.flat, walk.frees.flat, strict=True)]  # fmt: skip
        self.units = walk.frame_units

    def cycle(self, cycle: int) -> bool:
        moved = [self._accept(cycle), self.sender.cycle(cycle)]
        if self.schedule.accumulates:
            return any(moved)
        if self.schedule.shifts:
            moved.append(self._shift(cycle))
        else:
            moved += [self._fetch(cycle), self._issue(cycle)]
        return any(moved)

    def _accept(self, cycle: int) -> bool:
        (source,) = self.sources
        frame, place = divmod(self.beat, self.schedule.input_beats)
        if frame == self.frames or not source.readable(cycle):
            return False
        finishes = self.schedule.accumulates and place in self.finishing
        if finishes and not self.sender.credit(cycle):
            return False
        count = len(self.accepted)
        kept = bool(self.stored) and place == self.stored[count % len(self.stored)]
        starts = place == self.schedule.slices - 1
        kept = kept and not self.schedule.accumulates
        if kept and (count >= len(self.room) or self.room[count] > cycle):
            return False
        if starts and self.schedule.starts_in_padding and (
                frame >= len(self.start_room) or self.start_room[frame] > cycle):
            return False
        if isinstance(source, Queue):
            source.reads.append(cycle)
        else:
            source.take()
        if finishes:
            self.sender.issued.append(cycle)
        if kept:
            self.accepted.append(cycle)
        if starts:
            self.started.append(cycle)
        self.beat += 1
        return True

    def _there(self, cycle: int, need: int) -> bool:
        return need < 0 or (need < len(self.accepted) and self.accepted[need] + ARRIVE <= cycle)

    def _fetch(self, cycle: int) -> bool:
        if not self.fetches:
            return False
        frame, at = divmod(len(self.fetched), len(self.fetches))
        column, part = divmod(len(self.fetched), self.schedule.slices)
        need, free = self.fetches[at]
        if frame == self.frames or not self._there(cycle, need + frame * self.schedule.frame_beats):
            return False
        if part == 0 and (column >= len(self.column_room) or self.column_room[column] > cycle):
            return False
        self.fetched.append(cycle)
        self.room += [cycle + RETURN] * free
        return True

    def _issue(self, cycle: int) -> bool:
        schedule, fold = self.schedule, self.schedule.fold
        frame, window = divmod(self.window, len(self.windows))
        if frame == self.frames:
            return False
        need, free = self.windows[window]
        if self.group == 0 and self.step == 0:
            need += frame * self.units
            if schedule.gathers:
                there = self._there(cycle, need)
            else:
                last = (need + 1) * schedule.slices - 1
                there = need < 0 or (last < len(self.fetched) and self.fetched[last] + STORE <= cycle)
            if window == 0 and schedule.starts_in_padding:
                later = ARRIVE if schedule.gathers else ARRIVE + STORE
                there = there and frame < len(self.started) and self.started[frame] + later <= cycle
            if not there:
                return False
        if self.step == fold.beat_steps - 1 and not self.sender.credit(cycle):
            return False
        if window == 0 and self.group == 0 and self.step == 0 and schedule.starts_in_padding:
            self.start_room.append(cycle + RETURN)
        self.step += 1
        if self.step == fold.beat_steps:
            self.step, self.group = 0, self.group + 1
            self.sender.issued.append(cycle)
        if self.group == fold.window_beats:
            self.group, self.window = 0, self.window + 1
            (self.room if schedule.gathers else self.column_room).extend([cycle + RETURN] * free)
        return True

    def _shift(self, cycle: int) -> bool:
        """What the last window of a row lacks lies in padding: it comes with the next shift, or without."""
        schedule, axis, moved = self.schedule, self.schedule.columns, False
        frame, at = divmod(len(self.fetched), len(self.fetches))
        if self.owed:
            if not self.sender.credit(cycle):
                return False
            self.sender.issued.append(cycle)
            self.owed, moved = False, True
        if frame == self.frames:
            return moved
        need, free = self.fetches[at]
        place = at % schedule.row_beats - axis.offsets[-1]
        emits = place >= 0 and place % axis.advance == 0
        if not self._there(cycle, need + frame * schedule.frame_beats):
            return moved
        if emits and not self.sender.credit(cycle):
            return moved
        if emits:
            self.sender.issued.append(cycle)
        self.fetched.append(cycle)
        self.room += [cycle + RETURN] * free
        self.owed = schedule.trailing_shifts > 0 and (at + 1) % schedule.row_beats == 0
        return True


class Joint:
    """A join: a beat begins when the beats that it reads are there and a credit is left."""

    def __init__(self, design: JoinDesign, frames: int) -> None:
        self.sources: list[Queue | Outside] = []
        self.sender = Sender(design.pipeline, design.credits)
        self.reads, self.total = design.reads.tolist(), frames * design.output_beats

    def cycle(self, cycle: int) -> bool:
        moved, at = self.sender.cycle(cycle), len(self.sender.issued)
        wanted = [queue for queue, read in zip(self.sources, self.reads[at % len(self.reads)], strict=True)
                  if read and isinstance(queue, Queue)]
        if at == self.total or not self.sender.credit(cycle) or not all(q.readable(cycle) for q in wanted):
            return moved
        self.sender.issued.append(cycle)
        for queue in wanted:
            queue.reads.append(cycle)
        return True


class PlainNetwork:
    """A run: `cycles` of all outputs until they are there or nothing moves any more."""

    def __init__(self, pipeline: Pipeline, frames: int, input_stall: Stalls | None = None,
                 output_stall: Stalls | None = None) -> None:
        height, width, channels = pipeline.input_shape
        beats = frames * height * width * channels // pipeline.lanes
        self.source, sink = Outside(input_stall, beats), Outside(output_stall, 0)
        self.stages: dict[str, Stage | Joint] = {}
        for step, design in pipeline.stages:
            makes = Joint if isinstance(design, JoinDesign) else Stage
            self.stages[step.name] = makes(design, frames)  # type: ignore[arg-type]
        self.forked: list[Queue] = []
        queues = {(fifo.target, fifo.port): Queue(fifo) for fifo in pipeline.fifos}
        for step, _ in pipeline.stages:
            for port, source in enumerate(step.sources):
                queue = queues.get((step.name, port))
                self.stages[step.name].sources.append(queue or self.source)
                if queue is not None:
                    targets = self.forked if source == INPUT else self.stages[source].sender.targets
                    targets.append(queue)
        last = self.stages[pipeline.steps.output.name].sender
        last.outside = sink
        total = frames * pipeline.designs[pipeline.steps.output.name].output_beats
        cycle = idle = 0
        while len(last.sent) < total and idle < PATIENCE:
            moved = [self._fork(cycle), *(stage.cycle(cycle) for stage in self.stages.values())]
            idle = 0 if any(moved) else idle + 1
            cycle += 1
        self.cycles, self.latency = last.sent, last.issued[0] + last.pipeline if last.issued else None

    def _fork(self, cycle: int) -> bool:
        """What several stages read transfers when all of their queues have room."""
        if not self.forked or not self.source.readable(cycle):
            return False
        if not all(queue.writable(cycle) for queue in self.forked):
            return False
        self.source.take()
        for queue in self.forked:
            queue.writes.append(cycle)
        return True


def _stalled(stalls: Stalls, cycle: int) -> bool:
    head = len(stalls.head)
    return bool(stalls.head[cycle] if cycle < head else stalls.period[(cycle - head) % len(stalls.period)])
