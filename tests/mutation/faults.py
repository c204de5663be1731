"""Faults to inject into the hardware, each one line of one file, as text.

A fault names a fragment of `hdl/windrow_hdl` by a regular expression that must match exactly once: a fault
whose place is gone is an error, not a fault that was not caught.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Fault:
    """`find` in `file` becomes `put` (a template of `re.sub`)."""

    name: str
    file: str
    find: str
    put: str

    def inject(self, package: Path) -> None:
        """Change the file of the copy `package`. Raises LookupError unless there is exactly one place."""
        path = package / self.file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        changed, places = re.subn(self.find, self.put, text)
        if places != 1 or changed == text:
            raise LookupError(f"fault {self.name!r}: {self.find!r} must match once in {self.file}, "
                              f"not {places} times; adapt the table of faults to the hardware")
        path.write_text(changed, encoding="utf-8")


FAULTS = (
    # Where pixels are kept, and for how long
    Fault("ring: one credit too many", "window/line_buffer.py",
          r"max\(1, design\.memories\.ring_beats\), most_freed",
          "1 + max(1, design.memories.ring_beats), most_freed"),
    Fault("ring: one credit too few", "window/line_buffer.py",
          r"max\(1, design\.memories\.ring_beats\), most_freed",
          "max(1, design.memories.ring_beats - 1), most_freed"),
    Fault("ring: full is ignored for one beat in two", "window/line_buffer.py", r"store\.eq\(accept & kept\)",
          "store.eq(accept & kept & ~self.arrived)"),
    Fault("ring: bank turns one beat early", "window/line_buffer.py", r"m\.If\(store & last_address\)",
          "m.If(store & (address == (self.depth - 2) % self.depth))"),
    Fault("ring: unread rows and columns are stored", "window/line_buffer.py",
          r"kept = row\.kept & column\.kept",
          "kept = row.kept"),
    Fault("counters: last is said one early", "parts/counters.py", r"last\.eq\(counter == length - 2\)",
          "last.eq(counter == max(0, length - 3))"),
    Fault("input: first kept position off by one", "window/line_buffer.py",
          r"position >= low", "position > low"),
    Fault("input: last kept position off by one", "window/line_buffer.py",
          r"position <= high", "position < high"),
    Fault("input: phase of the stride grid kept across rows", "window/line_buffer.py",
          r"m\.d\.sync \+= phase\.eq\(0\)",
          "pass"),
    Fault("input: frames start without room", "window/line_buffer.py", r"return room\.some \| ~begins",
          "return Const(1, 1)"),
    # What windows need and free
    Fault("walk: a window starts one beat early", "window/walk_player.py",
          r"self\.lead_init = -\(first \+ 1\)",
          "self.lead_init = -first"),
    Fault("walk: a window starts one beat late", "window/walk_player.py",
          r"self\.lead_init = -\(first \+ 1\)",
          "self.lead_init = -(first + 2)"),
    Fault("walk: need of a row change forgotten", "window/walk_player.py",
          r"Mux\(column\.cross, row\.cross, ",
          "Mux(column.cross, column.need, "),
    Fault("walk: rows that read nothing need as others do", "window/walk_player.py",
          r"Mux\(row\.reads, column\.need, 0\)", "column.need"),
    Fault("walk: beats freed in rows that are read again", "window/walk_player.py",
          r"Mux\(row\.progressive, column\.free, -1\)", "column.free"),
    Fault("walk: end of a row frees nothing", "window/walk_player.py", r"Mux\(column\.jump, row\.jump, ",
          "Mux(column.jump, -1, "),
    Fault("walk: beats freed with the first step of a window", "window/window_issue.py",
          r"self\.leave\.eq\(self\.go & self\.window_ends\)", "self.leave.eq(self.go & first)"),
    # Steps
    Fault("steps: one bubble after every window", "window/played_windows.py",
          r"self\.ready\.eq\(player\.ready\)", "self.ready.eq(player.ready & ~self.freed.any())"),
    Fault("steps: window issued before its pixels", "window/played_windows.py",
          r"self\.ready\.eq\(player\.ready\)", "self.ready.eq(player.ready | self.arrived)"),
    Fault("steps: output credit ignored", "window/window_issue.py",
          r"& \(~self\.beat_ends \| self\.credit\)", ""),
    Fault("steps: every step waits for a credit", "window/window_issue.py",
          r"\(~self\.beat_ends \| self\.credit\)", "self.credit"),
    Fault("steps: channels of a group are not read again for its next beat", "window/window_issue.py",
          r"self\.again\.eq\(self\.beat_ends & ~last_beat\)", "self.again.eq(0)"),
    Fault("steps: column masks one tap short", "window/played_windows.py", r"\(\(1 << int\(end\)\) - 1\)",
          "((1 << max(0, int(end) - 1)) - 1)"),
    Fault("steps: masks let padding before the image through", "window/played_windows.py",
          r" & ~\(\(1 << int\(first\)\) - 1\)", ""),
    Fault("steps: frame starts are not counted", "window/played_windows.py",
          r"\(~frame_first \| frames\.some\)", "1"),
    # Addresses of the gather reader
    Fault("gather: column of the next window off by one", "window/played_windows.py",
          r"else axis\.advance \* slices", "else 1 + axis.advance * slices"),
    Fault("gather: window steps by one, not by the stride", "window/played_windows.py",
          r"else axis\.advance \* slices", "else slices"),
    Fault("gather: row starts where the last one ended", "window/played_windows.py",
          r"m\.d\.sync \+= base\.eq\(start\)", "m.d.sync += base.eq(base + to_window)"),
    Fault("gather: slices do not return to the first", "window/played_windows.py",
          r"Mux\(walk\.again, 1 - fold\.slices, 1\)", "1"),
    Fault("gather: first bank off by one", "window/played_windows.py",
          r"init=schedule\.rows\.offsets\[0\] %", "init=(schedule.rows.offsets[0] + 1) %"),
    Fault("gather: straddled kernel column read again", "window/gather_reader.py",
          r"Mux\(straddles, beyond, offset\)", "offset"),
    Fault("gather: bank turn of a row forgotten", "window/played_windows.py",
          r"bank\.eq\(turned\)", "bank.eq(bank)"),
    Fault("gather: mirrored rows read as they lie", "window/gather_reader.py",
          r"offsets\[of\[row\]\] - offsets\[0\]", "offsets[row] - offsets[0]"),
    Fault("gather: mirrored columns read as they lie", "window/gather_reader.py",
          r"offsets\[case\[c\]\] - origin", "offsets[c] - origin"),
    Fault("gather: case of the rows a cycle early", "window/gather_reader.py",
          r"select_in_case\(m, distance, self\._case,", "select_in_case(m, distance, self.walk.row_case,"),
    Fault("gather: column of the step before not held", "window/gather_reader.py",
          r"with m\.If\(held_3\):", "with m.If(0):"),
    # Columns that come a beat at a time
    Fault("beats: older columns move on a cycle early", "reductions/shared_beats.py",
          r"chain\(m, self\.shift, until, ", "chain(m, self.shift, until - 1, "),
    Fault("beats: what a row's ends show is a cycle late", "reductions/shared_beats.py",
          r"chain\(m, self\.look, until - 1, ", "chain(m, self.look, until, "),
    Fault("beats: padding is what lies there", "reductions/shared_beats.py",
          r"clear\[place\], border\[item\]", "0, border[item]"),
    Fault("beats: padding counts as a pixel, not as what a column of it gives", "reductions/shared_beats.py",
          r"border = plan\.border_items\(layer\.fill\)", "border = [layer.fill] * plan.items"),
    Fault("beats: mirrored columns shown as they lie", "window/beat_register.py",
          r"behind = looks\.behind\(place\)", "behind = looks.behind(place)[-1:]"),
    Fault("beats: padded rows are not those of the banks", "window/group_reader.py",
          r"Cat\(walk\.row_mask\[row\] for row in order\)", "walk.row_mask"),
    Fault("beats: columns of a beat in the order they came", "window/group_reader.py",
          r"columns\[distance\] for distance in reversed\(range\(pixels\)\)",
          "columns[distance] for distance in range(pixels)"),
    # Column store
    Fault("store: mirrored columns read as they lie", "window/column_reader.py",
          r"offsets\[case\[number\]\] - offsets\[0\]", "offsets[number] - offsets[0]"),
    Fault("store: one column too many", "window/column_fetch.py",
          r"design\.memories\.store_columns, self\.most_space",
          "1 + design.memories.store_columns, self.most_space"),
    Fault("store: fetch ignores the space left", "window/column_fetch.py", r"\(space\.some \| ~first\)", "1"),
    Fault("store: address wraps one beat late", "window/played_fetches.py",
          r"wrapping\(address, schedule\.row_beats\)", "wrapping(address, schedule.row_beats + 1)"),
    Fault("store: next row of windows one column off", "window/column_reader.py",
          r"to_row = axis\.stored - \(axis\.outputs - 1\)", "to_row = axis.stored - axis.outputs"),
    Fault("store: rows of padding move the window", "window/column_reader.py",
          r"issue\.leave & walk\.reads", "issue.leave"),
    Fault("store: rows of padding are not masked", "window/column_reader.py",
          r"Mux\(walk\.reads, walk\.column_mask, 0\)", "walk.column_mask"),
    Fault("store: slot not carried to the next", "window/column_reader.py",
          r"slot\.eq\(slot \+ slots \+ over\)", "slot.eq(slot + slots)"),
    # Rows turned into place, and the shift register of columns
    Fault("turn: bank of a row of windows forgotten", "window/played_fetches.py",
          r"bank\.eq\(modular_sum\(bank, player\.row\.turn, banks\)\)", "bank.eq(bank)"),
    Fault("turn: rows in padding are not cleared", "window/row_turn.py",
          r"m\.If\(~mask_2\[row\]\)", "m.If(0)"),
    Fault("turn: masks come a cycle early", "window/row_turn.py",
          r"m\.If\(~mask_2\[row\]\)", "m.If(~mask_1[row])"),
    Fault("turn: mirrored rows read as they lie", "window/row_turn.py",
          r"offsets\[case\[row\]\] - offsets\[0\]", "offsets[row] - offsets[0]"),
    Fault("shift: mirrored columns read as they lie", "window/shift_reader.py",
          r"offsets\[-1\] - offsets\[of\[kx\]\]", "offsets[-1] - offsets[kx]"),
    Fault("shift: case of the columns a cycle early", "window/shift_reader.py",
          r"for stage in range\(1, 4\)", "for stage in range(1, 3)"),
    Fault("shift: windows step by one, not by the stride", "window/played_fetches.py",
          r"due\.eq\(axis\.advance - 2\)", "due.eq(-1)"),
    Fault("shift: first window of a row one column early", "window/played_fetches.py",
          r"m\.If\(self\.row_ends\):\n(\s+)m\.d\.sync \+= due\.eq\(last - 1\)",
          r"m.If(self.row_ends):\n\1m.d.sync += due.eq(max(-1, last - 2))"),
    Fault("shift: trailing window of a row not drained", "window/played_fetches.py",
          r"draining\.eq\(self\.take & self\.row_ends\)", "draining.eq(0)"),
    Fault("shift: register moves while stalled", "window/shift_reader.py", r"m\.If\(shift_3\):", "m.If(1):"),
    Fault("shift: output credit ignored", "window/shift_reader.py",
          r"allowed = ~walk\.completes \| self\.credit", "allowed = ~walk.completes | 1"),
    # Numbers
    Fault("numbers: sign of weights lost", "reductions/multiply_accumulate.py",
          r"multiply\.weight\.eq\(weight\)",
          "multiply.weight.eq(abs(weight))"),
    Fault("numbers: sign of pixels lost", "reductions/multiply_accumulate.py",
          r"multiply\.pixel\.eq\(operand\)",
          "multiply.pixel.eq(abs(operand))"),
    Fault("numbers: kernel rows and columns swapped", "reductions/multiply_accumulate.py",
          r"weights\.transpose\(0, 2, 1, 3\)",
          "weights"),
    Fault("numbers: slices before taps in the weights", "reductions/multiply_accumulate.py",
          r"split\.transpose\(0, 4, 2, 1, 3, 5\)",
          "split.transpose(0, 2, 4, 1, 3, 5)"),
    Fault("numbers: accumulator one bit short", "reductions/multiply_accumulate.py",
          r"self\._sums\(number\)\n",
          "signed(max(1, self._sums(number).width - 1))\n"),
    Fault("numbers: bias of the wrong filter group", "reductions/multiply_accumulate.py",
          r"m\.If\(there & ends\):\n(\s+)m\.d\.sync \+= wrapping\(group",
          r"m.If(there):\n\1m.d.sync += wrapping(group"),
    Fault("numbers: padding with a value is multiplied as 0", "reductions/multiply_accumulate.py",
          r"Mux\(clear, Const\(fill, pixel\), operand\)", "Mux(clear, Const(0, pixel), operand)"),
    Fault("numbers: adder tree drops the odd term", "parts/adder_tree.py",
          r"if len\(parts\) == 2 else parts\[0\]\[0\]", "if len(parts) == 2 else 0"),
    # Windows that grow as their pixels arrive
    Fault("grow: the oldest window stays when it ends", "window/open_places.py",
          r"Mux\(self\.ends, grown\[place \+ 1\], grown\[place\]\)", "grown[place]"),
    Fault("grow: new windows begin with what was there", "window/open_places.py",
          r"Mux\(self\.before\[place\], joined\(self\.kind, base, value\), value\)",
          "joined(self.kind, base, value)"),
    Fault("grow: partial results written a place too far", "window/open_places.py",
          r'chain\(m, place, READ \+ 1, "place"', 'chain(m, place, READ, "place"'),
    Fault("grow: rows open a cycle early", "window/open_results.py",
          r"chain\(m, row\.before, READ \+ 1", "chain(m, row.before, READ"),
    Fault("grow: every column is handed down", "window/open_results.py",
          r"accept & column\.ends", "accept"),
    Fault("grow: padding that counts is left out", "window/open_results.py",
          r"joined\(self\.partial\.kind, total, Value\.cast\(start\)\)", "total"),
    Fault("grow: output credit ignored", "window/open_results.py",
          r"self\.credit \| ~finishes", "self.credit | 1"),
    Fault("grow: minimum and maximum swapped", "window/growing.py",
          r'kind == "minimum"', 'kind != "minimum"'),
    # Output
    Fault("output: one credit too many", "parts/output_queue.py",
          r"Credits\(depth, ahead=spare\)", "Credits(depth + 1, ahead=spare)"),
    Fault("output: one credit too few", "parts/output_queue.py",
          r"Credits\(depth, ahead=spare\)", "Credits(max(1, depth - 1), ahead=spare)"),
    Fault("output: beat dropped when o is not ready", "parts/output_queue.py",
          r"m\.If\(taken\):", "m.If(self.o.valid):"),
    Fault("output: credit given for a beat only offered", "parts/output_queue.py",
          r"credits\.give\.eq\(taken\)",
          "credits.give.eq(self.o.valid)"),
    Fault("output: beat put while another is taken is lost", "parts/output_queue.py", r"m\.If\(self\.put\):",
          "m.If(self.put & ~taken):"),
)
"""All faults."""
