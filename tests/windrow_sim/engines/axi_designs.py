"""What the AXI bench is built for; the bench runs in the simulator and finds its design here by name."""

import numpy as np
from numpy.typing import NDArray

import windrow as wr
from networks import block
from windrow.pipeline.pipeline import Pipeline

DESIGNS: dict[str, wr.Design | Pipeline] = {
    # The line buffer itself is read; two beats per pixel and per output; a bias.
    "gather": wr.Design(wr.Conv2d(height=6, width=5, in_channels=2, out_channels=2, kernel_size=3, stride=2,
                                  padding=1, bias=True), lanes=1, pe=1, taps=3),
    # One beat per pixel of 2 x 5 bits, so that tdata has bits to ignore; unsigned sums, two side by side.
    "wide": wr.Design(wr.Conv2d(height=5, width=4, in_channels=2, out_channels=2, kernel_size=2,
                                input_type=wr.UInt(5), weight_type=wr.UInt(3)), lanes=2, pe=2, taps=4),
    # A window that begins in padding, kernel columns apart: the column store.
    "store": wr.Design(wr.Conv2d(height=4, width=7, kernel_size=(2, 3), stride=(1, 2), dilation=(2, 1),
                                 padding=2, input_type=wr.Int(6)), taps=3),
    # Pixels that are accumulated, each in several windows; two beats per pixel and per output.
    "pool": wr.Design(wr.MaxPool2d(height=4, width=3, channels=2, kernel_size=3, stride=2, padding=1),
                      lanes=1, taps=1),
    # What axi_runtime_bench programs, here as it is after power-up; two beats per pixel, two per output.
    "run-time": wr.Design(wr.Conv2d(height=5, width=6, in_channels=2, out_channels=2, kernel_size=3,
                                    padding=1, bias=True), lanes=1, pe=1, taps=3,
                          runtime=wr.Runtime(max_height=8, max_width=9, max_stride=3)),
    # The same for a window in every cycle.
    "run-time window": wr.Design(wr.Conv2d(height=6, width=5, out_channels=2, kernel_size=3, stride=2,
                                           padding=1),
                                 pe=2, runtime=wr.Runtime(max_height=8, max_width=9, max_stride=3)),
    # Four pixels a beat, two results; groups of two cycles.
    "several pixels": wr.Design(wr.Conv2d(height=5, width=12, kernel_size=3, stride=2, padding=1, bias=True),
                                pixels=4, taps=5),
    # A whole network, with queues, a fork and joins.
    "network": wr.plan(block(4, 4), interval=90),
    # Every beat is a frame.
    "one pixel": wr.Design(wr.Conv2d(height=1, width=1, kernel_size=1), taps=1),
}
SEED = 5


def constants(design: wr.Design | Pipeline) -> tuple[NDArray[np.int64] | None, ...]:
    """Weights and bias, which a pipeline has of its own."""
    if isinstance(design, Pipeline):
        return ()
    return design.layer.random_weights(SEED), design.layer.random_bias(SEED)


def settings(design: wr.Design) -> list[wr.Conv2d]:
    """Small and large, with padding as far as it goes; the second has none."""
    layer, wide = design.layer, design.gathers
    return [
        layer.replace(height=8, width=9, stride=1, padding=2 if wide else ((2, 2), (1, 1))),
        layer.replace(height=7, width=4, stride=(2, 1), padding=0),
        layer.replace(height=3, width=3, stride=3, padding=0),
        layer.replace(height=1, width=9, stride=(1, 3), padding=((2, 1), (0, 2 if wide else 1))),
        layer.replace(height=8, width=1 if wide else 2, stride=2, padding=1),
    ]
