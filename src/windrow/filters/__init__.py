"""Image filters as networks, exact against OpenCV: `wr.filters.gaussian(480, 640, kernel_size=5, stride=2)`.

Each is a function of a picture's height and width; `FILTERS` has them by name.
"""

from windrow.filters.bayer import bayer
from windrow.filters.bilateral import bilateral
from windrow.filters.canny import canny
from windrow.filters.edges import gradient_magnitude, laplacian, scharr, sobel
from windrow.filters.harris import harris
from windrow.filters.linear import filter2d, sharpen
from windrow.filters.morphology import closing as close
from windrow.filters.morphology import dilate, erode
from windrow.filters.morphology import opening as open
from windrow.filters.points import adaptive_threshold, grey, threshold
from windrow.filters.sizes import pyramid_down, resize_area
from windrow.filters.smoothing import box, gaussian, median

FILTERS = {
    "gaussian": gaussian,
    "box": box,
    "median": median,
    "bilateral": bilateral,
    "sharpen": sharpen,
    "filter2d": filter2d,
    "sobel": sobel,
    "scharr": scharr,
    "laplacian": laplacian,
    "gradient-magnitude": gradient_magnitude,
    "canny": canny,
    "harris": harris,
    "erode": erode,
    "dilate": dilate,
    "open": open,
    "close": close,
    "threshold": threshold,
    "adaptive-threshold": adaptive_threshold,
    "pyramid-down": pyramid_down,
    "resize-area": resize_area,
    "grey": grey,
    "bayer": bayer,
}
"""Every filter by its name on the command line."""

__all__ = [
    "FILTERS", "adaptive_threshold", "bayer", "bilateral", "box", "canny", "close", "dilate",
    "erode", "filter2d", "gaussian", "gradient_magnitude", "grey", "harris", "laplacian", "median", "open",
    "pyramid_down", "resize_area", "scharr", "sharpen", "sobel", "threshold",
]  # fmt: skip
