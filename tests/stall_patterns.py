"""Random stalls of every kind."""

import random

from windrow.timing.stalls import Stalls


def random_stalls(dice: random.Random) -> Stalls | None:
    """Nothing, a late start, a pause, a beat now and then, bursts, from rare stalls to nearly nothing but."""
    kind = dice.randrange(7)
    seed = dice.randrange(1000)
    if kind == 0:
        return None
    if kind == 1:
        return Stalls.until(dice.randint(1, 200))
    if kind == 2:
        return Stalls.between(dice.randint(1, 50), dice.randint(51, 300))
    if kind == 3:
        return Stalls.periodic(stalled=dice.randint(1, 5), free=dice.randint(1, 5))
    if kind == 4:
        return Stalls.bursts(dice.randint(1, 30), dice.randint(1, 30), seed=seed)
    return Stalls.random(dice.choice([0.1, 0.25, 0.5, 0.9]), seed=seed, cycles=dice.choice([17, 97, 1021]))
