import windrow as wr


def test_layer(windrow_simulate):
    layer = wr.Conv2d(height=8, width=8, kernel_size=3, stride=2, padding=1)
    assert windrow_simulate(wr.plan(layer), frames=2).interval == 64
