"""hardware: the component of a design, fixed or with run-time configuration."""

from __future__ import annotations

import numpy as np

from windrow.design import Design
from windrow.numerics import check_kind
from windrow_hdl.convolution import Convolution
from windrow_hdl.runtime.convolution import RuntimeConvolution


def hardware(
    design: Design,
    weights: np.ndarray,
    bias: np.ndarray | None = None,
    *,
    technology: str = "generic",
    dsp: bool = True,
    restarts: bool = False,
) -> Convolution | RuntimeConvolution:
    """`RuntimeConvolution` for a design with a runtime, else `Convolution`, with these arguments."""
    check_kind(design, Design, "design")
    kind = Convolution if design.runtime is None else RuntimeConvolution
    return kind(design, weights, bias, technology=technology, dsp=dsp, restarts=restarts)
